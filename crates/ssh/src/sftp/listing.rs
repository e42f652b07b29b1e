//! READDIR: a directory handed out in replies of a bounded size.

use super::reply::attributes;
use bytes::BytesMut;
use session::{Entry, Error, Listing};
use sftp_proto::{Attributes, Name, Reply, long_name};
use std::{
    collections::VecDeque,
    time::{SystemTime, UNIX_EPOCH},
};

/// How much one reply holds, about: few round trips for a large directory, little memory for it, and a size
/// that every client takes.
const REPLY: usize = 64 * 1024;
/// The most entries of one reply, for clients that prepare an array.
const ENTRIES: usize = 1000;

/// A directory being read.
pub(super) struct Directory {
    listing: Listing,
    /// `.` and, below the root, `..`: told first, without attributes worth looking at.
    dots: Vec<&'static [u8]>,
    page: VecDeque<Entry>,
}

impl Directory {
    pub(super) fn new(listing: Listing, is_root: bool) -> Self {
        let dots: Vec<&[u8]> = if is_root { vec![b"."] } else { vec![b".", b".."] };
        Self { listing, dots, page: VecDeque::new() }
    }

    /// Encodes the next reply to `id` at the end of `out`; false at the end of the directory.
    pub(super) async fn next(&mut self, id: u32, out: &mut BytesMut) -> Result<bool, Error> {
        if self.page.is_empty() {
            self.page = self.listing.next().await?.into();
        }
        let now = now();
        let mut names: Vec<(Box<[u8]>, Vec<u8>, Attributes)> = Vec::new();
        for dot in self.dots.drain(..) {
            let plain =
                Attributes { permissions: Some(0o040755), times: Some((0, 0)), ..Attributes::default() };
            names.push((dot.into(), long_name(dot, &plain, 1, now), plain));
        }
        let mut size = 0;
        while size < REPLY && names.len() < ENTRIES {
            let Some(entry) = self.page.pop_front() else { break };
            let attributes = attributes(&entry.metadata);
            let long = long_name(&entry.name, &attributes, entry.metadata.links, now);
            size += entry.name.len() + long.len() + 40;
            names.push((entry.name, long, attributes));
        }
        if names.is_empty() {
            return Ok(false);
        }
        let names: Vec<_> = names
            .iter()
            .map(|(name, long_name, attributes)| Name { name, long_name, attributes: *attributes })
            .collect();
        Reply(out).names(id, &names);
        Ok(true)
    }
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}

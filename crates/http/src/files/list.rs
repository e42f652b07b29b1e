//! Listings, streamed: a directory of any size costs a page of memory.

use super::{
    caller::{Files, Reads},
    failure::failed,
    query::PathQuery,
};
use crate::error::{ApiError, ApiResponse, Result};
use axum::{
    body::Body,
    http::header,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures_util::stream;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use session::{Entry, Kind, Listing, Time};
use utoipa::ToSchema;

/// One entry of a directory.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "name": "figures.csv",
    "size": 5,
    "mode": 420,
    "last_modified": "2027-01-31T12:00:00Z",
}))]
pub struct DirEntry {
    /// U+FFFD stands for what is not UTF-8; then `name_base64` is the name.
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_base64: Option<String>,
    /// Bytes, of regular files only.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    /// As Go's `fs.FileMode`: the permission bits, 1 << 31 for a directory, 1 << 27 for a symbolic link.
    mode: u32,
    /// RFC 3339, UTC.
    last_modified: String,
}

/// The entries of a directory, in no order.
#[utoipa::path(
    get,
    path = "/user/dirs",
    tag = "user APIs",
    operation_id = "get_user_dir_contents",
    params(("path" = Option<String>, Query, description = "Left out: the start directory")),
    responses((status = 200, body = Vec<DirEntry>), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn list(files: Files<Reads>, query: PathQuery) -> Result<Response> {
    let path = files.resolve(query.path_or_start())?;
    answer(files.session().list(&path).await.map_err(failed)?).await
}

/// A listing as the body of an answer.
pub async fn answer(mut listing: Listing) -> Result<Response> {
    // What goes wrong with the first page can still be said.
    let first = listing.next().await.map_err(failed)?;
    let pages = Pages { listing, next: Some(first), is_first: true };
    let body = Body::from_stream(stream::unfold(Some(pages), Pages::step));
    Ok(([(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response())
}

struct Pages {
    listing: Listing,
    /// Read and not written yet.
    next: Option<Vec<Entry>>,
    is_first: bool,
}

impl Pages {
    /// The next piece of the array.
    async fn step(pages: Option<Self>) -> Option<(session::Result<Bytes>, Option<Self>)> {
        let mut pages = pages?;
        let page = match pages.next.take() {
            Some(page) => page,
            None => match pages.listing.next().await {
                Ok(page) => page,
                // Half an array is no valid answer: the connection breaks.
                Err(error) => return Some((Err(error), None)),
            },
        };
        let mut text = if pages.is_first { vec![b'['] } else { Vec::new() };
        if page.is_empty() {
            text.push(b']');
            return Some((Ok(text.into()), None));
        }
        for (index, entry) in page.iter().enumerate() {
            if index > 0 || !pages.is_first {
                text.push(b',');
            }
            if let Err(error) = serde_json::to_writer(&mut text, &DirEntry::from(entry)) {
                return Some((Err(session::Error::Storage(error.into())), None));
            }
        }
        pages.is_first = false;
        Some((Ok(text.into()), Some(pages)))
    }
}

impl From<&Entry> for DirEntry {
    fn from(entry: &Entry) -> Self {
        let metadata = &entry.metadata;
        let name = String::from_utf8_lossy(&entry.name).into_owned();
        let as_it_is = name.as_bytes() == &*entry.name;
        Self {
            name_base64: (!as_it_is).then(|| STANDARD.encode(&entry.name)),
            name,
            size: (metadata.kind == Kind::File).then_some(metadata.size),
            mode: go_mode(metadata.kind, metadata.mode),
            last_modified: rfc3339(metadata.modified),
        }
    }
}

/// In the bits of Go's `fs.FileMode`.
fn go_mode(kind: Kind, mode: u32) -> u32 {
    let kind = match kind {
        Kind::File => 0,
        Kind::Directory => 1 << 31,
        Kind::Symlink => 1 << 27,
        Kind::Other => 1 << 19,
    };
    let bit = |of: u32, go: u32| if mode & of != 0 { go } else { 0 };
    kind | (mode & 0o777) | bit(0o4000, 1 << 23) | bit(0o2000, 1 << 22) | bit(0o1000, 1 << 20)
}

fn rfc3339(time: Time) -> String {
    let since = SignedDuration::from_secs(time.secs);
    Timestamp::from_duration(since).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_and_times_read_as_go_writes_them() {
        assert_eq!(go_mode(Kind::Directory, 0o755), 2_147_484_141);
        assert_eq!(go_mode(Kind::Symlink, 0o777), 134_218_239);
        assert_eq!(go_mode(Kind::File, 0o4644), 8_389_028);
        assert_eq!(rfc3339(Time { secs: 1_600_000_000, nanos: 5 }), "2020-09-13T12:26:40Z");
        assert_eq!(rfc3339(Time { secs: i64::MAX, nanos: 0 }), "1970-01-01T00:00:00Z");
    }
}

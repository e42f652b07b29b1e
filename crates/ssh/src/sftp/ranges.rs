//! `copy-data` and `check-file`: what goes through whole files, and so in pieces beside the other requests.

use super::{
    handles::{Borrowed, Handle, Handles, invalid_handle},
    operations::{Answer, Done, Started},
};
use crate::{digest::Algorithm, read::Piece};
use bytes::{Bytes, BytesMut};
use session::{Download, Error, Examination, Kind, Result, Session, Source, Upload};
use sftp_proto::{CheckDialect, Extended, Reply, Request};
use std::io::IoSliceMut;

/// The most bytes of hashes in one reply: far below what a packet may hold.
const HASHES: u64 = 128 * 1024;
/// The smallest block there may be a hash of (draft-ietf-secsh-filexfer-extensions-00 §3).
const MIN_BLOCK: u32 = 256;

/// What to copy: `len` 0 is all there is.
#[derive(Clone, Copy)]
struct Range {
    from: u64,
    len: u64,
    to: u64,
}

/// What to hash.
pub(super) struct Check {
    algorithms: Bytes,
    offset: u64,
    len: u64,
    block: u32,
    dialect: CheckDialect,
}

/// What a hash is computed of.
enum Readable<'a> {
    File(&'a mut Examination),
    /// A handle that reads.
    Download(&'a mut Download),
    /// A handle that writes, and may read as well.
    Upload(&'a mut Upload),
}

/// Whether `request` takes its time.
pub(super) fn is_background(request: &Request) -> bool {
    let Request::Extended { request, .. } = request else { return false };
    matches!(
        request,
        Extended::CopyData { .. } | Extended::CheckFileName { .. } | Extended::CheckFileHandle { .. }
    )
}

/// Starts `copy-data` with both of its handles.
pub(super) fn start_copy(handles: &mut Handles, id: u32, request: Extended) -> Started {
    let Extended::CopyData { from, from_offset, len, to, to_offset } = request else {
        return Started::failed(id, Error::Unsupported);
    };
    let range = Range { from: from_offset, len, to: to_offset };
    let waits = || Started::Waits(Request::Extended { id, request: request.clone() });
    let target = match handles.borrow(to) {
        Borrowed::Missing => return Started::failed(id, invalid_handle()),
        Borrowed::Busy => return waits(),
        Borrowed::Idle(number, handle, _) => (number, handle),
    };
    if from == to {
        return Started::Background(Box::pin(copy(id, None, target, range)));
    }
    match handles.borrow(from) {
        Borrowed::Idle(number, handle, _) => {
            Started::Background(Box::pin(copy(id, Some((number, handle)), target, range)))
        }
        missing_or_busy => {
            handles.give_back(target.0, target.1);
            match missing_or_busy {
                Borrowed::Busy => waits(),
                _ => Started::failed(id, invalid_handle()),
            }
        }
    }
}

async fn copy(
    id: u32,
    mut source: Option<(u32, Handle)>,
    mut target: (u32, Handle),
    Range { from, len, to }: Range,
) -> Done {
    let read_from = match &mut source {
        None => Ok(Source::Itself),
        Some((_, Handle::Download(download, _))) => Ok(Source::Download(download)),
        Some((_, Handle::Upload(upload))) => Ok(Source::Upload(upload)),
        Some((_, Handle::Directory(_))) => Err(Error::IsADirectory),
    };
    let len = (len > 0).then_some(len);
    let copied = match (read_from, &mut target.1) {
        (Ok(source), Handle::Upload(upload)) => upload.copy_from(source, from, len, to).await.map(drop),
        (Ok(_), Handle::Download(..)) => Err(Error::Denied),
        (Ok(_), Handle::Directory(_)) => Err(Error::IsADirectory),
        (Err(error), _) => Err(error),
    };
    let give_back = source.into_iter().chain([target]).collect();
    Done { give_back, ..Done::new(Answer::Status(id, copied)) }
}

impl Check {
    /// What a `check-file` request asks for; `None` for any other.
    pub(super) fn of(request: &Extended) -> Option<Self> {
        match request {
            Extended::CheckFileName { algorithms, offset, len, block, .. } => Some(Self {
                algorithms: algorithms.clone(),
                offset: *offset,
                len: *len,
                block: *block,
                dialect: CheckDialect::Draft,
            }),
            Extended::CheckFileHandle { algorithms, offset, len, block, dialect, .. } => Some(Self {
                algorithms: algorithms.clone(),
                offset: *offset,
                len: *len,
                block: *block,
                dialect: *dialect,
            }),
            _ => None,
        }
    }

    pub(super) async fn path(&self, id: u32, session: &Session, raw: &[u8]) -> Answer {
        let hashed = async {
            let mut file = session.examine(&session.resolve(raw)?).await?;
            self.run(id, Readable::File(&mut file)).await
        };
        hashed.await.unwrap_or_else(|error| Answer::Status(id, Err(error)))
    }

    pub(super) async fn handle(&self, id: u32, handle: &mut Handle) -> Answer {
        let hashed = match handle {
            Handle::Download(download, _) => self.run(id, Readable::Download(download)).await,
            Handle::Upload(upload) => self.run(id, Readable::Upload(upload)).await,
            Handle::Directory(_) => Err(Error::IsADirectory),
        };
        hashed.unwrap_or_else(|error| Answer::Status(id, Err(error)))
    }

    async fn run(&self, id: u32, mut file: Readable<'_>) -> Result<Answer> {
        let metadata = match &file {
            Readable::File(file) => file.stat().await?,
            Readable::Download(download) => download.stat().await?,
            Readable::Upload(upload) => upload.stat().await?,
        };
        if metadata.kind != Kind::File {
            return Err(Error::IsADirectory);
        }
        let mut known = self.algorithms.split(|byte| *byte == b',').filter_map(Algorithm::by_name);
        let algorithm = known.next().ok_or(Error::Unsupported)?;
        let end = match self.len {
            0 => metadata.size,
            len => self.offset.saturating_add(len).min(metadata.size),
        };
        let total = end.checked_sub(self.offset).ok_or(Error::Invalid)?;
        let block = match self.block {
            0 => total.max(1),
            block if block < MIN_BLOCK => return Err(Error::Invalid),
            block => u64::from(block),
        };
        let blocks = total.div_ceil(block).max(u64::from(self.block == 0));
        if blocks.saturating_mul(algorithm.len() as u64) > HASHES {
            return Err(Error::Invalid);
        }
        let mut hashes = Vec::new();
        for number in 0..blocks {
            let from = self.offset + number * block;
            hashes.extend(hash(&mut file, algorithm, from, end.min(from + block)).await?);
        }
        let mut packet = BytesMut::new();
        Reply(&mut packet).check_file(id, self.dialect, algorithm.name(), &hashes);
        Ok(Answer::Packet(packet))
    }
}

async fn hash(file: &mut Readable<'_>, algorithm: Algorithm, from: u64, end: u64) -> Result<Vec<u8>> {
    let (mut hasher, mut at, mut piece) = (algorithm.hasher(), from, Piece::default());
    while at < end {
        let read = |buffers: &mut [IoSliceMut<'_>]| match file {
            Readable::File(file) => file.read_at(at, buffers),
            Readable::Download(download) => download.read_at(at, buffers),
            Readable::Upload(upload) => upload.read_at(at, buffers),
        };
        let data = piece.fill(read, end - at).await?;
        if data.is_empty() {
            return Err(Error::Aborted); // cut meanwhile
        }
        hasher.update(data);
        at += data.len() as u64;
        tokio::task::yield_now().await;
    }
    Ok(hasher.finish())
}

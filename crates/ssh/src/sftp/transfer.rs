//! READ and WRITE: where the bytes are.

use super::{
    Handle, IN_FLIGHT, Sftp,
    handles::invalid_handle,
    operations::{Answer, Done},
    reply::failure,
};
use session::{Error, Pending, Read};
use sftp_proto::{DATA_PREFIX, Item, MAX_DATA, Reply, Status, data_prefix};
use ssh_proto::{ChannelId, Connection};
use std::io::IoSliceMut;

/// What a READ may ask beyond the size known when the file was opened: the file may have grown.
const BEYOND_END: u64 = 32 * 1024;

/// How a READ went.
enum Outcome {
    /// In the output already.
    Sent,
    Pending(futures_util::future::BoxFuture<'static, session::Result<bytes::Bytes>>),
    Eof,
    /// The client's window has no room.
    NoRoom,
    Failed(Error),
}

impl Sftp {
    /// Serves a READ; false when it has to wait.
    pub(super) fn read(
        &mut self,
        core: &mut Connection,
        channel: ChannelId,
        id: u32,
        handle: sftp_proto::Handle,
        offset: u64,
        len: u32,
    ) -> bool {
        // The DATA packet must not cut through a reply that is half sent.
        if !self.out.is_empty() || self.in_flight.len() >= IN_FLIGHT {
            return false;
        }
        let Some((number, slot)) = self.handles.get(handle) else {
            let (status, text) = failure(&invalid_handle());
            return self.answer(id, status, &text);
        };
        let outcome = match slot.handle.as_mut() {
            // An operation on the handle itself is under way.
            None => return false,
            Some(Handle::Download(file, size)) => {
                let len = within(*size, offset, len);
                read_into(|buffers| file.read_at(offset, buffers), core, channel, id, len)
            }
            // Written and read through one handle: what was written before has to be there.
            Some(Handle::Upload(_)) if slot.in_flight > 0 => return false,
            Some(Handle::Upload(file)) => {
                read_into(|buffers| file.read_at(offset, buffers), core, channel, id, len)
            }
            Some(Handle::Directory(_)) => Outcome::Failed(Error::IsADirectory),
        };
        match outcome {
            Outcome::Sent => true,
            Outcome::NoRoom => false,
            Outcome::Eof => self.answer(id, Status::Eof, "EOF"),
            Outcome::Failed(error) => {
                let (status, text) = failure(&error);
                self.answer(id, status, &text)
            }
            Outcome::Pending(bytes) => {
                slot.in_flight += 1;
                self.in_flight.push(Box::pin(async move {
                    let answer = match bytes.await {
                        Ok(bytes) => Answer::Data(id, bytes),
                        Err(error) => Answer::Status(id, Err(error)),
                    };
                    Done { completed: Some(number), ..Done::new(answer) }
                }));
                true
            }
        }
    }

    /// Begins a WRITE; gives it back when it has to wait.
    pub(super) fn begin_write(
        &mut self,
        id: u32,
        handle: sftp_proto::Handle,
        offset: u64,
        len: u32,
    ) -> Option<Item> {
        let again = || Some(Item::Write { id, handle, offset, len });
        let number = match self.handles.get(handle) {
            Some((_, slot)) if slot.handle.is_none() => return again(),
            Some((number, slot)) if matches!(slot.handle, Some(Handle::Upload(_))) => number,
            slot => {
                let error = match slot.map(|(_, slot)| &slot.handle) {
                    Some(Some(Handle::Directory(_))) => Error::IsADirectory,
                    // Opened for reading only.
                    Some(_) => Error::Denied,
                    None => invalid_handle(),
                };
                self.flush_writes();
                let refused = self.writes.refuse(id, len, failure(&error));
                self.refused(refused);
                return None;
            }
        };
        if self.in_flight.len() >= IN_FLIGHT {
            return again();
        }
        if !self.writes.continues(number, offset) {
            self.flush_writes();
        }
        self.writes.begin(id, number, offset, len);
        None
    }

    /// Hands over what is gathered, in one write.
    pub(super) fn flush_writes(&mut self) {
        if self.writes.is_empty() {
            return;
        }
        let run = &mut self.writes;
        let result = match self.handles.get(sftp_proto::Handle::Issued(run.handle)) {
            Some((number, slot)) => match slot.handle.as_mut() {
                Some(Handle::Upload(upload)) => match upload.write_at(run.offset, &mut run.pieces) {
                    Ok(Pending::Later(written)) => {
                        slot.in_flight += 1;
                        let ids = run.whole.clone();
                        run.advance();
                        self.in_flight.push(Box::pin(async move {
                            let answer = Answer::Statuses(ids, written.await.map_err(Error::from));
                            Done { completed: Some(number), ..Done::new(answer) }
                        }));
                        return;
                    }
                    Ok(Pending::Ready(result)) => result.map_err(Error::from),
                    Err(error) => Err(error),
                },
                _ => Err(Error::Aborted),
            },
            None => Err(Error::Aborted),
        };
        if let Err(error) = &result {
            run.fail_current(&failure(error));
        }
        let ids = std::mem::take(&mut run.whole);
        run.advance();
        self.statuses(&ids, &result);
    }

    fn answer(&mut self, id: u32, status: Status, text: &str) -> bool {
        Reply(&mut self.out).status(id, status, text);
        true
    }
}

/// As much of a READ as a file of `size` bytes, which may have grown since, can answer: so no more room is
/// set aside in the output than is filled.
fn within(size: u64, offset: u64, len: u32) -> u32 {
    let expected = size.saturating_sub(offset).max(BEYOND_END);
    len.min(u32::try_from(expected).unwrap_or(u32::MAX))
}

/// Reads straight into the gaps between the packet headers of the output.
fn read_into(
    read_at: impl FnOnce(&mut [IoSliceMut<'_>]) -> session::Result<Read>,
    core: &mut Connection,
    channel: ChannelId,
    id: u32,
    len: u32,
) -> Outcome {
    // A client with a small window or small packets gets a short answer, which it has to expect.
    let limit = core.reserve_limit(channel).saturating_sub(DATA_PREFIX);
    let len = (len as usize).min(MAX_DATA).min(limit);
    let Some(mut reservation) = core.reserve(channel, DATA_PREFIX + len) else { return Outcome::NoRoom };
    reservation.prefix(&data_prefix(id, len));
    let read = read_at(&mut reservation.buffers());
    match read {
        Ok(Read::Now(0)) if len > 0 => Outcome::Eof,
        Ok(Read::Now(n)) => {
            reservation.prefix_mut().copy_from_slice(&data_prefix(id, n));
            reservation.commit(n);
            Outcome::Sent
        }
        Ok(Read::Later(bytes)) => Outcome::Pending(Box::pin(async move { bytes.await.map_err(Error::from) })),
        Err(error) => Outcome::Failed(error),
    }
}

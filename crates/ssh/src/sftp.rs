//! An SFTP channel: requests in, replies out. Holds handles; decides nothing about files.
//!
//! Requests are taken in order. READ and WRITE complete in any order; of the others one runs at a time, so
//! that a client which sends MKDIR and OPEN back to back finds the directory. On a thread of its own the
//! storage answers at once and nothing is ever left pending; on the shared runtime, and with storage that is
//! not a disk, what is pending is polled here, by the connection, and never by a task of its own.
//!
//! Nothing is taken up while replies cannot be sent: what the client sends then stays in `inbox`, is not
//! reported as consumed, and so closes the client's window. A slow reader costs at most one window.

mod extended;
mod handles;
mod listing;
mod operations;
mod ranges;
mod reply;
mod transfer;
mod writes;

use self::{
    handles::{Handle, Handles},
    operations::{Answer, Done, Started},
    reply::failure,
    writes::{Refused, WriteRun},
};
use crate::inbox::Inbox;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use net::Admission;
use session::{Error, Session};
use sftp_proto::{Decoder, Item, Malformed, Reply, Request, Status};
use ssh_proto::{ChannelId, Connection};
use std::{
    sync::Arc,
    task::{Context, Poll},
};

/// Sealed output above which no more requests are taken up.
pub(crate) const OUTPUT_HIGH: usize = 512 * 1024;
/// Reads and writes that may be pending at once, where storage does not answer at once.
const IN_FLIGHT: usize = 64;
/// Requests that go through whole files, of which each holds a buffer.
const BACKGROUND: usize = 4;

/// One SFTP subsystem.
pub(crate) struct Sftp {
    session: Session,
    /// How many files a host may have open.
    transfers: Arc<Admission>,
    decoder: Decoder,
    /// Channel data that is not decoded yet.
    inbox: Inbox,
    /// Bytes in the decoder that are not reported as consumed yet.
    decoding: usize,
    handles: Handles,
    writes: WriteRun,
    /// The next request, when it has to wait for another to complete or for room in the window.
    stalled: Option<Item>,
    serial: Option<BoxFuture<'static, Done>>,
    in_flight: FuturesUnordered<BoxFuture<'static, Done>>,
    background: FuturesUnordered<BoxFuture<'static, Done>>,
    /// Encoded replies the client's window had no room for yet.
    out: BytesMut,
    /// The client sends no more.
    eof: bool,
}

/// What is left after a [`pump`](Sftp::pump).
pub(crate) enum Pumped {
    /// Waiting for the client, or for an operation.
    Open,
    /// The client sent its last request and all are answered.
    Finished,
    /// The client cannot be followed any further.
    Broken(Malformed),
}

impl Sftp {
    pub(crate) fn new(session: Session, transfers: Arc<Admission>) -> Self {
        Self {
            session,
            transfers,
            decoder: Decoder::default(),
            inbox: Inbox::default(),
            decoding: 0,
            handles: Handles::default(),
            writes: WriteRun::default(),
            stalled: None,
            serial: None,
            in_flight: FuturesUnordered::new(),
            background: FuturesUnordered::new(),
            out: BytesMut::new(),
            eof: false,
        }
    }

    /// Takes data the client sent; nothing is done with it before the next [`pump`](Self::pump).
    pub(crate) fn push(&mut self, data: Bytes) {
        self.inbox.push(data);
    }

    pub(crate) fn eof(&mut self) {
        self.eof = true;
    }

    /// Nothing is under way and nothing waits: the connection may rest.
    pub(crate) fn is_idle(&self) -> bool {
        self.inbox.is_empty()
            && self.stalled.is_none()
            && self.serial.is_none()
            && self.in_flight.is_empty()
            && self.background.is_empty()
            && self.out.is_empty()
    }

    /// Gives the memory of an idle channel back.
    pub(crate) fn shrink(&mut self) {
        if self.is_idle() {
            self.out = BytesMut::new();
            self.inbox = Inbox::default();
            self.writes.shrink();
        }
    }

    /// Does all that can be done now: collects what completed, serves requests, sends replies.
    pub(crate) fn pump(&mut self, core: &mut Connection, id: ChannelId, cx: &mut Context<'_>) -> Pumped {
        loop {
            self.collect(cx);
            self.send(core, id);
            if !self.out.is_empty() || core.output().len() >= OUTPUT_HIGH {
                break;
            }
            match self.next_item(core, id) {
                Ok(Some(item)) => {
                    self.stalled = self.serve(item, core, id, cx);
                    if self.stalled.is_some() {
                        break;
                    }
                }
                Ok(None) if self.writes.is_empty() => break,
                Ok(None) => self.flush_writes(),
                Err(malformed) => return Pumped::Broken(malformed),
            }
        }
        self.flush_writes();
        self.collect(cx);
        self.send(core, id);
        if self.eof && self.is_idle() {
            // Without these, some clients wait for ever.
            core.send_exit_status(id, 0);
            core.send_eof(id);
            return Pumped::Finished;
        }
        Pumped::Open
    }

    fn next_item(&mut self, core: &mut Connection, id: ChannelId) -> Result<Option<Item>, Malformed> {
        if let Some(item) = self.stalled.take() {
            return Ok(Some(item));
        }
        loop {
            if let Some(item) = self.decoder.next()? {
                return Ok(Some(item));
            }
            core.consumed(id, std::mem::take(&mut self.decoding));
            let Some(data) = self.inbox.pop() else { return Ok(None) };
            self.decoding = data.len();
            self.decoder.push(data);
        }
    }

    /// Serves one item; gives it back when it has to wait.
    fn serve(
        &mut self,
        item: Item,
        core: &mut Connection,
        id: ChannelId,
        cx: &mut Context<'_>,
    ) -> Option<Item> {
        match item {
            Item::Write { id, handle, offset, len } => return self.begin_write(id, handle, offset, len),
            Item::WriteData(data) => {
                let refused = self.writes.push(data);
                self.refused(refused);
                if self.writes.is_full() {
                    self.flush_writes();
                }
            }
            Item::Request(request) => {
                self.flush_writes();
                match request {
                    Request::Init { .. } => Reply(&mut self.out).version(extended::EXTENSIONS),
                    Request::Read { id: request_id, handle, offset, len } => {
                        if !self.read(core, id, request_id, handle, offset, len) {
                            return Some(Item::Request(request));
                        }
                    }
                    request => return self.begin_serial(request, cx).map(Item::Request),
                }
            }
        }
        None
    }

    /// Starts a request of which one runs at a time; gives it back when it has to wait for another.
    fn begin_serial(&mut self, request: Request, cx: &mut Context<'_>) -> Option<Request> {
        let full = self.background.len() >= BACKGROUND && ranges::is_background(&request);
        if self.serial.is_some() || full {
            return Some(request);
        }
        match operations::start(&self.session, &self.transfers, &mut self.handles, request) {
            Started::Answered(done) => self.apply(done),
            Started::Running(mut operation) => match operation.as_mut().poll(cx) {
                Poll::Ready(done) => self.apply(done),
                Poll::Pending => self.serial = Some(operation),
            },
            // Polled with the others, before the connection waits for anything.
            Started::Background(operation) => self.background.push(operation),
            Started::Waits(request) => return Some(request),
        }
        None
    }

    /// Applies what completed meanwhile.
    fn collect(&mut self, cx: &mut Context<'_>) {
        if let Some(operation) = self.serial.as_mut()
            && let Poll::Ready(done) = operation.as_mut().poll(cx)
        {
            self.serial = None;
            self.apply(done);
        }
        while let Poll::Ready(Some(done)) = self.in_flight.poll_next_unpin(cx) {
            self.apply(done);
        }
        while let Poll::Ready(Some(done)) = self.background.poll_next_unpin(cx) {
            self.apply(done);
        }
    }

    fn apply(&mut self, done: Done) {
        if let Some(number) = done.completed {
            self.handles.completed(number);
        }
        for (number, handle) in done.give_back {
            self.handles.give_back(number, handle);
        }
        if let Some(number) = done.closed {
            self.handles.remove(number);
        }
        let mut reply = Reply(&mut self.out);
        match done.answer {
            Answer::Opened(id, handle, path, transfer) => {
                let number = self.handles.insert(handle, path, transfer);
                reply.handle(id, number);
            }
            Answer::Attributes(id, attributes) => reply.attributes(id, &attributes),
            Answer::Data(id, data) if data.is_empty() => reply.status(id, Status::Eof, "EOF"),
            Answer::Data(id, data) => reply.data(id, &data),
            Answer::Packet(packet) => self.out.extend_from_slice(&packet),
            Answer::Statuses(ids, result) => self.statuses(&ids, &result),
            Answer::Status(id, result) => self.statuses(&[id], &result),
            Answer::Eof(id) => reply.status(id, Status::Eof, "EOF"),
        }
    }

    fn statuses(&mut self, ids: &[u32], result: &Result<(), Error>) {
        let mut reply = Reply(&mut self.out);
        match result {
            Ok(()) => ids.iter().for_each(|id| reply.status(*id, Status::Ok, "OK")),
            Err(error) => {
                let (status, text) = failure(error);
                ids.iter().for_each(|id| reply.status(*id, status, &text));
            }
        }
    }

    fn refused(&mut self, refused: Option<Refused>) {
        if let Some(Refused(id, (status, text))) = refused {
            Reply(&mut self.out).status(id, status, &text);
        }
    }

    fn send(&mut self, core: &mut Connection, id: ChannelId) {
        if !self.out.is_empty() {
            let sent = core.send_data(id, &self.out);
            bytes::Buf::advance(&mut self.out, sent);
            if self.out.is_empty() {
                // Back to the start of the buffer instead of ever further into it.
                self.out.clear();
            }
        }
    }
}

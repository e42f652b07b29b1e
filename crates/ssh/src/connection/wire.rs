//! Bytes between the socket and the protocol core.

use super::{Driver, Place, Stage};
use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::{io::AsyncWrite, net::TcpStream};

/// How much is read from the socket at a time: little for a handshake, much for data, so that one system
/// call and one write to disk serve many packets.
const READ_SMALL: usize = 16 * 1024;
const READ_BULK: usize = 512 * 1024;
/// Output that may wait for a peer that does not read, before its requests are not read either.
const OUTPUT_MAX: usize = 2 * 1024 * 1024;

impl Driver {
    /// Reads once, if anything that could be read now would be looked at.
    pub(super) fn fill(
        &mut self,
        socket: &mut TcpStream,
        place: Place,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if matches!(&self.stage, Stage::Login(login) if login.is_busy())
            || self.waiting.is_some()
            || self.core.output().len() > OUTPUT_MAX
        {
            return Poll::Pending; // whatever ends the wait wakes this task
        }
        let size = if place == Place::Private { READ_BULK } else { READ_SMALL };
        if place == Place::Shared {
            // An idle connection holds no buffer: it is made when there is something to read.
            ready!(socket.poll_read_ready(cx))?;
        }
        let input = self.core.input();
        if input.capacity() - input.len() < size / 4 {
            input.reserve(size);
        }
        tokio_util::io::poll_read_buf(Pin::new(socket), cx, input)
    }

    /// Writes what is ready. `true` says that all of it went, having been something.
    pub(super) fn flush(&mut self, socket: &mut TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        if self.core.output().is_empty() {
            return Poll::Ready(Ok(false));
        }
        while !self.core.output().is_empty() {
            let n = ready!(Pin::new(&mut *socket).poll_write(cx, self.core.output()))?;
            self.core.sent(n);
        }
        Poll::Ready(Ok(true))
    }
}

//! [`Unstuck`]: a connection whose client has to take what it is sent.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

/// Writing fails when nothing could be written for `patience`: the client reads nothing, or is gone without a word.
///
/// That a socket does not call itself writable is not enough. Linux says so again only when a third of the buffer is
/// free, which may be more than a slow client takes in that time. So bytes are pushed at the socket now and then: it
/// takes some as soon as there is any room, and there is some only when the client has taken what was there.
pub struct Unstuck<S> {
    socket: S,
    push: Push<S>,
    patience: Duration,
    /// Since when nothing could be written.
    waiting: Option<Instant>,
    timer: Pin<Box<Sleep>>,
}

/// Writes to a socket that has not said that it has room, or fails with [`WouldBlock`](io::ErrorKind::WouldBlock).
type Push<S> = fn(&S, &[u8]) -> io::Result<usize>;

/// How often within the patience bytes are pushed. More than once, so that an answer of HTTP/2 behind them is asked
/// for more before its connection is believed to be stuck.
const PUSHES: u32 = 4;

impl<S> Unstuck<S> {
    pub fn new(socket: S, patience: Duration, push: Push<S>) -> Self {
        Self { socket, push, patience, waiting: None, timer: Box::pin(sleep(patience)) }
    }

    /// What comes of writing `from`, of which the socket said `poll`.
    fn watch(
        &mut self,
        context: &mut Context<'_>,
        from: &[u8],
        poll: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if poll.is_ready() {
            self.waiting = None;
            return poll;
        }
        let since = self.waiting.unwrap_or_else(|| self.wait());
        self.waiting = Some(since);
        loop {
            ready!(self.timer.as_mut().poll(context));
            match (self.push)(&self.socket, from) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                pushed => {
                    self.waiting = None;
                    return Poll::Ready(pushed);
                }
            }
            if since.elapsed() >= self.patience {
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing")));
            }
            self.wait();
        }
    }

    /// Sets the timer for the next push, and says what time it is.
    fn wait(&mut self) -> Instant {
        let now = Instant::now();
        self.timer.as_mut().reset(now + self.patience / PUSHES);
        now
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Unstuck<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Unstuck<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let poll = Pin::new(&mut this.socket).poll_write(context, from);
        this.watch(context, from, poll)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        from: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let poll = Pin::new(&mut this.socket).poll_write_vectored(context, from);
        let first = from.iter().map(|piece| &**piece).find(|piece| !piece.is_empty());
        this.watch(context, first.unwrap_or_default(), poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    const PATIENCE: Duration = Duration::from_secs(60);

    /// A socket that has no room when it says that it has none.
    fn full(_: &DuplexStream, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_given_up() {
        let (here, _there) = duplex(10);
        let began = Instant::now();
        let error = Unstuck::new(here, PATIENCE, full).write_all(&[7; 100]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(began.elapsed().as_secs(), PATIENCE.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_client_gets_everything() {
        let (here, mut there) = duplex(10);
        let reading = tokio::spawn(async move {
            for _ in 0..10 {
                sleep(PATIENCE / 2).await;
                there.read_exact(&mut [0; 10]).await.unwrap();
            }
        });
        Unstuck::new(here, PATIENCE, full).write_all(&[7; 100]).await.unwrap();
        reading.await.unwrap();
    }

    /// Of room that is not enough for the socket to call itself writable.
    #[tokio::test(start_paused = true)]
    async fn a_little_room_is_used() {
        let (here, _there) = duplex(10);
        let began = Instant::now();
        let mut socket = Unstuck::new(here, PATIENCE, |_, from| Ok(from.len().min(10)));
        socket.write_all(&[7; 100]).await.unwrap();
        assert_eq!(began.elapsed().as_secs(), 9 * (PATIENCE / PUSHES).as_secs());
    }
}

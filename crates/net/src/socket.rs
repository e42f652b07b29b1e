//! [`Socket`]: a connection over TCP, or over a Unix socket of this machine.

use rustix::net::{SendFlags, send};
use std::{
    io,
    os::fd::{AsFd, BorrowedFd},
    pin::Pin,
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, Interest, ReadBuf, Ready},
    net::{TcpStream, UnixStream},
};

#[derive(Debug)]
pub enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Socket {
    /// Sends what is written at once. An error means that the connection is gone already.
    pub fn set_nodelay(&self) -> io::Result<()> {
        match self {
            Self::Tcp(socket) => socket.set_nodelay(true),
            // Nothing is held back on one machine.
            Self::Unix(_) => Ok(()),
        }
    }

    /// Writes without asking first whether there is room: some of `from` as soon as there is any. Linux calls a socket
    /// writable only when a good part of its buffer is free, a third with TCP, which is much for a slow peer.
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) means that there is none, and nobody is woken when there is.
    pub fn push(&self, from: &[u8]) -> io::Result<usize> {
        Ok(send(self, from, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)?)
    }

    /// The connection over TCP, if it is one.
    pub fn into_tcp(self) -> Option<TcpStream> {
        match self {
            Self::Tcp(socket) => Some(socket),
            Self::Unix(_) => None,
        }
    }

    /// As [`TcpStream::ready`].
    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        match self {
            Self::Tcp(socket) => socket.ready(interest).await,
            Self::Unix(socket) => socket.ready(interest).await,
        }
    }

    /// As [`TcpStream::try_io`].
    pub fn try_io<R>(&self, interest: Interest, call: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        match self {
            Self::Tcp(socket) => socket.try_io(interest, call),
            Self::Unix(socket) => socket.try_io(interest, call),
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(socket) => socket.as_fd(),
            Self::Unix(socket) => socket.as_fd(),
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(socket) => Pin::new(socket).poll_read(context, into),
            Self::Unix(socket) => Pin::new(socket).poll_read(context, into),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(socket) => Pin::new(socket).poll_write(context, from),
            Self::Unix(socket) => Pin::new(socket).poll_write(context, from),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        from: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(socket) => Pin::new(socket).poll_write_vectored(context, from),
            Self::Unix(socket) => Pin::new(socket).poll_write_vectored(context, from),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(socket) => Pin::new(socket).poll_flush(context),
            Self::Unix(socket) => Pin::new(socket).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(socket) => Pin::new(socket).poll_shutdown(context),
            Self::Unix(socket) => Pin::new(socket).poll_shutdown(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;

    #[tokio::test]
    async fn a_little_room_is_room() {
        const PIECE: usize = 4096;
        let (here, mut there) = UnixStream::pair().unwrap();
        here.writable().await.unwrap();
        while here.try_write(&[7; PIECE]).is_ok() {}
        let here = Socket::Unix(here);
        assert_eq!(here.push(&[7; PIECE]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        there.read_exact(&mut [0; 3 * PIECE]).await.unwrap();
        let asked = here.try_io(Interest::WRITABLE, || Ok(()));
        assert_eq!(asked.unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert!(here.push(&[7; PIECE]).unwrap() > 0);
    }
}

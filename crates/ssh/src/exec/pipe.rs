//! The standard input and output of a command.

use crate::inbox::Inbox;
use bytes::{Bytes, BytesMut};
use std::{
    future::poll_fn,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
};

/// Output that may wait to be sent before the command has to wait.
const OUTPUT_HIGH: usize = 256 * 1024;

/// Both ends of a command, shared by its future and by the channel. No one is woken through it: the
/// channel polls the command whenever it has moved something.
#[derive(Clone, Debug, Default)]
pub(super) struct Pipe(Arc<Mutex<Ends>>);

#[derive(Debug, Default)]
pub(super) struct Ends {
    pub(super) input: Inbox,
    /// The client sends no more.
    pub(super) eof: bool,
    /// The command waits for input.
    pub(super) reading: bool,
    /// Input taken, not yet reported to the core.
    pub(super) consumed: usize,
    pub(super) output: BytesMut,
}

impl Pipe {
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Ends) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The next piece of input; `None` when the client has closed its end.
    pub(super) async fn read(&self) -> Option<Bytes> {
        poll_fn(|_| {
            self.with(|ends| {
                let data = ends.input.pop();
                ends.consumed += data.as_ref().map_or(0, Bytes::len);
                ends.reading = data.is_none() && !ends.eof;
                if ends.reading { Poll::Pending } else { Poll::Ready(data) }
            })
        })
        .await
    }

    /// Appends to the output once there is room.
    pub(super) async fn write(&self, data: &[u8]) {
        poll_fn(|_| {
            self.with(|ends| {
                if ends.output.len() >= OUTPUT_HIGH {
                    return Poll::Pending;
                }
                ends.output.extend_from_slice(data);
                Poll::Ready(())
            })
        })
        .await;
    }
}

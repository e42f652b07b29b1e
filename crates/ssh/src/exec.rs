//! A command on a channel: `scp`, and the few that the server itself answers. Nothing is ever handed to a
//! shell.
//!
//! A command is one future with a pipe on each side. The connection polls it, as it does everything else;
//! it gets input as the client's window allows and waits while its output cannot be sent.

mod command;
mod hash;
mod pipe;
mod scp;

pub(crate) use self::command::{Command, Enabled};

use self::{command::Action, pipe::Pipe};
use crate::sftp::Pumped;
use bytes::{Buf, Bytes};
use futures_util::future::BoxFuture;
use session::{Error, Session, SshCommand};
use ssh_proto::{ChannelId, Connection};
use std::{
    task::{Context, Poll},
    time::Instant,
};
/// A running command.
pub(crate) struct Exec {
    pipe: Pipe,
    running: Option<BoxFuture<'static, u32>>,
    status: u32,
}

impl Exec {
    pub(crate) fn new(command: Command, session: Session) -> Self {
        let pipe = Pipe::default();
        let running = Box::pin(run(command, session, pipe.clone()));
        Self { pipe, running: Some(running), status: 0 }
    }

    pub(crate) fn push(&mut self, data: Bytes) {
        self.pipe.with(|ends| ends.input.push(data));
    }

    pub(crate) fn eof(&mut self) {
        self.pipe.with(|ends| ends.eof = true);
    }

    /// Waiting for the client, with nothing to do or to send.
    pub(crate) fn is_idle(&self) -> bool {
        self.pipe.with(|ends| ends.reading && !ends.eof && ends.input.is_empty() && ends.output.is_empty())
    }

    /// Lets the command go on as far as it can.
    pub(crate) fn pump(&mut self, core: &mut Connection, id: ChannelId, cx: &mut Context<'_>) -> Pumped {
        loop {
            if let Some(running) = self.running.as_mut()
                && let Poll::Ready(status) = running.as_mut().poll(cx)
            {
                (self.status, self.running) = (status, None);
            }
            let (consumed, sent, left) = self.pipe.with(|ends| {
                let sent = core.send_data(id, &ends.output);
                ends.output.advance(sent);
                (std::mem::take(&mut ends.consumed), sent, ends.output.len())
            });
            core.consumed(id, consumed);
            if self.running.is_none() && left == 0 {
                core.send_exit_status(id, self.status);
                core.send_eof(id);
                return Pumped::Finished;
            }
            // With output gone there is room for more of it, unless the socket is what cannot keep up.
            if sent == 0 || self.running.is_none() || core.output().len() >= crate::sftp::OUTPUT_HIGH {
                return Pumped::Open;
            }
        }
    }
}

/// Runs a command to its end; its exit status.
async fn run(command: Command, session: Session, pipe: Pipe) -> u32 {
    let started = Instant::now();
    let Command { name, line, action, arguments } = command;
    let arguments = match &action {
        Action::Hash(_) => hash::paths(&arguments),
        _ => arguments.iter().map(Vec::as_slice).collect(),
    };
    let succeeded = match action {
        // Its files are transfers, and told of as such.
        Action::Scp(command) => return scp::run(command, &session, &pipe).await,
        Action::Cd => true,
        Action::Pwd => {
            pipe.write(&[session.account().start_directory().as_bytes(), b"\n"].concat()).await;
            true
        }
        Action::Hash(algorithm) => hash::run(name, algorithm, &arguments, &session, &pipe).await,
        Action::Copy => {
            let copied = match arguments[..] {
                [from, to] => copy(&session, from, to).await.map_err(|error| (from, error)),
                _ => Err((&b""[..], Error::Invalid)),
            };
            answer(name, copied, &pipe).await
        }
        Action::Remove => {
            let removed = match arguments[..] {
                [path] => remove(&session, path).await.map_err(|error| (path, error)),
                _ => Err((&b""[..], Error::Invalid)),
            };
            answer(name, removed, &pipe).await
        }
    };
    let path = |raw: Option<&&[u8]>| raw.and_then(|raw| session.resolve(raw).ok());
    let (path, target) = match action {
        Action::Copy => (path(arguments.first()), path(arguments.get(1))),
        _ => (path(arguments.last()), None),
    };
    let path = path.unwrap_or_else(|| session.account().start_directory().clone());
    session.ran(&SshCommand { name, line, path, target }, started, succeeded).await;
    u32::from(!succeeded)
}

async fn copy(session: &Session, from: &[u8], to: &[u8]) -> session::Result<()> {
    session.copy(&session.resolve(from)?, &session.resolve(to)?).await
}

async fn remove(session: &Session, path: &[u8]) -> session::Result<()> {
    session.remove_all(&session.resolve(path)?).await
}

/// Says how a command ended; true for well.
async fn answer(name: &str, done: Result<(), (&[u8], Error)>, pipe: &Pipe) -> bool {
    match &done {
        Ok(()) => pipe.write(b"OK\n").await,
        Err((path, error)) => pipe.write(&failed(name, path, error)).await,
    }
    done.is_ok()
}

/// As clients read it from the standard output: `md5sum: /missing no such file`.
fn failed(name: &str, path: &[u8], error: &Error) -> Vec<u8> {
    let path = if path.is_empty() { Vec::new() } else { [path, b" "].concat() };
    [name.as_bytes(), b": ", &path, format!("{error}\n").as_bytes()].concat()
}

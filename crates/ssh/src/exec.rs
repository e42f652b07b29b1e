//! A command on a channel: `scp`, and the few that the server itself answers. Nothing is ever handed to a
//! shell.
//!
//! A command is one future with a pipe on each side. The connection polls it, as it does everything else;
//! it gets input as the client's window allows and waits while its output cannot be sent.

mod hash;
mod pipe;
mod scp;

use self::pipe::Pipe;
use crate::sftp::Pumped;
use bytes::{Buf, Bytes};
use futures_util::future::BoxFuture;
use session::Session;
use ssh_proto::{ChannelId, Connection};
use std::task::{Context, Poll};

/// What may be run, by what `sftpd.enabled_ssh_commands` names.
#[derive(Clone, Debug)]
pub(crate) struct Enabled(Vec<&'static str>);

/// Every command there is.
const ALL: [&str; 8] = ["scp", "md5sum", "sha1sum", "sha256sum", "sha384sum", "sha512sum", "cd", "pwd"];

/// A command line that may be run.
#[derive(Debug)]
pub(crate) enum Command {
    Scp(scp_proto::Command),
    Hash(hash::Algorithm, Vec<Vec<u8>>),
    /// Succeeds and says nothing: there is no current directory to change.
    Cd,
    Pwd,
}

/// A running command.
pub(crate) struct Exec {
    pipe: Pipe,
    running: Option<BoxFuture<'static, u32>>,
    status: u32,
    /// The last poll left it waiting for input.
    waiting: bool,
}

impl Enabled {
    /// From the configuration's names; `*` stands for all, names nobody knows are left out.
    pub(crate) fn new(names: &[String]) -> Self {
        let all = names.iter().any(|name| name == "*");
        Self(ALL.into_iter().filter(|known| all || names.iter().any(|name| name == known)).collect())
    }

    pub(crate) fn names(&self) -> &[&'static str] {
        &self.0
    }

    /// The command a client asks for, if it may be run.
    pub(crate) fn command(&self, line: &[u8]) -> Option<Command> {
        let words = scp_proto::split(line)?;
        let (name, arguments) = words.split_first()?;
        let name = self.0.iter().find(|enabled| enabled.as_bytes() == name)?;
        Some(match *name {
            "scp" => Command::Scp(scp_proto::Command::parse(arguments).ok()?),
            "cd" => Command::Cd,
            "pwd" => Command::Pwd,
            hash => Command::Hash(hash::Algorithm::by_command(hash)?, arguments.to_vec()),
        })
    }
}

impl Command {
    pub(crate) fn protocol(&self) -> types::Protocol {
        match self {
            Self::Scp(_) => types::Protocol::Scp,
            Self::Hash(..) | Self::Cd | Self::Pwd => types::Protocol::Ssh,
        }
    }
}

impl Exec {
    pub(crate) fn new(command: Command, session: Session) -> Self {
        let pipe = Pipe::default();
        let running = Box::pin(run(command, session, pipe.clone()));
        Self { pipe, running: Some(running), status: 0, waiting: false }
    }

    pub(crate) fn push(&mut self, data: Bytes) {
        self.pipe.with(|ends| ends.input.push_back(data));
    }

    pub(crate) fn eof(&mut self) {
        self.pipe.with(|ends| ends.eof = true);
        self.waiting = false;
    }

    /// Waiting for the client, with nothing to do or to send.
    pub(crate) fn is_idle(&self) -> bool {
        self.waiting && self.pipe.with(|ends| ends.input.is_empty() && ends.output.is_empty())
    }

    /// Lets the command go on as far as it can.
    pub(crate) fn pump(&mut self, core: &mut Connection, id: ChannelId, cx: &mut Context<'_>) -> Pumped {
        loop {
            if let Some(running) = self.running.as_mut() {
                match running.as_mut().poll(cx) {
                    Poll::Ready(status) => (self.status, self.running) = (status, None),
                    Poll::Pending => self.waiting = true,
                }
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

async fn run(command: Command, session: Session, pipe: Pipe) -> u32 {
    match command {
        Command::Cd => 0,
        Command::Pwd => {
            let mut line = session.account().start_directory().as_bytes().to_vec();
            line.push(b'\n');
            pipe.write(&line).await;
            0
        }
        Command::Hash(algorithm, paths) => hash::run(algorithm, &paths, &session, &pipe).await,
        Command::Scp(command) => scp::run(command, &session, &pipe).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enabled(names: &[&str]) -> Enabled {
        Enabled::new(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn only_what_is_enabled_runs() {
        let some = enabled(&["pwd", "md5sum", "rsync"]);
        assert!(matches!(some.command(b"pwd"), Some(Command::Pwd)));
        assert!(matches!(some.command(b"md5sum 'a b'"), Some(Command::Hash(_, paths)) if paths == [b"a b"]));
        for refused in ["cd", "rsync --server", "sh -c id", "", "pwd 'open", "/bin/pwd", "scp -t ."] {
            assert!(some.command(refused.as_bytes()).is_none(), "{refused}");
        }
        assert!(matches!(enabled(&["*"]).command(b"scp -t ."), Some(Command::Scp(_))));
    }
}

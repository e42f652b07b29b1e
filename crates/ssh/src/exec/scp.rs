//! `scp -t` and `scp -f`.

mod glob;
mod sink;
mod source;

use super::pipe::Pipe;
use scp_proto::{Command, Control, Direction, Lines, Malformed, encode};
use session::{Error, Session};

/// Why a command cannot go on.
#[derive(Debug)]
enum Fatal {
    /// The client went away, or said that it gives up.
    Gone,
    /// Told to the client with status 2.
    Told(String),
}

/// The client's end: lines and contents in, lines and statuses out.
struct Wire<'a> {
    pipe: &'a Pipe,
    lines: Lines,
}

pub(super) async fn run(command: Command, session: &Session, pipe: &Pipe) -> u32 {
    let mut wire = Wire { pipe, lines: Lines::default() };
    let result = match command.direction {
        Direction::Sink => sink::run(&command, session, &mut wire).await,
        Direction::Source => source::run(&command, session, &mut wire).await,
    };
    match result {
        Ok(status) => status,
        Err(Fatal::Gone) => 1,
        Err(Fatal::Told(text)) => {
            wire.send(&Control::Fatal(text)).await;
            1
        }
    }
}

impl Wire<'_> {
    async fn send(&self, control: &Control) {
        self.pipe.write(&encode(control)).await;
    }

    /// The next line; `None` when the client has closed its end between lines.
    async fn line(&mut self) -> Result<Option<Control>, Fatal> {
        loop {
            if let Some(line) = self.lines.line()? {
                return Ok(Some(line));
            }
            match self.pipe.read().await {
                Some(data) => self.lines.push(data),
                None => return Ok(None),
            }
        }
    }

    /// Waits for the client to be satisfied; false when it could not do its part and goes on.
    async fn satisfied(&mut self) -> Result<bool, Fatal> {
        match self.line().await? {
            Some(Control::Ok) => Ok(true),
            Some(Control::Warning(_)) => Ok(false),
            Some(Control::Fatal(_)) | None => Err(Fatal::Gone),
            Some(_) => Err(Malformed::Unknown.into()),
        }
    }
}

impl From<Malformed> for Fatal {
    fn from(malformed: Malformed) -> Self {
        Self::Told(format!("scp: {malformed}"))
    }
}

/// A failure about `path`, as scp words it.
fn about(path: &[u8], error: &Error) -> String {
    format!("scp: {}: {error}", String::from_utf8_lossy(path))
}

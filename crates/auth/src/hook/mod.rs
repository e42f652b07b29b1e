//! Hooks that ask the questions of a keyboard-interactive login: a program, or a server behind a URL.
//!
//! Both send one JSON object per round and get the answers to its questions; a hook has a minute in all.

mod http;
mod program;
mod round;
#[cfg(test)]
mod tests;

pub(crate) use self::round::{Check, Reply};

use crate::Attempt;
use config::Config;
use hooks::InvalidHook;
use std::{fmt, io, sync::Arc, time::Duration};
use store::User;
use tokio::time::Instant;
use types::Secret;

/// How long a login may take with a hook.
const LIMIT: Duration = Duration::from_secs(60);

/// A hook as it is configured. Cheap to clone.
#[derive(Clone)]
pub struct Hook(Arc<Kind>);

enum Kind {
    Program(program::Program),
    Url(http::Endpoint),
}

/// Why a hook did not come to a verdict.
#[derive(Debug, thiserror::Error)]
pub enum HookFailed {
    #[error("it took longer than {} seconds", LIMIT.as_secs())]
    Late,
    #[error("it ended without a verdict")]
    Ended,
    #[error("it sent more than {} bytes at once", round::MAX)]
    TooLong,
    #[error("it sent what is no round of questions: {0}")]
    Malformed(String),
    #[error("an answer has a line break, which would make two of it")]
    LineBreak,
    #[error("it answered with status {0}")]
    Status(u16),
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Http(#[from] reqwest::Error),
}

/// A hook in the middle of a login. Dropped, its program is ended.
pub(crate) struct Running {
    deadline: Instant,
    kind: Conversing,
}

enum Conversing {
    Program(Box<program::Running>),
    Url(Box<http::Running>),
}

impl Hook {
    /// The hook of `sftpd.keyboard_interactive_auth_hook`, if one is set.
    pub fn new(config: &Config) -> Result<Option<Self>, InvalidHook> {
        let hook = &*config.sftpd.keyboard_interactive_auth_hook;
        let kind = match hook {
            "" => return Ok(None),
            url if url.starts_with("http://") || url.starts_with("https://") => {
                Kind::Url(http::Endpoint::new(url, config)?)
            }
            path => Kind::Program(program::Program::new(path, &config.command)?),
        };
        Ok(Some(Self(Arc::new(kind))))
    }

    /// Begins a login; `user` is `None` where there is none of that name.
    pub(crate) async fn start(
        &self,
        attempt: &Attempt,
        user: Option<&User>,
    ) -> Result<(Running, Reply), HookFailed> {
        let deadline = Instant::now() + LIMIT;
        let hash = user.map(|user| user.password.clone()).unwrap_or_default();
        let begin = async {
            Ok(match &*self.0 {
                Kind::Program(program) => {
                    let (running, reply) = program.start(attempt, &hash).await?;
                    (Conversing::Program(Box::new(running)), reply)
                }
                Kind::Url(endpoint) => {
                    let (running, reply) = endpoint.start(attempt, hash).await?;
                    (Conversing::Url(Box::new(running)), reply)
                }
            })
        };
        let (kind, reply) = within(deadline, begin).await?;
        Ok((Running { deadline, kind }, reply))
    }
}

impl Running {
    /// Passes on the answers and waits for the next round.
    pub(crate) async fn answer(mut self, answers: Vec<Secret<String>>) -> Result<(Self, Reply), HookFailed> {
        let deadline = self.deadline;
        let next = async {
            match &mut self.kind {
                Conversing::Program(program) => program.answer(&answers).await,
                Conversing::Url(url) => url.answer(answers).await,
            }
        };
        let reply = within(deadline, next).await?;
        Ok((self, reply))
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &*self.0 {
            Kind::Program(_) => "Hook(program)",
            Kind::Url(_) => "Hook(url)",
        })
    }
}

async fn within<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, HookFailed>>,
) -> Result<T, HookFailed> {
    tokio::time::timeout_at(deadline, work).await.unwrap_or(Err(HookFailed::Late))
}

//! A hook that is a program: a line of JSON per round on its output, an answer per line on its input.

use super::{HookFailed, InvalidHook, Reply, round};
use crate::Attempt;
use std::time::Duration;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{Child, ChildStdin, ChildStdout},
};
use types::Secret;

/// The name of this hook in `command.commands`.
const HOOK: &str = "keyboard_interactive";
/// What a program has after its verdict to end by itself.
const LINGER: Duration = Duration::from_secs(10);

pub struct Program(hooks::Program);

pub struct Running {
    child: Option<Child>,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Program {
    pub fn new(path: &str, settings: &config::Command) -> Result<Self, InvalidHook> {
        hooks::Program::new(path, HOOK, settings).map(Self)
    }

    pub async fn start(
        &self,
        attempt: &Attempt,
        hash: &Secret<String>,
    ) -> Result<(Running, Reply), HookFailed> {
        let mut child = self
            .0
            .command([])
            .env("SFTPGO_AUTHD_USERNAME", &attempt.username)
            .env("SFTPGO_AUTHD_IP", attempt.ip.to_string())
            .env("SFTPGO_AUTHD_PASSWORD", hash.expose())
            .spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(HookFailed::Ended);
        };
        let mut running = Running { child: Some(child), input, output: BufReader::new(output) };
        let reply = running.hear().await?;
        Ok((running, reply))
    }
}

impl Running {
    pub async fn answer(&mut self, answers: &[Secret<String>]) -> Result<Reply, HookFailed> {
        let mut lines = String::new();
        for answer in answers {
            // Two lines would be taken for two answers, the second in place of what the server has checked.
            if answer.expose().contains(['\n', '\r', '\0']) {
                return Err(HookFailed::LineBreak);
            }
            lines.push_str(answer.expose());
            lines.push('\n');
        }
        self.input.write_all(lines.as_bytes()).await?;
        self.input.flush().await?;
        self.hear().await
    }

    async fn hear(&mut self) -> Result<Reply, HookFailed> {
        let mut line = Vec::new();
        let limit = round::MAX as u64 + 1;
        (&mut self.output).take(limit).read_until(b'\n', &mut line).await?;
        if line.len() > round::MAX {
            return Err(HookFailed::TooLong);
        }
        if line.is_empty() {
            return Err(HookFailed::Ended);
        }
        let reply = Reply::parse(&line)?;
        if !matches!(reply, Reply::Ask { .. })
            && let Some(mut child) = self.child.take()
        {
            // It may have something left to do, and need not be done before its user is in.
            tokio::spawn(async move { drop(tokio::time::timeout(LINGER, child.wait()).await) });
        }
        Ok(reply)
    }
}

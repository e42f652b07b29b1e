//! Running a program with a time limit, keeping what it said.

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use std::{
    io::{Read, Write},
    os::unix::process::CommandExt,
    process::{Child, Command, ExitStatus, Stdio},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// A program that has ended by itself.
#[derive(Debug)]
pub struct Finished {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

/// A program that runs in the background; killed with all its children when dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    name: String,
    stdout: Option<JoinHandle<Vec<u8>>>,
    stderr: Option<JoinHandle<Vec<u8>>>,
}

/// Runs `command` with `input` on its standard input until it ends; past `limit` it is killed and the call fails.
pub fn run(command: &mut Command, input: &str, limit: Duration) -> Result<Finished> {
    let mut running = Running::start(command)?;
    if let Some(mut stdin) = running.child.stdin.take() {
        // A program that ends without reading its input has said why on its standard error.
        let _ = stdin.write_all(input.as_bytes());
    }
    running.wait(limit)
}

/// [`run`], and the program has to end with success.
pub fn succeed(command: &mut Command, input: &str, limit: Duration) -> Result<Finished> {
    let finished = run(command, input, limit)?;
    if !finished.status.success() {
        bail!("{command:?} ended with {}\n{}{}", finished.status, finished.stdout, finished.stderr);
    }
    Ok(finished)
}

impl Running {
    /// Starts `command` in a process group of its own, with all three standard streams as pipes.
    pub fn start(command: &mut Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {name}; `make deps` installs what the tests need"))?;
        let stdout = child.stdout.take().map(collect);
        let stderr = child.stderr.take().map(collect);
        Ok(Self { child, name, stdout, stderr })
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The program's standard input; dropping it closes it.
    pub fn stdin(&mut self) -> Option<impl Write + use<>> {
        self.child.stdin.take()
    }

    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Kills the program and its children with SIGKILL.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // The group may be gone already.
            let _ = kill_process_group(group, Signal::KILL);
        }
        self.child.wait().context("waiting for a killed program")?;
        Ok(())
    }

    /// Waits for the end, at most for `limit`; then the program is killed and the call fails with what it said.
    pub fn wait(mut self, limit: Duration) -> Result<Finished> {
        drop(self.child.stdin.take());
        let end = Instant::now() + limit;
        let status = loop {
            match self.child.try_wait()? {
                Some(status) => break status,
                None if Instant::now() < end => thread::sleep(Duration::from_millis(3)),
                None => {
                    self.kill()?;
                    let (stdout, stderr) = self.said();
                    bail!("{} still ran after {limit:?}\n{stdout}{stderr}", self.name);
                }
            }
        };
        let (stdout, stderr) = self.said();
        Ok(Finished { status, stdout, stderr })
    }

    fn said(&mut self) -> (String, String) {
        let text = |thread: Option<JoinHandle<Vec<u8>>>| {
            let bytes = thread.and_then(|thread| thread.join().ok()).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        (text(self.stdout.take()), text(self.stderr.take()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.is_running() {
            let _ = self.kill();
        }
    }
}

/// Drains a pipe on a thread of its own, since a full pipe would stop the program.
fn collect(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut out = Vec::new();
        let _ = pipe.read_to_end(&mut out);
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_secs(10);

    #[test]
    fn input_output_and_failure_come_through() {
        let out = succeed(&mut Command::new("cat"), "over there", SHORT).unwrap();
        assert_eq!(out.stdout, "over there");

        let failed = succeed(Command::new("sh").args(["-c", "echo why >&2; exit 3"]), "", SHORT).unwrap_err();
        assert!(failed.to_string().contains("why"), "{failed}");
    }

    #[test]
    fn a_program_past_its_limit_is_killed_with_its_children() {
        let began = Instant::now();
        let failed = run(
            Command::new("sh").args(["-c", "echo here; sleep 60 & sleep 60"]),
            "",
            Duration::from_millis(200),
        );
        assert!(failed.unwrap_err().to_string().contains("here"));
        assert!(began.elapsed() < SHORT, "the child kept the pipe open");
    }
}

//! Programs, run as the section `command` has them run.

use crate::{Failed, InvalidHook};
use rustix::process::{Pid, Signal, kill_process_group};
use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    pin::pin,
    process::{ExitStatus, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::{Child, Command},
};
use types::Secret;

/// What a program may write to its standard error before the rest is dropped.
const MAX_COMPLAINT: usize = 4 * 1024;
/// How long after a program's end its output may be held open by what it has left running.
const LINGER: Duration = Duration::from_millis(200);

/// A program and how to run it.
pub struct Program {
    path: PathBuf,
    args: Vec<String>,
    /// `KEY=value`; nothing is inherited.
    env: Vec<Secret<String>>,
    /// What it may take in all, where it is not a conversation.
    pub timeout: Duration,
}

/// What a program that ended well has written.
#[derive(Debug)]
pub struct Written {
    pub output: Vec<u8>,
    /// To its standard error, as much of it as is kept.
    pub complaint: Vec<u8>,
}

impl Program {
    /// `hook` is what `command.commands` calls this use of the program.
    pub fn new(path: &str, hook: &str, settings: &config::Command) -> Result<Self, InvalidHook> {
        let own: Vec<_> = settings
            .commands
            .iter()
            .filter(|own| own.path == path && (own.hook.is_empty() || own.hook == hook))
            .collect();
        let path = PathBuf::from(path);
        if !path.is_absolute() {
            return Err(InvalidHook::Relative(path));
        }
        if let Err(source) = fs::metadata(&path) {
            return Err(InvalidHook::Missing { path, source });
        }
        let args = own.iter().flat_map(|own| own.args.clone()).collect();
        let env = settings.env.iter().chain(own.iter().flat_map(|own| &own.env)).cloned().collect();
        let seconds = own.iter().find_map(|own| own.timeout).unwrap_or(settings.timeout);
        Ok(Self { path, args, env, timeout: Duration::from_secs(seconds.into()) })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The program with `args` and then its configured ones, to be fed and heard. It ends when it is dropped.
    pub fn command<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(&self.path);
        command
            .args(args)
            .args(&self.args)
            .env_clear()
            .envs(self.env.iter().filter_map(|pair| pair.expose().split_once('=')))
            .current_dir(self.path.parent().unwrap_or(Path::new("/")))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Runs the program with these variables to its end, and keeps up to `max` bytes of what it writes. After
    /// [`timeout`](Self::timeout) it is killed, and so is all that it has started.
    pub async fn run(&self, variables: &[(&'static str, OsString)], max: usize) -> Result<Written, Failed> {
        let mut command = self.command([]);
        command
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(if max > 0 { Stdio::piped() } else { Stdio::null() })
            .stderr(Stdio::piped())
            // Of its own, so that it can be ended together with what it starts.
            .process_group(0);
        let mut child = command.spawn()?;
        let group = Group::of(&child);
        let ended = tokio::time::timeout(self.timeout, hear(&mut child, max)).await;
        let Ok(ended) = ended else {
            drop(group);
            let _ = child.wait().await; // killed: nothing is left of it but its status
            return Err(Failed::Late(self.timeout));
        };
        let (status, written) = ended?;
        // It ended by itself; what it has left running was meant to.
        group.forget();
        if !status.success() {
            return Err(Failed::Exit { status, complaint: text(&written.complaint) });
        }
        if written.output.len() > max {
            return Err(Failed::TooLong(max));
        }
        Ok(written)
    }
}

/// Waits for the end of `child`, reading what it writes.
async fn hear(child: &mut Child, max: usize) -> Result<(ExitStatus, Written), Failed> {
    let (mut output, mut complaint) = (Vec::new(), Vec::new());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let status = {
        let mut reading = pin!(async {
            tokio::join!(keep(stdout, max + 1, &mut output), keep(stderr, MAX_COMPLAINT, &mut complaint))
        });
        tokio::select! {
            status = child.wait() => {
                let _ = tokio::time::timeout(LINGER, reading.as_mut()).await;
                status?
            }
            _ = reading.as_mut() => child.wait().await?,
        }
    };
    Ok((status, Written { output, complaint }))
}

/// Reads to the end and keeps the first `max` bytes: a program that writes more must not hang.
async fn keep(from: Option<impl AsyncRead + Unpin>, max: usize, into: &mut Vec<u8>) {
    let Some(mut from) = from else { return };
    let mut part = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut part).await {
        let room = max.saturating_sub(into.len()).min(read);
        into.extend_from_slice(&part[..room]);
    }
}

/// What a program complained of, for one line of a log.
pub fn text(complaint: &[u8]) -> String {
    String::from_utf8_lossy(complaint).trim().replace(['\n', '\r'], " ")
}

/// A process and what it has started; killed when this is dropped.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)))
    }

    fn forget(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // Gone already is as good.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

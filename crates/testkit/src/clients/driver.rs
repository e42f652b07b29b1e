//! Clients in other languages: programs around an SSH library that take sessions by the line.

use super::{Family, Login, Proof, Session, Sessions, Step, limit};
use anyhow::{Context, Result, bail, ensure};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
};
use tempfile::NamedTempFile;

/// One running program; `tests/clients/README.md` is what it understands. Ended when dropped.
#[derive(Debug)]
pub struct Driver {
    name: String,
    child: Child,
    requests: ChildStdin,
    answers: Receiver<String>,
    /// What it says on standard error.
    complaints: NamedTempFile,
}

impl Driver {
    pub fn start(command: &mut Command) -> Result<Self> {
        let name = format!("{command:?}");
        let complaints = NamedTempFile::new()?;
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(complaints.reopen()?)
            .spawn()
            .with_context(|| format!("starting {name}; `make deps` installs and builds it"))?;
        let requests = child.stdin.take().context("no standard input")?;
        let stdout = BufReader::new(child.stdout.take().context("no standard output")?);
        let (send, answers) = channel();
        // A thread of its own, since a read has no time limit.
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self { name, child, requests, answers, complaints })
    }

    /// Opens `count` sessions that stay, with SFTP answering, until this is dropped.
    pub fn hold(&mut self, login: &Login, count: usize) -> Result<()> {
        let session = Session { login: login.clone(), pins: Vec::new(), rekey: None, steps: Vec::new() };
        let request = request(&session).replacen("session", &format!("hold {count}"), 1);
        self.ask(&request).map(drop)
    }

    fn ask(&mut self, request: &str) -> Result<Vec<String>> {
        writeln!(self.requests, "{request}").with_context(|| self.complaint("it has ended"))?;
        let answer = match self.answers.recv_timeout(limit()) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Disconnected) => bail!(self.complaint("it ended without an answer")),
            Err(RecvTimeoutError::Timeout) => bail!(self.complaint("no answer in time")),
        };
        let mut words = answer.split_whitespace().map(str::to_owned);
        ensure!(words.next().as_deref() == Some("ok"), self.complaint(&answer));
        Ok(words.collect())
    }

    fn complaint(&self, what: &str) -> String {
        let said = fs::read_to_string(self.complaints.path()).unwrap_or_default();
        format!("{}: {what}\n{said}", self.name)
    }
}

impl Sessions for Driver {
    fn offers(&mut self, family: Family, names: &[String]) -> Result<Vec<String>> {
        self.ask(&format!("offers {} {}", family.word(), names.join(" ")))
    }

    fn session(&mut self, session: &Session) -> Result<Vec<String>> {
        let request = request(session);
        self.ask(&request).with_context(|| request)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn request(session: &Session) -> String {
    let Login { port, user, password, key, proof } = &session.login;
    let mut words = vec![format!("session port={port} user={user} auth={}", proof.methods().join("+"))];
    if proof.asks() {
        words.push(format!("password={password}"));
    }
    if proof.signs() {
        words.push(format!("key={}", key.path.display()));
    }
    if *proof == Proof::Certificate {
        words.push(format!("certificate={}", key.certificate_path().display()));
    }
    words.extend(session.pins.iter().map(|pin| format!("{}={}", pin.family.word(), pin.name)));
    words.extend(session.rekey.map(|bytes| format!("rekey={bytes}")));
    words.extend(session.steps.iter().map(|step| match step {
        Step::Put { local, remote } => format!("put={}:{remote}", local.display()),
        Step::Get { remote, local } => format!("get={remote}:{}", local.display()),
        Step::List { dir } => format!("list={dir}"),
        Step::Rename { from, to } => format!("rename={from}:{to}"),
        Step::Remove { path } => format!("remove={path}"),
    }));
    words.join(" ")
}

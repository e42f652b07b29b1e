//! What a session weighs that has SFTP open and does nothing.

use crate::{peer::Peer, report::Report};
use anyhow::{Context, Result, bail, ensure};
use std::{
    fs,
    io::{Read, Write},
    path::Path,
    process::{Child, ChildStdout, Stdio},
    thread,
    time::Duration,
};

pub const NAME: &str = "idle-session";

/// KiB that one may weigh.
const TARGET: f64 = 48.0;
/// Sessions that are held open. Fewer would fit into memory that a server keeps at hand anyway.
const SESSIONS: usize = 1000;
/// For servers that keep no such memory, since each session is a process.
const FORKED_SESSIONS: usize = 100;
/// Sessions before, which touch what is there once for all.
const WARM_UP: usize = 20;
/// Clients that connect at once.
const STARTS: usize = 8;

const SSH_FXP_INIT: u8 = 1;
const SSH_FXP_VERSION: u8 = 2;
const SSH_FXP_REALPATH: u8 = 16;
const SSH_FXP_NAME: u8 = 104;

/// Weighs a session on servers that were started for nothing else: one that has moved files has memory at hand.
pub fn measure(report: &mut Report, dir: &Path) -> Result<()> {
    let dir = dir.join("idle");
    fs::create_dir(&dir)?;
    for peer in Peer::all(&dir)? {
        report.note(NAME, peer.name(), weigh(&peer)? / 1024.0, "KiB", Some(TARGET));
    }
    Ok(())
}

/// Proportional memory per session, in bytes.
fn weigh(peer: &Peer) -> Result<f64> {
    open(peer, WARM_UP)?.into_iter().try_for_each(close)?;
    peer.settle()?;
    let count = if peer.forks() { FORKED_SESSIONS } else { SESSIONS };
    let before = at_rest(peer)?;
    let sessions = open(peer, count)?;
    let grown = at_rest(peer)?.saturating_sub(before);
    sessions.into_iter().try_for_each(close)?;
    Ok(grown as f64 / count as f64)
}

/// Memory once it does not change any more.
fn at_rest(peer: &Peer) -> Result<u64> {
    let mut before = peer.memory();
    for _ in 0..40 {
        thread::sleep(Duration::from_millis(500));
        let now = peer.memory();
        if now.abs_diff(before) <= 64 << 10 {
            return Ok(now);
        }
        before = now;
    }
    bail!("{} does not come to rest", peer.name())
}

/// Sessions whose SFTP has answered a request, so that all that one needs is there.
fn open(peer: &Peer, count: usize) -> Result<Vec<Child>> {
    let mut sessions = Vec::with_capacity(count);
    while sessions.len() < count {
        let starts = STARTS.min(count - sessions.len());
        let mut started = (0..starts).map(|_| start(peer)).collect::<Result<Vec<_>>>()?;
        started.iter_mut().try_for_each(greet)?;
        sessions.append(&mut started);
    }
    Ok(sessions)
}

fn start(peer: &Peer) -> Result<Child> {
    let mut command = peer.client().subsystem();
    Ok(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?)
}

/// SSH_FXP_INIT with version 3, and the real path of `.` as request 7.
fn greet(session: &mut Child) -> Result<()> {
    let input = session.stdin.as_mut().context("no input")?;
    input.write_all(&[0, 0, 0, 5, SSH_FXP_INIT, 0, 0, 0, 3])?;
    input.write_all(&[0, 0, 0, 10, SSH_FXP_REALPATH, 0, 0, 0, 7, 0, 0, 0, 1, b'.'])?;
    let output = session.stdout.as_mut().context("no output")?;
    let version = packet(output)?;
    ensure!(version.starts_with(&[SSH_FXP_VERSION]), "no SSH_FXP_VERSION but {version:?}");
    let answer = packet(output)?;
    ensure!(answer.starts_with(&[SSH_FXP_NAME, 0, 0, 0, 7]), "no real path but {answer:?}");
    Ok(())
}

fn packet(output: &mut ChildStdout) -> Result<Vec<u8>> {
    let mut length = [0; 4];
    output.read_exact(&mut length)?;
    let mut packet = vec![0; u32::from_be_bytes(length) as usize];
    output.read_exact(&mut packet)?;
    Ok(packet)
}

fn close(mut session: Child) -> Result<()> {
    session.kill()?;
    session.wait()?;
    Ok(())
}

//! One upload as deep as a channel's window lets it be: no WRITE waits for the answer to another.

use anyhow::{Context, Result, bail, ensure};
use std::{
    io::{Read, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const PIECE: usize = 32 * 1024;

/// Sends `bytes` to a new file `path` over `subsystem`, a command whose standard streams are SFTP. The time from
/// the first WRITE to the last answer.
pub fn flood(subsystem: &mut Command, path: &str, bytes: u64) -> Result<Duration> {
    let mut child = subsystem.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let said = run(&mut child, path, bytes);
    // Whatever it still has to say, it was heard.
    child.kill()?;
    child.wait()?;
    said
}

fn run(child: &mut Child, path: &str, bytes: u64) -> Result<Duration> {
    let mut stdin = child.stdin.take().context("no standard input")?;
    let mut stdout = child.stdout.take().context("no standard output")?;
    stdin.write_all(&packet(1, &[&3_u32.to_be_bytes()]))?;
    answer(&mut stdout, 2)?;
    let new = 2_u32 | 8 | 16; // write, create, truncate
    let open: [&[u8]; 4] = [&1_u32.to_be_bytes(), &string(path.as_bytes()), &new.to_be_bytes(), &[0; 4]];
    stdin.write_all(&packet(3, &open))?;
    let handle = answer(&mut stdout, 102)?.split_off(4);

    let began = Instant::now();
    let count = bytes.div_ceil(PIECE as u64);
    let writer = thread::spawn(move || write(stdin, &handle, count));
    for _ in 0..count {
        let status = answer(&mut stdout, 101)?;
        ensure!(status.get(4..8) == Some(&[0; 4]), "a write was refused");
    }
    let took = began.elapsed();
    match writer.join() {
        Ok(sent) => sent.map(|_open| took),
        Err(_) => bail!("the writer panicked"),
    }
}

/// The input is given back open: closed, it would end the session.
fn write(mut stdin: ChildStdin, handle: &[u8], count: u64) -> Result<ChildStdin> {
    let data = string(&[7; PIECE]);
    for number in 0..count {
        let (id, offset) = ((number as u32).to_be_bytes(), (number * PIECE as u64).to_be_bytes());
        stdin.write_all(&packet(6, &[&id, handle, &offset, &data]))?;
    }
    Ok(stdin)
}

/// The payload of the next packet, which has to be of this kind.
fn answer(stdout: &mut ChildStdout, kind: u8) -> Result<Vec<u8>> {
    let mut head = [0; 5];
    stdout.read_exact(&mut head).context("the session ended")?;
    let [a, b, c, d, found] = head;
    let len = u32::from_be_bytes([a, b, c, d]) as usize;
    let mut payload = vec![0; len.saturating_sub(1)];
    stdout.read_exact(&mut payload)?;
    ensure!(found == kind, "packet {found}, not {kind}");
    Ok(payload)
}

fn packet(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let payload = parts.concat();
    [&(payload.len() as u32 + 1).to_be_bytes()[..], &[kind], &payload].concat()
}

fn string(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat()
}

//! The least that a transfer can cost: read, seal, send; receive, open, write; and nothing else.
//!
//! One side of a loopback connection is measured by its thread's own clock. Records are of 32 KiB, as SSH
//! packets are, and batches of 256 KiB pass through one system call. What a server adds to this is its own.

use crate::bulk::Bulk;
use anyhow::{Context, Result, bail, ensure};
use aws_lc_rs::aead::{
    AES_128_GCM, AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey,
};
use rustix::{
    io::{pread, pwritev},
    net::{RecvFlags, recv},
    time::{ClockId, clock_gettime},
};
use std::{
    fs::{self, File},
    io::{IoSlice, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    thread,
};

const RECORD: usize = 32 << 10;
const TAG: usize = 16;
const SEALED: usize = RECORD + TAG;
const RECORDS_PER_BATCH: usize = 8;

#[derive(Debug, Clone, Copy)]
pub enum Direction {
    Get,
    Put,
}

#[derive(Debug, Clone, Copy)]
pub struct Floor {
    direction: Direction,
    algorithm: &'static Algorithm,
}

impl Floor {
    /// None for ciphers that are not AEADs of their own: ctr has no floor here.
    pub fn new(direction: Direction, cipher: &str) -> Option<Self> {
        let algorithm = match cipher {
            "aes128-gcm" => &AES_128_GCM,
            "aes256-gcm" => &AES_256_GCM,
            "chacha20" => &CHACHA20_POLY1305,
            _ => return None,
        };
        Some(Self { direction, algorithm })
    }

    /// Processor seconds per GiB of the side that a server would be.
    pub fn measure(&self, dir: &Path, bulk: &Bulk) -> Result<f64> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let client = TcpStream::connect(listener.local_addr()?)?;
        let (server, _) = listener.accept()?;
        let key = self.key()?;
        let batches = bulk.size.div_euclid((RECORDS_PER_BATCH * RECORD) as u64);
        let seconds = match self.direction {
            Direction::Get => {
                let drain = thread::spawn(move || drain(client));
                let seconds = send(server, &key, &File::open(&bulk.source)?, batches)?;
                drain.join().ok().context("the receiver failed")??;
                seconds
            }
            Direction::Put => {
                let sender = self.key()?;
                let feed = thread::spawn(move || feed(client, &sender, batches));
                let path = dir.join("floor");
                let seconds = receive(server, &key, &File::create(&path)?)?;
                feed.join().ok().context("the sender failed")??;
                fs::remove_file(path)?;
                seconds
            }
        };
        let gibibytes = (batches * (RECORDS_PER_BATCH * RECORD) as u64) as f64 / (1 << 30) as f64;
        Ok(seconds / gibibytes)
    }

    fn key(&self) -> Result<LessSafeKey> {
        let Ok(key) = UnboundKey::new(self.algorithm, &vec![7; self.algorithm.key_len()]) else {
            bail!("no key of {:?}", self.algorithm);
        };
        Ok(LessSafeKey::new(key))
    }
}

/// Reads a file, seals it in place and sends it; returns the seconds this thread worked.
fn send(mut to: TcpStream, key: &LessSafeKey, file: &File, batches: u64) -> Result<f64> {
    let mut buffer = vec![0; RECORDS_PER_BATCH * SEALED];
    let (mut offset, mut count) = (0, 0);
    let began = worked();
    for _ in 0..batches {
        for record in buffer.chunks_exact_mut(SEALED) {
            let (text, tag) = record.split_at_mut(RECORD);
            pread(file, &mut *text, offset)?;
            offset += RECORD as u64;
            seal(key, &mut count, text, tag)?;
        }
        to.write_all(&buffer)?;
    }
    Ok(worked() - began)
}

/// Receives what [`feed`] sends, opens it in place and writes it; returns the seconds this thread worked.
///
/// A batch is waited for in the kernel and written in one call: anything less makes this dearer than a server
/// that batches well, and then it is no floor.
fn receive(from: TcpStream, key: &LessSafeKey, file: &File) -> Result<f64> {
    let mut buffer = vec![0; RECORDS_PER_BATCH * SEALED];
    let (mut offset, mut count) = (0, 0);
    let began = worked();
    while recv(&from, &mut buffer[..], RecvFlags::WAITALL)?.0 == buffer.len() {
        let mut texts = Vec::with_capacity(RECORDS_PER_BATCH);
        for record in buffer.chunks_exact_mut(SEALED) {
            let Ok(text) = key.open_in_place(nonce(&mut count), Aad::empty(), record) else {
                bail!("a record did not open");
            };
            texts.push(IoSlice::new(text));
        }
        let written = pwritev(file, &texts, offset)?;
        ensure!(written == RECORDS_PER_BATCH * RECORD, "a short write");
        offset += written as u64;
    }
    Ok(worked() - began)
}

fn feed(mut to: TcpStream, key: &LessSafeKey, batches: u64) -> Result<()> {
    let mut buffer = vec![0; RECORDS_PER_BATCH * SEALED];
    let mut count = 0;
    for _ in 0..batches {
        for record in buffer.chunks_exact_mut(SEALED) {
            let (text, tag) = record.split_at_mut(RECORD);
            seal(key, &mut count, text, tag)?;
        }
        to.write_all(&buffer)?;
    }
    Ok(())
}

fn drain(mut from: TcpStream) -> Result<()> {
    let mut buffer = vec![0; RECORDS_PER_BATCH * SEALED];
    while from.read(&mut buffer)? > 0 {}
    Ok(())
}

fn seal(key: &LessSafeKey, count: &mut u64, text: &mut [u8], tag: &mut [u8]) -> Result<()> {
    let Ok(made) = key.seal_in_place_separate_tag(nonce(count), Aad::empty(), text) else {
        bail!("a record did not seal");
    };
    tag.copy_from_slice(made.as_ref());
    Ok(())
}

fn nonce(count: &mut u64) -> Nonce {
    *count += 1;
    let mut bytes = [0; NONCE_LEN];
    bytes[..8].copy_from_slice(&count.to_be_bytes());
    Nonce::assume_unique_for_key(bytes)
}

/// Processor seconds of this thread so far.
fn worked() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

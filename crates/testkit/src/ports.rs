//! Ports for servers that a test starts.

use anyhow::{Result, bail};
use std::{
    net::TcpListener,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

/// Below the ephemeral range (32768 and up on Linux), so that no client socket takes the port between the
/// look and the server's own bind.
const FIRST: u32 = 10_000;
const COUNT: u32 = 22_000;

/// A TCP port of 127.0.0.1 that nobody listens on, handed out once per process.
pub fn free_port() -> Result<u16> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Two test processes at the same time start far apart.
    let start = process::id().wrapping_mul(97);
    for _ in 0..COUNT {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(FIRST + start.wrapping_add(step) % COUNT)?;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no free port between {FIRST} and {}", FIRST + COUNT)
}

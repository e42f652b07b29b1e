//! Waiting for a condition, never for a while.

use anyhow::{Result, bail};
use std::{
    thread,
    time::{Duration, Instant},
};

/// How often a condition is looked at. Short against anything a test waits for, long against a look.
const EVERY: Duration = Duration::from_millis(10);

/// Waits until `holds`, at most for `limit`; `what` names the condition in the failure.
pub fn until(what: &str, limit: Duration, mut holds: impl FnMut() -> bool) -> Result<()> {
    until_ok(what, limit, || if holds() { Ok(()) } else { bail!("not yet") })
}

/// Waits until `attempt` succeeds and returns what it gave; after `limit` the last error is the cause.
pub fn until_ok<T>(what: &str, limit: Duration, mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
    let end = Instant::now() + limit;
    loop {
        match attempt() {
            Ok(value) => return Ok(value),
            Err(error) if Instant::now() >= end => {
                return Err(error.context(format!("{what}: not within {limit:?}")));
            }
            Err(_) => thread::sleep(EVERY),
        }
    }
}

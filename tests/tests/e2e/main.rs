//! Scenarios against the real binary, one module per topic.
//!
//! `LONGSHORE_SCALE=soak` (`make soak`) runs the same scenarios with the sizes and counts that a release is
//! judged by; otherwise they are about a tenth of that.

mod algorithms;
mod audit;
mod bad_input;
mod certificates;
mod clients;
mod crashes;
mod disks;
mod faults;
mod garbage;
mod hangs;
mod host_keys;
mod idle;
mod interop;
mod limits;
mod logging;
mod logins;
mod mail;
mod nodes;
mod odd_paths;
mod on_request;
mod openapi;
mod policy;
mod provider;
mod proxies;
mod quotas;
mod requests;
mod rest_files;
mod scp;
mod sessions_elsewhere;
mod shares;
mod start;
mod strangers;
mod transfers;

use std::{path::PathBuf, time::Duration};

/// Longer than anything that is not a transfer takes on a loaded machine.
const SHORT: Duration = Duration::from_secs(30);

/// A script of `tests/clients`.
fn script(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("clients").join(name)
}

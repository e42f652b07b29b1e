//! What sessions weigh that do nothing.

use crate::interop::client;
use anyhow::{Result, ensure};
use std::{thread, time::Duration};
use testkit::{Scale, TestServer, clients::Driver, process};

const KIB: u64 = 1024;
/// What ten thousand of them may weigh, shared out.
const EACH: u64 = 48 * KIB;

/// Real sessions of a real client, logged in and with SFTP open: so many of them are no burden.
#[test]
fn ten_thousand_sessions_fit_into_half_a_gigabyte() -> Result<()> {
    let count = Scale::from_env().pick(1000, 10_000);
    let server = TestServer::builder().set("common.max_per_host_connections", 0).start()?;
    let user = server.user("ada")?;
    let login = server.login(&user);
    let mut client = Driver::start(&mut client("golang"))?;
    client.hold(&login, 50)?;
    let before = at_rest(&server)?;
    // What a server has to hold as soon as it serves anybody is no part of what each session adds.
    client.hold(&login, count)?;
    let after = at_rest(&server)?;
    let each = after.saturating_sub(before) / count as u64;
    println!("{count} idle sessions: {} MiB in all, {} KiB each", after >> 20, each / KIB);
    ensure!(each <= EACH, "{each} bytes each");
    ensure!(after < 500 << 20, "{after} bytes in all");
    Ok(())
}

/// Memory once it does not change any more.
fn at_rest(server: &TestServer) -> Result<u64> {
    let mut before = process::proportional(server.pid());
    for _ in 0..20 {
        thread::sleep(Duration::from_millis(500));
        let now = process::proportional(server.pid());
        if now.abs_diff(before) <= 256 * KIB {
            return Ok(now);
        }
        before = now;
    }
    anyhow::bail!("the server does not come to rest")
}

//! How much of a channel's window one upload fills over a long wire.

use crate::report::Report;
use anyhow::{Result, ensure};
use std::time::Duration;
use testkit::{
    Relay, TestServer,
    clients::{OpenSsh, flood},
    data::MIB,
};

pub const NAME: &str = "long-wire";

/// Percent of the window that may stay unused.
const TARGET: f64 = 20.0;
const ROUND_TRIP: Duration = Duration::from_millis(100);
const WINDOW: u64 = 8 * MIB;
const SIZE: u64 = 512 * MIB;

pub fn measure(report: &mut Report) -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let relay = Relay::start(server.sftp_address(), ROUND_TRIP)?;
    let client = OpenSsh::new(server.login_through(&user, relay.port()));
    let client = client.option("Ciphers=aes128-gcm@openssh.com");
    let took = flood(&mut client.subsystem(), "/file", SIZE)?;
    ensure!(user.home.join("file").metadata()?.len() == SIZE, "the file is not whole");
    // The last answer comes a round trip after the last byte was sent.
    let ideal = ROUND_TRIP.as_secs_f64() * (SIZE as f64 / WINDOW as f64 + 1.0);
    let unused = 100.0 * (1.0 - ideal / took.as_secs_f64());
    report.note(NAME, "longshore", unused, "% of the window unused", Some(TARGET));
    Ok(())
}

//! Transfers under load, over long wires, and cut short.

use crate::{SHORT, script};
use anyhow::{Result, ensure};
use std::{
    fs,
    time::{Duration, Instant},
};
use testkit::{
    Client, Relay, Scale, TestServer,
    clients::{OpenSsh, Python, flood},
    data::{self, MIB},
    process, until,
};

/// Paramiko asks for the whole file up front and reads answers only as it needs them: a server that waits
/// for one queue while it should drain another never finishes.
#[test]
fn paramiko_gets_a_large_file_by_default() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let (there, back) = (user.home.join("large"), server.dir().join("back"));
    data::write(&there, Scale::from_env().pick(51 * MIB, 512 * MIB), 5)?;
    Python::new(server.login(&user), script("paramiko_client.py")).download("/large", &back)?;
    data::assert_same(&there, &back)
}

#[test]
fn many_sessions_at_once() -> Result<()> {
    let server = TestServer::builder().set("common.max_per_host_connections", 0).start()?;
    let user = server.user("ada")?;
    let count = Scale::from_env().pick(20, 200);
    let client = Python::new(server.login(&user), script("asyncssh_client.py"));
    let said = client.call("at_once", &[&count.to_string(), "300000"])?.stdout;
    ensure!(said.trim() == format!("{count} sessions"), "{said}");
    until("every session is gone", SHORT, || !server.holds_open(&user.home))
}

/// Several channels' worth of work on one directory, from several clients.
#[test]
fn a_thousand_small_files() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let (small, back) = (server.dir().join("small"), server.dir().join("back"));
    let count = Scale::from_env().pick(200, 1000);
    fs::create_dir(&small)?;
    for number in 0..count {
        data::write(&small.join(format!("file-{number:04}")), 4096, number)?;
    }
    let client = OpenSsh::new(server.login(&user));
    client.batch(&format!(
        "put -r \"{}\" /small\nget -r /small \"{}\"\n",
        small.display(),
        back.display()
    ))?;
    for number in 0..count {
        let name = format!("file-{number:04}");
        data::assert_same(&small.join(&name), &back.join(&name))?;
    }
    Ok(())
}

#[test]
fn a_long_listing_is_whole() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let count = Scale::from_env().pick(5_000, 50_000);
    for number in 0..count {
        fs::File::create(user.home.join(format!("entry-{number:06}")))?;
    }
    let said = OpenSsh::new(server.login(&user)).batch("ls -1\n")?.stdout;
    let names: std::collections::HashSet<_> =
        said.lines().filter(|line| line.starts_with("entry-")).collect();
    ensure!(names.len() == count, "{} names of {count}", names.len());
    Ok(())
}

/// One upload and one download over a round trip of 100 ms: many requests are in flight, or this takes
/// minutes.
#[test]
fn a_long_wire_is_filled() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let relay = Relay::start(server.sftp_address(), Duration::from_millis(100))?;
    let client = OpenSsh::new(server.login_through(&user, relay.port()));
    let (sent, back) = (server.dir().join("sent"), server.dir().join("back"));
    data::write(&sent, 16 * MIB, 6)?;
    let began = Instant::now();
    client.upload(&sent, "/file")?;
    client.download("/file", &back)?;
    data::assert_same(&sent, &back)?;
    // A request of 32 KiB per round trip would take 51 s each way.
    ensure!(began.elapsed() < Duration::from_secs(40), "took {:?}", began.elapsed());
    Ok(())
}

/// A channel's window of 8 MiB is what may be on a wire of 100 ms at a time, and most of the time it is.
#[test]
fn a_window_is_filled() -> Result<()> {
    const WINDOW: u64 = 8 * MIB;
    let round_trip = Duration::from_millis(100);
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let relay = Relay::start(server.sftp_address(), round_trip)?;
    let client =
        OpenSsh::new(server.login_through(&user, relay.port())).option("Ciphers=aes128-gcm@openssh.com");
    let size = Scale::from_env().pick(128, 1024) * MIB;
    let took = flood(&mut client.subsystem(), "/file", size)?;
    ensure!(user.home.join("file").metadata()?.len() == size);
    // The last answer comes a round trip after the last byte was sent.
    let ideal = round_trip.as_secs_f64() * (size as f64 / WINDOW as f64 + 1.0);
    let filled = ideal / took.as_secs_f64();
    eprintln!("{:.0} % of a window of 8 MiB over {round_trip:?}", filled * 100.0);
    // Unoptimized, or beside other tests, the processor is the limit.
    let least = Scale::from_env().pick(0.3, 0.8);
    ensure!(filled > least, "took {took:?} instead of {ideal:.1} s");
    Ok(())
}

/// A client that is killed in the middle of an upload leaves what it sent, and nothing open.
#[test]
fn a_killed_client_leaves_nothing_open() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let sent = server.dir().join("sent");
    data::write(&sent, 512 * MIB, 7)?;
    let there = user.home.join("half");
    let client = OpenSsh::new(server.login(&user)).option("RekeyLimit=1M");
    let mut upload = client.start(&format!("put \"{}\" /half\n", sent.display()))?;
    until("some of the file is there", SHORT, || there.metadata().is_ok_and(|half| half.len() > MIB))?;
    upload.kill()?;
    until("the upload is closed", SHORT, || !server.holds_open(&user.home))?;

    let (half, whole) = (fs::read(&there)?, fs::read(&sent)?);
    ensure!(half.len() < whole.len(), "the client was killed too late to show anything");
    client.batch("ls\n")?;
    Ok(())
}

/// A client that reads nothing costs a window, not its whole download.
#[test]
fn a_client_that_does_not_read_costs_no_memory() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    data::write(&user.home.join("large"), 200 * MIB, 8)?;
    let client = OpenSsh::new(server.login(&user));
    client.batch("ls\n")?;
    let before = process::resident(server.pid())?;
    let reader = client.start(&format!("get /large \"{}\"\n", server.dir().join("back").display()))?;
    until("the download is under way", SHORT, || server.holds_open(&user.home))?;
    stop(reader.id())?;
    // What a server buffers without bound is buffered within the second.
    let end = Instant::now() + Duration::from_secs(1);
    let mut most = before;
    while Instant::now() < end {
        most = most.max(process::resident(server.pid())?);
        std::thread::sleep(Duration::from_millis(20));
    }
    ensure!(most < before + 64 * MIB, "grew from {before} to {most} bytes");
    Ok(())
}

/// Stops the `ssh` below an `sftp`, which is the one that reads the network.
fn stop(sftp: u32) -> Result<()> {
    let group = i32::try_from(sftp).ok().and_then(rustix::process::Pid::from_raw);
    let group = group.ok_or_else(|| anyhow::anyhow!("no process id"))?;
    Ok(rustix::process::kill_process_group(group, rustix::process::Signal::STOP)?)
}

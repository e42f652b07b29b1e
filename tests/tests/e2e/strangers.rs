//! What clients that are not logged in can cost, and how long they may stay.

use crate::SHORT;
use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    collections::VecDeque,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};
use testkit::{KeyPair, Running, TestServer, User, clients::OpenSsh, connect_from, until};

#[test]
fn who_does_not_log_in_has_to_go() -> Result<()> {
    let server = TestServer::builder().set("sftpd.login_grace_time", 2).start()?;
    let user = server.user("ada")?;
    let began = Instant::now();
    let mut peer = TcpStream::connect(server.sftp_address())?;
    peer.set_read_timeout(Some(SHORT))?;
    // Who logs in in time stays beyond it.
    let mut session = Running::start(&mut OpenSsh::new(server.login(&user)).subsystem())?;
    peer.read_to_end(&mut Vec::new())?;
    ensure!(began.elapsed() >= Duration::from_secs(2), "gone after {:?}", began.elapsed());
    until("it is in the log", SHORT, || server.log().contains("login grace time exceeded"))?;
    until("two seconds more", SHORT, || began.elapsed() > Duration::from_secs(4))?;
    ensure!(session.is_running());
    Ok(())
}

#[test]
fn attempts_are_counted() -> Result<()> {
    for (limit, wrong, gets_in) in [(2, 1, true), (2, 2, false), (0, 5, true), (0, 6, false), (-1, 8, true)] {
        let server = TestServer::builder().set("sftpd.max_auth_tries", limit).start()?;
        let user = server.user("ada")?;
        let mut client = OpenSsh::new(server.login(&user));
        for n in 0..wrong {
            let key = KeyPair::generate(server.dir(), &format!("wrong-{n}"), "ed25519")?;
            client = client.option(&format!("IdentityFile={}", key.path.display()));
        }
        let came = client.try_batch("pwd\n")?;
        ensure!(came.status.success() == gets_in, "limit {limit}, {wrong} wrong keys: {}", came.stderr);
        ensure!(gets_in || came.stderr.contains("too many authentication failures"), "{}", came.stderr);
    }
    Ok(())
}

/// A client whose machine is gone looks like this one: the connection is there, and nobody answers.
#[test]
fn a_dead_client_is_found_and_a_silent_one_is_left_alone() -> Result<()> {
    let server = TestServer::builder().set("sftpd.keepalive_interval", 1).start()?;
    let user = server.user("ada")?;
    let client = OpenSsh::new(server.login(&user));
    let (dead, mut silent) =
        (Running::start(&mut client.subsystem())?, Running::start(&mut client.subsystem())?);
    let logins = || server.log().matches("\"sender\":\"login\"").count();
    // The administrator's is one.
    until("both are logged in", SHORT, || logins() >= 3)?;
    let pid = i32::try_from(dead.id()).ok().and_then(Pid::from_raw).context("a process id")?;
    kill_process(pid, Signal::STOP)?;
    until("the dead one is found", SHORT, || server.log().contains("the client does not answer"))?;
    ensure!(silent.is_running());
    ensure!(server.log().matches("connection ended").count() == 1, "{}", server.log());
    Ok(())
}

/// Key exchanges that are begun and left (DHEat, CVE-2002-20001): they cost the server much and the client nothing.
#[test]
fn a_flood_of_key_exchanges_delays_nobody_else() -> Result<()> {
    let server = TestServer::builder()
        .set("common.max_per_host_connections", 0)
        .set("sftpd.max_startups_per_source", 0)
        .start()?;
    let user = server.user("ada")?;
    let (stop, begun) = (AtomicBool::new(false), AtomicUsize::new(0));
    let address = server.sftp_address();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| flood(address, &stop, &begun));
        }
        let outcome = (|| {
            until("the flood is on", SHORT, || begun.load(Ordering::Relaxed) > 200)?;
            let mut took = Vec::new();
            for _ in 0..5 {
                let began = Instant::now();
                OpenSsh::new(server.login(&user)).batch("pwd\n")?;
                took.push(began.elapsed());
            }
            // The median: the machine itself may be slow for a moment.
            took.sort_unstable();
            ensure!(took[2] < Duration::from_secs(2), "logins took {took:?}");
            Ok(())
        })();
        stop.store(true, Ordering::Relaxed);
        outcome
    })
}

/// Who logs in makes room at once; who only connects has to wait, and keeps nobody else of the address out.
#[test]
fn strangers_are_greeted_a_few_at_a_time() -> Result<()> {
    let server = TestServer::builder().set("common.max_per_host_connections", 0).start()?;
    let user = server.user("ada")?;
    let began = Instant::now();
    let mut held = Vec::new();
    for _ in 0..24 {
        let mut peer = TcpStream::connect(server.sftp_address())?;
        peer.set_read_timeout(Some(SHORT))?;
        peer.read_exact(&mut [0; 8])?;
        held.push(peer);
    }
    ensure!(began.elapsed() > Duration::from_millis(1100), "24 greetings in {:?}", began.elapsed());
    let began = Instant::now();
    // All of these stay, and do not count any more.
    OpenSsh::new(server.login(&user)).batch("pwd\n")?;
    ensure!(began.elapsed() < Duration::from_secs(5), "a login took {:?}", began.elapsed());
    Ok(())
}

#[test]
fn a_login_makes_room_for_the_next_greeting() -> Result<()> {
    let server = TestServer::builder().set("sftpd.max_startups_per_source", 1).start()?;
    let user = server.user("ada")?;
    let mut least = Duration::MAX;
    // The least of some: the machine itself may be slow for a moment.
    for _ in 0..5 {
        OpenSsh::new(server.login(&user)).batch("pwd\n")?;
        let began = Instant::now();
        ensure!(greeting([127, 0, 0, 1], server.sftp_address())?.starts_with(b"SSH-2.0-"));
        least = least.min(began.elapsed());
    }
    ensure!(least < Duration::from_millis(300), "greeted after {least:?}");
    Ok(())
}

#[test]
fn addresses_that_only_fail_are_turned_away_when_asked_for() -> Result<()> {
    let server = TestServer::builder().set("sftpd.max_penalty", 60).start()?;
    let (user, stranger) = (server.user("ada")?, server.user("eve")?);
    let wrong = User { key: KeyPair::generate(server.dir(), "wrong", "ed25519")?, ..stranger };
    let fails = || OpenSsh::new(server.login(&wrong)).try_batch("pwd\n").map(|came| !came.status.success());
    ensure!(fails()? && fails()?);
    // A login shows that there is more behind the address.
    OpenSsh::new(server.login(&user)).batch("pwd\n")?;
    ensure!(fails()? && fails()?);
    ensure!(greeting([127, 0, 0, 1], server.sftp_address())?.starts_with(b"SSH-2.0-"));
    ensure!(fails()?);
    until("the address is turned away", SHORT, || {
        greeting([127, 0, 0, 1], server.sftp_address()).is_ok_and(|greeting| greeting.is_empty())
    })?;
    ensure!(OpenSsh::new(server.login(&user)).batch("pwd\n").is_err());
    ensure!(greeting([127, 0, 0, 2], server.sftp_address())?.starts_with(b"SSH-2.0-"));
    Ok(())
}

#[test]
fn without_the_key_nobody_is_turned_away() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let wrong = User { key: KeyPair::generate(server.dir(), "wrong", "ed25519")?, ..user.clone() };
    for _ in 0..5 {
        ensure!(!OpenSsh::new(server.login(&wrong)).try_batch("pwd\n")?.status.success());
    }
    OpenSsh::new(server.login(&user)).batch("pwd\n").map(drop)
}

/// Begins exchanges from another address, many more than can be done, and keeps the last ones open.
fn flood(server: SocketAddr, stop: &AtomicBool, begun: &AtomicUsize) {
    let opening =
        [b"SSH-2.0-flood\r\n".as_slice(), &packet(&key_exchange_init()), &packet(&dh_init())].concat();
    let mut open = VecDeque::new();
    while !stop.load(Ordering::Relaxed) {
        let Ok(mut peer) = connect_from([127, 0, 0, 2], server) else { continue };
        if peer.write_all(&opening).is_ok() {
            begun.fetch_add(1, Ordering::Relaxed);
            open.push_back(peer);
        }
        if open.len() > 50 {
            open.pop_front();
        }
        // The processors are the server's to use up.
        thread::sleep(Duration::from_millis(1));
    }
}

/// What the server says first; nothing when it closes the connection at once.
fn greeting(from: [u8; 4], server: SocketAddr) -> Result<Vec<u8>> {
    let peer = connect_from(from, server)?;
    peer.set_read_timeout(Some(SHORT))?;
    let mut start = Vec::new();
    peer.take(8).read_to_end(&mut start)?;
    Ok(start)
}

/// SSH_MSG_KEXINIT for the method that costs most.
fn key_exchange_init() -> Vec<u8> {
    let mut payload = [&[20][..], &[7; 16]].concat();
    for list in [
        "diffie-hellman-group16-sha512",
        "ssh-ed25519",
        "aes128-ctr",
        "aes128-ctr",
        "hmac-sha2-256",
        "hmac-sha2-256",
        "none",
        "none",
        "",
        "",
    ] {
        string(&mut payload, list.as_bytes());
    }
    payload.extend([0; 5]);
    payload
}

/// SSH_MSG_KEXDH_INIT with a number that was not computed from anything.
fn dh_init() -> Vec<u8> {
    let mut payload = vec![30];
    string(&mut payload, &[0x55; 512]);
    payload
}

fn string(payload: &mut Vec<u8>, text: &[u8]) {
    payload.extend((text.len() as u32).to_be_bytes());
    payload.extend(text);
}

/// A packet before there are keys (RFC 4253 section 6).
fn packet(payload: &[u8]) -> Vec<u8> {
    let padding = 4 + (8 - (payload.len() + 9) % 8) % 8;
    let mut packet = ((payload.len() + padding + 1) as u32).to_be_bytes().to_vec();
    packet.push(padding as u8);
    packet.extend(payload);
    packet.resize(packet.len() + padding, 0);
    packet
}

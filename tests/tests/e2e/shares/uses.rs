//! How often a share is used.

use super::{READ, READ_WRITE, WRITE, World};
use crate::{SHORT, nodes::node};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    process::Stdio,
    sync::Barrier,
    thread,
};
use testkit::{
    DatabaseServer, Scale, TestServer,
    clients::{Link, Told},
    data::{self, MIB},
    until,
};

/// What each of `count` visitors is told who come at the same moment.
fn at_once(count: usize, visit: impl Fn(usize) -> Result<Told> + Sync) -> Result<Vec<u16>> {
    let gate = Barrier::new(count);
    let (gate, visit) = (&gate, &visit);
    thread::scope(|scope| {
        let visitors: Vec<_> = (0..count)
            .map(|n| {
                scope.spawn(move || {
                    gate.wait();
                    visit(n).map(|told| told.status)
                })
            })
            .collect();
        visitors.into_iter().map(|visitor| visitor.join().map_err(|_| anyhow::anyhow!("panicked"))?).collect()
    })
}

#[test]
fn of_many_at_once_as_many_get_in_as_there_are_uses_left() -> Result<()> {
    let world = World::start()?;
    data::write(&world.owner.home.join("d/big"), MIB, 2)?;
    for round in 0..Scale::from_env().pick(3, 100) {
        let left = 1 + round % 3;
        let (id, link) = world.share(READ, "/d", json!({"max_tokens": left}))?;
        let statuses = at_once(10, |n| {
            let tail = if n % 2 == 0 { "/files?path=big" } else { "" };
            link.call("GET", tail, &["--output", "/dev/null"])
        })?;
        let let_in = statuses.iter().filter(|status| **status == 200).count();
        ensure!(let_in == left, "{statuses:?} with {left} left");
        ensure!(statuses.iter().all(|status| matches!(status, 200 | 404)), "{statuses:?}");
        ensure!(world.used(&id)? == left as u64 && link.get("/dirs")?.status == 404);

        let (id, link) = world.share(WRITE, "/w", json!({"max_tokens": left}))?;
        let statuses = at_once(10, |n| link.put(&format!("{round}-{n}"), "x"))?;
        let stored = world.stored("w")?.iter().filter(|name| name.starts_with(&format!("{round}-"))).count();
        ensure!(
            stored == left && statuses.iter().filter(|status| **status == 201).count() == left,
            "{statuses:?}"
        );
        ensure!(world.used(&id)? == left as u64);
    }
    Ok(())
}

/// What one server counts and ends, the other knows at once.
#[test]
fn two_servers_on_one_database_count_together() -> Result<()> {
    let database = DatabaseServer::postgres()?;
    let other = node(&database)?;
    let world = World::on(node(&database)?)?;
    data::write(&world.owner.home.join("d/big"), MIB, 2)?;
    let elsewhere =
        |id: &str, link: &Link| Link { url: format!("{}/api/v2/shares/{id}", other.url()), ..link.clone() };
    for left in 1..=3 {
        let (id, here) = world.share(READ, "/d", json!({"max_tokens": left, "password": "s3cret"}))?;
        let there = elsewhere(&id, &here);
        let statuses = at_once(10, |n| {
            let link = if n % 2 == 0 { &here } else { &there };
            link.call("GET", "/files?path=big", &["--output", "/dev/null"])
        })?;
        ensure!(statuses.iter().filter(|status| **status == 200).count() == left, "{left}: {statuses:?}");
        ensure!(world.used(&id)? == left as u64 && there.get("/dirs")?.status == 404);
    }
    let (id, here) = world.share(READ_WRITE, "/w", json!({}))?;
    let there = elsewhere(&id, &here);
    ensure!(there.put("f", "x")?.status == 201 && here.get("/files?path=f")?.body == "x");
    world.change_owner(|user| user["status"] = json!(0))?;
    ensure!(there.get("/dirs")?.status == 404 && there.put("g", "x")?.status == 404);
    Ok(())
}

#[test]
fn what_came_to_nothing_is_given_back() -> Result<()> {
    let server = TestServer::builder().set("httpd.max_upload_file_size", MIB).start()?;
    let world = World::on(server)?;
    let (id, link) = world.share(READ_WRITE, "/w", json!({"max_tokens": 3}))?;
    let unused = |what: &str| until(what, SHORT, || world.used(&id).is_ok_and(|used| used == 0));

    for tail in ["/files?path=ghost", "/files?path=/", "/dirs", "/dirs?path=ghost"] {
        link.get(tail)?;
    }
    ensure!(link.put("no/such/dir%2Ff", "x")?.status == 404 && link.put("gone%2Ff", "x")?.status == 404);
    unused("what was never there")?;

    let large = world.server.dir().join("large");
    data::write(&large, 2 * MIB, 1)?;
    let told = link.call(
        "POST",
        "/large",
        &["--header", "Transfer-Encoding: chunked", "--data-binary", &format!("@{}", large.display())],
    )?;
    ensure!(told.status == 413, "{told:?}");
    unused("an upload that was too large")?;

    // All of a form, or nothing of it.
    let told = link.form(&["1", "2", "3", "4"])?;
    ensure!(told.status == 400 && told.body.contains("Allowed usage exceeded"), "{told:?}");
    unused("a form with too many files")?;
    ensure!(world.stored("w")?.is_empty(), "{:?}", world.stored("w")?);
    ensure!(link.form(&["1", "2"])?.status == 201 && world.used(&id)? == 2);
    ensure!(world.stored("w")? == ["1", "2"]);
    Ok(())
}

/// An upload that breaks off leaves nothing, in every upload mode.
#[test]
fn a_broken_upload_leaves_nothing_and_costs_nothing() -> Result<()> {
    for mode in 0..3 {
        let world = World::on(TestServer::builder().set("common.upload_mode", mode).start()?)?;
        let (id, link) = world.share(READ_WRITE, "/w", json!({"max_tokens": 1}))?;
        fs::write(world.owner.home.join("w/f"), "old")?;
        let new = world.server.dir().join("new");
        data::write(&new, 8 * MIB, 1)?;
        let mut command = link.command("POST", "/f");
        command.args(["--limit-rate", "1M", "--upload-file", &new.display().to_string()]);
        let mut upload = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        until("the upload is on its way", SHORT, || world.moved().is_ok_and(|bytes| bytes > 100_000))?;
        ensure!(link.put("f", "other")?.status == 404, "mode {mode}: the use is taken");
        upload.kill()?;
        upload.wait()?;
        until("the use is given back", SHORT, || world.used(&id).is_ok_and(|used| used == 0))?;
        until("nothing is left", SHORT, || world.stored("w").is_ok_and(|names| names == ["f"]))?;
        ensure!(fs::read(world.owner.home.join("w/f"))? == b"old", "mode {mode}");
        ensure!(link.put("f", "new")?.status == 201, "mode {mode}");
    }
    Ok(())
}

/// Who breaks off early may come again; who has nearly all of it may not.
#[test]
fn a_download_that_broke_off_counts_by_what_was_handed_over() -> Result<()> {
    let world = World::start()?;
    let size = 64 * MIB;
    data::write(&world.owner.home.join("d/big"), size, 2)?;
    for (share, tail, bytes, counts) in [
        ("/d", "/files?path=big", 100_000, 0),
        ("/d", "", 100_000, 0),
        ("/d", "/files?path=big", size - 100_000, 1),
        ("/d", "", size - 100_000, 1),
        ("/d/big", "?compress=false", size, 1),
    ] {
        let (id, link) = world.share(READ, share, json!({"max_tokens": 1}))?;
        let mut socket = ask(&link, tail)?;
        let mut taken = vec![0; usize::try_from(bytes)?];
        socket.read_exact(&mut taken)?;
        ensure!(world.used(&id)? == 1, "{tail}: it is taken while it is under way");
        drop(socket);
        until("the session is over", SHORT, || sessions(&world).is_ok_and(|count| count == 0))?;
        until("the use is settled", SHORT, || world.used(&id).is_ok_and(|used| used == counts))
            .with_context(|| format!("{share}{tail} {bytes}"))?;
    }
    Ok(())
}

fn sessions(world: &World) -> Result<usize> {
    let list = world.server.admin()?.get("/api/v2/connections")?.ok()?.json;
    Ok(list.as_array().context("a list")?.len())
}

/// A request on a socket of its own, whose answer is left to read.
fn ask(link: &Link, tail: &str) -> Result<TcpStream> {
    let (host, path) = link.url.trim_start_matches("http://").split_once('/').context("a URL")?;
    let mut socket = TcpStream::connect(host)?;
    socket.set_read_timeout(Some(SHORT))?;
    write!(socket, "GET /{path}{tail} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
    Ok(socket)
}

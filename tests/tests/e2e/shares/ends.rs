//! Who is not let in, and what ends a visit.

use super::{READ, READ_WRITE, World};
use crate::SHORT;
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::{
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};
use testkit::{
    clients::Link,
    data::{self, MIB},
    until,
};

/// Something that takes the right to share away.
type End<'a> = &'a dyn Fn(&World, &str) -> Result<()>;

/// A download that takes its time.
fn slow_download(world: &World, link: &Link) -> Result<Child> {
    let mut command = link.command("GET", "/files?path=big");
    // Slow, but what the kernel holds for it (tens of MiB at most) is soon read once the server has hung up.
    command.args(["--limit-rate", "2M"]).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn()?;
    until("the download is listed", SHORT, || {
        let list = world.server.admin().and_then(|admin| admin.get("/api/v2/connections"));
        list.is_ok_and(|list| {
            list.json[0]["protocol"] == "HTTPShare" && list.json[0]["active_transfers"][0]["path"] == "/d/big"
        })
    })?;
    Ok(child)
}

#[test]
fn a_share_ends_at_once() -> Result<()> {
    let world = World::start()?;
    data::write(&world.owner.home.join("d/big"), 64 * MIB, 2)?;
    let delete = |world: &World, id: &str| {
        world.rest.delete(&format!("/api/v2/user/shares/{id}"))?.ok()?;
        Ok(())
    };
    let disable = |world: &World, _: &str| world.change_owner(|user| user["status"] = json!(0));
    let expire = |world: &World, _: &str| world.change_owner(|user| user["expiration_date"] = json!(1000));
    let forbid = |world: &World, _: &str| {
        world.change_owner(|user| user["filters"]["web_client"] = json!(["shares-disabled"]))
    };
    let remove = |world: &World, _: &str| {
        world.server.admin()?.delete(&format!("/api/v2/users/{}", world.owner.name))?.ok()?;
        Ok(())
    };
    let ends: [(&str, End<'_>); 5] = [
        ("share deleted", &delete),
        ("owner disabled", &disable),
        ("owner expired", &expire),
        ("sharing forbidden", &forbid),
        ("owner deleted", &remove),
    ];
    for (what, end) in ends {
        let (id, link) = world.share(READ, "/d", json!({}))?;
        let mut download = slow_download(&world, &link)?;
        end(&world, &id).context(what)?;
        until(what, SHORT, || matches!(download.try_wait(), Ok(Some(status)) if !status.success()))?;
        for tail in ["", "/dirs", "/files?path=big"] {
            ensure!(link.get(tail)?.status == 404, "{what}: GET {tail}");
        }
        if what != "owner deleted" {
            world.change_owner(|user| {
                user["status"] = json!(1);
                user["expiration_date"] = json!(0);
                user["filters"]["web_client"] = json!([]);
            })?;
        }
    }
    Ok(())
}

#[test]
fn an_ordinary_change_of_the_owner_ends_no_visit() -> Result<()> {
    let world = World::start()?;
    data::write(&world.owner.home.join("d/big"), 64 * MIB, 2)?;
    let (_, link) = world.share(READ, "/d", json!({}))?;
    let mut download = slow_download(&world, &link)?;
    world.change_owner(|user| user["description"] = json!("changed"))?;
    thread::sleep(Duration::from_millis(300));
    ensure!(download.try_wait()?.is_none(), "it ended");
    download.kill()?;
    download.wait()?;
    Ok(())
}

#[test]
fn strangers_stay_out() -> Result<()> {
    let world = World::start()?;
    let (_, elsewhere) = world.share(READ, "/d", json!({"allow_from": ["10.0.0.0/8", "2001:db8::/32"]}))?;
    ensure!(elsewhere.get("")?.status == 403 && elsewhere.get("/dirs")?.status == 403);
    let (_, here) = world.share(READ, "/d", json!({"allow_from": ["10.0.0.0/8", "127.0.0.1/32"]}))?;
    ensure!(here.get("/dirs")?.status == 200);
    // With the rights of the owner and not one more.
    let (_, link) = world.share(READ_WRITE, "/d", json!({}))?;
    world.change_owner(|user| user["permissions"] = json!({"/": ["list"], "/d/s": ["list", "download"]}))?;
    ensure!(link.get("/files?path=a.txt")?.status == 403 && link.put("f", "x")?.status == 403);
    ensure!(link.call("GET", "/files?path=s/b.bin", &["--output", "/dev/null"])?.status == 200);
    // An archive without what is forbidden must not look like a whole one.
    let archive = link.command("GET", "").stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    ensure!(!archive.success());
    world.change_owner(|user| {
        user["permissions"] = json!({"/": ["*"]});
        user["filters"]["web_client"] = json!(["write-disabled"]);
    })?;
    ensure!(link.put("f", "x")?.status == 403 && link.get("/files?path=a.txt")?.status == 200);
    Ok(())
}

#[test]
fn guessing_is_slowed() -> Result<()> {
    let world = World::start()?;
    let (_, right) = world.share(READ, "/d", json!({"password": "s3cret"}))?;
    let wrong = Link { password: Some("guess".into()), ..right.clone() };
    let none = Link { password: None, ..right.clone() };
    ensure!(right.get("/dirs")?.status == 200);
    let told = none.get("/dirs")?;
    ensure!(told.status == 401 && told.head.contains("www-authenticate: basic"), "{told:?}");
    let start = Instant::now();
    for _ in 0..12 {
        ensure!(wrong.get("/dirs")?.status == 401);
    }
    ensure!(start.elapsed() > Duration::from_secs(1), "{:?}", start.elapsed());
    ensure!(right.get("/dirs")?.status == 200, "who knows it gets in");
    ensure!(!world.server.log().contains("s3cret"));
    Ok(())
}

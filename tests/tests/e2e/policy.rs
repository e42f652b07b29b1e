//! One set of scenarios for all front ends: what a user may do does not depend on the protocol.
//!
//! A front end joins by a line in [`FRONT_ENDS`].

use crate::SHORT;
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};
use testkit::{
    Client, TestServer, User,
    clients::{OpenSsh, RestFiles, Scp},
    until,
};

struct FrontEnd {
    /// As log lines and hooks call it.
    protocol: &'static str,
    /// As `denied_protocols` does.
    family: &'static str,
    connect: fn(&TestServer, &User) -> Result<Box<dyn Client>>,
}

const FRONT_ENDS: [FrontEnd; 3] = [
    FrontEnd {
        protocol: "SFTP",
        family: "SSH",
        connect: |server, user| Ok(Box::new(OpenSsh::new(server.login(user)))),
    },
    FrontEnd {
        protocol: "SCP",
        family: "SSH",
        connect: |server, user| Ok(Box::new(LegacyScp(Scp::new(server.login(user))))),
    },
    FrontEnd {
        protocol: "HTTP",
        family: "HTTP",
        connect: |server, user| Ok(Box::new(RestFiles::login(&server.url(), &user.name, &user.password)?)),
    },
];

/// scp as it was before it spoke SFTP.
struct LegacyScp(Scp);

impl Client for LegacyScp {
    fn upload(&self, local: &Path, remote: &str) -> Result<()> {
        self.0.copy(&["-O"], &local.display().to_string(), &self.0.remote(remote)).map(drop)
    }

    fn download(&self, remote: &str, local: &Path) -> Result<()> {
        self.0.copy(&["-O"], &self.0.remote(remote), &local.display().to_string()).map(drop)
    }
}

/// A user of its own for each front end, and two files to send.
fn through_each(
    server: &TestServer,
    fields: &Value,
    scenario: impl Fn(&FrontEnd, &User, &dyn Client, &Path, &Path) -> Result<()>,
) -> Result<()> {
    let (small, large) = (server.dir().join("small"), server.dir().join("large"));
    fs::write(&small, "small")?;
    fs::write(&large, vec![b'x'; 300_000])?;
    for front_end in &FRONT_ENDS {
        let user = server.user_with(&front_end.protocol.to_lowercase(), fields.clone())?;
        let client = (front_end.connect)(server, &user)?;
        scenario(front_end, &user, &*client, &small, &large).context(front_end.protocol)?;
    }
    Ok(())
}

fn refused(what: &str, result: Result<()>) -> Result<()> {
    if result.is_ok() { bail!("{what} was let through") } else { Ok(()) }
}

#[test]
fn permissions_and_patterns_hold() -> Result<()> {
    let server = TestServer::start()?;
    let fields = json!({
        "permissions": {
            "/": ["list", "upload", "download"],
            "/in": ["list", "upload"],
            "/out": ["list", "download"],
        },
        "filters": { "file_patterns": [{ "path": "/", "denied_patterns": ["*.exe"], "deny_policy": 0 }] },
    });
    through_each(&server, &fields, |_, user, client, small, large| {
        let got = server.dir().join("got");
        for dir in ["in", "out"] {
            fs::create_dir_all(user.home.join(dir))?;
            fs::write(user.home.join(dir).join("there"), "there")?;
        }
        client.upload(small, "/in/new")?;
        ensure!(fs::read(user.home.join("in/new"))? == b"small");
        refused("a download from where one may only upload", client.download("/in/new", &got))?;
        client.download("/out/there", &got)?;
        refused("an upload to where one may only download", client.upload(small, "/out/new"))?;
        ensure!(!user.home.join("out/new").exists());
        refused("an overwrite without the permission", client.upload(large, "/in/there"))?;
        ensure!(fs::read(user.home.join("in/there"))? == b"there");
        refused("an upload under a denied name", client.upload(small, "/setup.EXE"))?;
        fs::write(user.home.join("old.exe"), "old")?;
        refused("a download under a denied name", client.download("/old.exe", &got))?;
        ensure!(!user.home.join("setup.EXE").exists());
        Ok(())
    })
}

#[test]
fn nothing_leads_outside() -> Result<()> {
    let server = TestServer::start()?;
    let secret = server.dir().join("secret");
    fs::write(&secret, "secret")?;
    through_each(&server, &json!({}), |_, user, client, small, _| {
        let got = server.dir().join("got-outside");
        std::os::unix::fs::symlink(&secret, user.home.join("link"))?;
        std::os::unix::fs::symlink(server.dir(), user.home.join("dir"))?;
        for path in ["/link", "/dir/secret"] {
            refused(path, client.download(path, &got))?;
        }
        refused("an upload through a link", client.upload(small, "/dir/planted"))?;
        client.upload(small, "/../../above")?;
        ensure!(fs::read(user.home.join("above"))? == b"small", "not at the root");
        ensure!(!server.dir().join("planted").exists() && fs::read(&secret)? == b"secret");
        Ok(())
    })
}

#[test]
fn limits_hold_and_counters_follow() -> Result<()> {
    let server = TestServer::start()?;
    let fields = json!({
        "quota_files": 2,
        "quota_size": 400_000,
        "filters": { "max_upload_file_size": 350_000 },
    });
    through_each(&server, &fields, |_, user, client, small, large| {
        let counted = || -> Result<(u64, u64)> {
            let told = server.admin()?.get(&format!("/api/v2/users/{}", user.name))?.ok()?.json;
            let number = |field: &str| told[field].as_u64().unwrap_or(0);
            Ok((number("used_quota_files"), number("used_quota_size")))
        };
        let becomes = |files, size| {
            until("the counters follow", SHORT, || counted().is_ok_and(|now| now == (files, size)))
        };
        client.upload(large, "/one")?;
        becomes(1, 300_000)?;
        refused("more bytes than are left", client.upload(large, "/two"))?;
        ensure!(!user.home.join("two").exists(), "what passed the limit stayed");
        becomes(1, 300_000)?;
        client.upload(small, "/two")?;
        refused("more files than are allowed", client.upload(small, "/three"))?;
        // What is there may be replaced, whatever is left.
        client.upload(small, "/one")?;
        becomes(2, 10)?;
        let huge = server.dir().join("huge");
        fs::write(&huge, vec![b'x'; 360_000])?;
        refused("a file that is too large", client.upload(&huge, "/one"))?;
        Ok(())
    })
}

#[test]
fn virtual_folders_are_where_they_are_mounted() -> Result<()> {
    let server = TestServer::start()?;
    let mapped = server.dir().join("mapped");
    server.admin()?.post("/api/v2/folders", &json!({ "name": "shared", "mapped_path": mapped }))?.ok()?;
    let mount =
        json!({ "name": "shared", "virtual_path": "/deep/shared", "quota_files": 0, "quota_size": 0 });
    through_each(&server, &json!({ "virtual_folders": [mount] }), |front_end, user, client, small, _| {
        let (name, got) = (front_end.protocol, server.dir().join("got-shared"));
        client.upload(small, &format!("/deep/shared/{name}"))?;
        ensure!(fs::read(mapped.join(name))? == b"small");
        ensure!(!user.home.join("deep/shared").join(name).exists());
        client.download(&format!("/deep/shared/{name}"), &got)?;
        ensure!(fs::read(&got)? == b"small");
        Ok(())
    })
}

#[test]
fn a_closed_protocol_is_closed() -> Result<()> {
    let server = TestServer::start()?;
    let source = server.dir().join("source");
    fs::write(&source, "x")?;
    for front_end in &FRONT_ENDS {
        for family in ["SSH", "HTTP"] {
            let name = format!("{}-{family}", front_end.protocol).to_lowercase();
            let user = server.user_with(&name, json!({ "filters": { "denied_protocols": [family] } }))?;
            let done = (front_end.connect)(&server, &user).and_then(|client| client.upload(&source, "/f"));
            ensure!(done.is_err() == (front_end.family == family), "{name}: {done:?}");
        }
    }
    Ok(())
}

/// A hook that keeps what it is told, looks at uploads and refuses those that hold `virus`, in each mode.
#[test]
fn hooks_hear_of_everything_and_judge_uploads() -> Result<()> {
    for mode in 0..3 {
        let dir = tempfile::tempdir()?;
        let (hook, calls) = (dir.path().join("hook.sh"), dir.path().join("calls"));
        let script = format!(
            "#!/bin/sh\n\
             echo \"$SFTPGO_ACTION $SFTPGO_ACTION_PROTOCOL $SFTPGO_ACTION_VIRTUAL_PATH $SFTPGO_ACTION_STATUS\" >> {}\n\
             test \"$SFTPGO_ACTION\" != upload || ! grep -q virus \"$SFTPGO_ACTION_PATH\"\n",
            calls.display()
        );
        fs::write(&hook, script)?;
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755))?;
        let server = TestServer::builder()
            .set("common.upload_mode", mode)
            .set("common.actions.hook", hook.display().to_string())
            .set("common.actions.execute_on", json!(["pre-upload", "upload", "pre-download", "first-upload"]))
            .set("common.actions.execute_sync", json!(["upload"]))
            .start()?;
        let bad = server.dir().join("bad");
        fs::write(&bad, "a virus")?;
        through_each(&server, &json!({ "quota_files": 10 }), |front_end, user, client, small, _| {
            let heard = || fs::read_to_string(&calls).unwrap_or_default();
            client.upload(small, "/f")?;
            ensure!(fs::read(user.home.join("f"))? == b"small");
            refused("what the hook has refused", client.upload(&bad, "/f"))?;
            let stays = fs::read(user.home.join("f")).ok();
            // In place nothing of the old file is left; over HTTP nothing is written in place.
            let kept = mode != 0 || front_end.protocol == "HTTP";
            ensure!(stays.as_deref() == kept.then_some(&b"small"[..]), "mode {mode}: {stays:?}");
            let names = fs::read_dir(&user.home)?.count();
            ensure!(names == usize::from(kept), "mode {mode}: something is left");
            client.upload(small, "/f")?;
            client.download("/f", &server.dir().join("got"))?;
            let protocol = front_end.protocol;
            for line in ["pre-upload", "upload", "pre-download", "first-upload"] {
                let line = format!("{line} {protocol} /f 1\n");
                until(&format!("the hook hears {line}"), SHORT, || heard().contains(&line))?;
            }
            ensure!(heard().matches(&format!("first-upload {protocol}")).count() == 1, "{}", heard());
            Ok(())
        })?;
        ensure!(server.log().contains("rejected by a hook"), "the log does not say why");
    }
    Ok(())
}

#[test]
fn a_hook_decides_who_may_connect() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let (hook, open) = (dir.path().join("hook.sh"), dir.path().join("open"));
    fs::write(&hook, format!("#!/bin/sh\ntest -e {}\n", open.display()))?;
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755))?;
    fs::write(&open, "")?;
    let server = TestServer::builder().set("common.post_connect_hook", hook.display().to_string()).start()?;
    let user = server.user("ada")?;
    let source = server.dir().join("source");
    fs::write(&source, "x")?;
    let moves = |front_end: &FrontEnd| {
        (front_end.connect)(&server, &user).and_then(|client| client.upload(&source, "/f"))
    };
    for front_end in &FRONT_ENDS {
        moves(front_end)?;
    }
    fs::remove_file(&open)?;
    for front_end in &FRONT_ENDS {
        refused(front_end.protocol, moves(front_end))?;
    }
    Ok(())
}

/// The hook of a start is a guard: what cannot be called stops it, and the message names the key.
#[test]
fn a_hook_that_cannot_be_called_stops_the_start() -> Result<()> {
    for (key, value) in [
        ("common.actions.hook", json!("relative/hook")),
        ("common.post_connect_hook", json!("/nowhere/hook")),
        ("data_provider.external_auth_hook", json!("/nowhere/hook")),
        ("common.actions.execute_on", json!(["uplaod"])),
        ("common.actions.execute_sync", json!(["uplaod"])),
        ("common.tz", json!("Nowhere/City")),
    ] {
        let Err(error) = TestServer::builder().set(key, value).start() else { bail!("{key}: it started") };
        ensure!(format!("{error:#}").contains(key), "{key} is not named: {error:#}");
    }
    Ok(())
}

/// Access times are those of the clock on the wall where `common.tz` says so.
#[test]
fn access_times_are_in_the_configured_zone() -> Result<()> {
    // Fourteen hours ahead of UTC, all year.
    let zone = "Pacific/Kiritimati";
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
    let there = seconds / 60 + 14 * 60;
    // 1970-01-01 was a Thursday.
    let (day, hour) = ((there / (24 * 60) + 4) % 7, there / 60 % 24);
    let next = (hour + 1) % 24;
    let window = |day: u64, hour: u64| json!({ "day_of_week": day, "from": format!("{hour:02}:00"), "to": format!("{hour:02}:59") });
    let next_day = if next == 0 { (day + 1) % 7 } else { day };
    let now = json!([window(day, hour), window(next_day, next)]);
    for (tz, comes_in) in [("local", true), (zone, true), ("UTC", false)] {
        let server = TestServer::builder().env("TZ", zone).set("common.tz", tz).start()?;
        let user = server.user_with("ada", json!({ "filters": { "access_time": now } }))?;
        let source = server.dir().join("source");
        fs::write(&source, "x")?;
        for front_end in &FRONT_ENDS {
            let done = (front_end.connect)(&server, &user).and_then(|client| client.upload(&source, "/f"));
            ensure!(done.is_ok() == comes_in, "{tz} {}: {done:?}", front_end.protocol);
        }
    }
    Ok(())
}

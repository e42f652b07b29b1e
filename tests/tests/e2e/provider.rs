//! Where objects are kept, and that they stay. `LONGSHORE_TEST_DATABASE` has these run on a database server.

use crate::SHORT;
use anyhow::{Result, bail, ensure};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::fs;
use testkit::{
    Builder, Client, DatabaseServer, SmallDisk, TestServer, clients::OpenSsh, data, succeed, until,
};

fn dump(server: &TestServer) -> Result<Value> {
    let mut dump = server.admin()?.get("/api/v2/dumpdata?output-data=1")?.ok()?.json;
    // A login is part of every restart.
    for account in dump["admins"].as_array_mut().into_iter().flatten() {
        account["last_login"] = Value::Null;
    }
    Ok(dump)
}

#[test]
fn everything_is_there_after_a_restart() -> Result<()> {
    let mut server = TestServer::start()?;
    let admin = server.admin()?.clone();
    admin.post("/api/v2/roles", &json!({ "name": "r" }))?.ok()?;
    admin.post("/api/v2/folders", &json!({ "name": "f", "mapped_path": server.dir().join("f") }))?.ok()?;
    let mounts = json!([{ "name": "f", "virtual_path": "/f", "quota_size": 0, "quota_files": 0 }]);
    admin.post("/api/v2/groups", &json!({ "name": "g", "virtual_folders": mounts }))?.ok()?;
    let groups = json!([{ "name": "g", "type": 1 }]);
    let user = server.user_with("ada", json!({ "groups": groups, "role": "r", "quota_files": 10 }))?;
    admin.post("/api/v2/iplists/2", &json!({ "ipornet": "10.0.0.0/8", "type": 2, "mode": 2 }))?.ok()?;
    let file = server.dir().join("file");
    data::write(&file, 5000, 1)?;
    let client = OpenSsh::new(server.login(&user));
    client.upload(&file, "/file")?;
    client.upload(&file, "/f/file")?;
    let counted = || dump(&server).is_ok_and(|dump| dump["users"][0]["used_quota_size"] == 5000);
    until("the upload is counted", SHORT, counted)?;
    // Counters are shown before they are stored, with the time they will be stored with.
    let before = dump(&server)?;
    ensure!(before["users"][0]["last_quota_update"].as_i64() > Some(0), "{before}");
    ensure!(before["folders"][0]["used_quota_size"] == 5000, "{before}");
    server.stop()?;
    server.restart()?;
    let after = dump(&server)?;
    for (kind, objects) in before.as_object().into_iter().flatten() {
        ensure!(objects == &after[kind], "{kind}: {objects:#} became {:#}", after[kind]);
    }
    OpenSsh::new(server.login(&user)).upload(&file, "/again")?;
    Ok(())
}

#[test]
fn a_folder_without_storage_keeps_nobody_out() -> Result<()> {
    let server = TestServer::start()?;
    let http = json!({ "endpoint": "http://127.0.0.1:1/" });
    let folder = json!({ "name": "gone", "filesystem": { "provider": 6, "httpconfig": http } });
    server.admin()?.post("/api/v2/folders", &folder)?.ok()?;
    let mounts = json!([{ "name": "gone", "virtual_path": "/gone", "quota_size": 0, "quota_files": 0 }]);
    let user = server.user_with("ada", json!({ "virtual_folders": mounts }))?;
    let file = server.dir().join("file");
    data::write(&file, 10, 1)?;
    let client = OpenSsh::new(server.login(&user));
    client.upload(&file, "/file")?;
    ensure!(client.upload(&file, "/gone/file").is_err(), "there is nothing to upload to");
    ensure!(!user.home.join("gone").exists(), "the folder's place was taken by the home");
    Ok(())
}

/// A server on `database`.
fn on(database: &DatabaseServer) -> Builder {
    TestServer::builder()
        .set("data_provider.driver", database.driver)
        .set("data_provider.name", "longshore")
        .set("data_provider.host", "127.0.0.1")
        .set("data_provider.port", database.port)
        .set("data_provider.username", "longshore")
        .set("data_provider.password", database.password)
}

/// While a disk is full, changes are refused with an answer that says so; what was acknowledged is there, nothing
/// else is, and with room again there is nothing to be done about the server.
#[test]
fn a_full_database_refuses_and_goes_on() -> Result<()> {
    let small = SmallDisk::mount(3)?;
    let path = small.path().join("l.db");
    let sqlite = TestServer::builder()
        .set("data_provider.driver", "sqlite")
        .set("data_provider.name", path.display().to_string());
    fills_up(&small, sqlite)?;
    let small = SmallDisk::mount(80)?;
    let database = DatabaseServer::postgres_in(tempfile::tempdir_in(small.path())?, None)?;
    fills_up(&small, on(&database))
}

fn fills_up(disk: &SmallDisk, builder: Builder) -> Result<()> {
    let mut server = builder.start()?;
    let admin = server.admin()?.clone();
    let large = |n: usize| {
        json!({
            "username": format!("user-{n:03}"), "status": 1, "permissions": { "/": ["*"] },
            "home_dir": server.dir().join("homes"), "additional_info": "x".repeat(20_000),
        })
    };
    let all: Vec<Value> = (0..400).map(large).collect();
    admin.post("/api/v2/users", &all[0])?.ok()?;
    disk.fill_but(200 << 10)?;
    let (mut made, mut refused) = (vec![json!("user-000")], 0);
    for user in &all[1..] {
        let answer = admin.post("/api/v2/users", user)?;
        match answer.status {
            201 => made.push(user["username"].clone()),
            503 | 507 => refused += 1,
            other => bail!("{other}: {}", answer.text),
        }
        if refused > 20 {
            break;
        }
    }
    ensure!(refused > 20, "the disk was never full");
    disk.make_room()?;
    let last = &all[399];
    until("there is room", SHORT, || {
        admin.post("/api/v2/users", last).is_ok_and(|answer| answer.status == 201)
    })?;
    made.push(last["username"].clone());
    let there = |server: &TestServer| -> Result<Vec<Value>> {
        let users = server.admin()?.get("/api/v2/users?limit=500")?.ok()?.json;
        Ok(users.as_array().into_iter().flatten().map(|user| user["username"].clone()).collect())
    };
    ensure!(there(&server)? == made, "{:?} instead of {made:?}", there(&server)?);
    server.crash()?;
    server.restart()?;
    ensure!(there(&server)? == made, "after a restart {:?} instead of {made:?}", there(&server)?);
    Ok(())
}

/// What is kept in memory is what the dump says, again on each SIGHUP; one that cannot be used changes nothing.
#[test]
fn memory_is_what_its_dump_says() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let dump = dir.path().join("dump.json");
    let user = |name: &str, email: &str| {
        json!({
            "username": name, "email": email, "status": 1, "permissions": { "/": ["*"] }, "home_dir": dir.path(),
        })
    };
    let write = |users: Value| {
        let groups = json!([{ "name": "g" }]);
        fs::write(&dump, json!({ "version": 17, "users": users, "groups": groups }).to_string())
    };
    write(json!([user("ada", "one@example.com"), user("ben", "")]))?;
    let server = TestServer::builder()
        .set("data_provider.driver", "memory")
        .set("data_provider.name", dump.display().to_string())
        .start()?;
    let admin = server.admin()?;
    let says = || -> Result<Vec<(String, String)>> {
        let users = admin.get("/api/v2/users")?.ok()?.json;
        let text = |user: &Value, field: &str| user[field].as_str().unwrap_or_default().to_owned();
        let users = users.as_array().into_iter().flatten();
        Ok(users.map(|user| (text(user, "username"), text(user, "email"))).collect())
    };
    let pair = |name: &str, email: &str| (name.to_owned(), email.to_owned());
    ensure!(says()? == [pair("ada", "one@example.com"), pair("ben", "")], "{:?}", says()?);
    admin.post("/api/v2/users", &user("made", ""))?.ok()?;

    write(json!([user("ada", "two@example.com"), user("cid", "")]))?;
    server.signal(Signal::HUP)?;
    let expected = [pair("ada", "two@example.com"), pair("cid", "")];
    until("the dump is read again", SHORT, || says().is_ok_and(|users| users == expected))?;

    for (broken, word) in [("{\"users\": [{", "EOF"), ("{\"users\": [{\"username\": \"\"}]}", "mandatory")] {
        fs::write(&dump, broken)?;
        server.signal(Signal::HUP)?;
        let told = || server.log().lines().any(|line| line.contains("not reloaded") && line.contains(word));
        until("the dump is refused", SHORT, told)?;
        ensure!(says()? == expected, "{:?}", says()?);
    }
    Ok(())
}

/// Clients are told that it cannot be reached, and nothing has to be done about the server afterwards.
#[test]
fn a_database_that_restarts_is_found_again() -> Result<()> {
    for start in [DatabaseServer::postgres as fn() -> Result<DatabaseServer>, DatabaseServer::mariadb] {
        let mut database = start()?;
        let server = on(&database).start()?;
        server.user("ada")?;
        let admin = server.admin()?;
        database.stop()?;
        let made = json!({
            "username": "ben", "status": 1, "permissions": { "/": ["*"] }, "home_dir": server.dir().join("ben"),
        });
        for answer in [admin.get("/api/v2/users")?, admin.post("/api/v2/users", &made)?] {
            ensure!(answer.status == 503, "{}: {}", answer.status, answer.text);
        }
        database.restart()?;
        until("the users are back", SHORT, || {
            admin.get("/api/v2/users").is_ok_and(|answer| answer.status == 200)
        })?;
        admin.post("/api/v2/users", &made)?.ok()?;
        let users = admin.get("/api/v2/users")?.ok()?.json;
        ensure!(users[0]["username"] == "ada" && users[1]["username"] == "ben", "{users}");
    }
    Ok(())
}

#[test]
fn a_backup_is_imported_from_the_command_line() -> Result<()> {
    let (old, mut new) = (TestServer::start()?, TestServer::start()?);
    let user = old.user("ada")?;
    let backup = new.dir().join("backup.json");
    fs::write(&backup, dump(&old)?.to_string())?;
    new.stop()?;
    let path = backup.display().to_string();
    let imported = succeed(&mut new.command(&["import", &path]), "", SHORT)?;
    ensure!(imported.stdout.contains("users: 1"), "{}", imported.stdout);
    new.restart()?;
    OpenSsh::new(new.login(&user)).upload(&backup, "/file")?;
    Ok(())
}

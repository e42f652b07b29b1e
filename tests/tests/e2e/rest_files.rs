//! Users' files over REST.

use crate::SHORT;
use anyhow::{Result, ensure};
use serde_json::Value;
use std::{fs, os::unix::fs::symlink, process::Stdio};
use testkit::{
    Client, TestServer, User,
    clients::RestFiles,
    data::{self, MIB},
    until,
};

/// What the only transfer there is has moved.
fn moved(server: &TestServer) -> Result<u64> {
    let connections = server.admin()?.get("/api/v2/connections")?.ok()?.json;
    Ok(connections[0]["active_transfers"][0]["size"].as_u64().unwrap_or(0))
}

fn client(server: &TestServer, user: &User) -> Result<RestFiles> {
    RestFiles::login(&server.url(), &user.name, &user.password)
}

#[test]
fn a_broken_upload_leaves_the_old_file_and_nothing_else() -> Result<()> {
    for mode in 0..3 {
        let server = TestServer::builder().set("common.upload_mode", mode).start()?;
        let user = server.user("ada")?;
        let files = client(&server, &user)?;
        let (old, new) = (user.home.join("file"), server.dir().join("new"));
        fs::write(&old, "old")?;
        data::write(&new, 8 * MIB, 1)?;
        let mut command = files.command("POST", "files/upload", &[("path", "/file")]);
        command.args(["--limit-rate", "1M", "--upload-file", &new.display().to_string()]);
        let mut upload = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        until("the upload is on its way", SHORT, || moved(&server).is_ok_and(|bytes| bytes > 100_000))?;
        ensure!(fs::read(&old)? == b"old", "mode {mode}: seen before it is complete");
        upload.kill()?;
        upload.wait()?;
        until("nothing is left", SHORT, || fs::read_dir(&user.home).is_ok_and(|dir| dir.count() == 1))?;
        ensure!(fs::read(&old)? == b"old", "mode {mode}");
        files.upload(&new, "/file")?;
        data::assert_same(&new, &old)?;
    }
    Ok(())
}

#[test]
fn downloads_go_on_where_they_broke_off() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let files = client(&server, &user)?;
    let (there, back) = (user.home.join("file"), server.dir().join("back"));
    data::write(&there, 3 * MIB + 17, 2)?;
    fs::write(&back, &fs::read(&there)?[..1_000_000])?;
    let output = back.display().to_string();
    let resume = ["--continue-at", "-", "--output", &*output];
    ensure!(files.call("GET", "files", &[("path", "/file")], &resume)?.0 == 206);
    data::assert_same(&there, &back)?;
    let head = files.call("HEAD", "files", &[("path", "/file")], &["--head"])?.1.to_lowercase();
    for line in [
        "content-disposition: attachment",
        "x-content-type-options: nosniff",
        "etag: \"",
        "content-length: 3145745",
    ] {
        ensure!(head.contains(line), "{line} is missing: {head}");
    }
    Ok(())
}

#[test]
fn forms_and_archives_hold_many_files() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let files = client(&server, &user)?;
    let (one, two) = (server.dir().join("one.bin"), server.dir().join("two.txt"));
    data::write(&one, 3 * MIB, 3)?;
    fs::write(&two, "two")?;
    let part = |path: &std::path::Path| format!("filenames=@{}", path.display());
    let form = ["--form", &*part(&one), "--form", &*part(&two)];
    let into = [("path", "/in/deep"), ("mkdir_parents", "true")];
    ensure!(files.call("POST", "files", &into, &form)?.0 == 201);
    data::assert_same(&one, &user.home.join("in/deep/one.bin"))?;
    symlink("two.txt", user.home.join("in/deep/link"))?;

    let archive = server.dir().join("all.zip");
    let output = archive.display().to_string();
    let body = ["--json", "[\"/in\"]", "--output", &*output];
    ensure!(files.call("POST", "streamzip", &[], &body)?.0 == 200);
    let listed = testkit::succeed(
        std::process::Command::new("python3")
            .args(["-m", "zipfile", "-e"])
            .arg(&archive)
            .arg(server.dir().join("out")),
        "",
        SHORT,
    );
    listed?;
    data::assert_same(&one, &server.dir().join("out/in/deep/one.bin"))?;
    ensure!(fs::read(server.dir().join("out/in/deep/two.txt"))? == b"two");
    ensure!(!server.dir().join("out/in/deep/link").exists());
    let (status, body) = files.call("POST", "streamzip", &[], &["--json", "[\"/in\", \"/gone\"]"])?;
    ensure!(status == 404 && body.contains("message"), "{status} {body}");
    Ok(())
}

#[test]
fn a_request_is_a_session_that_can_be_closed() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let files = client(&server, &user)?;
    data::write(&user.home.join("file"), 64 * MIB, 4)?;
    let mut command = files.command("GET", "files", &[("path", "/file")]);
    // Slow, but what the kernel holds for it (tens of MiB at most) is soon read once the server has hung up.
    command.args(["--limit-rate", "2M"]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut download = command.spawn()?;
    let connections = || Ok::<_, anyhow::Error>(server.admin()?.get("/api/v2/connections")?.ok()?.json);
    until("the download is listed", SHORT, || {
        connections().is_ok_and(|list| list[0]["active_transfers"].is_array())
    })?;
    let listed = connections()?;
    ensure!(
        listed[0]["protocol"] == "HTTP" && listed[0]["active_transfers"][0]["path"] == "/file",
        "{listed}"
    );
    let id = listed[0]["connection_id"].as_str().unwrap_or_default().to_owned();
    server.admin()?.delete(&format!("/api/v2/connections/{id}"))?.ok()?;
    until("it ended", SHORT, || matches!(download.try_wait(), Ok(Some(status)) if !status.success()))?;
    until("nothing is listed", SHORT, || connections().is_ok_and(|list| list == Value::Array(Vec::new())))
}

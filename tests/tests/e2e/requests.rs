//! SFTP requests that few clients send.

use crate::{SHORT, script};
use anyhow::{Result, ensure};
use serde_json::json;
use std::{fs, thread, time::Duration};
use testkit::{
    Client, Scale, TestServer, User,
    clients::{OpenSsh, Python},
    data::{self, MIB},
    process,
};

struct Requests {
    server: TestServer,
    user: User,
}

impl Requests {
    fn start() -> Result<Self> {
        let server = TestServer::start()?;
        let user = server.user("ada")?;
        let bytes: Vec<u8> = (0..300_000_u32).map(|number| (number % 251) as u8).collect();
        fs::write(user.home.join("from"), bytes)?;
        fs::write(user.home.join("empty"), "")?;
        fs::File::create(user.home.join("sparse"))?.set_len(1 << 40)?;
        Ok(Self { server, user })
    }

    fn call(&self, operation: &str, args: &[&str]) -> Result<String> {
        let client = Python::new(self.server.login(&self.user), script("sftp_requests.py"));
        Ok(client.call(operation, args)?.stdout)
    }
}

#[test]
fn bytes_are_copied_between_handles() -> Result<()> {
    Requests::start()?.call("copies", &[]).map(drop)
}

#[test]
fn a_copy_holds_nothing_up() -> Result<()> {
    let requests = Requests::start()?;
    let size = 256 * MIB;
    data::write(&requests.user.home.join("large"), size, 9)?;
    let said = requests.call("at_once", &[&size.to_string()])?;
    ensure!(!said.starts_with("0 "), "{said}");
    data::assert_same(&requests.user.home.join("large"), &requests.user.home.join("copy"))
}

#[test]
fn files_are_hashed_where_they_are() -> Result<()> {
    Requests::start()?.call("checks", &[]).map(drop)
}

#[test]
fn handles_know_their_mode() -> Result<()> {
    Requests::start()?.call("modes", &[]).map(drop)
}

#[test]
fn writes_in_flight_end_in_order() -> Result<()> {
    Requests::start()?.call("overlapping", &[]).map(drop)
}

#[test]
fn extensions_answer_as_described() -> Result<()> {
    let server = TestServer::builder().set("common.symlink_mode", 1).start()?;
    let limits = json!({
        "quota_size": 1 << 20, "quota_files": 10, "filters": { "start_directory": "/start" },
    });
    let user = server.user_with("ada", limits)?;
    let client = Python::new(server.login(&user), script("sftp_requests.py"));
    let five = server.dir().join("five");
    data::write(&five, 5000, 1)?;
    OpenSsh::new(server.login(&user)).upload(&five, "/start/five")?;
    client.call("extensions", &[]).map(drop)
}

#[test]
fn what_version_3_leaves_open() -> Result<()> {
    let server = TestServer::builder()
        .set("common.symlink_mode", 1)
        .set("common.umask", "022")
        .set("common.max_per_host_connections", 0)
        .start()?;
    let user = server.user("ada")?;
    fs::create_dir(user.home.join("dir"))?;
    Python::new(server.login(&user), script("sftp_requests.py")).call("semantics", &[]).map(drop)
}

/// The first names are there at once, and all of them cost no more memory than a few.
#[test]
fn a_directory_is_listed_as_it_is_read() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let count = Scale::from_env().pick(50_000, 1_000_000);
    for number in 0..count {
        fs::File::create(user.home.join(format!("entry-{number:07}")))?;
    }
    let client = Python::new(server.login(&user), script("sftp_requests.py"));
    OpenSsh::new(server.login(&user)).batch("pwd\n")?;
    let before = process::resident(server.pid())?;
    let mut most = before;
    let mut listing = client.start("listing", &["/"])?;
    while listing.is_running() {
        most = most.max(process::resident(server.pid())?);
        thread::sleep(Duration::from_millis(20));
    }
    let said = listing.wait(SHORT)?;
    ensure!(said.stdout.contains(&format!("names {count}\n")), "{}{}", said.stdout, said.stderr);
    let first = said.stdout.split_whitespace().nth(1).and_then(|first| first.parse::<f64>().ok());
    ensure!(first.is_some_and(|first| first < 1.0), "the first names took {first:?} s");
    ensure!(most < before + 8 * MIB, "grew from {before} to {most} bytes");
    Ok(())
}

/// OpenSSH's client uses copy-data for `copy` and hardlink@openssh.com for `ln`.
#[test]
fn openssh_copies_and_links_on_the_server() -> Result<()> {
    let Requests { server, user } = Requests::start()?;
    let client = OpenSsh::new(server.login(&user));
    client.batch("copy /from /copied\nln /from /second\n")?;
    let whole = fs::read(user.home.join("from"))?;
    ensure!(fs::read(user.home.join("copied"))? == whole);
    fs::write(user.home.join("second"), "both")?;
    ensure!(fs::read(user.home.join("from"))? == b"both");
    let escaped = client.try_batch("ln ../../../../etc/passwd /outside\n")?;
    ensure!(!escaped.status.success(), "{}", escaped.stdout);
    Ok(())
}

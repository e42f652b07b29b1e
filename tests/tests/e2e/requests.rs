//! SFTP requests that few clients send.

use crate::script;
use anyhow::{Result, ensure};
use std::fs;
use testkit::{
    TestServer, User,
    clients::{OpenSsh, Python},
    data::{self, MIB},
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

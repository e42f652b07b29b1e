//! Runs a command once per database server, with `LONGSHORE_TEST_DATABASE` naming it: the suites that keep
//! their objects in SQLite by default keep them there then.
//!
//! `cargo run -p longshore-testkit --example databases -- cargo test -p longshore-http --test api`
#![expect(clippy::print_stderr, reason = "a command line tool")]

use anyhow::{Context, Result, bail};
use longshore_testkit::DatabaseServer;
use std::{env, process::Command};

fn main() -> Result<()> {
    let mut args = env::args_os().skip(1);
    let program = args.next().context("usage: databases COMMAND [ARGUMENT]…")?;
    let args: Vec<_> = args.collect();
    for (name, start) in [
        ("PostgreSQL", DatabaseServer::postgres as fn() -> Result<DatabaseServer>),
        ("MariaDB", DatabaseServer::mariadb),
    ] {
        let server = start().with_context(|| format!("cannot start {name}"))?;
        eprintln!("--- on {name}");
        let done =
            Command::new(&program).args(&args).env("LONGSHORE_TEST_DATABASE", server.told()).status()?;
        if !done.success() {
            bail!("on {name}: {done}");
        }
    }
    Ok(())
}

//! The API against its own document, and clients that others wrote.

use crate::{interop::client, script};
use anyhow::{Result, ensure};
use std::{process::Command, time::Duration};
use testkit::{Scale, TestServer, clients::interpreter, run, succeed};

/// The first administrator of a server under test.
const ADMIN: (&str, &str) = ("admin", "adm1n-of-the-tests");
const CHECKS: &str =
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// Whatever the document allows, and what it does not, is answered as the document says.
fn holds(server: &TestServer, bearer: &str, include: &[&str]) -> Result<()> {
    let seconds = Scale::from_env().pick(60, 1800);
    let examples = Scale::from_env().pick("8", "300");
    let mut command = Command::new(interpreter().with_file_name("schemathesis"));
    command.current_dir(server.dir()).arg("run").arg(format!("{}/openapi/openapi.json", server.url()));
    command.args(["--header", &format!("Authorization: Bearer {bearer}"), "--checks", CHECKS]);
    command.args([
        "--phases",
        "coverage,fuzzing",
        "--max-examples",
        examples,
        "--max-time",
        &seconds.to_string(),
    ]);
    command.args(["--continue-on-failure", "--no-shrink", "--no-color", "--suppress-health-check", "all"]);
    command.args(["--generation-database", "none"]).args(include);
    let finished = run(&mut command, "", Duration::from_secs(seconds + 300))?;
    ensure!(finished.status.success(), "{}{}", finished.stdout, finished.stderr);
    ensure!(finished.stdout.contains(" passed"), "{}", finished.stdout);
    Ok(())
}

fn token(server: &TestServer, path: &str, (name, password): (&str, &str)) -> Result<String> {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--fail", "--user", &format!("{name}:{password}")]);
    let said = succeed(curl.arg(format!("{}/api/v2/{path}", server.url())), "", crate::SHORT)?.stdout;
    let answer: serde_json::Value = serde_json::from_str(&said)?;
    Ok(answer["access_token"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn what_administrators_call_holds_to_the_document() -> Result<()> {
    let server = TestServer::start()?;
    let bearer = token(&server, "token", ADMIN)?;
    // The token has to last, and its owner as well. Events are searched by somebody else: it is 501 without.
    let apart = "/(logout|user/.*|shares/.*|changepwd|reset-password|events/.*)";
    holds(&server, &bearer, &["--exclude-path-regex", apart])
}

#[test]
fn what_users_and_visitors_call_holds_to_the_document() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let bearer = token(&server, "user/token", (&user.name, &user.password))?;
    let calls = [
        "--include-path-regex",
        "^/api/v2/(user|shares)/",
        "--exclude-path-regex",
        "logout|changepwd|totp|token",
    ];
    holds(&server, &bearer, &calls)
}

/// The examples are no decoration: each call works as it is printed, and is answered as it is printed.
#[test]
fn examples_are_what_the_server_takes_and_says() -> Result<()> {
    let server = TestServer::builder().set("data_provider.users_base_dir", "homes").start()?;
    let mut client = Command::new(interpreter());
    client.arg(script("openapi_examples.py")).args([&server.url(), ADMIN.0, ADMIN.1]).arg(server.dir());
    succeed(&mut client, "", crate::SHORT)?;
    Ok(())
}

#[test]
fn sftpgo_client_of_pypi_works_unmodified() -> Result<()> {
    let server = TestServer::builder().set("data_provider.users_base_dir", "homes").start()?;
    let mut objects = Command::new(interpreter());
    objects.arg(script("sftpgo_client_objects.py")).args([&server.url(), ADMIN.0, ADMIN.1]);
    succeed(&mut objects, "", crate::SHORT)?;
    let mut methods = Command::new(interpreter());
    methods.arg(script("sftpgo_client_methods.py")).args([&server.url(), ADMIN.0, ADMIN.1]);
    methods.arg(server.sftp_port().to_string()).arg(server.dir());
    succeed(&mut methods, "", crate::SHORT)?;
    Ok(())
}

#[test]
fn the_types_of_sftpgos_go_module_take_what_is_answered_and_give_it_back() -> Result<()> {
    let server = TestServer::start()?;
    let mut program = client("gosdk");
    program.args([&server.url(), ADMIN.0, ADMIN.1]);
    succeed(&mut program, "", crate::SHORT)?;
    Ok(())
}

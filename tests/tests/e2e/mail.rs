//! Mail over TLS, to a server whose certificate is checked.

use crate::{SHORT, script};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::{
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;
use testkit::{
    Finished, Running, TestServer, clients::interpreter, free_port, run, succeed, until, until_ok,
};

/// A mail server that talks TLS, with a certificate of its own.
pub struct Sink {
    port: u16,
    dir: TempDir,
    _process: Running,
}

impl Sink {
    /// `mode` is `tls` or `starttls`.
    pub fn start(mode: &str) -> Result<Self> {
        let dir = TempDir::new()?;
        let (certificate, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=mail"]);
        openssl.args([
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ]);
        openssl.arg("-keyout").arg(&key);
        succeed(openssl.arg("-out").arg(&certificate), "", SHORT)?;
        let port = free_port()?;
        let mut command = Command::new(interpreter());
        command.arg(script("smtp_sink.py")).arg(port.to_string()).arg(dir.path().join("letters"));
        let process = Running::start(command.arg(mode).arg(&certificate).arg(&key))?;
        until("the mail server listens", SHORT, || TcpStream::connect(("127.0.0.1", port)).is_ok())?;
        Ok(Self { port, dir, _process: process })
    }

    pub const fn port(&self) -> u16 {
        self.port
    }

    pub fn certificate(&self) -> PathBuf {
        self.dir.path().join("cert.pem")
    }

    pub fn letters(&self) -> Result<Vec<Value>> {
        let text = fs::read_to_string(self.dir.path().join("letters")).unwrap_or_default();
        Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
    }
}

#[test]
fn a_certificate_has_to_be_trusted() -> Result<()> {
    for (mode, encryption) in [("tls", "1"), ("starttls", "2")] {
        let sink = Sink::start(mode)?;
        let refused = smtptest(&sink, encryption, None)?;
        ensure!(refused.status.code() == Some(1) && sink.letters()?.is_empty(), "{mode}: {refused:?}");
        let sent = smtptest(&sink, encryption, Some(&sink.certificate()))?;
        ensure!(sent.status.success(), "{mode}: {sent:?}");
        let letters = sink.letters()?;
        ensure!(letters.len() == 1 && letters[0]["encrypted"] == true, "{mode}: {letters:?}");
    }
    Ok(())
}

#[test]
fn a_forgotten_password_is_reset_by_mail() -> Result<()> {
    let sink = Sink::start("starttls")?;
    let server = TestServer::builder()
        .set("smtp.host", "127.0.0.1")
        .set("smtp.port", sink.port)
        .set("smtp.from", "Server <srv@example.com>")
        .set("smtp.encryption", 2)
        .env("SSL_CERT_FILE", sink.certificate())
        .start()?;
    let user = server.user_with("ada", json!({ "email": "ada@example.com" }))?;
    let nobody = testkit::Rest::new(server.url());
    nobody.post("/api/v2/users/ada/forgot-password", &Value::Null)?.ok()?;
    let letter = until_ok("the letter comes", SHORT, || sink.letters()?.pop().context("no letter"))?;
    ensure!(letter["to"] == json!(["ada@example.com"]) && letter["encrypted"] == true, "{letter}");
    let body = letter["body"].as_str().unwrap_or_default();
    let code = body.split(['<', '>']).find(|text| text.len() == 22).context("no code")?;
    let reset = json!({ "code": code, "password": "An0ther-pass-word" });
    nobody.post("/api/v2/users/ada/reset-password", &reset)?.ok()?;
    ensure!(nobody.login_user(&user.name, &user.password).is_err(), "the old password still works");
    nobody.login_user(&user.name, "An0ther-pass-word")?;
    ensure!(!server.log().contains(code), "the code is in the log");
    Ok(())
}

/// Runs `longshore smtptest`, which trusts `certificate` alone or what the system trusts.
fn smtptest(sink: &Sink, encryption: &str, certificate: Option<&Path>) -> Result<Finished> {
    let mut command = Command::new(testkit::binary()?);
    command.args(["smtptest", "--recipient", "to@example.com", "-c"]).arg(sink.dir.path());
    command
        .env("LONGSHORE_SMTP__HOST", "127.0.0.1")
        .env("LONGSHORE_SMTP__PORT", sink.port.to_string())
        .env("LONGSHORE_SMTP__FROM", "srv@example.com")
        .env("LONGSHORE_SMTP__ENCRYPTION", encryption);
    match certificate {
        Some(path) => command.env("SSL_CERT_FILE", path),
        None => command.env_remove("SSL_CERT_FILE"),
    };
    run(&mut command, "", SHORT)
}

//! Tokens and codes where several servers share a database, and after a restart.

use crate::{SHORT, mail::Sink};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testkit::{Rest, TestServer, until_ok};

/// What ends on one server is over on the other, and stays so; what is mailed by one is good on the other.
#[test]
fn servers_of_one_database_agree() -> Result<()> {
    let sink = Sink::start("starttls")?;
    let shared = tempfile::TempDir::new()?;
    let node = || {
        TestServer::builder()
            .set("data_provider.driver", "sqlite")
            .set("data_provider.name", shared.path().join("shared.db").display().to_string())
            .set("data_provider.is_shared", 1)
            .set("httpd.signing_passphrase", "the same on both")
            .set("smtp.host", "127.0.0.1")
            .set("smtp.port", sink.port())
            .set("smtp.from", "Server <srv@example.com>")
            .set("smtp.encryption", 2)
            .env("SSL_CERT_FILE", sink.certificate())
            .start()
    };
    let (mut one, other) = (node()?, node()?);
    let user = one.user_with("ada", json!({ "email": "ada@example.com" }))?;
    let (here, there) = (Rest::new(one.url()), Rest::new(other.url()));

    for (path, logout) in [("user/profile", "user/logout"), ("version", "logout")] {
        let token = match logout {
            "logout" => one.admin()?.clone(),
            _ => here.login_user(&user.name, &user.password)?,
        };
        let elsewhere = token.at(other.url());
        let status = |client: &Rest| Ok::<_, anyhow::Error>(client.get(&format!("/api/v2/{path}"))?.status);
        ensure!(status(&elsewhere)? == 200, "{path}: a token is good on both");
        elsewhere.get(&format!("/api/v2/{logout}"))?.ok()?;
        ensure!(status(&token)? == 401 && status(&elsewhere)? == 401, "{path}: it was ended on one of them");
        one.crash()?;
        one.restart()?;
        ensure!(status(&token.at(one.url()))? == 401, "{path}: a restart brings it back");
    }

    let here = Rest::new(one.url());
    here.post("/api/v2/users/ada/forgot-password", &Value::Null)?.ok()?;
    let letter = until_ok("the letter comes", SHORT, || sink.letters()?.pop().context("no letter"))?;
    let body = letter["body"].as_str().unwrap_or_default();
    let code = body.split(['<', '>']).find(|text| text.len() == 22).context("no code")?;
    let reset = json!({ "code": code, "password": "An0ther-pass-word" });
    there.post("/api/v2/users/ada/reset-password", &reset)?.ok()?;
    here.login_user(&user.name, "An0ther-pass-word")?;
    let again = here.post("/api/v2/users/ada/reset-password", &reset)?;
    ensure!(again.status == 400, "a code is good once: {}", again.text);
    Ok(())
}

//! curl against the REST API: a user's files over HTTP.

use super::{Client, Place, limit};
use crate::{Finished, run, succeed};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::{path::Path, process::Command};

/// One user, with the token of its login.
#[derive(Debug, Clone)]
pub struct RestFiles {
    base: String,
    token: String,
}

impl RestFiles {
    /// Logs in at the server at `base`.
    pub fn login(base: &str, user: &str, password: &str) -> Result<Self> {
        let mut command = Command::new("curl");
        command.args([
            "--silent",
            "--show-error",
            "--fail-with-body",
            "--user",
            &format!("{user}:{password}"),
        ]);
        let said = succeed(command.arg(format!("{base}/api/v2/user/token")), "", limit())?.stdout;
        let answer: Value = serde_json::from_str(&said)?;
        let token = answer["access_token"].as_str().context("no access_token")?.to_owned();
        Ok(Self { base: base.to_owned(), token })
    }

    /// A curl that makes one call, below `/api/v2/user`, with these parameters.
    pub fn command(&self, method: &str, call: &str, query: &[(&str, &str)]) -> Command {
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--request", method, "--url"]);
        command.arg(format!("{}/api/v2/user/{call}", self.base));
        command.args(["--header", &format!("Authorization: Bearer {}", self.token)]);
        for (name, value) in query {
            command.args(["--url-query", &format!("{name}={value}")]);
        }
        command
    }

    /// The status and the body of a call.
    pub fn call(
        &self,
        method: &str,
        call: &str,
        query: &[(&str, &str)],
        more: &[&str],
    ) -> Result<(u16, String)> {
        let mut command = self.command(method, call, query);
        let said = run(command.args(["--write-out", "\n%{http_code}"]).args(more), "", limit())?;
        let (body, status) = said.stdout.rsplit_once('\n').context("curl said nothing")?;
        Ok((status.parse()?, body.to_owned()))
    }

    fn done(&self, method: &str, call: &str, query: &[(&str, &str)], more: &[&str]) -> Result<String> {
        let (status, body) = self.call(method, call, query, more)?;
        if !(200..300).contains(&status) {
            bail!("{method} {call} {query:?}: {status} {body}");
        }
        Ok(body)
    }

    fn succeed(&self, call: &str, path: &str, args: &[&str]) -> Result<Finished> {
        succeed(self.command("GET", call, &[("path", path)]).arg("--fail").args(args), "", limit())
    }
}

impl Client for RestFiles {
    fn upload(&self, local: &Path, remote: &str) -> Result<()> {
        let data = local.display().to_string();
        // `--upload-file` streams; curl reads what is given to `--data-binary` into memory.
        let args = ["--upload-file", &data];
        self.done("POST", "files/upload", &[("path", remote)], &args).map(drop)
    }

    fn download(&self, remote: &str, local: &Path) -> Result<()> {
        self.succeed("files", remote, &["--output", &local.display().to_string()]).map(drop)
    }
}

impl Place for RestFiles {
    fn list(&self, dir: &str) -> Result<Vec<String>> {
        let entries: Vec<Value> = serde_json::from_str(&self.succeed("dirs", dir, &[])?.stdout)?;
        let name = |entry: &Value| entry["name"].as_str().map(str::to_owned).context("no name");
        entries.iter().map(name).collect()
    }

    fn rename(&self, from: &str, to: &str) -> Result<()> {
        self.done("POST", "file-actions/move", &[("path", from), ("target", to)], &[]).map(drop)
    }

    fn remove(&self, path: &str) -> Result<()> {
        self.done("DELETE", "files", &[("path", path)], &[]).map(drop)
    }
}

//! curl with the link of a share: a visitor without an account.

use super::limit;
use crate::run;
use anyhow::{Context, Result};
use std::process::Command;

/// One share, and the password of whoever has the link.
#[derive(Debug, Clone)]
pub struct Link {
    pub url: String,
    pub password: Option<String>,
}

/// What a visitor was told.
#[derive(Debug)]
pub struct Told {
    pub status: u16,
    /// Lines, in lower case.
    pub head: String,
    pub body: String,
}

impl Link {
    /// A curl that makes one call; `tail` is what follows the link, escaped.
    pub fn command(&self, method: &str, tail: &str) -> Command {
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--path-as-is", "--globoff", "--request", method]);
        if let Some(password) = &self.password {
            command.args(["--user", &format!("anyone:{password}")]);
        }
        command.arg("--url").arg(format!("{}{tail}", self.url));
        command
    }

    pub fn call(&self, method: &str, tail: &str, more: &[&str]) -> Result<Told> {
        let mut command = self.command(method, tail);
        command.args(["--dump-header", "/dev/stderr", "--write-out", "\n%{http_code}"]).args(more);
        let said = run(&mut command, "", limit())?;
        let (body, status) = said.stdout.rsplit_once('\n').context("curl said nothing")?;
        Ok(Told { status: status.parse()?, head: said.stderr.to_lowercase(), body: body.to_owned() })
    }

    pub fn get(&self, tail: &str) -> Result<Told> {
        self.call("GET", tail, &[])
    }

    /// Uploads `data` under a name, escaped.
    pub fn put(&self, name: &str, data: &str) -> Result<Told> {
        self.call("POST", &format!("/{name}"), &["--data-binary", data])
    }

    /// Uploads files of these names, with their name as their content, in one form.
    pub fn form(&self, names: &[&str]) -> Result<Told> {
        let parts: Vec<_> =
            names.iter().map(|name| format!("filenames={name};filename=\"{name}\"")).collect();
        let args: Vec<&str> = parts.iter().flat_map(|part| ["--form", part]).collect();
        self.call("POST", "", &args)
    }
}

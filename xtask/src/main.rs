//! Chores of the repository: `cargo xtask NAME`.
//!
//! `tidy` holds the source to the rules that no compiler knows; CI runs it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool")]

mod edges;
mod files;

use anyhow::{Context, Result, bail};
use std::{env, path::PathBuf, process::ExitCode};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tidy"] => tidy(),
        _ => bail!("usage: cargo xtask tidy"),
    }
}

fn tidy() -> Result<()> {
    let root = root()?;
    let mut found = edges::check(&root)?;
    found.extend(files::check(&root)?);
    for finding in &found {
        println!("{finding}");
    }
    match found.iter().filter(|finding| finding.fatal).count() {
        0 => Ok(()),
        count => bail!("{count} findings"),
    }
}

/// Something that a rule of the repository does not allow, or advises against.
struct Finding {
    fatal: bool,
    place: String,
    text: String,
}

impl Finding {
    fn fatal(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self { fatal: true, place: place.into(), text: text.into() }
    }

    fn advice(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self { fatal: false, place: place.into(), text: text.into() }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let level = if self.fatal { "error" } else { "advice" };
        write!(out, "{level}: {}: {}", self.place, self.text)
    }
}

/// The root of the workspace: the parent of this package.
fn root() -> Result<PathBuf> {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    Ok(manifest.parent().context("no workspace above xtask")?.to_owned())
}

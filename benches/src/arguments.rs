//! The command line of the benchmarks.

use anyhow::{Context, Result, bail};
use std::path::PathBuf;

const USAGE: &str =
    "usage: longshore-bench [--only PREFIX,...] [--runs N] [--mib N] [--json FILE] [--strict] [--list]";

#[derive(Debug)]
pub struct Arguments {
    /// Workloads whose name begins with one of these; all of them when empty.
    only: Vec<String>,
    /// The median of so many runs is shown.
    pub runs: usize,
    /// The size of the file that bulk transfers move.
    pub mebibytes: u64,
    pub json: Option<PathBuf>,
    /// A missed target is a failure.
    pub strict: bool,
    pub list: bool,
}

impl Arguments {
    pub fn parse(args: impl Iterator<Item = String>) -> Result<Self> {
        let mut parsed =
            Self { only: Vec::new(), runs: 5, mebibytes: 1024, json: None, strict: false, list: false };
        let mut args = args.peekable();
        while let Some(name) = args.next() {
            let mut value = || args.next().with_context(|| format!("{name} needs a value\n{USAGE}"));
            match name.as_str() {
                "--only" => parsed.only = value()?.split(',').map(str::to_owned).collect(),
                "--runs" => parsed.runs = value()?.parse().context("--runs")?,
                "--mib" => parsed.mebibytes = value()?.parse().context("--mib")?,
                "--json" => parsed.json = Some(value()?.into()),
                "--strict" => parsed.strict = true,
                "--list" => parsed.list = true,
                _ => bail!("{name}: unknown\n{USAGE}"),
            }
        }
        if parsed.runs == 0 {
            bail!("--runs 0 measures nothing");
        }
        Ok(parsed)
    }

    pub fn wants(&self, workload: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|prefix| workload.starts_with(prefix.as_str()))
    }
}

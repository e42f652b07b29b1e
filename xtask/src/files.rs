//! What every source file keeps to.

use crate::Finding;
use anyhow::Result;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A file of more lines probably has two subjects; one of more still is not reviewed any more.
const LONG: usize = 450;
const TOO_LONG: usize = 800;

/// Macros that mark something unfinished or left behind. Split, so that this file does not find itself.
const UNFINISHED: &[&str] = &[concat!("to", "do!("), concat!("unimple", "mented!("), concat!("db", "g!(")];

/// Where the project's own sources live.
const SOURCES: &[&str] = &["crates", "tests", "benches", "xtask", "fuzz"];

pub fn check(root: &Path) -> Result<Vec<Finding>> {
    let mut files = Vec::new();
    for place in SOURCES {
        collect(&root.join(place), &mut files)?;
    }
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let place = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        found.extend(check_text(&place, &fs::read_to_string(&file)?));
    }
    Ok(found)
}

fn check_text(place: &str, text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    if !text.trim_start_matches("#![no_main]").trim_start().starts_with("//!") {
        found.push(Finding::fatal(place, "does not begin with `//!` and what it is about"));
    }
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(left) = UNFINISHED.iter().find(|unfinished| line.contains(**unfinished)) {
            found.push(Finding::fatal(format!("{place}:{number}"), format!("`{left}..)` is left here")));
        }
    }
    match text.lines().count() {
        lines if lines > TOO_LONG => found.push(Finding::fatal(place, format!("{lines} lines: split it"))),
        lines if lines > LONG => {
            found.push(Finding::advice(place, format!("{lines} lines: has it one subject?")))
        }
        _ => {}
    }
    found
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !dir.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                collect(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fatal(text: &str) -> bool {
        check_text("a.rs", text).iter().any(|finding| finding.fatal)
    }

    #[test]
    fn a_file_says_what_it_is_about() {
        assert!(fatal("use std::fs;\n"));
        assert!(!fatal("//! About files.\nuse std::fs;\n"));
        assert!(!fatal("#![no_main]\n//! A fuzz target.\n"));
    }

    #[test]
    fn nothing_unfinished_stays() {
        assert!(fatal(concat!("//! A\nfn a() { to", "do!() }\n")));
    }

    #[test]
    fn length_is_advice_and_then_an_error() {
        let lines = |count: usize| format!("//! A\n{}", "x\n".repeat(count));
        assert!(check_text("a.rs", &lines(LONG - 1)).is_empty());
        assert!(!fatal(&lines(LONG)) && !check_text("a.rs", &lines(LONG)).is_empty());
        assert!(fatal(&lines(TOO_LONG)));
    }
}

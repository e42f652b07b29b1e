//! `longshore gen`: what is made from the command line itself.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use clap::CommandFactory;
use clap_complete::Shell;

use super::flags::Cli;

/// Writes a manual page for each command into `dir`.
pub fn man(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    clap_mangen::generate_to(Cli::command(), dir)
}

/// Writes to `out` what makes `shell` complete the command line.
pub fn completion(shell: Shell, out: &mut impl Write) -> io::Result<()> {
    // clap panics where it cannot write, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "longshore", &mut script);
    out.write_all(&script)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_its_page() {
        let dir = tempfile::tempdir().unwrap();
        man(&dir.path().join("man1")).unwrap();
        for page in ["longshore.1", "longshore-serve.1", "longshore-initprovider.1"] {
            assert!(dir.path().join("man1").join(page).exists(), "{page}");
        }
    }

    #[test]
    fn shells_complete() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell] {
            let mut script = Vec::new();
            completion(shell, &mut script).unwrap();
            assert!(String::from_utf8(script).unwrap().contains("initprovider"), "{shell}");
        }
    }
}

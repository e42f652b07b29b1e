//! Longshore: a file-transfer server.

mod app;
mod backends;
mod cli;
mod http;
mod import;
mod maintenance;
mod outside;
mod ping;
mod provider;
mod serve;
mod smtptest;
mod usage;

use cli::{Command, Exit};
use logs::Console;
use std::io::{self, IsTerminal, Write};

fn main() -> Exit {
    match cli::parse() {
        Command::Serve(args) => ended(serve::run(&args, console())),
        Command::ConfigCheck(args) => match cli::config_check(&args, &mut io::stdout()) {
            Ok(exit) => exit,
            Err(error) => ended(Err(error.into())),
        },
        Command::CreateAdmin(args) => ended(serve::create_admin(&args)),
        Command::InitProvider(args) => ended(maintenance::init(&args)),
        Command::RevertProvider(args) => ended(maintenance::revert(&args)),
        Command::ResetProvider(args) => ended(maintenance::reset(&args)),
        Command::ResetPassword(args) => ended(maintenance::reset_password(&args)),
        Command::SmtpTest(args) => ended(smtptest::run(&args)),
        Command::Import(args) => ended(import::run(&args)),
        Command::Ping(args) => ended(ping::run(&args)),
        Command::Man(dir) => ended(cli::generate::man(&dir).map_err(Into::into)),
        Command::Completion(shell) => {
            ended(cli::generate::completion(shell, &mut io::stdout()).map_err(Into::into))
        }
        Command::Version => {
            let version = http::version();
            let features = version.features.join(" ");
            ended(writeln!(io::stdout(), "Longshore {} {features}", version.version).map_err(Into::into))
        }
    }
}

/// Standard output is for people: in colour, where they look at it.
fn console() -> Console {
    if io::stdout().is_terminal() { Console::Colour } else { Console::Plain }
}

/// Tells what went wrong to whoever started the process, and the shell by the exit code.
fn ended(result: anyhow::Result<()>) -> Exit {
    let Err(error) = result else { return Exit::Success };
    // With standard error closed there is nobody to tell.
    let _ = writeln!(io::stderr(), "longshore: {}", told(&error));
    let misconfigured = error.is::<config::Error>() || error.is::<ssh::Invalid>();
    if misconfigured { Exit::Config } else { Exit::Failure }
}

/// What went wrong and why, each cause once: some errors tell theirs themselves.
fn told(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_once() {
        let missing = io::Error::from(io::ErrorKind::NotFound);
        let key =
            anyhow::Error::new(missing).context("host key k: entity not found").context("sftpd.host_keys");
        assert_eq!(told(&key), "sftpd.host_keys: host key k: entity not found");
        assert_eq!(told(&anyhow::anyhow!("b").context("a")), "a: b");
    }
}

//! The command line: what was typed, and what was meant by it.
//!
//! Every flag of `serve` has two variables, `LONGSHORE_*` and SFTPGo's `SFTPGO_*`; a flag wins over both.
//! clap parses the flags; the variables are laid under them here, since clap knows one per flag only.

mod admin;
mod check;
mod exit;
mod flags;
pub mod generate;
pub mod prompt;
mod provider;
mod serve;

use std::{ffi::OsString, path::PathBuf};

use clap::{CommandFactory, FromArgMatches};
use clap_complete::Shell;
use config::Environment;

pub use self::{
    admin::CreateAdminArgs,
    check::config_check,
    exit::Exit,
    provider::{ImportArgs, InitArgs, ResetArgs, ResetPasswordArgs, RevertArgs, SmtpTestArgs},
    serve::{ConfigArgs, LoadData, LoadMode, QuotaScan, ServeArgs},
};

/// What to do.
#[derive(Debug)]
pub enum Command {
    Serve(ServeArgs),
    /// Load the configuration as `serve` would, and say what is wrong with it.
    ConfigCheck(ConfigArgs),
    CreateAdmin(CreateAdminArgs),
    InitProvider(InitArgs),
    RevertProvider(RevertArgs),
    ResetProvider(ResetArgs),
    ResetPassword(ResetPasswordArgs),
    SmtpTest(SmtpTestArgs),
    Import(ImportArgs),
    Ping(ConfigArgs),
    /// Manual pages into a directory.
    Man(PathBuf),
    Completion(Shell),
    Version,
}

/// Why the command line makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A flag or a subcommand; or a request for help, which is no fault.
    #[error(transparent)]
    Typed(#[from] clap::Error),
    /// A variable that stands for a flag.
    #[error("{variable}: expected {expected}, found {found:?}")]
    Variable { variable: String, expected: String, found: String },
}

/// The command of this process; ends it with [`Exit::Usage`] when there is none.
pub fn parse() -> Command {
    let variables = std::env::vars_os();
    let text =
        variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    match parse_from(std::env::args_os(), &Environment::new(text)) {
        Ok(command) => command,
        Err(Fault::Typed(error)) => error.exit(),
        Err(fault) => {
            let mut command = flags::Cli::command();
            command.error(clap::error::ErrorKind::ValueValidation, fault).exit()
        }
    }
}

/// The command that `args` (the program's name first) and `environment` make.
pub fn parse_from<A: Into<OsString> + Clone>(
    args: impl IntoIterator<Item = A>,
    environment: &Environment,
) -> Result<Command, Fault> {
    let matches = flags::Cli::command().try_get_matches_from(args)?;
    let cli = flags::Cli::from_arg_matches(&matches)?;
    Ok(match cli.command {
        flags::Command::Serve(flags) => Command::Serve(ServeArgs::new(*flags, environment)?),
        flags::Command::Config { command: flags::ConfigCommand::Check(flags) } => {
            Command::ConfigCheck(ConfigArgs::new(flags, environment)?)
        }
        flags::Command::Admin { command: flags::AdminCommand::Create(flags) } => {
            Command::CreateAdmin(CreateAdminArgs::new(flags, environment)?)
        }
        flags::Command::InitProvider(flags) => Command::InitProvider(InitArgs::new(*flags, environment)?),
        flags::Command::RevertProvider(flags) => {
            Command::RevertProvider(RevertArgs::new(flags, environment)?)
        }
        flags::Command::ResetProvider(flags) => Command::ResetProvider(ResetArgs::new(flags, environment)?),
        flags::Command::ResetPassword(flags) => {
            Command::ResetPassword(ResetPasswordArgs::new(flags, environment)?)
        }
        flags::Command::SmtpTest(flags) => Command::SmtpTest(SmtpTestArgs::new(flags, environment)?),
        flags::Command::Import(flags) => Command::Import(ImportArgs::new(*flags, environment)?),
        flags::Command::Ping(flags) => Command::Ping(ConfigArgs::new(flags, environment)?),
        flags::Command::Gen { command: flags::GenCommand::Man { dir } } => Command::Man(dir),
        flags::Command::Gen { command: flags::GenCommand::Completion { shell } } => {
            Command::Completion(shell)
        }
        flags::Command::Version => Command::Version,
    })
}

#[cfg(test)]
mod tests;

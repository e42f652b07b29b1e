//! How the process ends.

use std::process::{ExitCode, Termination};

/// The exit codes, as shown by `longshore --help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or ended by SIGINT or SIGTERM.
    Success = 0,
    /// Something failed: a port is taken, the database cannot be opened …
    Failure = 1,
    /// The command line, or a variable that stands for a flag, makes no sense.
    Usage = 2,
    /// The configuration cannot be used (`EX_CONFIG` of sysexits.h): starting again will not help.
    Config = 78,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        self.into()
    }
}

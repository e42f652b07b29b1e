//! How much work a scenario does: enough for every commit, or enough for a release.

use std::env;

/// Chosen by `LONGSHORE_SCALE`: `soak` is what the figures in the documentation are taken with, everything
/// else about a tenth of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    Test,
    Soak,
}

impl Scale {
    pub fn from_env() -> Self {
        match env::var("LONGSHORE_SCALE").as_deref() {
            Ok("soak") => Self::Soak,
            _ => Self::Test,
        }
    }

    pub fn pick<T>(self, test: T, soak: T) -> T {
        match self {
            Self::Test => test,
            Self::Soak => soak,
        }
    }
}

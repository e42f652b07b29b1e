//! Why a configuration cannot be used, and what is odd about one that can. Every message is one line.

use std::{fmt, path::PathBuf};

use crate::{Origin, keys};

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },

    #[error("{}: the extension is none of json, toml, yaml, yml, hcl, properties, props, prop, env", path.display())]
    Format { path: PathBuf },

    #[error("{}{}: {message}", path.display(), line.map(|line| format!(", line {line}")).unwrap_or_default())]
    Syntax { path: PathBuf, message: String, line: Option<usize> },

    /// A wrong type or an impossible value.
    #[error("{key}: expected {expected}{} ({origin})", if found.is_empty() { String::new() } else { format!(", found {found}") })]
    Value { key: String, origin: Origin, expected: String, found: String },

    /// Keys that guard or decide access and have no effect yet.
    #[error(
        "{}: guards or decides access and is not available yet; the server does not start rather than run open",
        list(settings)
    )]
    Unguarded { settings: Vec<Setting> },

    /// Unknown keys, with `strict`.
    #[error("{}", unknown.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Unknown { unknown: Vec<UnknownKey> },
}

/// What is odd about a configuration that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    Unknown(UnknownKey),
    /// Keys set away from their default that have no effect yet.
    NotAvailable(Vec<Setting>),
    /// One of several files of the same name was taken.
    Ignored {
        file: PathBuf,
        taken: PathBuf,
    },
    /// A line of a file in `env.d` that sets no variable.
    NotAVariable {
        file: PathBuf,
        line: usize,
    },
    /// The driver `bolt` is asked for.
    EmbeddedInstead {
        file: PathBuf,
    },
    /// A variable that stands for a flag, in `env.d`, which is read after the flags.
    TooLate {
        variable: String,
        file: PathBuf,
    },
}

/// A key and where it was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub key: String,
    pub origin: Origin,
}

/// A key that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKey {
    pub key: String,
    pub origin: Origin,
    /// The known key that was most likely meant.
    pub nearest: Option<String>,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(unknown) => unknown.fmt(f),
            Self::NotAvailable(settings) => {
                write!(f, "not available yet, so without effect: {}", list(settings))
            }
            Self::Ignored { file, taken } => {
                write!(f, "{} is ignored in favour of {}", file.display(), taken.display())
            }
            Self::NotAVariable { file, line } => {
                write!(f, "{}, line {line}: expected NAME=value; the line is ignored", file.display())
            }
            Self::EmbeddedInstead { file } => {
                write!(
                    f,
                    "data_provider.driver: bolt is served by the embedded SQLite database, in {}",
                    file.display()
                )
            }
            Self::TooLate { variable, file } => {
                write!(f, "{variable} in {} is ignored: flags are read before env.d", file.display())
            }
        }
    }
}

impl fmt::Display for UnknownKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, origin, nearest } = self;
        match origin {
            Origin::Variable { name, .. } => {
                write!(f, "unknown variable {origin}")?;
                let prefix = name.split('_').next().unwrap_or_default();
                let nearest = nearest.as_deref().map(|key| format!("{prefix}_{}", keys::variable(key)));
                nearest.map_or(Ok(()), |nearest| write!(f, "; the nearest is {nearest}"))
            }
            _ => {
                write!(f, "unknown key {} ({origin})", keys::shown(key))?;
                nearest.as_deref().map_or(Ok(()), |nearest| write!(f, "; the nearest is {nearest}"))
            }
        }
    }
}

fn list(settings: &[Setting]) -> String {
    let listed = settings.iter().map(|Setting { key, origin }| format!("{key} ({origin})"));
    listed.collect::<Vec<_>>().join(", ")
}

//! Where a value came from, for messages and for telling what was set from what was left alone.

use std::{fmt, path::Path, sync::Arc};

use crate::keys;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// A configuration file.
    File(Arc<Path>),
    /// An environment variable, with the file of `env.d` that set it if one did.
    Variable { name: Arc<str>, file: Option<Arc<Path>> },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("built-in default"),
            Self::File(path) => path.display().fmt(f),
            Self::Variable { name, file: None } => f.write_str(keys::shown(name)),
            Self::Variable { name, file: Some(path) } => {
                write!(f, "{} in {}", keys::shown(name), path.display())
            }
        }
    }
}

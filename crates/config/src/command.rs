//! Section `command`: how hooks given as programs are run.

use serde::{Deserialize, Serialize};
use types::Secret;

/// Section `command`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Command {
    /// `timeout`: seconds, 1 to 300. Default 30.
    pub timeout: u32,
    /// `env`: `KEY=value` for every program; nothing else is inherited. Default empty.
    #[serde(with = "crate::secret::list")]
    pub env: Vec<Secret<String>>,
    /// `commands`: settings of single programs. Default empty.
    pub commands: Vec<CommandOverride>,
}

/// An entry of `command.commands`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CommandOverride {
    /// `path` of the program as the hook names it.
    pub path: String,
    /// `timeout`: seconds, 1 to 300. Default: the section's.
    pub timeout: Option<u32>,
    /// `env`: `KEY=value` besides the section's. Default empty.
    #[serde(with = "crate::secret::list")]
    pub env: Vec<Secret<String>>,
    /// `args` of the program. Default empty.
    pub args: Vec<String>,
    /// `hook`: only where it runs as this hook. Default empty: all.
    pub hook: String,
}

impl Default for Command {
    fn default() -> Self {
        Self { timeout: 30, env: Vec::new(), commands: Vec::new() }
    }
}

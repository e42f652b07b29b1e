//! What a session does besides transfers; one file per subject.

mod attributes;
mod commands;
mod copy;
mod directories;
mod links;
mod rename;
mod trees;

pub use self::commands::SshCommand;

//! Words every other crate shares: paths, permissions, protocols, secrets.
//!
//! No I/O, no async, no rows of the database. A type belongs here when two crates that do not know each
//! other have to mean the same thing by it.

mod path;
mod permissions;
mod protocol;
mod secret;

pub use self::{
    path::{InvalidPath, VirtualPath},
    permissions::{Permissions, UnknownPermission},
    protocol::{LoginMethod, Protocol},
    secret::Secret,
};

//! Hooks: programs and URLs of the administrator's own that the server calls, to tell or to ask.
//!
//! [`Hooks`] knows how they are run (sections `command` and `http`); a [`Hook`] is one of them, and a [`Call`]
//! what it is told, in both forms: variables for a program, a request for a URL. Everything runs as tasks of the
//! main runtime, whatever thread asks, limited in number and time; a program that takes too long is ended with
//! everything it has started. No shell is ever involved.

mod client;
mod connections;
mod files;
mod hook;
mod objects;
mod payload;
mod program;
#[cfg(test)]
mod tests;
mod tls;

pub use self::{
    client::{InvalidClient, client, headers},
    connections::Connections,
    files::FileHook,
    hook::{Answer, Call, Failed, Hook, Hooks, InvalidHook, Method, Purpose},
    objects::ObjectHook,
    program::Program,
    tls::InvalidTls,
};

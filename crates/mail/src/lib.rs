//! Outgoing mail: one letter, one connection to the server that takes it.
//!
//! Letters are few and short, so connections are not kept. What is sent is plain SMTP submission (RFC 6409)
//! with TLS from the start or by STARTTLS; where TLS was asked for, nothing is sent without it.
//!
//! Everything here waits on sockets of the runtime it is called on: call it on the main one.

mod cram_md5;
mod delivery;
mod failure;
mod letter;
mod oauth2;
#[cfg(test)]
mod sink;
mod smtp;
mod template;
#[cfg(test)]
mod tests;

pub use self::{
    failure::Failed,
    letter::{Body, Letter},
    smtp::{Encryption, Login, Mechanism, Smtp},
    template::{Template, TemplateFault},
};

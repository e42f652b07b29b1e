//! The REST API over a socket, with a real database behind it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod account;
mod admins;
mod backups;
mod bindings;
mod changes;
mod client;
mod connections;
mod document;
mod folders;
mod forgotten;
mod groups;
mod https;
mod mailbox;
mod objects;
mod paths;
mod permissions;
mod quotas;
mod roles;
mod second_factor;
mod server;
mod tokens;
mod users;

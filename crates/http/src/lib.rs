//! The REST API under `/api/v2`, for administrators and users.
//!
//! A handler translates: HTTP to a call of `control`, `auth` or the registry of sessions, and the answer
//! back. It decides nothing about objects, and it cannot reach `control` without saying which permission the
//! call takes: the type of its [`Caller`](caller::Caller) names it.
//!
//! The OpenAPI document is made from the handlers and the types they take and return; `docs/openapi.json` is
//! a copy, and a test holds it to the code.
// utoipa's macros write paths in full.
#![allow(unused_qualifications)]

mod api;
mod binding;
mod body;
mod caller;
mod error;
mod files;
mod hangup;
mod held;
mod input;
mod key;
mod log;
mod openapi;
mod page;
mod peer;
mod permission;
mod resource;
mod router;
mod routes;
mod server;
mod token;

pub use self::{
    api::{Api, Parts, Version},
    binding::{Binding, Misconfigured},
    router::document,
    routes::status::{SshBinding, SshHostKey, SshStatus},
    server::Server,
    token::{SigningKey, TokenRules, Tokens},
};

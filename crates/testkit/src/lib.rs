//! What the tests and benchmarks drive the server with: the real binary, real clients, and failing parts.
//!
//! Nothing here imports a crate of the server. A test that could call into it would sooner or later test the
//! call instead of what a client sees; so the server is a process that is started with a configuration file
//! and talked to over the wire. Everything is blocking and bounded by a time limit: a test that hangs says
//! where.

pub mod clients;
pub mod data;
mod databases;
pub mod faultfs;
mod keys;
mod launch;
mod ports;
pub mod process;
mod pty;
mod relay;
mod rest;
mod run;
mod scale;
mod server;
mod small_disk;
mod sshd;
mod wait;

pub use self::{
    clients::{Client, Login, Place, Proof},
    databases::{CERTIFIED, DatabaseServer, Identity, OVER_TLS, READER, TestDatabase},
    faultfs::{Call, FaultFs},
    keys::KeyPair,
    ports::free_port,
    pty::Pty,
    relay::{Relay, connect_from},
    rest::{Answer, Rest},
    run::{Finished, Running, run, succeed},
    scale::Scale,
    server::{ADMINISTRATOR, Builder, TestServer, User, binary},
    small_disk::SmallDisk,
    sshd::Sshd,
    wait::{until, until_ok},
};

//! The session on a real disk and on a backend with the manners of an object store. One binary, a file per
//! subject.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test, which is what it is for")]

mod copies;
mod errors;
mod folders;
mod lines;
mod links;
mod live;
mod log;
mod observers;
mod patterns;
mod permissions;
mod quota;
mod races;
mod shapes;
mod staged;
mod support;
mod traffic;
mod transfers;

//! (crate ssh-proto)

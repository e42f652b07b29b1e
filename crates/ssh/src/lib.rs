//! (crate ssh)

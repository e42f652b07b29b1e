//! (crate http)

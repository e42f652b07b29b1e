//! (crate config)

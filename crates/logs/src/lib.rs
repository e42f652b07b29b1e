//! (crate logs)

//! (crate control)

//! (crate net)

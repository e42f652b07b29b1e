//! (crate events)

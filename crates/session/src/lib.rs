//! (crate session)

//! (crate auth)

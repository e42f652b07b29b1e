//! End-to-end tests of the server, driven by real clients: see `tests/e2e`.
//!
//! They are one test binary, since each more of them would link everything again.

//! What happened to a file, and who wants to know.
//!
//! Hooks, rules, notifiers and metrics are [`Observer`]s; the session publishes and knows none of them. An
//! event nobody wants costs one atomic load and is never built.

mod bus;
mod event;

pub use self::{
    bus::{Bus, Observer, Verdict},
    event::{Action, Event, Interest, Location, Status},
};

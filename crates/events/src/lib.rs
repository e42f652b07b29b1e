//! What happened to a file or to an object of the data provider, and who wants to know.
//!
//! Hooks, rules, notifiers and metrics are [`Observer`]s; the session publishes and knows none of them. An
//! event nobody wants costs one atomic load and is never built.

mod bus;
mod event;
mod object;

pub use self::{
    bus::{Bus, Observer, Verdict},
    event::{Action, Event, Interest, Location, Status},
    object::{Author, ObjectBus, ObjectChange, ObjectKind, ObjectObserver, Operation},
};

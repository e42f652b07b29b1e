//! How much a user may move in all, and how fast.
//!
//! Both are asked for every chunk. Too much ends the transfer at the byte: what may still go is counted, the
//! chunk that goes beyond is refused, so a counter never passes its limit. Too fast delays the answer and
//! nothing else: the chunk is written or read at once, and a client that waits for answers, as every client
//! does after some of them, slows down to the rate. Nothing is queued here.

mod allowance;
mod meter;
mod pace;

pub(crate) use self::meter::Meter;
pub use self::{
    allowance::{Allowance, Tally, Traffic, TrafficLimits},
    pace::{Bandwidth, Paces},
};

//! What every listener shares: binding, the accept loop, TLS, how many connections may be open, and what strangers
//! may cost.

mod admission;
mod listen;
mod penalties;
mod source;
pub mod tls;
mod turns;

pub use self::{
    admission::{Admission, Refused, Ticket},
    listen::{Arrived, Incoming, accept, accept_all, bind},
    penalties::{Offence, Penalties},
    turns::{Crowded, Taken, Turn, Turns},
};

//! What every listener shares: binding, the accept loop, and how many connections may be open.

mod admission;
mod listen;

pub use self::{
    admission::{Admission, Refused, Ticket},
    listen::{Incoming, accept, bind},
};

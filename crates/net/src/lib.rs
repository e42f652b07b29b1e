//! What every listener shares: binding, the accept loop, proxies that name their clients, TLS, how many connections
//! may be open, and what strangers may cost.

mod admission;
mod listen;
mod networks;
mod penalties;
mod proxy;
mod socket;
mod source;
pub mod tls;
mod turns;
mod unix;

pub use self::{
    admission::{Admission, Refused, Ticket},
    listen::{Arrived, Incoming, Listener, Place, accept, accept_all},
    networks::Networks,
    penalties::{Offence, Penalties},
    proxy::ProxyProtocol,
    socket::Socket,
    turns::{Crowded, Taken, Turn, Turns},
};

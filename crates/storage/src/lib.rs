//! Where bytes live. A backend knows nothing of users, permissions, quotas, events or protocols.
//!
//! [`Backend`] is the whole contract an implementor has to meet; what callers find convenient is written
//! once, on top of it. A backend says what it can do through [`Capabilities`]; nobody asks which one it is.
//!
//! Two shapes of I/O are laid down here because every byte passes through them:
//!
//! - writing is *accepted* in order and *completed* in any: [`WriteAt::write_at`] takes owned [`Bytes`] and
//!   answers at once ([`Pending::Ready`]) or later, so a disk on a thread that may block costs no hop and an
//!   object store can overlap its parts;
//! - reading fills the caller's own buffers when the bytes are at hand ([`Read::Now`]): a download reads
//!   straight into the gaps between packet headers. `read_at(..) -> Future<Bytes>` was not chosen, since it
//!   forces a copy per chunk.
//!
//! Which thread may block is [`lane`]'s business.

mod contract;
mod descriptor;
mod error;
mod key;
pub mod lane;
mod local;
mod memory;
mod metadata;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tree;
mod unavailable;

pub use self::{
    contract::{
        Backend, Capabilities, Description, Links, Listing, OnAbort, OpenWrite, Pending, Publish, Read,
        ReadAt, Rename, Sink, Start, WriteAt, Writer,
    },
    descriptor::Descriptor,
    error::{Error, Result},
    key::Key,
    local::{Journal, LeftOvers, Local},
    memory::Memory,
    metadata::{Change, Entry, Kind, Metadata, Space, Time},
    unavailable::Unavailable,
};

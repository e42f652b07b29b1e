//! The door: everything that decides whether, where and how a user may touch a file, once, for every
//! protocol.
//!
//! A front end logs a user in (crate `auth`), gets an [`Account`], makes a [`Session`] for each channel or
//! request and does everything through it. It sees virtual paths and [`Error`]s by meaning; it never sees a
//! backend, a permission or an event.
//!
//! ```text
//! Session::upload(path, open)            Upload::write_at(offset, data)     Upload::finish()
//!   locate    path → Place   (pure)        limit, count (now, in order)       writer.finish
//!   probe     stat           (I/O)         → Pending: done, or done later     log, events
//!   write     Place → Writable (policy)
//!   announce  events.before → Verdict                                        dropped instead of finished:
//!   create    Writable → Writer (I/O)                                        aborted, logged, reported
//! ```
//!
//! Policy is straight-line code in one function per operation, so the order (which error wins, what is asked
//! before what is announced) reads from top to bottom. That a check cannot be skipped is the compiler's
//! business: `Place` keeps its backend private, and only the values made in `place/access.rs` after a check
//! call it.
//!
//! Not chosen: a trait per operation or layer (a chain of middlewares hides the order, which is the policy),
//! and generics over the backend (measured: a `dyn` call is 0.4 % of writing a chunk).

mod account;
mod connection;
mod download;
mod error;
mod examination;
mod firsts;
mod lines;
mod listing;
mod ops;
mod patterns;
mod place;
mod quota;
mod registry;
mod services;
mod session;
mod settings;
mod traffic;
mod upload;

pub use self::{
    account::{Account, AccountSpec, DoneBefore, FolderSpec, count_stored},
    connection::Connection,
    download::Download,
    error::{Error, Result},
    examination::Examination,
    listing::Listing,
    ops::SshCommand,
    patterns::{DenyPolicy, Glob, MalformedPattern, Patterns},
    quota::{Book, Charge, KeepMark, Ledger, Limits, Marked, Owner},
    registry::{Direction, Ended, Info, Registry, TransferInfo},
    services::{Background, Firsts, NoteFirst, Services},
    session::Session,
    settings::{Durability, SetstatMode, Settings, SymlinkMode, UploadMode},
    traffic::{Allowance, Bandwidth, Paces, Tally, Traffic, TrafficLimits},
    upload::{Open, Source, Stored, Upload},
};
pub use events::Bus;
pub use storage::lane;
pub use storage::{
    Backend, Change, Entry, Kind, Metadata, Pending, Read, Space, Start, Time, Unavailable, tree::Usage,
};

//! The queries that are not the same for every kind of object.

mod credentials;
mod ip_lists;
pub mod links;
mod load;
mod logins;
mod marks;
pub mod members;
mod mirror;
pub mod rules;
mod settings;
mod shares;
mod short_lived;
mod snapshot;
mod special;
mod usage;

pub(crate) use self::logins::Logins;
pub use self::{
    ip_lists::IpListPage,
    load::{Everything, Existing, Loaded},
    marks::QuotaMark,
    short_lived::{Kept, ShortLived},
    snapshot::Snapshot,
    usage::{Traffic, Usage, UsageOf},
};

//! The queries that are not the same for every kind of object.

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
mod snapshot;
mod special;
mod usage;

pub(crate) use self::logins::Logins;
pub use self::{
    ip_lists::IpListPage,
    load::{Everything, Existing},
    marks::QuotaMark,
    snapshot::Snapshot,
    usage::{Traffic, Usage, UsageOf},
};

//! The queries that are not the same for every kind of object.

mod credentials;
mod dump;
mod ip_lists;
pub mod links;
mod logins;
mod marks;
pub mod members;
mod mirror;
pub mod rules;
mod settings;
mod shares;
mod short_lived;
mod special;
mod usage;

pub(crate) use self::logins::Logins;
pub use self::{
    dump::{Everything, Existing, Loaded},
    ip_lists::IpListPage,
    marks::QuotaMark,
    short_lived::{Kept, ShortLived},
    usage::{Traffic, Usage, UsageOf},
};

//! The objects, in the shape the REST API, the dumps and the database share.
//!
//! One type per schema: what a client sends, what a dump holds and what is stored are the same words, so
//! there is nothing to translate and no field can be lost between them. What only some may see (hashes,
//! secrets) is cut off at the edge, by [`User::redacted`] and its like.
//!
//! Every field has a default, for a body may leave out anything; zero values are left out again on the way
//! out, except those that clients expect always to be there.

mod admin;
mod filesystem;
mod filters;
mod folder;
mod group;
mod secret;
mod user;

pub use self::{
    admin::{Admin, AdminFilters, AdminGroup, AdminGroupOptions, AdminPreferences},
    filesystem::{
        AzBlobConfig, CryptConfig, Filesystem, GcsConfig, HttpConfig, OsConfig, S3Config, SftpConfig,
    },
    filters::{
        BandwidthLimit, BaseFilters, Hooks, PatternsFilter, RecoveryCode, TimePeriod, TotpConfig, UserFilters,
    },
    folder::{Folder, FolderMapping},
    group::{Group, GroupMapping, GroupSettings},
    secret::KmsSecret,
    user::User,
};

/// For `skip_serializing_if`: a zero value goes without saying.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

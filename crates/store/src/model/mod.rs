//! The objects, in the shape the REST API, the dumps and the database share.
//!
//! One type per schema: what a client sends, what a dump holds and what is stored are the same words, so
//! there is nothing to translate and no field can be lost between them. What only some may see (hashes,
//! secrets) is cut off at the edge, by [`User::redacted`] and its like.
//!
//! Every field has a default, for a body may leave out anything; zero values are left out again on the way
//! out, except those that clients expect always to be there.

mod admin;
mod api_key;
mod event_action;
mod event_rule;
mod filesystem;
mod filters;
mod folder;
mod group;
mod ip_list;
mod nulls;
mod role;
mod secret;
mod share;
mod user;

pub use self::{
    admin::{Admin, AdminFilters, AdminGroup, AdminGroupOptions, AdminPreferences},
    api_key::ApiKey,
    event_action::{
        CommandActionConfig, CompressAction, EmailActionConfig, EventAction, EventActionOptions,
        FilesystemActionConfig, FolderRetention, HttpActionConfig, HttpPart, IdpAccountConfig, KeyValue,
        PasswordExpirationConfig, RenameAction, RetentionActionConfig, UserInactivityConfig,
    },
    event_rule::{
        ConditionOptions, ConditionPattern, EventConditions, EventRule, RelationOptions, RuleAction, Schedule,
    },
    filesystem::{
        AzBlobConfig, CryptConfig, Filesystem, GcsConfig, HttpConfig, OsConfig, S3Config, SftpConfig,
    },
    filters::{
        BandwidthLimit, BaseFilters, Hooks, PatternsFilter, RecoveryCode, TimePeriod, TotpConfig, UserFilters,
    },
    folder::{Folder, FolderMapping},
    group::{Group, GroupMapping, GroupSettings},
    ip_list::IpListEntry,
    nulls::drop_nulls,
    role::Role,
    secret::KmsSecret,
    share::Share,
    user::User,
};

/// For `skip_serializing_if`: a zero value goes without saying.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

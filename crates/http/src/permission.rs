//! What a call takes, as types: a handler names it in its signature, so none can forget to ask.

/// What a call of an admin takes.
pub trait Permission: Send + Sync + 'static {
    const TAKES: Takes;
    /// An API key will do.
    const BY_KEY: bool = true;
}

/// How much an admin has to be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing: a call about itself, open also to an admin who first has to change its password or to set up a
    /// second factor.
    Nothing,
    /// To be an admin.
    AnyAdmin,
    /// The permission of this name, `*` for all of them.
    Granted(&'static str),
}

/// What a call of a user takes.
pub trait Right: Send + Sync + 'static {
    /// The option of `filters.web_client` that takes it away; empty where none does.
    const CLOSED_BY: &'static str;
    /// An API key will do, and a user who first has to change its password or to set up a second factor may not.
    const ORDINARY: bool;
}

/// To look after API keys. No key does: whoever has one must not be able to make another.
pub struct ManageKeys;
pub struct Itself;
pub struct AnyAdmin;
pub struct Everything;
pub struct AddUsers;
pub struct EditUsers;
pub struct DeleteUsers;
pub struct ViewUsers;
pub struct ViewConnections;
pub struct CloseConnections;
pub struct ViewStatus;
pub struct DisableMfa;
pub struct ScanQuotas;
pub struct ManageFolders;
pub struct ManageGroups;
pub struct ManageAdmins;
pub struct ManageRoles;
pub struct ManageEventRules;
pub struct ManageSystem;
pub struct ViewDefender;
pub struct ManageDefender;
pub struct ViewEvents;

impl Permission for ManageKeys {
    const TAKES: Takes = Takes::Granted("*");
    const BY_KEY: bool = false;
}
impl Permission for Itself {
    const TAKES: Takes = Takes::Nothing;
    const BY_KEY: bool = false;
}
impl Permission for AnyAdmin {
    const TAKES: Takes = Takes::AnyAdmin;
}
impl Permission for Everything {
    const TAKES: Takes = Takes::Granted("*");
}
impl Permission for AddUsers {
    const TAKES: Takes = Takes::Granted("add_users");
}
impl Permission for EditUsers {
    const TAKES: Takes = Takes::Granted("edit_users");
}
impl Permission for DeleteUsers {
    const TAKES: Takes = Takes::Granted("del_users");
}
impl Permission for ViewUsers {
    const TAKES: Takes = Takes::Granted("view_users");
}
impl Permission for ViewConnections {
    const TAKES: Takes = Takes::Granted("view_conns");
}
impl Permission for CloseConnections {
    const TAKES: Takes = Takes::Granted("close_conns");
}
impl Permission for ViewStatus {
    const TAKES: Takes = Takes::Granted("view_status");
}
impl Permission for DisableMfa {
    const TAKES: Takes = Takes::Granted("disable_mfa");
}
impl Permission for ScanQuotas {
    const TAKES: Takes = Takes::Granted("quota_scans");
}
impl Permission for ManageFolders {
    const TAKES: Takes = Takes::Granted("manage_folders");
}

impl Permission for ManageGroups {
    const TAKES: Takes = Takes::Granted("manage_groups");
}
impl Permission for ManageAdmins {
    const TAKES: Takes = Takes::Granted("manage_admins");
}
impl Permission for ManageRoles {
    const TAKES: Takes = Takes::Granted("manage_roles");
}
impl Permission for ManageEventRules {
    const TAKES: Takes = Takes::Granted("manage_event_rules");
}
impl Permission for ManageSystem {
    const TAKES: Takes = Takes::Granted("manage_system");
}
impl Permission for ViewDefender {
    const TAKES: Takes = Takes::Granted("view_defender");
}
impl Permission for ManageDefender {
    const TAKES: Takes = Takes::Granted("manage_defender");
}
impl Permission for ViewEvents {
    const TAKES: Takes = Takes::Granted("view_events");
}

/// To look after its own second factor.
pub struct OwnSecondFactor;

impl Right for OwnSecondFactor {
    const CLOSED_BY: &'static str = "mfa-disabled";
    const ORDINARY: bool = false;
}

/// To look at its profile; its parts are closed one by one where it is changed.
pub struct OwnProfile;

impl Right for OwnProfile {
    const CLOSED_BY: &'static str = "";
    const ORDINARY: bool = false;
}

/// To change its password.
pub struct OwnPassword;

impl Right for OwnPassword {
    const CLOSED_BY: &'static str = "password-change-disabled";
    const ORDINARY: bool = false;
}

/// To share its files.
pub struct OwnShares;

impl Right for OwnShares {
    const CLOSED_BY: &'static str = "shares-disabled";
    const ORDINARY: bool = true;
}

//! The one place that changes objects, whoever asks: REST, loads of backups, the command line, hooks.
//!
//! An object that comes in is completed (defaults, cleaned paths, hashed passwords), checked, stored, and what
//! follows from the change is done: sessions of a deleted user end. Nothing else writes objects to the store, so no
//! caller can forget one of these.

mod actor;
mod admins;
mod adopt;
mod api_keys;
mod backup;
mod change;
mod ended_tokens;
mod error;
mod events;
mod folders;
mod groups;
mod ip_lists;
mod kms;
mod letters;
mod managed;
mod mirror;
mod names;
mod own_password;
mod passwords;
mod profile;
mod quotas;
mod random;
mod roles;
mod second_factor;
mod settings;
mod shares;
mod strict;
mod told;
mod told_of_load;
mod users;
mod validate;
mod visits;

pub use self::{
    actor::Actor,
    api_keys::{KeyRefused, KeyScope},
    backup::{BackupFile, Layout, LoadMode, LoadScan, Loaded, MAX_BACKUP, Section},
    change::{Change, Expected, Version, Versioned, from_json},
    error::{Error, Kind, Result},
    kms::{Kms, Unreadable},
    managed::{Managed, Origin, Rules},
    names::NamingRules,
    passwords::{Hashing, Passwords, Proof, UnknownHash},
    profile::{AdminProfile, UserProfile},
    quotas::{BEAT, Count, CountFailed, Scan, Stored, Update, Watch, usage_of},
    random::random_code,
    second_factor::{Holder, ListedCode, NewTotp},
    settings::{Argon2Cost, Settings},
    users::{Connected, PublicKey},
};
pub use store::{
    self, Admin, ApiKey, EventAction, EventRule, Folder, Group, IpListEntry, IpListPage, Order, Page, Role,
    Share, Store, User,
};

pub use ::events::Author;
use ::events::ObjectBus;
use second_factor::SecondFactors;
use session::{Ledger, Registry};
use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

/// Validates and changes objects. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Control {
    store: Store,
    passwords: Passwords,
    registry: Registry,
    /// Knows what users have stored before the store does.
    ledger: Ledger,
    settings: Arc<Settings>,
    second_factors: SecondFactors,
    scans: quotas::Scans,
    kms: Kms,
    /// Who is told of changes, and whose they are.
    objects: ObjectBus,
    author: Arc<Author>,
}

impl Control {
    /// Fails when the data provider does not answer.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.store.ping().await?)
    }

    /// `registry` holds the sessions that a change may end.
    pub fn new(store: Store, passwords: Passwords, registry: Registry, settings: Settings) -> Self {
        let kms = Kms::new(settings.master_key.clone());
        let second_factors = SecondFactors::new(settings.totp.clone(), kms.clone());
        let (ledger, settings) = (Ledger::default(), Arc::new(settings));
        let scans = quotas::Scans::default();
        let (objects, author) = (ObjectBus::default(), Arc::new(Author::system()));
        Self { store, passwords, registry, ledger, settings, second_factors, scans, kms, objects, author }
    }

    /// Shows what `ledger` counts, which the store learns a moment later.
    #[must_use]
    pub fn counting(self, ledger: Ledger) -> Self {
        Self { ledger, ..self }
    }

    /// Fails when the data provider does not answer.
    pub async fn reach_provider(&self) -> Result<()> {
        Ok(self.store.ping().await?)
    }

    /// As in `data_provider.driver`.
    pub const fn provider_driver(&self) -> &'static str {
        self.store.driver()
    }

    /// `name` as it is stored and looked up, by the naming rules.
    pub fn canonical_name(&self, name: &str) -> String {
        self.settings.naming_rules.canonical(name)
    }
}

/// Milliseconds since the epoch.
fn now() -> i64 {
    milliseconds(SystemTime::now())
}

/// As objects keep times: milliseconds since the epoch.
pub fn milliseconds(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

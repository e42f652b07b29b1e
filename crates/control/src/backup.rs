//! Backups in SFTPGo's format: everything as one JSON object.

use crate::{
    Admin, Control, Error, Origin, Passwords, Result, Role, User,
    managed::{Managed, Rules},
    now, shares, validate,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt::Display;
use store::{
    ApiKey, EventAction, EventRule, Everything, Existing, Folder, Group, IpListEntry, KmsSecret, Share,
    UsageOf,
};
use utoipa::ToSchema;

/// The version of the format that this server writes, and the newest it reads.
pub const VERSION: i32 = 17;

/// A backup. Kinds that were not asked for are `null`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = BackupData, example = json!({
    "users": [],
    "groups": [{"name": "editors", "user_settings": {"home_dir": "/srv/editors/%username%"}}],
    "version": 17,
}))]
pub struct Backup {
    pub users: Option<Vec<User>>,
    pub groups: Option<Vec<Group>>,
    pub folders: Option<Vec<Folder>>,
    pub admins: Option<Vec<Admin>>,
    pub api_keys: Option<Vec<ApiKey>>,
    pub shares: Option<Vec<Share>>,
    pub event_actions: Option<Vec<EventAction>>,
    pub event_rules: Option<Vec<EventRule>>,
    pub roles: Option<Vec<Role>>,
    pub ip_lists: Option<Vec<IpListEntry>>,
    #[schema(value_type = Option<Object>)]
    pub configs: Option<Map<String, Value>>,
    pub version: i32,
}

/// What becomes of objects that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadMode {
    Update,
    Keep,
    /// Update, and end the sessions of updated users.
    UpdateAndDisconnect,
}

/// Whose files are counted after a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadScan {
    Nobody,
    Everybody,
    UsersWithQuota,
}

/// The kinds a backup can be limited to, as `scopes` names them.
pub const SCOPES: [&str; 11] = [
    "users", "folders", "groups", "admins", "api_keys", "shares", "actions", "rules", "roles", "ip_lists",
    "configs",
];

impl Backup {
    /// Reads a backup.
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let malformed =
            |error: serde_json::Error| Error::Invalid(format!("the backup cannot be read: {error}"));
        Self::from_value(serde_json::from_slice(text).map_err(malformed)?)
    }

    /// As [`from_json`](Self::from_json), from what was read already.
    pub fn from_value(mut value: Value) -> Result<Self> {
        let malformed =
            |error: serde_json::Error| Error::Invalid(format!("the backup cannot be read: {error}"));
        // serde would take an array for a struct, field by field.
        if !value.is_object() {
            return Err(Error::invalid("the backup is not a JSON object"));
        }
        store::model::drop_nulls(&mut value);
        serde_json::from_value(value).map_err(malformed)
    }
}

impl Backup {
    /// How many objects of each kind there are.
    pub fn counts(&self) -> Vec<(&'static str, usize)> {
        fn count<T>(objects: Option<&Vec<T>>) -> usize {
            objects.map_or(0, Vec::len)
        }
        vec![
            ("users", count(self.users.as_ref())),
            ("groups", count(self.groups.as_ref())),
            ("folders", count(self.folders.as_ref())),
            ("admins", count(self.admins.as_ref())),
            ("API keys", count(self.api_keys.as_ref())),
            ("shares", count(self.shares.as_ref())),
            ("event actions", count(self.event_actions.as_ref())),
            ("event rules", count(self.event_rules.as_ref())),
            ("roles", count(self.roles.as_ref())),
            ("IP list entries", count(self.ip_lists.as_ref())),
        ]
    }
}

impl Control {
    /// Everything, or the kinds in `scopes`, with hashes and the means to decrypt secrets.
    pub async fn backup(&self, scopes: &[String]) -> Result<Backup> {
        if let Some(unknown) = scopes.iter().find(|scope| !SCOPES.contains(&scope.as_str())) {
            return Err(Error::Invalid(format!("scopes: {unknown:?} means nothing")));
        }
        let wanted = |scope: &str| scopes.is_empty() || scopes.iter().any(|asked| asked == scope);
        let mut backup = Backup { version: VERSION, ..Backup::default() };
        if wanted("users") {
            backup.users = Some(self.all_users().await?);
        }
        if wanted("folders") {
            backup.folders = Some(
                self.all(|folder: &mut Folder| {
                    self.show_folder_usage(folder);
                    folder.users.clear();
                    folder.groups.clear();
                })
                .await?,
            );
        }
        if wanted("groups") {
            backup.groups = Some(
                self.all(|group: &mut Group| {
                    group.users.clear();
                    group.admins.clear();
                    let folders = group.virtual_folders.iter_mut().map(|mount| &mut mount.folder);
                    folders.for_each(|folder| self.show_folder_usage(folder));
                })
                .await?,
            );
        }
        if wanted("roles") {
            backup.roles = Some(
                self.all(|role: &mut Role| {
                    role.users.clear();
                    role.admins.clear();
                })
                .await?,
            );
        }
        if wanted("admins") {
            backup.admins = Some(self.all(|_: &mut Admin| {}).await?);
        }
        if wanted("api_keys") {
            backup.api_keys = Some(self.all(|_: &mut ApiKey| {}).await?);
        }
        if wanted("shares") {
            backup.shares = Some(self.all(|_: &mut Share| {}).await?);
        }
        if wanted("actions") {
            backup.event_actions = Some(self.all(|action: &mut EventAction| action.rules.clear()).await?);
        }
        if wanted("rules") {
            backup.event_rules = Some(self.all(trim_actions).await?);
        }
        if wanted("ip_lists") {
            backup.ip_lists = Some(self.store.all_ip_lists().await?);
        }
        if wanted("configs") {
            backup.configs = Some(self.store.configs().await?);
        }
        Ok(backup)
    }

    /// Brings back a backup: all of it, or nothing when one of its objects is not valid.
    pub async fn load(&self, backup: Backup, mode: LoadMode, scan: LoadScan) -> Result<()> {
        if !(0..=VERSION).contains(&backup.version) {
            let version = backup.version;
            return Err(Error::Invalid(format!("version {version} is not known; the newest is {VERSION}")));
        }
        let everything = self.settled(backup).await?;
        let loaded: Vec<(String, bool)> =
            everything.users.iter().map(|user| (user.username.clone(), has_quota(user))).collect();
        let folders: Vec<String> = everything.folders.iter().map(|folder| folder.name.clone()).collect();
        let existing = if mode == LoadMode::Keep { Existing::Keep } else { Existing::Replace };
        let replaced = self.store.load(everything, existing, now()).await?;
        if mode == LoadMode::UpdateAndDisconnect {
            for username in &replaced {
                self.registry.close_user(username);
            }
        }
        self.scan_loaded(&loaded, &folders, scan).await;
        Ok(())
    }

    /// Begins to count what was loaded. A scan that cannot begin does not undo the load.
    async fn scan_loaded(&self, users: &[(String, bool)], folders: &[String], scan: LoadScan) {
        if scan == LoadScan::Nobody {
            return;
        }
        for (username, limited) in users {
            if (scan == LoadScan::Everybody || *limited)
                && let Err(error) = self.scan(&UsageOf::User(username.clone())).await
            {
                tracing::warn!(target: "control", username, %error, "cannot count the files of a loaded user");
            }
        }
        for name in folders {
            if let Err(error) = self.scan(&UsageOf::Folder(name.clone())).await {
                tracing::warn!(target: "control", name, %error, "cannot count the files of a loaded folder");
            }
        }
    }

    async fn all<T: store::Object>(&self, trim: impl Fn(&mut T)) -> Result<Vec<T>> {
        let mut objects = self.store.all::<T>().await?;
        objects.iter_mut().for_each(trim);
        Ok(objects)
    }

    async fn all_users(&self) -> Result<Vec<User>> {
        let mut users = self.store.all::<User>().await?;
        for user in &mut users {
            self.show_usage(user);
            user.virtual_folders.iter_mut().for_each(|mount| mount.folder.users.clear());
        }
        Ok(users)
    }

    /// The objects of a backup, completed and checked.
    async fn settled(&self, backup: Backup) -> Result<Everything> {
        let rules = self.rules(Origin::Backup);
        let mut all = Everything {
            roles: settle_all(backup.roles, &rules)?,
            folders: settle_all(backup.folders, &rules)?,
            groups: settle_all(backup.groups, &rules)?,
            event_actions: settle_all(backup.event_actions, &rules)?,
            event_rules: settle_all(backup.event_rules, &rules)?,
            api_keys: settle_all(backup.api_keys, &rules)?,
            ip_lists: backup.ip_lists.unwrap_or_default(),
            configs: backup.configs,
            ..Everything::default()
        };
        for key in &all.api_keys {
            if !Passwords::is_hash(key.key.expose()) {
                return Err(Error::Invalid(format!("API key {:?}: key: a hash is expected", key.id)));
            }
        }
        for entry in &mut all.ip_lists {
            let name = entry.ipornet.clone();
            crate::ip_lists::check(entry).map_err(|error| of("IP list entry", name, error))?;
        }
        if let Some(configs) = &mut all.configs {
            configs.remove("updated_at");
            for (section, value) in configs.iter_mut() {
                seal_all(section, value, &rules)?;
            }
        }
        for user in backup.users.unwrap_or_default() {
            let name = user.username.clone();
            all.users.push(self.settled_user(user, &rules).await.map_err(|error| of("user", name, error))?);
        }
        for admin in backup.admins.unwrap_or_default() {
            let name = admin.username.clone();
            all.admins.push(self.settled_admin(admin).await.map_err(|error| of("admin", name, error))?);
        }
        for share in backup.shares.unwrap_or_default() {
            let id = share.id.clone();
            all.shares.push(self.settled_share(share).await.map_err(|error| of("share", id, error))?);
        }
        Ok(all)
    }

    async fn settled_user(&self, mut user: User, rules: &Rules) -> Result<User> {
        user.username = self.canonical_name(&user.username);
        validate::user::check(&mut user, &self.settings)?;
        validate::secrets::settle_all(&mut user.filesystem, None, &user.username, rules)?;
        // Asked of passwords in the clear alone: a dump holds hashes, and a look-up for each would take long.
        let text = user.password.expose();
        let clear = !text.is_empty() && !Passwords::is_hash(text);
        let bits = if clear { self.user_entropy(&user).await? } else { 0.0 };
        user.password = self.new_password(&user.password, bits).await?;
        user.updated_at = now();
        if user.created_at <= 0 {
            user.created_at = user.updated_at;
        }
        Ok(user)
    }

    async fn settled_admin(&self, mut admin: Admin) -> Result<Admin> {
        admin.username = self.canonical_name(&admin.username);
        validate::admin::check(&mut admin, &self.settings)?;
        if admin.password.expose().is_empty() {
            return Err(Error::invalid("please set a password"));
        }
        admin.password = self.new_password(&admin.password, self.settings.admins_min_entropy).await?;
        admin.updated_at = now();
        if admin.created_at <= 0 {
            admin.created_at = admin.updated_at;
        }
        Ok(admin)
    }

    async fn settled_share(&self, mut share: Share) -> Result<Share> {
        if share.id.is_empty() || share.id.chars().count() > 255 {
            return Err(Error::invalid("id is mandatory"));
        }
        share.username = self.canonical_name(&share.username);
        shares::check(&mut share)?;
        share.password = self.new_password(&share.password, 0.0).await?;
        Ok(share)
    }
}

fn settle_all<T: Managed>(objects: Option<Vec<T>>, rules: &Rules) -> Result<Vec<T>> {
    let settle = |mut object: T| {
        let name = object.key().to_owned();
        // The ids of keys are no names: they stay as they are.
        if T::KIND != crate::Kind::ApiKey {
            object.set_name(rules.settings.naming_rules.canonical(&name));
        }
        object.settle(None, rules).map_err(|error| of(T::KIND, name, error))
    };
    objects.unwrap_or_default().into_iter().map(settle).collect()
}

/// What an action is said to be for is part of the action alone.
fn trim_actions(rule: &mut EventRule) {
    rule.actions.iter_mut().for_each(|action| action.action.description.clear());
}

/// Says which object of a backup is at fault.
fn of(kind: impl Display, name: String, error: Error) -> Error {
    match error {
        Error::Invalid(text) => Error::Invalid(format!("{kind} {name:?}: {text}")),
        error => error,
    }
}

/// Seals every secret in the clear inside `value`.
fn seal_all(section: &str, value: &mut Value, rules: &Rules) -> Result<()> {
    match value {
        Value::Object(fields) if fields.get("status").is_some_and(|status| status == "Plain") => {
            let secret: KmsSecret = serde_json::from_value(value.take())
                .map_err(|error| Error::Invalid(format!("configs: {error}")))?;
            let sealed = rules.kms.seal(&secret.payload, section)?;
            *value =
                serde_json::to_value(sealed).map_err(|error| Error::Invalid(format!("configs: {error}")))?;
            Ok(())
        }
        Value::Object(fields) => fields.values_mut().try_for_each(|field| seal_all(section, field, rules)),
        Value::Array(items) => items.iter_mut().try_for_each(|item| seal_all(section, item, rules)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

const fn has_quota(user: &User) -> bool {
    user.quota_files > 0 || user.quota_size > 0
}

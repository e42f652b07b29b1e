//! The objects of a backup, completed, checked and written down: after it nothing but the database can refuse them.

use super::{
    BackupFile, LoadScan, Loaded,
    read::{self, Section},
};
use crate::{
    Admin, Control, Error, Folder, Kind, Origin, Passwords, Result, User, from_json, ip_lists,
    managed::{Managed, Rules},
    now, shares, validate,
};
use serde_json::{Map, Value};
use std::{io, path::PathBuf};
use store::{
    ApiKey, EventAction, EventRule, Everything, Group, IpListEntry, KmsSecret, Role, Share, Stage, UsageOf,
};

/// A backup that is ready to be stored.
#[derive(Debug)]
pub struct Ready {
    pub everything: Everything,
    pub counts: Loaded,
    /// Whose files are to be counted afterwards.
    pub to_scan: Vec<UsageOf>,
}

/// Reads `backup` and checks all of it. Blocks.
pub fn stage(control: &Control, backup: BackupFile, scan: LoadScan) -> Result<Ready> {
    let mut intake = Intake::new(control, scan);
    let source = backup.into_reader()?;
    let rest = read::read(source, &mut |section, at, object| intake.take(section, at, object))?;
    intake.finish(rest.configs)
}

struct Intake<'a> {
    control: &'a Control,
    rules: Rules,
    dir: PathBuf,
    scan: LoadScan,
    to_scan: Vec<UsageOf>,
    roles: Stage<Role>,
    folders: Stage<Folder>,
    groups: Stage<Group>,
    users: Stage<User>,
    admins: Stage<Admin>,
    api_keys: Stage<ApiKey>,
    shares: Stage<Share>,
    event_actions: Stage<EventAction>,
    event_rules: Stage<EventRule>,
    ip_lists: Stage<IpListEntry>,
}

impl<'a> Intake<'a> {
    fn new(control: &'a Control, scan: LoadScan) -> Self {
        Self {
            control,
            rules: control.rules(Origin::Backup),
            dir: control.settings.backups_path.clone(),
            scan,
            to_scan: Vec::new(),
            roles: Stage::default(),
            folders: Stage::default(),
            groups: Stage::default(),
            users: Stage::default(),
            admins: Stage::default(),
            api_keys: Stage::default(),
            shares: Stage::default(),
            event_actions: Stage::default(),
            event_rules: Stage::default(),
            ip_lists: Stage::default(),
        }
    }

    fn take(&mut self, section: Section, at: usize, object: Value) -> Result<()> {
        let called = called(section, at, &object);
        let taken = match section {
            Section::Users => self.user(object),
            Section::Admins => self.admin(object),
            Section::Shares => self.share(object),
            Section::IpLists => self.ip_list_entry(object),
            Section::ApiKeys => self.api_key(object),
            Section::Folders => self.folder(object),
            Section::Groups => self.settled(object).and_then(|o| written(self.groups.push(&o, &self.dir))),
            Section::Roles => self.settled(object).and_then(|o| written(self.roles.push(&o, &self.dir))),
            Section::EventActions => {
                self.settled(object).and_then(|o| written(self.event_actions.push(&o, &self.dir)))
            }
            Section::EventRules => {
                self.settled(object).and_then(|o| written(self.event_rules.push(&o, &self.dir)))
            }
        };
        taken.map_err(|error| match error {
            Error::Invalid(text) => Error::Invalid(format!("{called}: {text}")),
            error => error,
        })
    }

    fn finish(self, configs: Option<Map<String, Value>>) -> Result<Ready> {
        let everything = Everything {
            roles: staged(self.roles)?,
            folders: staged(self.folders)?,
            groups: staged(self.groups)?,
            users: staged(self.users)?,
            admins: staged(self.admins)?,
            api_keys: staged(self.api_keys)?,
            shares: staged(self.shares)?,
            event_actions: staged(self.event_actions)?,
            event_rules: staged(self.event_rules)?,
            ip_lists: staged(self.ip_lists)?,
            configs: configs.map(|configs| sealed(configs, &self.rules)).transpose()?,
        };
        let counts = vec![
            (Section::Users, everything.users.count()),
            (Section::Groups, everything.groups.count()),
            (Section::Folders, everything.folders.count()),
            (Section::Admins, everything.admins.count()),
            (Section::ApiKeys, everything.api_keys.count()),
            (Section::Shares, everything.shares.count()),
            (Section::EventActions, everything.event_actions.count()),
            (Section::EventRules, everything.event_rules.count()),
            (Section::Roles, everything.roles.count()),
            (Section::IpLists, everything.ip_lists.count()),
        ];
        Ok(Ready { everything, counts, to_scan: self.to_scan })
    }

    fn settled<T: Managed>(&self, object: Value) -> Result<T> {
        let mut object: T = from_json(object)?;
        // The ids of keys are no names: they stay as they are.
        if T::KIND != Kind::ApiKey {
            object.set_name(self.rules.settings.naming_rules.canonical(object.key()));
        }
        object.settle(None, &self.rules)
    }

    fn folder(&mut self, object: Value) -> Result<()> {
        let folder: Folder = self.settled(object)?;
        if self.scan != LoadScan::Nobody {
            self.to_scan.push(UsageOf::Folder(folder.name.clone()));
        }
        written(self.folders.push(&folder, &self.dir))
    }

    fn api_key(&mut self, object: Value) -> Result<()> {
        let key: ApiKey = self.settled(object)?;
        if self.control.passwords.check_hash(key.key.expose()).is_err() {
            return Err(Error::invalid("key: a hash is expected that is sound and not too expensive"));
        }
        written(self.api_keys.push(&key, &self.dir))
    }

    fn ip_list_entry(&mut self, object: Value) -> Result<()> {
        let mut entry: IpListEntry = from_json(object)?;
        ip_lists::check(&mut entry)?;
        written(self.ip_lists.push(&entry, &self.dir))
    }

    fn user(&mut self, object: Value) -> Result<()> {
        let mut user: User = from_json(object)?;
        user.username = self.control.canonical_name(&user.username);
        validate::user::check(&mut user, &self.rules.settings)?;
        validate::secrets::settle_all(&mut user.filesystem, None, &user.username, &self.rules)?;
        let (control, handle) = (self.control, self.control.passwords.handle());
        // Asked of passwords in the clear alone: a dump holds hashes, and a look-up for each would take long.
        let text = user.password.expose();
        let clear = !text.is_empty() && !Passwords::is_hash(text);
        let bits = if clear { handle.block_on(control.user_entropy(&user))? } else { 0.0 };
        user.password = handle.block_on(control.new_password(&user.password, bits))?;
        user.updated_at = now();
        if user.created_at <= 0 {
            user.created_at = user.updated_at;
        }
        let limited = user.quota_files > 0 || user.quota_size > 0;
        if self.scan == LoadScan::Everybody || self.scan == LoadScan::UsersWithQuota && limited {
            self.to_scan.push(UsageOf::User(user.username.clone()));
        }
        written(self.users.push(&user, &self.dir))
    }

    fn admin(&mut self, object: Value) -> Result<()> {
        let mut admin: Admin = from_json(object)?;
        admin.username = self.control.canonical_name(&admin.username);
        let settings = &self.rules.settings;
        validate::admin::check(&mut admin, settings)?;
        if admin.password.expose().is_empty() {
            return Err(Error::invalid("password: it is mandatory"));
        }
        let hash = self.control.new_password(&admin.password, settings.admins_min_entropy);
        admin.password = self.control.passwords.handle().block_on(hash)?;
        admin.updated_at = now();
        if admin.created_at <= 0 {
            admin.created_at = admin.updated_at;
        }
        written(self.admins.push(&admin, &self.dir))
    }

    fn share(&mut self, object: Value) -> Result<()> {
        let mut share: Share = from_json(object)?;
        if share.id.is_empty() || share.id.chars().count() > 255 {
            return Err(Error::invalid("id: it is mandatory, and has at most 255 characters"));
        }
        share.username = self.control.canonical_name(&share.username);
        shares::check(&mut share)?;
        let hash = self.control.new_password(&share.password, 0.0);
        share.password = self.control.passwords.handle().block_on(hash)?;
        written(self.shares.push(&share, &self.dir))
    }
}

/// Which object of a backup is at fault.
fn called(section: Section, at: usize, object: &Value) -> String {
    let name = match section {
        Section::Users | Section::Admins => "username",
        Section::ApiKeys | Section::Shares => "id",
        Section::IpLists => "ipornet",
        _ => "name",
    };
    let key = section.key();
    match object.get(name).and_then(Value::as_str).filter(|name| !name.is_empty()) {
        Some(name) => format!("{key}[{at}] {name:?}"),
        None => format!("{key}[{at}]"),
    }
}

fn written<T>(done: io::Result<T>) -> Result<T> {
    done.map_err(Error::Scratch)
}

fn staged<T: serde::Serialize>(stage: Stage<T>) -> Result<store::Staged<T>> {
    written(stage.finish())
}

/// The settings, with no secret in the clear left in them.
fn sealed(mut configs: Map<String, Value>, rules: &Rules) -> Result<Map<String, Value>> {
    configs.remove("updated_at");
    for (section, value) in &mut configs {
        seal_all(section, value, rules)?;
    }
    Ok(configs)
}

fn seal_all(section: &str, value: &mut Value, rules: &Rules) -> Result<()> {
    match value {
        Value::Object(fields) if fields.get("status").is_some_and(|status| status == "Plain") => {
            let malformed = |error: serde_json::Error| Error::Invalid(format!("configs.{section}: {error}"));
            let secret: KmsSecret = serde_json::from_value(value.take()).map_err(malformed)?;
            *value = serde_json::to_value(rules.kms.seal(&secret.payload, section)?).map_err(malformed)?;
            Ok(())
        }
        Value::Object(fields) => fields.values_mut().try_for_each(|field| seal_all(section, field, rules)),
        Value::Array(items) => items.iter_mut().try_for_each(|item| seal_all(section, item, rules)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

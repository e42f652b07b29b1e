//! Everything at once brought back: all of it, or nothing.

use super::{ip_lists, settings};
use crate::{
    Admin, Db, EventAction, EventRule, Folder, Group, Result, Role, Share, Staged, Store, User,
    model::{ApiKey, IpListEntry},
    object::{Object, Put, add, change, lock},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// Objects of every kind, each in its usual form, in an order in which none names one that comes later.
#[derive(Debug, Default)]
pub struct Everything {
    pub roles: Staged<Role>,
    pub folders: Staged<Folder>,
    pub groups: Staged<Group>,
    pub users: Staged<User>,
    pub admins: Staged<Admin>,
    pub api_keys: Staged<ApiKey>,
    pub shares: Staged<Share>,
    pub event_actions: Staged<EventAction>,
    pub event_rules: Staged<EventRule>,
    pub ip_lists: Staged<IpListEntry>,
    /// `None` leaves what is stored.
    pub configs: Option<Map<String, Value>>,
}

/// What became of everything, by name and in the order it came in.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub roles: Vec<(String, Put)>,
    pub folders: Vec<(String, Put)>,
    pub groups: Vec<(String, Put)>,
    pub users: Vec<(String, Put)>,
    pub admins: Vec<(String, Put)>,
    pub api_keys: Vec<(String, Put)>,
    pub shares: Vec<(String, Put)>,
    pub event_actions: Vec<(String, Put)>,
    pub event_rules: Vec<(String, Put)>,
    pub ip_lists: Vec<(IpListEntry, Put)>,
    pub configs: Put,
}

/// What becomes of an object that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    Replace,
    Keep,
}

impl Store {
    /// Stores everything, or nothing when one of the objects cannot be. Answers what became of each.
    pub async fn load(&self, everything: Everything, existing: Existing, now: i64) -> Result<Loaded> {
        self.write_alone(everything, move |db, everything| async move {
            let tx = db.begin().await?;
            let loaded = load(&tx, &everything, existing, now).await?;
            tx.commit().await?;
            Ok(loaded)
        })
        .await
    }
}

pub async fn load(db: &Db, all: &Everything, existing: Existing, now: i64) -> Result<Loaded> {
    Ok(Loaded {
        roles: put_all(db, &all.roles, existing).await?,
        folders: put_all(db, &all.folders, existing).await?,
        groups: put_all(db, &all.groups, existing).await?,
        users: put_all(db, &all.users, existing).await?,
        admins: put_all(db, &all.admins, existing).await?,
        api_keys: put_all(db, &all.api_keys, existing).await?,
        shares: put_all(db, &all.shares, existing).await?,
        event_actions: put_all(db, &all.event_actions, existing).await?,
        event_rules: put_all(db, &all.event_rules, existing).await?,
        ip_lists: put_ip_lists(db, &all.ip_lists, existing).await?,
        configs: put_configs(db, all.configs.as_ref(), existing, now).await?,
    })
}

/// Puts objects in place and answers what became of each.
async fn put_all<T>(db: &Db, staged: &Staged<T>, existing: Existing) -> Result<Vec<(String, Put)>>
where
    T: Object + Serialize + DeserializeOwned,
{
    let mut done = Vec::with_capacity(staged.count());
    let mut pages = staged.pages();
    while let Some(objects) = pages.next().await? {
        for object in &objects {
            done.push((object.key().to_owned(), put(db, object, existing).await?));
        }
    }
    Ok(done)
}

async fn put_ip_lists(
    db: &Db,
    staged: &Staged<IpListEntry>,
    existing: Existing,
) -> Result<Vec<(IpListEntry, Put)>> {
    let mut done = Vec::with_capacity(staged.count());
    let mut pages = staged.pages();
    while let Some(entries) = pages.next().await? {
        for entry in entries {
            let put = put_ip_list(db, &entry, existing).await?;
            done.push((entry, put));
        }
    }
    Ok(done)
}

async fn put_ip_list(db: &Db, entry: &IpListEntry, existing: Existing) -> Result<Put> {
    if !ip_lists::exists(db, entry).await? {
        ip_lists::insert(db, entry).await?;
        return Ok(Put::Added);
    }
    if existing == Existing::Keep {
        return Ok(Put::Kept);
    }
    ip_lists::replace(db, entry).await?;
    Ok(Put::Replaced)
}

async fn put_configs(
    db: &Db,
    configs: Option<&Map<String, Value>>,
    existing: Existing,
    now: i64,
) -> Result<Put> {
    let Some(configs) = configs else { return Ok(Put::Kept) };
    if existing == Existing::Keep && (configs.is_empty() || !settings::configs(db).await?.is_empty()) {
        return Ok(Put::Kept);
    }
    settings::set_configs(db, configs, now).await?;
    Ok(Put::Replaced)
}

async fn put<T: Object>(db: &Db, object: &T, existing: Existing) -> Result<Put> {
    let Some(id) = lock::<T>(db, object.key()).await? else {
        add(db, object).await?;
        return Ok(Put::Added);
    };
    if existing == Existing::Keep {
        return Ok(Put::Kept);
    }
    change(db, object.key(), id, object).await?;
    Ok(Put::Replaced)
}

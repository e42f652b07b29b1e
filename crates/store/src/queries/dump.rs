//! Everything at once: a backup taken, and brought back.

use super::{ip_lists, settings};
use crate::{
    Admin, Db, EventAction, EventRule, Folder, Group, Result, Role, Share, Store, User,
    model::{ApiKey, IpListEntry},
    object::{Object, Order, Page, Put, add, change, list, lock},
};
use serde_json::{Map, Value};

/// Objects of every kind, each in its usual form. On the way in in an order in which none names one that
/// comes later.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Everything {
    pub roles: Vec<Role>,
    pub folders: Vec<Folder>,
    pub groups: Vec<Group>,
    pub users: Vec<User>,
    pub admins: Vec<Admin>,
    pub api_keys: Vec<ApiKey>,
    pub shares: Vec<Share>,
    pub event_actions: Vec<EventAction>,
    pub event_rules: Vec<EventRule>,
    pub ip_lists: Vec<IpListEntry>,
    /// `None` leaves what is stored.
    pub configs: Option<Map<String, Value>>,
}

/// What becomes of an object that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    Replace,
    Keep,
}

impl Store {
    /// All objects of a kind, by name.
    pub async fn all<T: Object>(&self) -> Result<Vec<T>> {
        self.read(|db| async move { all(&db).await }).await
    }

    /// Every entry of every IP list.
    pub async fn all_ip_lists(&self) -> Result<Vec<IpListEntry>> {
        self.read(|db| async move { ip_lists::all(&db).await }).await
    }

    /// Stores everything, or nothing when one of the objects cannot be. Answers the names of the users that
    /// were replaced.
    pub async fn load(&self, everything: Everything, existing: Existing, now: i64) -> Result<Vec<String>> {
        self.write_alone(everything, move |db, everything| async move {
            let tx = db.begin().await?;
            let replaced = load(&tx, &everything, existing, now).await?;
            tx.commit().await?;
            Ok(replaced)
        })
        .await
    }
}

pub async fn load(db: &Db, all: &Everything, existing: Existing, now: i64) -> Result<Vec<String>> {
    put_all(db, &all.roles, existing).await?;
    put_all(db, &all.folders, existing).await?;
    put_all(db, &all.groups, existing).await?;
    let replaced = put_all(db, &all.users, existing).await?;
    put_all(db, &all.admins, existing).await?;
    put_all(db, &all.api_keys, existing).await?;
    put_all(db, &all.shares, existing).await?;
    put_all(db, &all.event_actions, existing).await?;
    put_all(db, &all.event_rules, existing).await?;
    for entry in &all.ip_lists {
        match (ip_lists::exists(db, entry).await?, existing) {
            (false, _) => ip_lists::insert(db, entry).await?,
            (true, Existing::Replace) => drop(ip_lists::replace(db, entry).await?),
            (true, Existing::Keep) => {}
        }
    }
    if let Some(configs) = &all.configs {
        let empty = settings::configs(db).await?.is_empty();
        if empty || existing == Existing::Replace {
            settings::set_configs(db, configs, now).await?;
        }
    }
    Ok(replaced)
}

/// Puts objects in place and answers the names of those that were replaced.
async fn put_all<T: Object>(db: &Db, objects: &[T], existing: Existing) -> Result<Vec<String>> {
    let mut replaced = Vec::new();
    for object in objects {
        if put(db, object, existing).await? == Put::Replaced {
            replaced.push(object.key().to_owned());
        }
    }
    Ok(replaced)
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

/// How many objects are read at a time: lists of members make a row large.
const STEP: u64 = 500;

async fn all<T: Object>(db: &Db) -> Result<Vec<T>> {
    let mut objects: Vec<T> = Vec::new();
    loop {
        let after = objects.last().map(|last| last.key().to_owned());
        let page = Page { limit: STEP, order: Order::Ascending, after, ..Page::default() };
        let more = list(db, &page).await?;
        if more.is_empty() {
            return Ok(objects);
        }
        objects.extend(more);
    }
}

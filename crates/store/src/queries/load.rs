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

/// What becomes of an object that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    Replace,
    Keep,
}

impl Store {
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
    put_ip_lists(db, &all.ip_lists, existing).await?;
    if let Some(configs) = &all.configs {
        let empty = settings::configs(db).await?.is_empty();
        if empty || existing == Existing::Replace {
            settings::set_configs(db, configs, now).await?;
        }
    }
    Ok(replaced)
}

/// Puts objects in place and answers the names of those that were replaced.
async fn put_all<T>(db: &Db, staged: &Staged<T>, existing: Existing) -> Result<Vec<String>>
where
    T: Object + Serialize + DeserializeOwned,
{
    let mut replaced = Vec::new();
    let mut pages = staged.pages();
    while let Some(objects) = pages.next().await? {
        for object in &objects {
            if put(db, object, existing).await? == Put::Replaced {
                replaced.push(object.key().to_owned());
            }
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

async fn put_ip_lists(db: &Db, staged: &Staged<IpListEntry>, existing: Existing) -> Result<()> {
    let mut pages = staged.pages();
    while let Some(entries) = pages.next().await? {
        for entry in &entries {
            match (ip_lists::exists(db, entry).await?, existing) {
                (false, _) => ip_lists::insert(db, entry).await?,
                (true, Existing::Replace) => drop(ip_lists::replace(db, entry).await?),
                (true, Existing::Keep) => {}
            }
        }
    }
    Ok(())
}

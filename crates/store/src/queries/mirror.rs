//! A backup that says all there is: what it does not hold goes.

use super::{Everything, Existing, IpListPage, ip_lists, load::load};
use crate::{Db, Result, Staged, Store, object::Object, schema::ip_list};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde::de::DeserializeOwned;
use std::collections::HashSet;

/// The numbers of the IP lists.
const IP_LISTS: std::ops::RangeInclusive<i32> = 1..=3;
/// How many entries of a list are looked at at a time.
const STEP: u64 = 500;

impl Store {
    /// Stores everything and deletes every other object, or does nothing when one of them cannot be stored. Admins
    /// stay when there is none among them, and settings when there are none. Answers the names of the users that
    /// went.
    pub async fn mirror(&self, everything: Everything, now: i64) -> Result<Vec<String>> {
        self.write_alone(everything, move |db, everything| async move {
            let tx = db.begin().await?;
            load(&tx, &everything, Existing::Replace, now).await?;
            let gone = delete_others(&tx, &everything).await?;
            tx.commit().await?;
            Ok(gone)
        })
        .await
    }
}

/// What is kept names nothing that goes by now; what goes, goes before what it names.
async fn delete_others(db: &Db, kept: &Everything) -> Result<Vec<String>> {
    others(db, &kept.shares).await?;
    others(db, &kept.api_keys).await?;
    others(db, &kept.event_rules).await?;
    others(db, &kept.event_actions).await?;
    let users = others(db, &kept.users).await?;
    if kept.admins.count() > 0 {
        others(db, &kept.admins).await?;
    }
    others(db, &kept.groups).await?;
    others(db, &kept.folders).await?;
    others(db, &kept.roles).await?;
    other_networks(db, kept).await?;
    Ok(users)
}

async fn other_networks(db: &Db, kept: &Everything) -> Result<()> {
    let known = kept.ip_lists.names(|entry| (entry.kind, entry.ipornet)).await?;
    for kind in IP_LISTS {
        let mut after = None;
        loop {
            let page = IpListPage { limit: STEP, after: after.clone(), ..IpListPage::default() };
            let entries = ip_lists::list(db, kind, page).await?;
            let Some(last) = entries.last() else { break };
            after = Some(last.ipornet.clone());
            for entry in entries {
                let network = entry.ipornet.clone();
                if !known.contains(&(kind, entry.ipornet)) {
                    let delete = ip_list::Entity::delete_many().filter(ip_list::Column::Kind.eq(kind));
                    delete.filter(ip_list::Column::Ipornet.eq(network)).exec(db).await?;
                }
            }
        }
    }
    Ok(())
}

/// Deletes the objects of a kind that are not among `kept`, and answers their names.
async fn others<T: Object + DeserializeOwned>(db: &Db, kept: &Staged<T>) -> Result<Vec<String>> {
    let kept: HashSet<String> = kept.names(|object| object.key().to_owned()).await?;
    let names = T::Table::find().select_only().column(T::NAME).into_tuple::<String>().all(db).await?;
    let gone: Vec<String> = names.into_iter().filter(|name| !kept.contains(name.as_str())).collect();
    for name in &gone {
        T::Table::delete_many().filter(T::NAME.eq(name.as_str())).exec(db).await?;
    }
    Ok(gone)
}

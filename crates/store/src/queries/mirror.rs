//! A backup that says all there is: what it does not hold goes.

use super::{dump, ip_lists};
use crate::{Db, Everything, Existing, IpListEntry, Result, Store, object::Object, schema::ip_list};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::HashSet;

impl Store {
    /// Stores everything and deletes every other object, or does nothing when one of them cannot be stored. Admins
    /// stay when there is none among them, and settings when there are none. Answers the names of the users that
    /// went.
    pub async fn mirror(&self, everything: Everything, now: i64) -> Result<Vec<String>> {
        self.write_alone(everything, move |db, everything| async move {
            let tx = db.begin().await?;
            dump::load(&tx, &everything, Existing::Replace, now).await?;
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
    if !kept.admins.is_empty() {
        others(db, &kept.admins).await?;
    }
    others(db, &kept.groups).await?;
    others(db, &kept.folders).await?;
    others(db, &kept.roles).await?;
    for entry in ip_lists::all(db).await? {
        let same = |other: &IpListEntry| (other.kind, &other.ipornet) == (entry.kind, &entry.ipornet);
        if !kept.ip_lists.iter().any(same) {
            let delete = ip_list::Entity::delete_many().filter(ip_list::Column::Kind.eq(entry.kind));
            delete.filter(ip_list::Column::Ipornet.eq(entry.ipornet.as_str())).exec(db).await?;
        }
    }
    Ok(users)
}

/// Deletes the objects of a kind that are not among `kept`, and answers their names.
async fn others<T: Object>(db: &Db, kept: &[T]) -> Result<Vec<String>> {
    let kept: HashSet<&str> = kept.iter().map(Object::key).collect();
    let names = T::Table::find().select_only().column(T::NAME).into_tuple::<String>().all(db).await?;
    let gone: Vec<String> = names.into_iter().filter(|name| !kept.contains(name.as_str())).collect();
    for name in &gone {
        T::Table::delete_many().filter(T::NAME.eq(name.as_str())).exec(db).await?;
    }
    Ok(gone)
}

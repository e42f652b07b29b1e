//! Groups.

use super::{begin, links};
use crate::{Error, Result, Store, model::Group, schema::group};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

impl Store {
    /// The groups of these names that exist, in no order, with their folders.
    pub async fn groups_named(&self, names: Vec<String>) -> Result<Vec<Group>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        self.read(|db| async move { find(&db, names).await }).await
    }

    /// Stores a new group; its `id` is given out here.
    pub async fn insert_group(&self, group: Group) -> Result<Group> {
        self.write(|db| async move {
            let tx = begin(&db).await?;
            let id = group::ActiveModel::insert_of(&group)?.insert(&tx).await?.id;
            links::save_group(&tx, id, &group).await?;
            let stored = find(&tx, vec![group.name]).await?.pop();
            tx.commit().await?;
            stored.ok_or(Error::Stopped)
        })
        .await
    }

    /// Deletes a group; [`Error::InUse`] while it has users.
    pub async fn delete_group(&self, name: &str) -> Result<bool> {
        let name = name.to_owned();
        self.write(|db| async move {
            let delete = group::Entity::delete_many().filter(group::Column::Name.eq(name));
            Ok(delete.exec(&db).await?.rows_affected > 0)
        })
        .await
    }
}

async fn find<C: ConnectionTrait>(db: &C, names: Vec<String>) -> Result<Vec<Group>> {
    let rows = group::Entity::find().filter(group::Column::Name.is_in(names)).all(db).await?;
    let mut groups = rows.into_iter().map(group::Model::into_group).collect::<Result<Vec<_>>>()?;
    links::fill_groups(db, &mut groups).await?;
    Ok(groups)
}

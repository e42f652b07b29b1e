//! Virtual folders.

use crate::{Result, Store, model::Folder, schema::folder};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};

impl Store {
    pub async fn folder(&self, name: &str) -> Result<Option<Folder>> {
        let name = name.to_owned();
        self.read(|db| async move {
            let row = folder::Entity::find().filter(folder::Column::Name.eq(name)).one(&db).await?;
            row.map(folder::Model::into_folder).transpose()
        })
        .await
    }

    /// Stores a new folder; its `id` is given out here.
    pub async fn insert_folder(&self, folder: Folder) -> Result<Folder> {
        self.write(
            |db| async move { folder::ActiveModel::insert_of(&folder)?.insert(&db).await?.into_folder() },
        )
        .await
    }

    /// Deletes a folder; whoever mounted it has it no more.
    pub async fn delete_folder(&self, name: &str) -> Result<bool> {
        let name = name.to_owned();
        self.write(|db| async move {
            let delete = folder::Entity::delete_many().filter(folder::Column::Name.eq(name));
            Ok(delete.exec(&db).await?.rows_affected > 0)
        })
        .await
    }
}

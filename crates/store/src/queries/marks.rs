//! Marks of those whose counters are being changed: what is marked when the server starts has to be counted
//! again.

use crate::{
    Result, Store, UsageOf,
    schema::quota_mark::{ActiveModel, Column, Entity, FOLDER, USER},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set, sea_query::OnConflict};

impl Store {
    /// Whoever is marked.
    pub async fn quota_marks(&self) -> Result<Vec<UsageOf>> {
        self.read(|db| async move {
            let rows = Entity::find().order_by_asc(Column::Kind).order_by_asc(Column::Name).all(&db).await?;
            let of = |kind, name| if kind == FOLDER { UsageOf::Folder(name) } else { UsageOf::User(name) };
            Ok(rows.into_iter().map(|row| of(row.kind, row.name)).collect())
        })
        .await
    }

    /// Sets or clears a mark; it may be so already.
    pub async fn set_quota_mark(&self, of: UsageOf, marked: bool) -> Result<()> {
        let (kind, name) = match of {
            UsageOf::User(name) => (USER, name),
            UsageOf::Folder(name) => (FOLDER, name),
        };
        self.write(name, move |db, name| async move {
            if !marked {
                let delete = Entity::delete_many().filter(Column::Kind.eq(kind));
                delete.filter(Column::Name.eq(name.as_str())).exec(&db).await?;
                return Ok(());
            }
            let row = ActiveModel { kind: Set(kind), name: Set(name.to_string()) };
            // Not "do nothing", which MySQL does not know: the same again.
            let again =
                OnConflict::columns([Column::Kind, Column::Name]).update_column(Column::Name).to_owned();
            Entity::insert(row).on_conflict(again).exec_without_returning(&db).await?;
            Ok(())
        })
        .await
    }
}

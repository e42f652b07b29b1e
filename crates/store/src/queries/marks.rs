//! Marks of those whose counters are being changed, by the server that changes them: what a server that ended
//! left marked has to be counted again.

use crate::{
    Result, Store, UsageOf,
    schema::{
        node,
        quota_mark::{ActiveModel, Column, Entity, FOLDER, USER},
    },
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set,
    sea_query::{Expr, ExprTrait, OnConflict},
};

/// That a server is changing someone's counters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaMark {
    pub of: UsageOf,
    /// The server's name; empty for one that nobody knows any more.
    pub node: String,
}

impl Store {
    /// Whoever is marked, by whom.
    pub async fn quota_marks(&self) -> Result<Vec<QuotaMark>> {
        self.read(|db| async move {
            let marks = Entity::find().order_by_asc(Column::Kind).order_by_asc(Column::Name);
            let rows = marks.order_by_asc(Column::Node).all(&db).await?;
            let of = |kind, name| if kind == FOLDER { UsageOf::Folder(name) } else { UsageOf::User(name) };
            Ok(rows.into_iter().map(|row| QuotaMark { of: of(row.kind, row.name), node: row.node }).collect())
        })
        .await
    }

    /// Sets or clears a mark; it may be so already.
    pub async fn set_quota_mark(&self, mark: QuotaMark, marked: bool) -> Result<()> {
        self.write(mark, move |db, mark| async move {
            let (kind, name) = match &mark.of {
                UsageOf::User(name) => (USER, name),
                UsageOf::Folder(name) => (FOLDER, name),
            };
            if !marked {
                let delete = Entity::delete_many().filter(Column::Kind.eq(kind));
                let delete = delete.filter(Column::Name.eq(name.as_str()));
                delete.filter(Column::Node.eq(mark.node.as_str())).exec(&db).await?;
                return Ok(());
            }
            let row = ActiveModel { kind: Set(kind), name: Set(name.clone()), node: Set(mark.node.clone()) };
            // Not "do nothing", which MySQL does not know: the same again.
            let key = [Column::Kind, Column::Name, Column::Node];
            let again = OnConflict::columns(key).update_column(Column::Name).to_owned();
            Entity::insert(row).on_conflict(again).exec_without_returning(&db).await?;
            Ok(())
        })
        .await
    }

    /// Says that a server lives.
    pub async fn beat(&self, node: &str) -> Result<()> {
        self.write(node.to_owned(), |db, node| async move {
            let row = node::ActiveModel { name: Set(node.to_string()), beat: Set(0) };
            let beat = node::Column::Beat;
            let updated = node::Entity::update_many()
                .col_expr(beat, Expr::col(beat).add(1))
                .filter(node::Column::Name.eq(node.as_str()))
                .exec(&db)
                .await?;
            if updated.rows_affected == 0 {
                node::Entity::insert(row).exec_without_returning(&db).await?;
            }
            Ok(())
        })
        .await
    }

    /// Every server, and a number that goes up as long as it lives.
    pub async fn beats(&self) -> Result<Vec<(String, i64)>> {
        self.read(|db| async move {
            let rows = node::Entity::find().order_by_asc(node::Column::Name).all(&db).await?;
            Ok(rows.into_iter().map(|row| (row.name, row.beat)).collect())
        })
        .await
    }

    /// Forgets a server that is gone.
    pub async fn forget_node(&self, node: &str) -> Result<()> {
        self.write(node.to_owned(), |db, node| async move {
            node::Entity::delete_many().filter(node::Column::Name.eq(node.as_str())).exec(&db).await?;
            Ok(())
        })
        .await
    }
}

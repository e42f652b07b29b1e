//! IP lists, whose entries are known by their list and their network.

use crate::{
    Db, Error, Order, Result, Store,
    model::IpListEntry,
    object::like,
    schema::ip_list::{ActiveModel, Column, Entity},
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait},
};

/// A part of an IP list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IpListPage {
    pub limit: u64,
    pub order: Order,
    /// Only what comes after this network, in the order of the list.
    pub after: Option<String>,
    /// Only networks whose text begins so.
    pub prefix: Option<String>,
    /// Only entries whose network or description holds this text.
    pub search: Option<String>,
}

impl Store {
    pub async fn ip_list(&self, kind: i32, page: IpListPage) -> Result<Vec<IpListEntry>> {
        self.read(move |db| async move { list(&db, kind, page).await }).await
    }

    pub async fn ip_list_entry(&self, kind: i32, network: &str) -> Result<Option<IpListEntry>> {
        let network = network.to_owned();
        self.read(|db| async move { Ok(one(kind, &network).one(&db).await?.map(IpListEntry::from)) }).await
    }

    pub async fn insert_ip_list_entry(&self, entry: IpListEntry) -> Result<()> {
        self.write(entry, |db, entry| async move { insert(&db, &entry).await }).await
    }

    /// Replaces an entry by what `change` makes of it inside the transaction, but for the time it was made; `None`
    /// when there is none.
    pub async fn update_ip_list_entry<E>(
        &self,
        kind: i32,
        network: &str,
        change: impl Fn(IpListEntry) -> Result<IpListEntry, E> + Send + Sync + 'static,
    ) -> Result<Option<IpListEntry>, E>
    where
        E: From<Error> + Send + 'static,
    {
        let updated = self.write((network.to_owned(), change), move |db, input| async move {
            let (network, change) = &*input;
            let tx = db.begin().await?;
            let Some(row) = one(kind, network).lock_exclusive().one(&tx).await? else { return Ok(Ok(None)) };
            let after = match change(row.into()) {
                Ok(after) => after,
                Err(refused) => return Ok(Err(refused)),
            };
            replace(&tx, &after).await?;
            tx.commit().await?;
            Ok(Ok(Some(after)))
        });
        updated.await?
    }

    /// Deletes an entry unless `check` has something against it; answers whether there was one.
    pub async fn delete_ip_list_entry<E>(
        &self,
        kind: i32,
        network: &str,
        check: impl Fn(&IpListEntry) -> Result<(), E> + Send + Sync + 'static,
    ) -> Result<bool, E>
    where
        E: From<Error> + Send + 'static,
    {
        let deleted = self.write((network.to_owned(), check), move |db, input| async move {
            let (network, check) = &*input;
            let tx = db.begin().await?;
            let Some(row) = one(kind, network).lock_exclusive().one(&tx).await? else { return Ok(Ok(false)) };
            if let Err(refused) = check(&row.into()) {
                return Ok(Err(refused));
            }
            let delete = Entity::delete_many().filter(Column::Kind.eq(kind));
            delete.filter(Column::Ipornet.eq(network.as_str())).exec(&tx).await?;
            tx.commit().await?;
            Ok(Ok(true))
        });
        deleted.await?
    }
}

/// A page of one list.
pub async fn list(db: &Db, kind: i32, page: IpListPage) -> Result<Vec<IpListEntry>> {
    let mut query = Entity::find().filter(Column::Kind.eq(kind));
    if let Some(after) = page.after {
        query = query.filter(match page.order {
            Order::Ascending => Column::Ipornet.gt(after),
            Order::Descending => Column::Ipornet.lt(after),
        });
    }
    if let Some(prefix) = page.prefix {
        query = query.filter(Expr::col(Column::Ipornet).like(like("", &prefix, "%")));
    }
    if let Some(text) = page.search {
        let holds = |column| Expr::col(column).like(like("%", &text, "%"));
        query = query.filter(holds(Column::Ipornet).or(holds(Column::Description)));
    }
    let rows = query.order_by(Column::Ipornet, page.order.into()).limit(page.limit).all(db).await?;
    Ok(rows.into_iter().map(IpListEntry::from).collect())
}

pub async fn insert(db: &Db, entry: &IpListEntry) -> Result<()> {
    Entity::insert(ActiveModel::from(entry)).exec_without_returning(db).await?;
    Ok(())
}

pub async fn replace(db: &Db, entry: &IpListEntry) -> Result<bool> {
    let row = ActiveModel { created_at: sea_orm::NotSet, ..ActiveModel::from(entry) };
    let update = Entity::update_many().set(row).filter(Column::Kind.eq(entry.kind));
    let updated = update.filter(Column::Ipornet.eq(entry.ipornet.as_str())).exec(db).await?;
    Ok(updated.rows_affected > 0)
}

pub async fn exists(db: &Db, entry: &IpListEntry) -> Result<bool> {
    Ok(one(entry.kind, &entry.ipornet).one(db).await?.is_some())
}

fn one(kind: i32, network: &str) -> Select<Entity> {
    Entity::find().filter(Column::Kind.eq(kind)).filter(Column::Ipornet.eq(network))
}

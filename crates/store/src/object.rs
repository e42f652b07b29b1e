//! What all kinds of objects have in common: a table, a name that is unique in it, and the same five queries.

use crate::{Db, Error, Result, Store};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, Iterable, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Expr, ExprTrait, LikeExpr},
};
use std::future::Future;

/// The row of an object, as it is read and as it is written.
pub type Row<T> = <<T as Object>::Table as EntityTrait>::Model;
pub type Columns<T> = <<T as Object>::Table as EntityTrait>::ActiveModel;
type Column<T> = <<T as Object>::Table as EntityTrait>::Column;

/// A kind of object with a table of its own.
pub trait Object: Clone + Send + Sync + Sized + 'static {
    type Table: EntityTrait<Model: IntoActiveModel<Columns<Self>> + Send + Sync, ActiveModel: Send, Column: Iterable>;

    /// The column of the name, by which an object is found and lists are sorted.
    const NAME: Column<Self>;
    /// The column that a search looks into.
    const SEARCHED: Column<Self> = Self::NAME;
    /// The column that says to whom an object belongs, for lists of a part: a user's role, a share's user.
    const SCOPE: Option<Column<Self>> = None;

    fn id(&self) -> i64;
    /// What is in the column of the name.
    fn key(&self) -> &str;

    /// The object without what lives in other tables.
    fn from_row(row: Row<Self>) -> Result<Self>;

    /// A whole new row.
    fn to_row(&self) -> Result<Columns<Self>>;

    /// The columns that a change replaces.
    fn to_change(&self) -> Result<Columns<Self>>;

    /// Fails when the object names another one that does not exist.
    fn check_references(&self, _db: &Db) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Adds to `objects` what lives in other tables, in a fixed number of queries.
    fn fill(_db: &Db, _objects: &mut [Self]) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Adds to `objects` the names of others that refer to them; of accounts those of `role` alone, where there is
    /// one. They are no part of what is stored.
    fn fill_referrers(
        _db: &Db,
        _objects: &mut [Self],
        _role: Option<&str>,
    ) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Whether [`link`](Self::link) has anything to store.
    fn is_linked(&self) -> bool {
        false
    }

    /// Stores what lives in other tables, where nothing of this object is yet; `id` is the object's.
    fn link(&self, _db: &Db, _id: i64) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Deletes what [`link`](Self::link) stored for the object whose id is `id`.
    fn cut(_db: &Db, _id: i64) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// What has to happen before the object goes; fails with [`Error::InUse`] when it may not.
    fn unlink(&self, _db: &Db) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }
}

/// Which way a list is sorted, by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    Ascending,
    Descending,
}

/// A part of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub offset: u64,
    pub limit: u64,
    pub order: Order,
    /// Only what comes after this name: unlike an offset it stays right while objects come and go.
    pub after: Option<String>,
    /// Only what holds this text where [`Object::SEARCHED`] says.
    pub search: Option<String>,
    /// Only what belongs to it: see [`Object::SCOPE`]. Objects that belong to nobody are all listed, and name of
    /// the accounts that use them those that belong to it: see [`Object::fill_referrers`].
    pub scope: Option<String>,
}

/// What became of an object that was put in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    Added,
    Replaced,
    Kept,
}

impl Store {
    pub async fn find<T: Object>(&self, name: &str) -> Result<Option<T>> {
        let name = name.to_owned();
        self.read(|db| async move { find(&db, &name).await }).await
    }

    /// As [`find`](Self::find); of the accounts that use the object, those that have `role` are named alone.
    pub async fn find_for<T: Object>(&self, name: &str, role: &str) -> Result<Option<T>> {
        let (name, role) = (name.to_owned(), role.to_owned());
        self.read(|db| async move {
            whole(&db, T::Table::find().filter(T::NAME.eq(name)).one(&db).await?, Some(&role)).await
        })
        .await
    }

    pub async fn page<T: Object>(&self, page: Page) -> Result<Vec<T>> {
        self.read(|db| async move { list(&db, &page).await }).await
    }

    pub async fn count<T: Object>(&self) -> Result<u64>
    where
        Row<T>: Sync,
    {
        self.read(|db| async move { Ok(T::Table::find().count(&db).await?) }).await
    }

    /// Stores a new object; its `id` is given out here.
    pub async fn insert<T: Object>(&self, object: T) -> Result<T> {
        self.write(object, |db, object| async move {
            let tx = db.begin().await?;
            let stored = insert(&tx, &*object).await?;
            tx.commit().await?;
            Ok(stored)
        })
        .await
    }

    /// Replaces an object by what `change` makes of it, or answers `None` when there is none.
    ///
    /// `change` runs inside the transaction: no other change comes between what it sees and what it returns. It
    /// runs again when the transaction has to be tried again.
    /// The name, the id, and what sessions count stay whatever it returns.
    pub async fn update<T: Object, E>(
        &self,
        name: &str,
        change: impl Fn(T) -> Result<T, E> + Send + Sync + 'static,
    ) -> Result<Option<T>, E>
    where
        E: From<Error> + Send + 'static,
    {
        let update = self.write((name.to_owned(), change), |db, input| async move {
            let (name, change) = &*input;
            let tx = db.begin().await?;
            let Some(before) = find_locked::<T>(&tx, name).await? else { return Ok(Ok(None)) };
            let id = before.id();
            let after = match change(before) {
                Ok(after) => after,
                Err(refused) => return Ok(Err(refused)),
            };
            let stored = replace(&tx, name, id, &after).await?;
            tx.commit().await?;
            Ok(Ok(stored))
        });
        update.await?
    }

    /// Deletes an object and answers what it was.
    pub async fn delete<T: Object>(&self, name: &str) -> Result<Option<T>> {
        self.delete_if(name, |_: &T| Ok::<_, Error>(())).await
    }

    /// As [`delete`](Self::delete), unless `check` has something against it, which is asked inside the
    /// transaction.
    pub async fn delete_if<T: Object, E>(
        &self,
        name: &str,
        check: impl Fn(&T) -> Result<(), E> + Send + Sync + 'static,
    ) -> Result<Option<T>, E>
    where
        E: From<Error> + Send + 'static,
    {
        let deleted = self.write((name.to_owned(), check), |db, input| async move {
            let (name, check) = &*input;
            let tx = db.begin().await?;
            let Some(object) = find_locked::<T>(&tx, name).await? else { return Ok(Ok(None)) };
            if let Err(refused) = check(&object) {
                return Ok(Err(refused));
            }
            object.unlink(&tx).await?;
            T::Table::delete_many().filter(T::NAME.eq(name.as_str())).exec(&tx).await?;
            tx.commit().await?;
            Ok(Ok(Some(object)))
        });
        deleted.await?
    }
}

/// The object of this name.
pub async fn find<T: Object>(db: &Db, name: &str) -> Result<Option<T>> {
    whole(db, T::Table::find().filter(T::NAME.eq(name)).one(db).await?, None).await
}

/// As [`find`], held against others until the transaction ends.
pub async fn find_locked<T: Object>(db: &Db, name: &str) -> Result<Option<T>> {
    whole(db, T::Table::find().filter(T::NAME.eq(name)).lock_exclusive().one(db).await?, None).await
}

pub async fn list<T: Object>(db: &Db, page: &Page) -> Result<Vec<T>> {
    let mut objects = list_bare(db, page).await?;
    T::fill_referrers(db, &mut objects, page.scope.as_deref()).await?;
    Ok(objects)
}

/// As [`list`], without the names of others that refer to the objects.
pub async fn list_bare<T: Object>(db: &Db, page: &Page) -> Result<Vec<T>> {
    let query = T::Table::find().filter(condition::<T>(page)).order_by(T::NAME, page.order.into());
    let rows = query.offset(page.offset).limit(page.limit).all(db).await?;
    let mut objects = rows.into_iter().map(T::from_row).collect::<Result<Vec<_>>>()?;
    T::fill(db, &mut objects).await?;
    Ok(objects)
}

pub async fn insert<T: Object>(db: &Db, object: &T) -> Result<T> {
    let mut stored = add(db, object).await?;
    if object.is_linked() {
        T::fill(db, std::slice::from_mut(&mut stored)).await?;
    }
    Ok(stored)
}

/// As [`insert`], but for what lives in other tables: that is stored, and not answered.
pub async fn add<T: Object>(db: &Db, object: &T) -> Result<T> {
    object.check_references(db).await?;
    let stored = T::from_row(T::Table::insert(object.to_row()?).exec_with_returning(db).await?)?;
    if object.is_linked() {
        object.link(db, stored.id()).await?;
    }
    Ok(stored)
}

/// Replaces the object `name`, whose id is `id`, and answers what is stored now.
pub async fn replace<T: Object>(db: &Db, name: &str, id: i64, after: &T) -> Result<Option<T>> {
    change(db, name, id, after).await?;
    find(db, name).await
}

/// As [`replace`], for a caller that does not ask what is stored now.
pub async fn change<T: Object>(db: &Db, name: &str, id: i64, after: &T) -> Result<()> {
    after.check_references(db).await?;
    T::Table::update_many().set(after.to_change()?).filter(T::NAME.eq(name)).exec(db).await?;
    T::cut(db, id).await?;
    after.link(db, id).await
}

/// The id of the object of this name, which is held against others until the transaction ends.
pub async fn lock<T: Object>(db: &Db, name: &str) -> Result<Option<i64>> {
    let row = T::Table::find().filter(T::NAME.eq(name)).lock_exclusive().one(db).await?;
    Ok(row.map(T::from_row).transpose()?.map(|object| object.id()))
}

/// Whether there is an object of this name. It will be there until the transaction ends.
pub async fn exists<T: Object>(db: &Db, name: &str) -> Result<bool> {
    let query = T::Table::find().filter(T::NAME.eq(name)).select_only().column(T::NAME).lock_shared();
    Ok(query.into_tuple::<String>().one(db).await?.is_some())
}

/// Fails when there is no object of this name.
pub async fn require<T: Object>(db: &Db, kind: &'static str, name: &str) -> Result<()> {
    if exists::<T>(db, name).await? {
        return Ok(());
    }
    Err(Error::MissingReference { kind, name: name.to_owned() })
}

async fn whole<T: Object>(db: &Db, row: Option<Row<T>>, role: Option<&str>) -> Result<Option<T>> {
    let Some(row) = row else { return Ok(None) };
    let mut object = T::from_row(row)?;
    T::fill(db, std::slice::from_mut(&mut object)).await?;
    T::fill_referrers(db, std::slice::from_mut(&mut object), role).await?;
    Ok(Some(object))
}

fn condition<T: Object>(page: &Page) -> Condition {
    let mut all = Condition::all();
    if let Some(after) = &page.after {
        all = all.add(match page.order {
            Order::Ascending => T::NAME.gt(after.as_str()),
            Order::Descending => T::NAME.lt(after.as_str()),
        });
    }
    if let Some(text) = &page.search {
        all = all.add(Expr::col((T::Table::default(), T::SEARCHED)).like(like("%", text, "%")));
    }
    if let (Some(scope), Some(column)) = (&page.scope, T::SCOPE) {
        all = all.add(column.eq(scope.as_str()));
    }
    all
}

/// A pattern for `LIKE` that takes `text` as it is, between `before` and `after`.
pub fn like(before: &str, text: &str, after: &str) -> LikeExpr {
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    LikeExpr::new(format!("{before}{escaped}{after}")).escape('\\')
}

impl From<Order> for sea_orm::Order {
    fn from(order: Order) -> Self {
        match order {
            Order::Ascending => Self::Asc,
            Order::Descending => Self::Desc,
        }
    }
}

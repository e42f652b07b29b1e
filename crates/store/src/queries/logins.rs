//! The times of last logins, written in groups.
//!
//! A login must not wait for a disk to say that it is recorded, and a thousand logins a second must not be a
//! thousand transactions: what is due is kept in memory, and one task at a time writes all of it.

use crate::{
    Db, Result, Store,
    schema::{admin, api_key, user},
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, SimpleExpr},
};
use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

/// Milliseconds that a time stays as it is, as it does in SFTPGo: what reads accounts in order to compare them
/// (Terraform, backups) would see a change after each of its own logins.
const EVERY: i64 = 10 * 60 * 1000;

/// Whose login it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Who {
    User(i64),
    Admin(i64),
    /// An API key that was used.
    Key(i64),
}

/// What is not written yet. Bounded by the number of accounts.
#[derive(Debug, Default)]
pub struct Logins {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    due: HashMap<Who, i64>,
    /// A task is at work and will look again before it ends.
    writing: bool,
}

impl Store {
    /// Notes that a user logged in `at` milliseconds since the epoch; written soon.
    pub fn user_logged_in(&self, id: i64, at: i64) {
        self.note(Who::User(id), at);
    }

    /// Notes that an admin logged in; written soon.
    pub fn admin_logged_in(&self, id: i64, at: i64) {
        self.note(Who::Admin(id), at);
    }

    /// Notes that an API key was used; written soon.
    pub fn api_key_used(&self, row: i64, at: i64) {
        self.note(Who::Key(row), at);
    }

    /// Notes that a user has uploaded (or, where `upload` is false, downloaded) a file `at` milliseconds since
    /// the epoch; whether it was its first, which is so for one caller alone.
    pub async fn first_transfer(&self, username: String, upload: bool, at: i64) -> Result<bool> {
        let column = if upload { user::Column::FirstUpload } else { user::Column::FirstDownload };
        self.write(username, move |db, username| async move {
            let update = user::Entity::update_many()
                .col_expr(column, Expr::value(at))
                .filter(user::Column::Username.eq(username.as_str()))
                .filter(column.eq(0));
            Ok(update.exec(&db).await?.rows_affected > 0)
        })
        .await
    }

    fn note(&self, who: Who, at: i64) {
        let mut state = self.logins.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.due.insert(who, at);
        if !mem::replace(&mut state.writing, true) {
            let store = self.clone();
            self.handle.spawn(async move { store.write_logins().await });
        }
    }

    async fn write_logins(self) {
        while let Some(due) = self.logins.take() {
            if let Err(error) = self.write(due, write).await {
                // The time of a login is not worth more than this.
                tracing::warn!(%error, "cannot record last logins");
            }
        }
    }
}

impl Logins {
    /// Everything due, or `None` and the task may end.
    fn take(&self) -> Option<HashMap<Who, i64>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.writing = !state.due.is_empty();
        state.writing.then(|| mem::take(&mut state.due))
    }
}

async fn write(db: Db, due: Arc<HashMap<Who, i64>>) -> Result<()> {
    let tx = db.begin().await?;
    for (who, at) in &*due {
        write_one(&tx, *who, *at).await?;
    }
    tx.commit().await
}

async fn write_one(db: &Db, who: Who, at: i64) -> Result<()> {
    match who {
        Who::User(id) => {
            write_time::<user::Entity>(db, user::Column::LastLogin, user::Column::Id.eq(id), at).await
        }
        Who::Admin(id) => {
            write_time::<admin::Entity>(db, admin::Column::LastLogin, admin::Column::Id.eq(id), at).await
        }
        Who::Key(id) => {
            write_time::<api_key::Entity>(db, api_key::Column::LastUseAt, api_key::Column::Id.eq(id), at)
                .await
        }
    }
}

async fn write_time<E: EntityTrait>(db: &Db, time: E::Column, whose: SimpleExpr, at: i64) -> Result<()> {
    let update = E::update_many().col_expr(time, Expr::value(at));
    update.filter(whose).filter(time.lte(at - EVERY)).exec(db).await?;
    Ok(())
}

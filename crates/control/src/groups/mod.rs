//! Groups: made as other objects are, and merged into their users when these log in.

mod merge;
mod placeholders;

use crate::{
    Control, Error, Kind, Result, User,
    managed::{Managed, Rules, Times},
    validate::{self, secrets},
};
use store::{Group, GroupMapping};

impl Managed for Group {
    const KIND: Kind = Kind::Group;

    fn set_name(&mut self, name: String) {
        self.name = name;
    }

    fn settle(mut self, before: Option<&Self>, rules: &Rules) -> Result<Self> {
        rules.settings.naming_rules.check("name", &self.name)?;
        validate::group::check(&mut self)?;
        let context = format!("group_{}", self.name);
        let stored = before.map(|before| &before.user_settings.filesystem);
        secrets::settle_all(&mut self.user_settings.filesystem, stored, &context, rules)?;
        let times = |group: &Self| Times { created: group.created_at, updated: group.updated_at };
        let Times { created, updated } = rules.times(times(&self), before.map(times));
        Ok(Self { created_at: created, updated_at: updated, ..self })
    }
}

impl Control {
    /// The user as its groups make it: what logins and sessions see.
    pub async fn effective_user(&self, user: User) -> Result<User> {
        if user.groups.iter().all(|group| group.kind == GroupMapping::MEMBERSHIP) {
            return Ok(user);
        }
        let names = user.groups.iter().map(|group| group.name.clone()).collect();
        let groups = self.store.groups_named(names).await?;
        merge::merge(user, &groups)
    }

    /// As [`effective_user`](Self::effective_user), by name; `None` if there is no such user.
    ///
    /// A user whose groups make no sense for it comes back disabled: whoever asks learns so only after the
    /// credentials were checked, as for every other user.
    pub async fn login_user(&self, username: &str) -> Result<Option<User>, store::Error> {
        let Some(user) = self.store.find::<User>(&self.canonical_name(username)).await? else {
            return Ok(None);
        };
        let closed = User { status: 0, ..user.clone() };
        match self.effective_user(user).await {
            Ok(user) => Ok(Some(user)),
            Err(Error::Store(error)) => Err(error),
            Err(error) => {
                tracing::error!(target: "auth", username = closed.username, %error, "the user's groups cannot be applied");
                Ok(Some(closed))
            }
        }
    }
}

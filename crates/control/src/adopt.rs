//! Users as hooks of logins send them.

use crate::{Change, Connected, Control, Error, Expected, Result, User};

impl Control {
    /// Makes or replaces a user as a hook says that knows it. Nobody is told of the change and no session ends:
    /// both are for changes that an admin makes.
    pub async fn adopt_user(&self, user: User) -> Result<()> {
        let username = user.username.clone();
        match Box::pin(self.change_user(
            &username,
            Change::Replace(user.clone()),
            Expected::Any,
            None,
            Connected::Keep,
        ))
        .await
        {
            Err(Error::NotFound(..)) => {}
            replaced => return replaced.map(drop),
        }
        match Box::pin(self.make_user(user.clone())).await {
            // Made meanwhile by another login of the same user.
            Err(Error::Duplicate(..)) => Box::pin(self.change_user(
                &username,
                Change::Replace(user),
                Expected::Any,
                None,
                Connected::Keep,
            ))
            .await
            .map(drop),
            made => made.map(drop),
        }
    }
}

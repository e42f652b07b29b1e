//! Users as hooks of logins send them.

use crate::{Connected, Control, Error, Result, User};

impl Control {
    /// Makes or replaces a user as a hook says that knows it. Nobody is told of the change and no session ends:
    /// both are for changes that an admin makes.
    pub async fn adopt_user(&self, user: User) -> Result<()> {
        let username = user.username.clone();
        match Box::pin(self.replace_user(&username, user.clone(), Connected::Keep)).await {
            Err(Error::NotFound(..)) => {}
            replaced => return replaced.map(drop),
        }
        match Box::pin(self.make_user(user.clone())).await {
            // Made meanwhile by another login of the same user.
            Err(Error::Duplicate(..)) => {
                Box::pin(self.replace_user(&username, user, Connected::Keep)).await.map(drop)
            }
            made => made.map(drop),
        }
    }
}

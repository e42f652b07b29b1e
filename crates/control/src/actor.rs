//! Who asks for a change of an administrator, and how far that reaches.

use crate::{Admin, Error, Result};

/// Who asks for a change.
#[derive(Clone, Debug)]
pub enum Actor {
    /// An admin, over REST or the web. It cannot lock itself out, and has no say about who may do more than itself.
    Admin { username: String, permissions: Vec<String> },
    /// The server itself: its command line, a hook, a load at start.
    Server,
}

impl Actor {
    pub(crate) fn is(&self, admin: &str) -> bool {
        matches!(self, Self::Admin { username, .. } if username == admin)
    }

    /// Fails when `other` may do something that the actor may not. Checked of what an admin is and of what it
    /// becomes; otherwise `manage_admins` would be every permission, by way of an admin made or taken over.
    pub(crate) fn may_manage(&self, other: &Admin) -> Result<()> {
        let Self::Admin { permissions, .. } = self else { return Ok(()) };
        let holds = |wanted: &String| permissions.iter().any(|held| held == "*" || held == wanted);
        if other.permissions.iter().all(holds) {
            return Ok(());
        }
        Err(Error::Refused("an admin with a permission that you do not have"))
    }
}

impl From<&Admin> for Actor {
    fn from(admin: &Admin) -> Self {
        Self::Admin { username: admin.username.clone(), permissions: admin.permissions.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admin(permissions: &[&str]) -> Admin {
        Admin { permissions: permissions.iter().map(|&held| held.to_owned()).collect(), ..Admin::default() }
    }

    #[test]
    fn nobody_manages_who_may_do_more() {
        let manager = Actor::from(&admin(&["manage_admins", "view_users"]));
        assert!(manager.may_manage(&admin(&["view_users"])).is_ok());
        assert!(manager.may_manage(&admin(&["view_users", "del_users"])).is_err());
        assert!(manager.may_manage(&admin(&["*"])).is_err());
        assert!(Actor::from(&admin(&["*"])).may_manage(&admin(&["*"])).is_ok());
        assert!(Actor::Server.may_manage(&admin(&["*"])).is_ok());
    }
}

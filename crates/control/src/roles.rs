//! Roles.

use crate::{
    Kind, Result,
    managed::{Managed, Rules, Times},
};
use store::Role;

impl Managed for Role {
    const KIND: Kind = Kind::Role;

    fn set_name(&mut self, name: String) {
        self.name = name;
    }

    fn users_changed_with_it(&self) -> &[String] {
        &self.users
    }

    fn settle(self, before: Option<&Self>, rules: &Rules) -> Result<Self> {
        rules.settings.naming_rules.check("name", &self.name)?;
        let times = |role: &Self| Times { created: role.created_at, updated: role.updated_at };
        let Times { created, updated } = rules.times(times(&self), before.map(times));
        Ok(Self { created_at: created, updated_at: updated, ..self })
    }
}

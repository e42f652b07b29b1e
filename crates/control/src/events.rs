//! Event actions and rules: checked and stored.

use crate::{
    Control, Error, Kind, Result,
    managed::{Managed, Rules, Times},
    validate::{event_action, event_rule, secrets},
};
use store::{EventAction, EventRule};

impl Managed for EventAction {
    const KIND: Kind = Kind::EventAction;

    fn set_name(&mut self, name: String) {
        self.name = name;
    }

    fn settle(mut self, before: Option<&Self>, rules: &Rules) -> Result<Self> {
        rules.settings.naming_rules.check("name", &self.name)?;
        event_action::check(&mut self, &rules.settings)?;
        let stored = before.map(|before| before.options.http_config.password.clone());
        let secret = &mut self.options.http_config.password;
        secrets::settle("http_config.password", secret, stored, &self.name, rules)?;
        Ok(self)
    }
}

impl Managed for EventRule {
    const KIND: Kind = Kind::EventRule;

    fn set_name(&mut self, name: String) {
        self.name = name;
    }

    fn settle(mut self, before: Option<&Self>, rules: &Rules) -> Result<Self> {
        rules.settings.naming_rules.check("name", &self.name)?;
        event_rule::check(&mut self, &rules.settings)?;
        let times = |rule: &Self| Times { created: rule.created_at, updated: rule.updated_at };
        let Times { created, updated } = rules.times(times(&self), before.map(times));
        Ok(Self { created_at: created, updated_at: updated, ..self })
    }
}

impl Control {
    /// Fails unless there is a rule of this name, it runs on demand, and it is not switched off.
    pub async fn check_on_demand(&self, name: &str) -> Result<()> {
        let rule: EventRule = self.object(name).await?;
        if rule.trigger != EventRule::ON_DEMAND {
            return Err(Error::Invalid(format!("event rule {name:?} does not run on demand")));
        }
        match rule.status {
            0 => Err(Error::Invalid(format!("event rule {name:?} is switched off"))),
            _ => Ok(()),
        }
    }
}

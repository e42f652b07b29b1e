//! API keys: made, changed, and checked when they are used.

use crate::{
    Admin, Change, Control, Error, Expected, Kind, Result, User,
    managed::{Managed, Rules, Times, duplicate},
    now, random,
};
use events::Operation;
use store::ApiKey;
use types::Secret;

/// Whom a key may stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyScope {
    Admin,
    User,
}

/// Why a key opens nothing.
#[derive(Debug, thiserror::Error)]
pub enum KeyRefused {
    /// It is no key at all, or one that does not exist.
    #[error("the API key is not valid")]
    Malformed,
    /// Its secret is wrong, it is over, or there is nobody it stands for.
    #[error("the API key is not valid")]
    Invalid,
    #[error("the API key is for other calls")]
    WrongScope,
    #[error("data provider: {0}")]
    Store(#[from] store::Error),
}

impl Managed for ApiKey {
    const KIND: Kind = Kind::ApiKey;

    fn set_name(&mut self, id: String) {
        self.id = id;
    }

    fn settle(mut self, before: Option<&Self>, rules: &Rules) -> Result<Self> {
        if self.name.is_empty() || self.name.chars().count() > 255 {
            return Err(Error::invalid("name is mandatory, and has at most 255 characters"));
        }
        if !self.user.is_empty() && !self.admin.is_empty() {
            return Err(Error::invalid("user and admin: a key stands for one of them only"));
        }
        match self.scope {
            ApiKey::ADMIN => self.user.clear(),
            ApiKey::USER => self.admin.clear(),
            other => return Err(Error::Invalid(format!("scope: invalid value {other}"))),
        }
        if self.expires_at < 0 {
            return Err(Error::Invalid(format!("expires_at must not be negative: {}", self.expires_at)));
        }
        if let Some(before) = before {
            self.key = before.key.clone();
        }
        self.user = rules.settings.naming_rules.canonical(&self.user);
        self.admin = rules.settings.naming_rules.canonical(&self.admin);
        let times = |key: &Self| Times { created: key.created_at, updated: key.updated_at };
        let Times { created, updated } = rules.times(times(&self), before.map(times));
        Ok(Self { created_at: created, updated_at: updated, ..self })
    }
}

impl Control {
    /// Makes a key and answers it with its whole text, which nobody can see again.
    pub async fn add_api_key(&self, key: ApiKey) -> Result<(ApiKey, Secret<String>)> {
        let (id, secret) = (random::text(random::LENGTH)?, Secret::new(random::text(random::LENGTH)?));
        let text = Secret::new(format!("{id}.{}", secret.expose()));
        let key = ApiKey { id, last_use_at: 0, row: 0, ..key };
        let mut key = key.settle(None, &self.rules(crate::Origin::Request))?;
        key.key = self.passwords.hash(&secret).await?;
        let id = key.id.clone();
        let stored = self.store.insert(key).await.map_err(|error| duplicate(error, Kind::ApiKey, id))?;
        self.tell(Operation::Add, &stored);
        Ok((stored, text))
    }

    pub async fn api_key(&self, id: &str) -> Result<ApiKey> {
        // Ids are no names: the naming rules have nothing to say about them.
        self.store.find(id).await?.ok_or_else(|| Error::NotFound(Kind::ApiKey, id.to_owned()))
    }

    /// Changes what is said about a key, and answers what it is now; its id, its secret and when it was used stay.
    pub async fn update_api_key(
        &self,
        id: &str,
        change: Change<ApiKey>,
        expected: Expected,
    ) -> Result<ApiKey> {
        let (rules, called) = (self.rules(crate::Origin::Request), id.to_owned());
        let updated = self.store.update(id, move |before: ApiKey| {
            expected.check(Kind::ApiKey, &called, &before)?;
            let after = ApiKey { id: called.clone(), ..change.apply(&before)? };
            after.settle(Some(&before), &rules)
        });
        let updated = updated.await?.ok_or_else(|| Error::NotFound(Kind::ApiKey, id.to_owned()))?;
        self.tell(Operation::Update, &updated);
        Ok(updated)
    }

    pub async fn delete_api_key(&self, id: &str, expected: Expected) -> Result<()> {
        self.delete::<ApiKey>(Kind::ApiKey, id, expected).await?;
        Ok(())
    }

    /// The admin that `text` stands for: a key, followed by a dot and a name where it is bound to nobody.
    pub async fn admin_by_key(&self, text: &str) -> Result<Admin, KeyRefused> {
        let name = self.check_key(text, KeyScope::Admin).await?;
        let admin = self.store.find::<Admin>(&name).await?.ok_or(KeyRefused::Invalid)?;
        let open = admin.is_active() && admin.filters.allow_api_key_auth;
        if open { Ok(admin) } else { Err(KeyRefused::Invalid) }
    }

    /// The user that `text` stands for, as its groups make it.
    pub async fn user_by_key(&self, text: &str) -> Result<User, KeyRefused> {
        let name = self.check_key(text, KeyScope::User).await?;
        let user = self.login_user(&name).await?.ok_or(KeyRefused::Invalid)?;
        let open = user.is_active() && user.filters.base.allow_api_key_auth;
        if open { Ok(user) } else { Err(KeyRefused::Invalid) }
    }

    /// The name of the account that a key stands for.
    async fn check_key(&self, text: &str, scope: KeyScope) -> Result<String, KeyRefused> {
        let (id, rest) = text.split_once('.').ok_or(KeyRefused::Malformed)?;
        let (secret, named) = match rest.split_once('.') {
            Some((secret, named)) => (secret, self.canonical_name(named)),
            None => (rest, String::new()),
        };
        if id.is_empty() || secret.is_empty() {
            return Err(KeyRefused::Malformed);
        }
        let key = self.store.find::<ApiKey>(id).await?;
        let secret = Secret::new(secret.to_owned());
        let proof = self.passwords.prove(key.as_ref().map(|key| &key.key), &secret).await;
        let key = key.ok_or(KeyRefused::Malformed)?;
        if !proof.fits {
            return Err(KeyRefused::Invalid);
        }
        let now = now();
        if key.expires_at > 0 && key.expires_at < now {
            return Err(KeyRefused::Invalid);
        }
        let bound = match (scope, key.scope) {
            (KeyScope::Admin, ApiKey::ADMIN) => key.admin,
            (KeyScope::User, ApiKey::USER) => key.user,
            _ => return Err(KeyRefused::WrongScope),
        };
        let name = if bound.is_empty() { named } else { bound };
        if name.is_empty() {
            return Err(KeyRefused::Invalid);
        }
        self.store.api_key_used(key.row, now);
        Ok(name)
    }
}

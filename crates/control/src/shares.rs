//! Shares of a user.

use crate::{
    Change, Control, Error, Expected, Kind, NamingRules, Origin, Page, Result, User, Versioned,
    managed::{Times, duplicate},
    now, random,
    validate::text,
};
use events::Operation;
use std::collections::HashSet;
use store::Share;
use types::Secret;

const DAY: i64 = 24 * 60 * 60 * 1000;

impl Control {
    /// A share of `username`; those of others do not exist for it.
    pub async fn share(&self, username: &str, id: &str) -> Result<Share> {
        let found = self.store.find::<Share>(id).await?.filter(|share| share.username == username);
        found.ok_or_else(|| Error::NotFound(Kind::Share, id.to_owned()))
    }

    /// A page of the shares of `username`, by id.
    pub async fn shares(&self, username: &str, page: Page) -> Result<Vec<Share>> {
        Ok(self.store.page(Page { scope: Some(username.to_owned()), ..page }).await?)
    }

    /// Makes a share of `user`, whose groups are merged already.
    pub async fn add_share(&self, user: &User, share: Share) -> Result<Share> {
        let id = random::text(random::LENGTH)?;
        let share = Share { row: 0, id: id.clone(), used_tokens: 0, last_use_at: 0, ..share };
        let share = self.settle_share(user, share, None).await?;
        let made = self.store.insert(share).await.map_err(|error| duplicate(error, Kind::Share, id))?;
        self.tell(Operation::Add, &made);
        Ok(made)
    }

    /// Changes a share of `user`, and answers what it is now. How often it was used stays.
    pub async fn update_share(
        &self,
        user: &User,
        id: &str,
        change: Change<Share>,
        expected: Expected,
    ) -> Result<Share> {
        let before = self.share(&user.username, id).await?;
        expected.check(Kind::Share, id, &before)?;
        let mut share = Share { id: id.to_owned(), ..change.apply(&before)? };
        if matches!(change, Change::Merge(_)) && share.password == before.password {
            // A patch that leaves the password alone has merged with the stored hash.
            share.password = Secret::new(Share::REDACTED.to_owned());
        }
        let seen = Expected::OneOf(vec![before.version()]);
        let share = self.settle_share(user, share, Some(before)).await?;
        let called = id.to_owned();
        // Hashing takes too long for a transaction, so another change may have come between.
        let updated = self.store.update(id, move |now: Share| {
            seen.check(Kind::Share, &called, &now)?;
            Ok::<_, Error>(share.clone())
        });
        let updated = updated.await?.ok_or_else(|| Error::NotFound(Kind::Share, id.to_owned()))?;
        self.tell(Operation::Update, &updated);
        Ok(updated)
    }

    /// Deletes a share and ends what goes on through it.
    pub async fn delete_share(&self, username: &str, id: &str, expected: Expected) -> Result<()> {
        self.share(username, id).await?;
        self.delete::<Share>(Kind::Share, id, expected).await?;
        self.registry.close_share(id);
        Ok(())
    }

    async fn settle_share(&self, user: &User, mut share: Share, before: Option<Share>) -> Result<Share> {
        share.username.clone_from(&user.username);
        expiration(user, &mut share)?;
        check(&mut share)?;
        share.password = match (share.password.expose().as_str(), &before) {
            (Share::REDACTED, Some(before)) => before.password.clone(),
            (Share::REDACTED, None) => return Err(Error::invalid("password: cannot save a redacted one")),
            ("", _) => Secret::default(),
            _ => self.passwords.hash(&share.password).await?,
        };
        let filters = &user.filters.base;
        let must_have_one = filters.web_client.iter().any(|flag| flag == "shares-without-password-disabled");
        if must_have_one && share.password.expose().is_empty() {
            return Err(Error::Refused("shares without a password are not allowed"));
        }
        let times = |share: &Share| Times { created: share.created_at, updated: share.updated_at };
        let times = self.rules(Origin::Request).times(times(&share), before.as_ref().map(times));
        Ok(Share { created_at: times.created, updated_at: times.updated, ..share })
    }
}

/// Checks and cleans `share`; an empty name becomes its id.
pub fn check(share: &mut Share) -> Result<()> {
    if share.name.is_empty() {
        share.name.clone_from(&share.id);
    }
    let rules = NamingRules { any_utf8: true, lower_case: false, trim: true };
    share.name = rules.canonical(&share.name);
    rules.check("name", &share.name)?;
    if !matches!(share.scope, 1..=3) {
        return Err(Error::Invalid(format!("scope: invalid value {}", share.scope)));
    }
    for path in &mut share.paths {
        // It would be everything that there is.
        if path.trim().is_empty() {
            return Err(Error::invalid("paths: one is empty"));
        }
        *path = text::virtual_path("paths", path)?;
    }
    text::dedup(&mut share.paths);
    nested(&share.paths)?;
    match (share.scope, share.paths.len()) {
        (_, 0) => return Err(Error::invalid("paths: at least one is mandatory")),
        (2 | 3, 2..) => return Err(Error::invalid("paths: a share that can be written to has exactly one")),
        _ => {}
    }
    text::not_negative("max_tokens", share.max_tokens)?;
    text::not_negative("expires_at", share.expires_at)?;
    text::networks("allow_from", &mut share.allow_from)
}

/// Fails when one of `paths` is in another one: it would be shared twice.
fn nested(paths: &[String]) -> Result<()> {
    let known: HashSet<&str> = paths.iter().map(String::as_str).collect();
    for path in paths.iter().filter(|path| *path != "/") {
        let mut above = path.match_indices('/').map(|(at, _)| if at == 0 { "/" } else { &path[..at] });
        if let Some(outer) = above.find(|outer| known.contains(outer)) {
            return Err(Error::Invalid(format!("paths: {path:?} is in {outer:?} already")));
        }
    }
    Ok(())
}

/// What the user's settings say about how long a share lasts.
fn expiration(user: &User, share: &mut Share) -> Result<()> {
    let filters = &user.filters.base;
    let now = now();
    if share.expires_at == 0 && filters.default_shares_expiration > 0 {
        share.expires_at = now + i64::from(filters.default_shares_expiration) * DAY;
    }
    if share.expires_at > 0 && share.expires_at < now {
        return Err(Error::invalid("expires_at: it is in the past"));
    }
    let max = i64::from(filters.max_shares_expiration);
    if max == 0 {
        return Ok(());
    }
    if share.expires_at == 0 {
        return Err(Error::invalid("expires_at is mandatory"));
    }
    share.expires_at = share.expires_at.min(now + max * DAY);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share() -> Share {
        Share { id: "x".into(), scope: 1, paths: vec!["a//b/".into()], ..Share::default() }
    }

    #[test]
    fn cleans_and_names() {
        let mut clean = share();
        check(&mut clean).unwrap();
        assert_eq!((clean.name.as_str(), clean.paths[0].as_str()), ("x", "/a/b"));
    }

    #[test]
    fn refuses_each_bad_field() {
        for (field, bad) in [
            ("scope", Share { scope: 4, ..share() }),
            ("paths", Share { paths: Vec::new(), ..share() }),
            ("paths", Share { scope: 2, paths: vec!["/a".into(), "/b".into()], ..share() }),
            ("max_tokens", Share { max_tokens: -1, ..share() }),
            ("name", Share { name: "a/b".into(), ..share() }),
            ("allow_from", Share { allow_from: vec!["10.0.0.1".into()], ..share() }),
        ] {
            let error = check(&mut bad.clone()).unwrap_err().to_string();
            assert!(error.contains(field), "{field}: {error}");
        }
    }

    #[test]
    fn the_user_decides_how_long_a_share_lasts() {
        let mut user = User::default();
        user.filters.base.default_shares_expiration = 10;
        let mut by_default = share();
        expiration(&user, &mut by_default).unwrap();
        assert!(by_default.expires_at > now() + 9 * DAY);
        user.filters.base.max_shares_expiration = 20;
        let mut long = Share { expires_at: now() + 100 * DAY, ..share() };
        expiration(&user, &mut long).unwrap();
        assert!(long.expires_at < now() + 21 * DAY);
        user.filters.base.default_shares_expiration = 0;
        assert!(expiration(&user, &mut share()).is_err());
        assert!(expiration(&User::default(), &mut Share { expires_at: 5, ..share() }).is_err());
    }
}

//! [`Authenticator`]: one method per kind of credential.

use crate::{
    Attempt, Backends, Before, LoginHooks, Refused, Slowdown,
    cache::Cache,
    gate::{SecondFactor, can_login, has_second_factor, may_use_key},
    outside::{Candidate, Checked, Credential},
    reset::Resets,
};
use control::{Control, Holder, Passwords};
use jiff::{Timestamp, Zoned, tz::TimeZone};
use session::Account;
use std::{
    fmt,
    net::IpAddr,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};
use store::{Store, User};
use tokio::runtime::Handle;
use types::{LoginMethod, Protocol, Secret};

/// Checks credentials. Cheap to clone.
///
/// Callable from any thread: what waits for the database or computes hashes runs on the main runtime.
#[derive(Clone)]
pub struct Authenticator(pub(crate) Arc<Inner>);

#[derive(Clone)]
pub(crate) struct Inner {
    store: Store,
    pub(crate) control: Control,
    passwords: Passwords,
    /// Hashes of other kinds than new ones are replaced.
    upgrades: bool,
    pub(crate) backends: Backends,
    cache: Option<Arc<Cache>>,
    slowdown: Slowdown,
    pub(crate) resets: Arc<Resets>,
    /// What unknown users are verified against.
    dummy: Secret<String>,
    pub(crate) hooks: Option<LoginHooks>,
    /// Of access times.
    zone: TimeZone,
}

impl Authenticator {
    pub fn new(
        settings: &config::DataProvider,
        store: Store,
        control: Control,
        passwords: Passwords,
        backends: Backends,
    ) -> Self {
        let cache = settings.password_caching.then(Cache::new).flatten().map(Arc::new);
        let dummy = passwords.dummy();
        Self(Arc::new(Inner {
            store,
            control,
            passwords,
            upgrades: settings.password_hashing.upgrade,
            backends,
            cache,
            slowdown: Slowdown::default(),
            resets: Arc::default(),
            dummy,
            hooks: None,
            zone: TimeZone::UTC,
        }))
    }

    /// With hooks that have a say in logins, or are told of them.
    #[must_use]
    pub fn with_hooks(self, hooks: LoginHooks) -> Self {
        Self(Arc::new(Inner { hooks: Some(hooks), ..(*self.0).clone() }))
    }

    /// With access times in `zone`; without this they are in UTC.
    #[must_use]
    pub fn in_zone(self, zone: TimeZone) -> Self {
        Self(Arc::new(Inner { zone, ..(*self.0).clone() }))
    }

    /// Whether `user` may be stood for by an API key, over HTTP and from where the attempt comes.
    pub fn may_use_key(&self, user: &User, attempt: &Attempt) -> Result<(), Refused> {
        may_use_key(user, attempt, &self.0.now())
    }

    /// Whether a connection from `ip` that was just made may stay: `common.post_connect_hook`. Asked before
    /// anything is said to the client.
    pub async fn may_stay(&self, ip: IpAddr, protocol: Protocol) -> bool {
        match &self.0.hooks {
            Some(hooks) => hooks.connections.may_stay(ip, protocol.family()).await,
            None => true,
        }
    }

    /// Logs in by password. Over FTP, which has no place for a second factor, its code follows the password
    /// in the same text.
    pub async fn password(
        &self,
        attempt: &Attempt,
        password: &Secret<String>,
    ) -> Result<Arc<Account>, Refused> {
        self.password_after(Before::Nothing, attempt, password).await
    }

    /// Logs in by password, as the second step where a key was the first.
    pub async fn password_after(
        &self,
        before: Before,
        attempt: &Attempt,
        password: &Secret<String>,
    ) -> Result<Arc<Account>, Refused> {
        let method = match before {
            Before::Nothing => LoginMethod::Password,
            Before::Key => LoginMethod::PublicKeyAndPassword,
        };
        let appended = attempt.protocol.family() == "FTP"
            && self.0.user(attempt).await?.is_some_and(|user| has_second_factor(&user, attempt));
        if !appended {
            let user = self.0.prove_password(attempt, method, password).await?;
            return self.0.admit(&user, attempt, method, SecondFactor::Missing);
        }
        let (password, code) = split_code(password);
        let user = self.0.prove_password(attempt, method, &password).await?;
        let second = self.0.check_code(&user, &code)?;
        self.0.admit(&user, attempt, method, second)
    }

    /// Checks a user's password, the code of its second factor where it has one for this protocol or a
    /// recovery code in its place, and the gate, without opening its storage: for calls that touch no file.
    pub async fn user_password(
        &self,
        attempt: &Attempt,
        password: &Secret<String>,
        code: Option<&Secret<String>>,
    ) -> Result<User, Refused> {
        let turn = self.0.slowdown.turn(attempt.ip).await?;
        turn.watch(self.check_user(attempt, password, code).await)
    }

    async fn check_user(
        &self,
        attempt: &Attempt,
        password: &Secret<String>,
        code: Option<&Secret<String>>,
    ) -> Result<User, Refused> {
        let mut user = self.0.prove_password(attempt, LoginMethod::Password, password).await?;
        let second = match code.filter(|_| has_second_factor(&user, attempt)) {
            Some(code) if Control::is_recovery_code(code) => {
                self.0.take_recovery_code(&user, code).await?;
                // The account changed with its codes.
                user = self.0.user(attempt).await?.ok_or(Refused::UnknownUser)?;
                SecondFactor::Shown
            }
            Some(code) => self.0.check_code(&user, code)?,
            None => SecondFactor::Missing,
        };
        can_login(&user, attempt, LoginMethod::Password, second, &self.0.now())?;
        self.0.store.user_logged_in(user.id, now());
        Ok(user)
    }

    /// What slows down who slowdown. Every call that checks a credential asks it first; the ones here do.
    pub fn slowdown(&self) -> &Slowdown {
        &self.0.slowdown
    }

    /// The main runtime.
    pub(crate) fn handle(&self) -> Handle {
        self.0.passwords.handle().clone()
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn control(&self) -> &Control {
        &self.0.control
    }

    /// Whether `password` fits `stored`; for a `None`, as slowly as for a real one, it does not.
    pub(crate) async fn verify(&self, stored: Option<&Secret<String>>, password: &Secret<String>) -> bool {
        self.0.verify(stored, password).await
    }
}

impl Inner {
    pub(crate) fn now(&self) -> Zoned {
        Timestamp::now().to_zoned(self.zone.clone())
    }

    pub(crate) async fn user(&self, attempt: &Attempt) -> Result<Option<User>, Refused> {
        Ok(self.control.login_user(&attempt.username).await?)
    }

    /// As [`user`](Self::user), without what its groups make of it.
    pub(crate) async fn stored(&self, attempt: &Attempt) -> Result<Option<User>, Refused> {
        Ok(self.store.find(&self.control.canonical_name(&attempt.username)).await?)
    }

    /// The user that is tried, if `password` is its own, whoever says so.
    async fn prove_password(
        &self,
        attempt: &Attempt,
        method: LoginMethod,
        password: &Secret<String>,
    ) -> Result<User, Refused> {
        match self.candidate(attempt, method, Credential::Password(password)).await? {
            Candidate { user: Some(user), proved: true } => Ok(user),
            Candidate { user, .. } => self.check_password(attempt, user, password).await,
        }
    }

    /// Answers `user` if there is one and `password` is its own; takes as long when there is none.
    pub(crate) async fn check_password(
        &self,
        attempt: &Attempt,
        user: Option<User>,
        password: &Secret<String>,
    ) -> Result<User, Refused> {
        if let Some(user) = &user
            && let Some(checked) = self.check_outside(attempt, user, password).await?
        {
            return self.judge_checked(user, checked).await;
        }
        // A user without a password has none to guess.
        let stored = user.as_ref().map(|user| &user.password).filter(|stored| !stored.expose().is_empty());
        let fits = self.verify(stored, password).await;
        let user = user.ok_or(Refused::UnknownUser)?;
        if !fits {
            return Err(Refused::WrongCredentials);
        }
        self.upgrade_hash(&user, password);
        Ok(user)
    }

    async fn judge_checked(&self, user: &User, checked: Checked) -> Result<User, Refused> {
        let fits = match checked {
            Checked::Right => true,
            Checked::Wrong => false,
            Checked::Compare(password) => {
                let stored = Some(&user.password).filter(|stored| !stored.expose().is_empty());
                self.verify(stored, &password).await
            }
        };
        if fits { Ok(user.clone()) } else { Err(Refused::WrongCredentials) }
    }

    async fn verify(&self, stored: Option<&Secret<String>>, password: &Secret<String>) -> bool {
        let Some(stored) = stored else {
            let _ = self.passwords.verify(&self.dummy, password).await;
            return false;
        };
        if self.cache.as_ref().is_some_and(|cache| cache.holds(stored, password)) {
            return true;
        }
        let fits = self.passwords.verify(stored, password).await.unwrap_or_else(|unknown| {
            tracing::warn!(target: "auth", "{unknown}");
            false
        });
        if fits && let Some(cache) = &self.cache {
            cache.add(stored, password);
        }
        fits
    }

    /// Uses up a code of the user's second factor.
    pub(crate) fn check_code(&self, user: &User, code: &Secret<String>) -> Result<SecondFactor, Refused> {
        let totp = &user.filters.totp_config;
        if totp.enabled && self.control.take_code(Holder::User(&user.username), totp, code) {
            return Ok(SecondFactor::Shown);
        }
        Err(Refused::WrongCredentials)
    }

    /// Uses up a recovery code of the user.
    async fn take_recovery_code(&self, user: &User, code: &Secret<String>) -> Result<(), Refused> {
        match self.control.take_recovery_code(Holder::User(&user.username), code).await? {
            true => Ok(()),
            false => Err(Refused::WrongCredentials),
        }
    }

    /// Every login to files ends here.
    pub(crate) fn admit(
        &self,
        user: &User,
        attempt: &Attempt,
        method: LoginMethod,
        second: SecondFactor,
    ) -> Result<Arc<Account>, Refused> {
        can_login(user, attempt, method, second, &self.now())?;
        let account = self.backends.account(user, attempt.ip)?;
        self.store.user_logged_in(user.id, now());
        Ok(account)
    }

    /// Whether the hash of `user` is one to replace.
    pub(crate) fn upgrades(&self, user: &User) -> bool {
        self.upgrades && self.passwords.is_outdated(user.password.expose())
    }

    /// A hash of another kind than new ones is replaced, where that is asked for, while the password is at hand. In the background: the
    /// login need not wait, and one that fails is tried again at the next.
    fn upgrade_hash(&self, user: &User, password: &Secret<String>) {
        if !self.upgrades(user) {
            return;
        }
        let (control, user, password) = (self.control.clone(), user.clone(), password.clone());
        self.passwords.handle().spawn(async move {
            if let Err(error) = control.upgrade_user_hash(&user, &password).await {
                tracing::warn!(target: "auth", username = user.username, %error, "cannot upgrade a password hash");
            }
        });
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authenticator")
    }
}

/// A password and the code appended to it: the last six characters.
fn split_code(text: &Secret<String>) -> (Secret<String>, Secret<String>) {
    let text = text.expose();
    let at = text.char_indices().rev().nth(5).map_or(0, |(at, _)| at);
    let (password, code) = text.split_at(at);
    (Secret::new(password.to_owned()), Secret::new(code.to_owned()))
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

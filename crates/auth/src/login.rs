//! [`Authenticator`]: one method per kind of credential.

use crate::{
    Attempt, Backends, Before, LoginHooks, Refused, Slowdown,
    cache::Cache,
    gate::{SecondFactor, can_login, has_second_factor, may_go_on},
    proof::Proved,
    reset::Resets,
};
use control::{Author, Control, Holder, Passwords, Proof};
use jiff::{Timestamp, Zoned, tz::TimeZone};
use session::Account;
use std::{
    fmt,
    net::IpAddr,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
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
    pub(crate) store: Store,
    pub(crate) control: Control,
    pub(crate) passwords: Passwords,
    /// Hashes of other kinds than new ones are replaced.
    upgrades: bool,
    pub(crate) backends: Backends,
    pub(crate) cache: Option<Arc<Cache>>,
    pub(crate) slowdown: Slowdown,
    pub(crate) resets: Arc<Resets>,
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
        Self(Arc::new(Inner {
            store,
            control,
            passwords,
            upgrades: settings.password_hashing.upgrade,
            backends,
            cache,
            slowdown: Slowdown::default(),
            resets: Arc::default(),
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

    /// Whether `user`, who logged in before or is stood for by an API key, may go on over HTTP, now and from where
    /// the attempt comes.
    pub fn may_go_on(&self, user: &User, attempt: &Attempt) -> Result<(), Refused> {
        may_go_on(user, attempt, &self.0.now())
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
        let turn = self.0.slowdown.turn(attempt.ip, &attempt.username).await?;
        let appended = attempt.protocol.family() == "FTP"
            && self.0.user(attempt).await?.is_some_and(|user| has_second_factor(&user, attempt));
        let (password, code) = match appended {
            true => split_code(password),
            false => (password.clone(), Secret::default()),
        };
        let admitted = match self.0.prove_password(attempt, method, &password).await {
            Ok(proved) => {
                let second = match appended {
                    true => self.0.check_code(&proved.user, &code),
                    false => Ok(SecondFactor::Missing),
                };
                let admitted = second.and_then(|second| self.0.admit(&proved.user, attempt, method, second));
                self.0.even_out(proved.cost, admitted).await
            }
            Err(refused) => Err(refused),
        };
        turn.watch(admitted)
    }

    /// Checks a user's password, the code of its second factor where it has one for this protocol or a
    /// recovery code in its place, and the gate, without opening its storage: for calls that touch no file.
    pub async fn user_password(
        &self,
        attempt: &Attempt,
        password: &Secret<String>,
        code: Option<&Secret<String>>,
    ) -> Result<User, Refused> {
        let turn = self.0.slowdown.turn(attempt.ip, &attempt.username).await?;
        turn.watch(self.check_user(attempt, password, code).await)
    }

    async fn check_user(
        &self,
        attempt: &Attempt,
        password: &Secret<String>,
        code: Option<&Secret<String>>,
    ) -> Result<User, Refused> {
        let Proved { user, cost } = self.0.prove_password(attempt, LoginMethod::Password, password).await?;
        let passed = self.pass_user(attempt, user, code).await;
        self.0.even_out(cost, passed).await
    }

    async fn pass_user(
        &self,
        attempt: &Attempt,
        mut user: User,
        code: Option<&Secret<String>>,
    ) -> Result<User, Refused> {
        let second = match code.filter(|_| has_second_factor(&user, attempt)) {
            Some(code) if Control::is_recovery_code(code) => {
                self.0.take_recovery_code(attempt, &user, code).await?;
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

    /// What slows down who guesses. Every call that checks a credential asks it first; the ones here do.
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

    /// Whether `password` fits `stored`. One that does not costs the same whatever is stored.
    pub(crate) async fn verify(&self, stored: Option<&Secret<String>>, password: &Secret<String>) -> Proof {
        self.0.verify(stored, password).await
    }

    pub(crate) async fn even_out<T>(&self, cost: Duration, result: Result<T, Refused>) -> Result<T, Refused> {
        self.0.even_out(cost, result).await
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

    /// Uses up a code of the user's second factor.
    pub(crate) fn check_code(&self, user: &User, code: &Secret<String>) -> Result<SecondFactor, Refused> {
        let totp = &user.filters.totp_config;
        if totp.enabled && self.control.take_code(Holder::User(&user.username), totp, code) {
            return Ok(SecondFactor::Shown);
        }
        Err(Refused::WrongCredentials)
    }

    /// Uses up a recovery code of the user.
    async fn take_recovery_code(
        &self,
        attempt: &Attempt,
        user: &User,
        code: &Secret<String>,
    ) -> Result<(), Refused> {
        let by = Author { name: user.username.as_str().into(), role: "".into(), ip: Some(attempt.ip) };
        match self.control.by(by).take_recovery_code(Holder::User(&user.username), code).await? {
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

//! Codes that were mailed, in memory: a restart voids them, and another can be asked for.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use control::Holder;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;
use types::Secret;

/// Whose password is reset, by the name as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Account {
    User(String),
    Admin(String),
}

/// The codes that are good now, and who asked for them.
#[derive(Debug, Default)]
pub struct Codes(Mutex<State>);

/// A code that was used.
#[derive(Debug)]
pub struct Taken {
    code: Secret<String>,
    until: Instant,
}

#[derive(Debug, Default)]
struct State {
    /// Bounded by the number of accounts that have an address.
    accounts: HashMap<Account, Pending>,
    hosts: HashMap<IpAddr, Window>,
}

#[derive(Debug)]
struct Pending {
    /// `None` when it was used, or tried too often.
    code: Option<Secret<String>>,
    until: Instant,
    /// Wrong codes so far.
    wrong: u32,
    mails: Window,
}

/// How often something happened since a time.
#[derive(Clone, Copy, Debug)]
struct Window {
    since: Instant,
    times: u32,
}

/// How long a code is good.
const GOOD: Duration = Duration::from_secs(10 * 60);
/// Wrong codes that void the right one.
const MAX_WRONG: u32 = 10;
/// Mails that an account gets in a window.
const MAX_MAILS: u32 = 5;
/// Requests that an address makes in a window.
const MAX_REQUESTS: u32 = 30;
const WINDOW: Duration = Duration::from_secs(10 * 60);
/// Addresses that are remembered.
const MAX_HOSTS: usize = 20_000;

impl Account {
    pub fn holder(&self) -> Holder<'_> {
        match self {
            Self::User(name) => Holder::User(name),
            Self::Admin(name) => Holder::Admin(name),
        }
    }

    pub fn name(&self) -> &str {
        self.holder().name()
    }
}

impl Codes {
    /// Whether `ip` may ask for one more code.
    pub fn may_ask(&self, ip: IpAddr) -> bool {
        let (now, mut state) = (Instant::now(), self.state());
        if state.hosts.len() >= MAX_HOSTS {
            state.hosts.retain(|_, window| !window.is_over(now));
        }
        if state.hosts.len() >= MAX_HOSTS && !state.hosts.contains_key(&ip) {
            return false;
        }
        state.hosts.entry(ip).or_insert(Window::new(now)).count(now, MAX_REQUESTS)
    }

    /// Makes `code` the one of `account`; `false` when it has had too many.
    pub fn issue(&self, account: Account, code: Secret<String>) -> bool {
        let (now, mut state) = (Instant::now(), self.state());
        state.accounts.retain(|_, pending| pending.until > now || !pending.mails.is_over(now));
        let fresh = Pending { code: None, until: now, wrong: 0, mails: Window::new(now) };
        let pending = state.accounts.entry(account).or_insert(fresh);
        if !pending.mails.count(now, MAX_MAILS) {
            return false;
        }
        (pending.code, pending.until, pending.wrong) = (Some(code), now + GOOD, 0);
        true
    }

    /// Uses `code` up if it is the one of `account`.
    pub fn take(&self, account: &Account, code: &Secret<String>) -> Option<Taken> {
        let mut state = self.state();
        let pending = state.accounts.get_mut(account)?;
        let known = pending.code.as_ref().filter(|_| pending.until > Instant::now())?;
        if verify_slices_are_equal(known.expose().as_bytes(), code.expose().as_bytes()).is_ok() {
            return pending.code.take().map(|code| Taken { code, until: pending.until });
        }
        pending.wrong += 1;
        if pending.wrong >= MAX_WRONG {
            pending.code = None;
        }
        None
    }

    /// The code was used for nothing; it is good again, unless there is a newer one.
    pub fn give_back(&self, account: Account, taken: Taken) {
        let mut state = self.state();
        if let Some(pending) = state.accounts.get_mut(&account).filter(|pending| pending.code.is_none()) {
            (pending.code, pending.until) = (Some(taken.code), taken.until);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Window {
    const fn new(since: Instant) -> Self {
        Self { since, times: 0 }
    }

    fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) >= WINDOW
    }

    /// Counts one more, if there may be.
    fn count(&mut self, now: Instant, max: u32) -> bool {
        if self.is_over(now) {
            *self = Self::new(now);
        }
        self.times = self.times.saturating_add(1);
        self.times <= max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alice() -> Account {
        Account::User("alice".into())
    }

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn a_code_is_good_for_its_account_once_and_for_a_while() {
        let codes = Codes::default();
        assert!(codes.issue(alice(), secret("one")));
        for other in [Account::User("bob".into()), Account::Admin("alice".into())] {
            assert!(codes.take(&other, &secret("one")).is_none(), "{other:?}");
        }
        assert!(codes.take(&alice(), &secret("two")).is_none());
        let taken = codes.take(&alice(), &secret("one")).unwrap();
        assert!(codes.take(&alice(), &secret("one")).is_none());
        codes.give_back(alice(), taken);
        assert!(codes.take(&alice(), &secret("one")).is_some());
        assert!(codes.issue(alice(), secret("three")));
        tokio::time::advance(GOOD).await;
        assert!(codes.take(&alice(), &secret("three")).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_code_takes_the_place_of_the_one_before() {
        let codes = Codes::default();
        assert!(codes.issue(alice(), secret("one")) && codes.issue(alice(), secret("two")));
        assert!(codes.take(&alice(), &secret("one")).is_none());
        let taken = codes.take(&alice(), &secret("two")).unwrap();
        assert!(codes.issue(alice(), secret("three")));
        codes.give_back(alice(), taken);
        assert!(codes.take(&alice(), &secret("two")).is_none());
        assert!(codes.take(&alice(), &secret("three")).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn guessing_voids_the_code() {
        let codes = Codes::default();
        assert!(codes.issue(alice(), secret("one")));
        for _ in 0..MAX_WRONG {
            assert!(codes.take(&alice(), &secret("guess")).is_none());
        }
        assert!(codes.take(&alice(), &secret("one")).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn mails_and_requests_have_a_limit() {
        let codes = Codes::default();
        let sent = (0..20).filter(|_| codes.issue(alice(), secret("x"))).count();
        assert_eq!(sent, MAX_MAILS as usize);
        let here = [127, 0, 0, 1].into();
        let asked = (0..100).filter(|_| codes.may_ask(here)).count();
        assert_eq!(asked, MAX_REQUESTS as usize);
        assert!(codes.may_ask([127, 0, 0, 2].into()));
        tokio::time::advance(WINDOW).await;
        assert!(codes.may_ask(here) && codes.issue(alice(), secret("x")));
        assert_eq!(codes.state().accounts.len(), 1);
    }
}

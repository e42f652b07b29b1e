//! Codes that were mailed: kept in the database, so that one is good on every server that uses it and after a restart.
//!
//! What is kept is a digest: a code is as random as a key, so nobody finds it by trying. Whoever tries a wrong one
//! costs the same read of the database whether there is a code or not; what else follows from that is done behind
//! the answer.

use crate::slowdown::network;
use aws_lc_rs::{constant_time::verify_slices_are_equal, digest};
use control::Holder;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use store::{Kept, Result, ShortLived, Store};
use tokio::time::Instant;
use types::Secret;

/// Whose password is reset, by the name as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Account {
    User(String),
    Admin(String),
}

/// Who asked for codes, and who tried wrong ones. The codes themselves are in the database.
#[derive(Debug, Default)]
pub struct Codes(Mutex<State>);

/// A code that was used.
#[derive(Debug)]
pub struct Taken {
    /// As it was kept.
    before: Kept,
    /// Without the code.
    after: Kept,
}

/// The text that is kept for an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Pending {
    /// SHA-256 in hexadecimal; empty when the code was used, or wrong ones were tried too often.
    digest: String,
    /// Milliseconds since the epoch.
    until: i64,
    /// Since when mails are counted, and how many there were.
    since: i64,
    mails: u32,
}

#[derive(Debug, Default)]
struct State {
    /// Wrong codes, by the code that they were not: bounded by the number of these.
    wrong: HashMap<String, (u32, Instant)>,
    hosts: HashMap<IpAddr, Window>,
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

    const fn kind(&self) -> ShortLived {
        match self {
            Self::User(_) => ShortLived::UserCode,
            Self::Admin(_) => ShortLived::AdminCode,
        }
    }
}

impl Codes {
    /// Whether `ip` may ask for one more code.
    pub fn may_ask(&self, ip: IpAddr) -> bool {
        let (now, ip, mut state) = (Instant::now(), network(ip), self.state());
        if state.hosts.len() >= MAX_HOSTS && !state.hosts.contains_key(&ip) {
            state.hosts.retain(|_, window| !window.is_over(now));
            // So many at once ask from everywhere: what bounds the mails is the limit of each account.
            if state.hosts.len() >= MAX_HOSTS {
                state.hosts.clear();
            }
        }
        state.hosts.entry(ip).or_insert(Window::new(now)).count(now, MAX_REQUESTS)
    }

    /// Makes `code` the one of `account`; `false` when it has had too many.
    pub async fn issue(&self, store: &Store, account: &Account, code: &Secret<String>) -> Result<bool> {
        let (now, digest) = (now(), digest_of(code));
        let kept = store.keep(account.kind(), account.name(), now, move |before| {
            let before = before.map(|kept| Pending::read(&kept)).unwrap_or_default();
            let counted = now - before.since < milliseconds(WINDOW);
            let (since, mails) = if counted { (before.since, before.mails) } else { (now, 0) };
            let digest = digest.clone();
            let after = Pending { digest, until: now + milliseconds(GOOD), since, mails: mails + 1 };
            (mails < MAX_MAILS).then(|| after.write())
        });
        Ok(kept.await?.is_some())
    }

    /// Uses `code` up if it is the one of `account`.
    pub async fn take(
        &self,
        store: &Store,
        account: &Account,
        code: &Secret<String>,
    ) -> Result<Option<Taken>> {
        let now = now();
        let before = store.recall(account.kind(), account.name(), now).await?;
        // Where there is no code one is read all the same, and compared with.
        let decoy = Pending { digest: "-".repeat(64), ..Pending::default() }.write();
        let pending = Pending::read(before.as_ref().unwrap_or(&decoy));
        let tried = digest_of(code);
        let right = verify_slices_are_equal(pending.digest.as_bytes(), tried.as_bytes()).is_ok();
        let Some(before) = before.filter(|_| pending.until > now && !pending.digest.is_empty()) else {
            return Ok(None);
        };
        let after = Pending { digest: String::new(), ..pending.clone() }.write();
        let taken = Taken { before, after };
        if right {
            return Ok(swap(store, account, &taken.before, &taken.after).await?.then_some(taken));
        }
        if self.is_one_too_many(pending.digest) {
            let (store, account) = (store.clone(), account.clone());
            tokio::spawn(async move {
                if let Err(error) = swap(&store, &account, &taken.before, &taken.after).await {
                    tracing::warn!(target: "auth", username = account.name(), %error, "a code is still good");
                }
            });
        }
        Ok(None)
    }

    /// The code was used for nothing; it is good again, unless there is a newer one.
    pub async fn give_back(&self, store: &Store, account: &Account, taken: &Taken) -> Result<()> {
        swap(store, account, &taken.after, &taken.before).await.map(drop)
    }

    /// Counts a wrong code that was tried for the one with this digest.
    fn is_one_too_many(&self, digest: String) -> bool {
        let (now, mut state) = (Instant::now(), self.state());
        state.wrong.retain(|_, (_, since)| now.saturating_duration_since(*since) < GOOD);
        let (times, _) = state.wrong.entry(digest).or_insert((0, now));
        *times = times.saturating_add(1);
        // Once more for each that follows, as long as the code is there: voiding it may have failed.
        *times >= MAX_WRONG
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts `after` in the place of `before`, unless something else is there; of two who try one succeeds.
async fn swap(store: &Store, account: &Account, before: &Kept, after: &Kept) -> Result<bool> {
    let (before, after) = (before.clone(), after.clone());
    let change = move |now: Option<Kept>| (now.as_ref() == Some(&before)).then(|| after.clone());
    Ok(store.keep(account.kind(), account.name(), now(), change).await?.is_some())
}

impl Pending {
    /// What cannot be read is no code.
    fn read(kept: &Kept) -> Self {
        serde_json::from_str(&kept.value).unwrap_or_default()
    }

    fn write(&self) -> Kept {
        let expires_at = self.until.max(self.since + milliseconds(WINDOW));
        // Numbers and a text: there is nothing that could fail.
        Kept { value: serde_json::to_string(self).unwrap_or_default(), expires_at }
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

fn digest_of(code: &Secret<String>) -> String {
    let digest = digest::digest(&digest::SHA256, code.expose().as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

const fn milliseconds(duration: Duration) -> i64 {
    duration.as_millis() as i64
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, milliseconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::{Driver, Options};
    use tokio::runtime::Handle;

    fn alice() -> Account {
        Account::User("alice".into())
    }

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    async fn store() -> Store {
        Store::open(&Options::new(Driver::Memory), Handle::current()).await.unwrap()
    }

    #[tokio::test]
    async fn a_code_is_good_for_its_account_once_and_on_every_server() {
        let (store, here, there) = (store().await, Codes::default(), Codes::default());
        let take = async |codes: &Codes, account: Account, code: &str| {
            codes.take(&store, &account, &secret(code)).await.unwrap()
        };
        assert!(here.issue(&store, &alice(), &secret("one")).await.unwrap());
        for other in [Account::User("bob".into()), Account::Admin("alice".into())] {
            assert!(take(&here, other, "one").await.is_none());
        }
        assert!(take(&here, alice(), "two").await.is_none() && take(&here, alice(), "").await.is_none());
        let taken = take(&there, alice(), "one").await.unwrap();
        assert!(take(&here, alice(), "one").await.is_none());
        assert!(take(&here, alice(), "").await.is_none(), "no code is not the empty one");
        here.give_back(&store, &alice(), &taken).await.unwrap();
        assert!(take(&here, alice(), "one").await.is_some());
        let kept = store.recall(ShortLived::UserCode, "alice", 0).await.unwrap().unwrap();
        assert!(!kept.value.contains("one") && kept.expires_at >= now() + milliseconds(GOOD) - 60_000);
        assert!(store.recall(ShortLived::UserCode, "alice", kept.expires_at).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_new_code_takes_the_place_of_the_one_before() {
        let (store, codes) = (store().await, Codes::default());
        for code in ["one", "two"] {
            assert!(codes.issue(&store, &alice(), &secret(code)).await.unwrap());
        }
        assert!(codes.take(&store, &alice(), &secret("one")).await.unwrap().is_none());
        let taken = codes.take(&store, &alice(), &secret("two")).await.unwrap().unwrap();
        assert!(codes.issue(&store, &alice(), &secret("three")).await.unwrap());
        codes.give_back(&store, &alice(), &taken).await.unwrap();
        assert!(codes.take(&store, &alice(), &secret("two")).await.unwrap().is_none());
        assert!(codes.take(&store, &alice(), &secret("three")).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn guessing_voids_the_code() {
        let (store, codes) = (store().await, Codes::default());
        assert!(codes.issue(&store, &alice(), &secret("one")).await.unwrap());
        for _ in 0..MAX_WRONG {
            assert!(codes.take(&store, &alice(), &secret("guess")).await.unwrap().is_none());
        }
        // The tenth answer does not wait for it.
        let voided = async {
            loop {
                let kept = store.recall(ShortLived::UserCode, "alice", now()).await.unwrap().unwrap();
                if Pending::read(&kept).digest.is_empty() {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), voided).await.unwrap();
        assert!(codes.take(&store, &alice(), &secret("one")).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn mails_and_requests_have_a_limit() {
        let (store, codes) = (store().await, Codes::default());
        let mut sent = 0;
        for _ in 0..20 {
            sent += u32::from(codes.issue(&store, &alice(), &secret("x")).await.unwrap());
        }
        assert_eq!(sent, MAX_MAILS);
        tokio::time::pause();
        let asked = |ip: &str| (0..100).filter(|_| codes.may_ask(ip.parse().unwrap())).count();
        assert_eq!(asked("127.0.0.1"), MAX_REQUESTS as usize);
        assert_eq!((asked("2001:db8::1"), asked("2001:db8::2")), (MAX_REQUESTS as usize, 0));
        assert!(codes.may_ask([127, 0, 0, 2].into()));
        tokio::time::advance(WINDOW).await;
        assert!(codes.may_ask([127, 0, 0, 1].into()));
    }
}

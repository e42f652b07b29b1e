//! How many connections may be open at once, in all and from one host.

use std::{
    collections::HashMap,
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Counts open connections. 0 stands for no limit, as in `common.max_total_connections` and
/// `common.max_per_host_connections`.
///
/// HTTP has no part in the total: whoever has to make room, an admin over REST, must come in when it is used up.
#[derive(Debug)]
pub struct Admission {
    total: usize,
    per_host: usize,
    open: Mutex<Open>,
}

/// Which limit a connection would pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    Total,
    PerHost,
}

/// The right to one connection, given back when dropped.
#[derive(Debug)]
pub struct Ticket {
    admission: Arc<Admission>,
    host: IpAddr,
    /// How much of the total it takes.
    share: usize,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    by_host: HashMap<IpAddr, usize>,
}

impl Admission {
    pub fn new(total: usize, per_host: usize) -> Arc<Self> {
        Arc::new(Self { total, per_host, open: Mutex::default() })
    }

    /// Admits one more connection from `host`, an IPv4 address mapped into IPv6 counted as itself.
    pub fn admit(self: &Arc<Self>, host: IpAddr) -> Result<Ticket, Refused> {
        self.admit_share(host, 1)
    }

    /// As [`admit`](Self::admit), for HTTP: held to the limit of its host alone.
    pub fn admit_http(self: &Arc<Self>, host: IpAddr) -> Result<Ticket, Refused> {
        self.admit_share(host, 0)
    }

    fn admit_share(self: &Arc<Self>, host: IpAddr, share: usize) -> Result<Ticket, Refused> {
        let host = host.to_canonical();
        let mut open = self.open();
        if self.total > 0 && share > 0 && open.total >= self.total {
            return Err(Refused::Total);
        }
        let from_host = open.by_host.entry(host).or_default();
        if self.per_host > 0 && *from_host >= self.per_host {
            return Err(Refused::PerHost);
        }
        *from_host += 1;
        open.total += share;
        Ok(Ticket { admission: self.clone(), host, share })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        // The counters are whole after every statement, so a panic elsewhere leaves nothing to distrust.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut open = self.admission.open();
        open.total = open.total.saturating_sub(self.share);
        if let Some(from_host) = open.by_host.get_mut(&self.host) {
            *from_host = from_host.saturating_sub(1);
            if *from_host == 0 {
                open.by_host.remove(&self.host);
            }
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Total => "too many open connections",
            Self::PerHost => "too many open connections from this host",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold_and_are_given_back() {
        let admission = Admission::new(3, 2);
        let (a, b): (IpAddr, IpAddr) = ([127, 0, 0, 1].into(), [127, 0, 0, 2].into());
        let first = admission.admit(a).unwrap();
        let _second = admission.admit("::ffff:127.0.0.1".parse().unwrap()).unwrap();
        assert_eq!(admission.admit(a).unwrap_err(), Refused::PerHost);
        let _third = admission.admit(b).unwrap();
        assert_eq!(admission.admit(b).unwrap_err(), Refused::Total);
        assert_eq!(admission.admit_http(a).unwrap_err(), Refused::PerHost);
        let http = admission.admit_http(b).unwrap();
        drop(first);
        let last = admission.admit(a).unwrap();
        drop((http, last));
        admission.admit(b).unwrap();
    }

    #[test]
    fn zero_is_no_limit_and_nothing_is_left_behind() {
        let admission = Admission::new(0, 0);
        let host = [127, 0, 0, 1].into();
        let tickets: Vec<_> = (0..1000).map(|_| admission.admit(host).unwrap()).collect();
        drop(tickets);
        assert!(admission.open().by_host.is_empty());
    }
}

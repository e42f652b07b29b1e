//! How much a user may move, and how fast, from where it comes.

use crate::account::{Tracking, limit};
use ipnet::IpNet;
use session::{Allowance, Bandwidth, Ledger, Paces, Traffic, TrafficLimits};
use std::net::IpAddr;
use store::{User, model::BandwidthLimit};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * 1024;

/// What `user` may move in all; `None` where it is not counted. Users with a limit of transfers are those that
/// [`Tracking::Limited`] counts.
pub fn allowance(user: &User, ledger: &Ledger, tracking: Tracking) -> Option<Allowance> {
    let mib = |stored: i64| limit(stored).saturating_mul(MIB);
    let limits = TrafficLimits {
        upload: mib(user.upload_data_transfer),
        download: mib(user.download_data_transfer),
        total: mib(user.total_data_transfer),
    };
    let counted = match tracking {
        Tracking::Nobody => false,
        Tracking::Everybody => true,
        Tracking::Limited => limits != TrafficLimits::default(),
    };
    let kept = Traffic {
        uploaded: limit(user.used_upload_data_transfer),
        downloaded: limit(user.used_download_data_transfer),
    };
    counted.then(|| Allowance { tally: ledger.tally(&user.username.as_str().into(), kept), limits })
}

/// The rates of `user`; those of the first entry for `ip` take their place, 0 there being no limit.
pub fn bandwidth(user: &User, ip: IpAddr, shared: Option<Paces>) -> Bandwidth {
    let ip = ip.to_canonical();
    let holds = |network: &String| network.parse::<IpNet>().is_ok_and(|network| network.contains(&ip));
    let limits = &user.filters.base.bandwidth_limits;
    let source = limits.iter().find(|entry: &&BandwidthLimit| entry.sources.iter().any(holds));
    let (upload, download) = match source {
        Some(entry) => (entry.upload_bandwidth, entry.download_bandwidth),
        None => (user.upload_bandwidth, user.download_bandwidth),
    };
    let rate = |stored: i64| limit(stored).saturating_mul(KIB);
    Bandwidth { upload: rate(upload), download: rate(download), shared }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_entry_for_an_address_takes_the_place_of_the_users_rates() {
        let entry = |source: &str, upload_bandwidth, download_bandwidth| BandwidthLimit {
            sources: vec![source.to_owned()],
            upload_bandwidth,
            download_bandwidth,
        };
        let mut user = User { upload_bandwidth: 1, download_bandwidth: 2, ..User::default() };
        user.filters.base.bandwidth_limits =
            vec![entry("10.1.0.0/16", 0, 7), entry("10.0.0.0/8", 8, 9), entry("::1/128", 3, 4)];
        let rates = |ip: &str| {
            let bandwidth = bandwidth(&user, ip.parse().unwrap(), None);
            (bandwidth.upload / KIB, bandwidth.download / KIB)
        };
        assert_eq!(rates("10.1.2.3"), (0, 7));
        assert_eq!(rates("::ffff:10.2.2.3"), (8, 9));
        assert_eq!(rates("::1"), (3, 4));
        assert_eq!(rates("192.168.0.1"), (1, 2));
    }

    #[test]
    fn traffic_is_counted_of_those_who_have_a_limit_of_it() {
        let free = User { username: "free".into(), quota_files: 3, ..User::default() };
        let bound = User {
            username: "bound".into(),
            total_data_transfer: 2,
            used_upload_data_transfer: 5,
            ..User::default()
        };
        let ledger = Ledger::default();
        for (tracking, free_counts, bound_counts) in [
            (Tracking::Nobody, false, false),
            (Tracking::Limited, false, true),
            (Tracking::Everybody, true, true),
        ] {
            let counts = |user| allowance(user, &ledger, tracking).is_some();
            assert_eq!((counts(&free), counts(&bound)), (free_counts, bound_counts), "{tracking:?}");
        }
        let allowance = allowance(&bound, &ledger, Tracking::Limited).unwrap();
        assert_eq!(allowance.limits, TrafficLimits { total: 2 * MIB, ..TrafficLimits::default() });
        assert_eq!(allowance.tally.traffic(), Traffic { uploaded: 5, downloaded: 0 });
    }
}

//! Entries of IP lists.

use crate::{Change, Control, Error, Expected, Kind, Result, now};
use events::Operation;
use ipnet::IpNet;
use std::net::IpAddr;
use store::{IpListEntry, IpListPage};

/// The lists. The numbers are the reference's.
pub const KINDS: std::ops::RangeInclusive<i32> = 1..=3;
const DEFENDER: i32 = 2;
const MODE_ALLOW: i32 = 1;
const MODE_DENY: i32 = 2;
/// SSH, FTP, WebDAV, HTTP.
const ALL_PROTOCOLS: i32 = 15;

impl Control {
    pub async fn ip_list(&self, kind: i32, page: IpListPage) -> Result<Vec<IpListEntry>> {
        check_kind(kind)?;
        Ok(self.store.ip_list(kind, page).await?)
    }

    pub async fn ip_list_entry(&self, kind: i32, network: &str) -> Result<IpListEntry> {
        check_kind(kind)?;
        let found = self.store.ip_list_entry(kind, network).await?;
        found.ok_or_else(|| Error::NotFound(Kind::IpListEntry, network.to_owned()))
    }

    /// Adds an entry to the list it names and answers it as it is stored.
    pub async fn add_ip_list_entry(&self, entry: IpListEntry) -> Result<IpListEntry> {
        let mut entry = IpListEntry { created_at: now(), ..entry };
        entry.updated_at = entry.created_at;
        check(&mut entry)?;
        self.store.insert_ip_list_entry(entry.clone()).await.map_err(|error| match error {
            store::Error::Duplicate => Error::Duplicate(Kind::IpListEntry, entry.ipornet.clone()),
            error => error.into(),
        })?;
        self.tell(Operation::Add, &entry);
        Ok(entry)
    }

    /// Changes an entry, and answers what it is now; its list and network stay.
    pub async fn update_ip_list_entry(
        &self,
        kind: i32,
        network: &str,
        change: Change<IpListEntry>,
        expected: Expected,
    ) -> Result<IpListEntry> {
        check_kind(kind)?;
        let called = network.to_owned();
        let updated = self.store.update_ip_list_entry(kind, network, move |before: IpListEntry| {
            expected.check(Kind::IpListEntry, &called, &before)?;
            let after = change.apply(&before)?;
            let created_at = before.created_at;
            let mut after = IpListEntry { kind, ipornet: before.ipornet, created_at, ..after };
            after.updated_at = now().max(before.updated_at + 1);
            check(&mut after)?;
            Ok::<_, Error>(after)
        });
        let updated = updated.await?.ok_or_else(|| Error::NotFound(Kind::IpListEntry, network.to_owned()))?;
        self.tell(Operation::Update, &updated);
        Ok(updated)
    }

    pub async fn delete_ip_list_entry(&self, kind: i32, network: &str, expected: Expected) -> Result<()> {
        let entry = self.ip_list_entry(kind, network).await?;
        let called = network.to_owned();
        let check = move |entry: &IpListEntry| expected.check(Kind::IpListEntry, &called, entry);
        match self.store.delete_ip_list_entry(kind, network, check).await? {
            true => {
                self.tell(Operation::Delete, &entry);
                Ok(())
            }
            false => Err(Error::NotFound(Kind::IpListEntry, network.to_owned())),
        }
    }
}

/// Checks an entry; a single address becomes the network that holds it alone.
pub fn check(entry: &mut IpListEntry) -> Result<()> {
    check_kind(entry.kind)?;
    let text = entry.ipornet.trim();
    entry.ipornet = match (text.parse::<IpAddr>(), text.parse::<IpNet>()) {
        // A client of that address is known by its form of version 4.
        (Ok(address), _) => IpNet::from(address.to_canonical()).to_string(),
        (_, Ok(network)) => network.to_string(),
        _ => return Err(Error::Invalid(format!("ipornet: {text:?} is neither an address nor a network"))),
    };
    match entry.mode {
        MODE_ALLOW => {}
        MODE_DENY if entry.kind == DEFENDER => {}
        other => return Err(Error::Invalid(format!("mode: invalid value {other} for this list"))),
    }
    if !(0..=ALL_PROTOCOLS).contains(&entry.protocols) {
        return Err(Error::Invalid(format!("protocols: invalid value {}", entry.protocols)));
    }
    Ok(())
}

fn check_kind(kind: i32) -> Result<()> {
    if KINDS.contains(&kind) { Ok(()) } else { Err(Error::Invalid(format!("type: invalid value {kind}"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(ipornet: &str, kind: i32, mode: i32) -> IpListEntry {
        IpListEntry { ipornet: ipornet.into(), kind, mode, ..IpListEntry::default() }
    }

    #[test]
    fn an_address_is_a_network_of_one() {
        for (sent, stored) in [
            ("1.2.3.4", "1.2.3.4/32"),
            ("fe80::1", "fe80::1/128"),
            ("10.1.2.3/8", "10.1.2.3/8"),
            ("::ffff:1.2.3.4", "1.2.3.4/32"),
        ] {
            let mut one = entry(sent, 2, 2);
            check(&mut one).unwrap();
            assert_eq!(one.ipornet, stored);
        }
    }

    #[test]
    fn bad_entries_are_refused() {
        for mut bad in
            [entry("x", 1, 1), entry("10.0.0.0/33", 1, 1), entry("1.2.3.4", 4, 1), entry("1.2.3.4", 1, 2)]
        {
            assert!(check(&mut bad).is_err(), "{bad:?}");
        }
        assert!(check(&mut IpListEntry { protocols: 16, ..entry("1.2.3.4", 1, 1) }).is_err());
    }
}

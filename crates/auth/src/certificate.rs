//! OpenSSH certificates of users (OpenSSH PROTOCOL.certkeys): what one says, and whether that opens an account.

use ipnet::IpNet;
use std::{net::IpAddr, ops::Range};

/// What a certificate says. That its authority signed it, and that the client holds its key, is for the caller
/// to verify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    pub kind: CertificateKind,
    /// The certificate's type, `ssh-ed25519-cert-v01@openssh.com` say.
    pub key_type: String,
    /// As it travels.
    pub blob: Vec<u8>,
    /// The authority's key, as it travels.
    pub authority: Vec<u8>,
    /// `SHA256:…` of the certified key.
    pub fingerprint: String,
    /// Free text of the authority, for the log.
    pub key_id: String,
    /// The users it is for.
    pub principals: Vec<String>,
    /// When it is valid, in seconds since 1970.
    pub valid: Range<u64>,
    /// Restrictions: name and value.
    pub critical_options: Vec<(String, Vec<u8>)>,
}

/// Whom a certificate is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateKind {
    User,
    Host,
}

/// Why a certificate does not open an account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    #[error("the certificate is of a host")]
    OfAHost,
    #[error("the certificate's authority is not trusted")]
    Untrusted,
    #[error("the certified key {0} is revoked")]
    Revoked(String),
    #[error("the certificate is not valid yet")]
    TooEarly,
    #[error("the certificate has expired")]
    Expired,
    #[error("the certificate {0:?} is not for this user")]
    Principal(String),
    #[error("the certificate is not for use from {0}")]
    Address(IpAddr),
    /// A restriction that is not enforced here; to let the user in would be to let it in without.
    #[error("the certificate has the unknown critical option {0:?}")]
    Option(String),
    #[error("the certificate's source-address is no list of networks")]
    SourceAddress,
    #[error("opkssh: {0}")]
    Opkssh(String),
}

/// The one restriction that is known.
const SOURCE_ADDRESS: &str = "source-address";

impl Certificate {
    /// All that the certificate says by itself; who its users are is for [`is_for`](Self::is_for).
    pub(crate) fn check(&self, ip: IpAddr, now: u64) -> Result<(), CertificateFault> {
        if self.kind != CertificateKind::User {
            return Err(CertificateFault::OfAHost);
        }
        if now < self.valid.start {
            return Err(CertificateFault::TooEarly);
        }
        if now >= self.valid.end {
            return Err(CertificateFault::Expired);
        }
        self.critical_options.iter().try_for_each(|(name, value)| match &**name {
            SOURCE_ADDRESS => check_source(value, ip),
            // `force-command` too: nothing here is handed to a shell.
            _ => Err(CertificateFault::Option(name.clone())),
        })
    }

    /// Whether it names one of the users that `fits`. One without names is for nobody: OpenSSH took it for
    /// everybody once.
    pub(crate) fn is_for(&self, fits: impl Fn(&str) -> bool) -> Result<(), CertificateFault> {
        match self.principals.iter().any(|principal| fits(principal)) {
            true => Ok(()),
            false => Err(CertificateFault::Principal(self.key_id.clone())),
        }
    }
}

/// Addresses and networks, separated by commas. A list with anything else in it lets nobody in, wherever in
/// the list that is.
fn check_source(list: &[u8], ip: IpAddr) -> Result<(), CertificateFault> {
    let list = std::str::from_utf8(list).map_err(|_| CertificateFault::SourceAddress)?;
    let networks: Result<Vec<IpNet>, _> = list.split(',').map(network).collect();
    let networks = networks.map_err(|_| CertificateFault::SourceAddress)?;
    let ip = ip.to_canonical();
    if networks.iter().any(|network| network.contains(&ip)) {
        return Ok(());
    }
    Err(CertificateFault::Address(ip))
}

fn network(text: &str) -> Result<IpNet, ipnet::AddrParseError> {
    text.parse::<IpAddr>().map(IpNet::from).or_else(|_| text.parse())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn certificate() -> Certificate {
        Certificate {
            kind: CertificateKind::User,
            key_type: String::new(),
            blob: Vec::new(),
            authority: Vec::new(),
            fingerprint: String::new(),
            key_id: "alice@laptop".into(),
            principals: vec!["alice".into(), "backup".into()],
            valid: 100..200,
            critical_options: Vec::new(),
        }
    }

    fn with_option(name: &str, value: &str) -> Result<(), CertificateFault> {
        let critical_options = vec![(name.to_owned(), value.as_bytes().to_vec())];
        Certificate { critical_options, ..certificate() }.check(HERE, 150)
    }

    #[test]
    fn it_holds_for_its_time_only() {
        for (now, verdict) in [
            (99, Err(CertificateFault::TooEarly)),
            (100, Ok(())),
            (199, Ok(())),
            (200, Err(CertificateFault::Expired)),
        ] {
            assert_eq!(certificate().check(HERE, now), verdict, "{now}");
        }
        let always = Certificate { valid: 0..u64::MAX, ..certificate() };
        assert_eq!(always.check(HERE, 150), Ok(()));
        // Ends before it begins: never.
        #[expect(clippy::reversed_empty_ranges, reason = "that is the case")]
        let never = Certificate { valid: 200..100, ..certificate() };
        assert!(never.check(HERE, 150).is_err() && never.check(HERE, 250).is_err());
    }

    #[test]
    fn a_hosts_certificate_is_no_users() {
        let host = Certificate { kind: CertificateKind::Host, ..certificate() };
        assert_eq!(host.check(HERE, 150), Err(CertificateFault::OfAHost));
    }

    #[test]
    fn what_is_critical_and_not_known_refuses() {
        for name in ["force-command", "verify-required", "Source-Address", ""] {
            assert_eq!(with_option(name, ""), Err(CertificateFault::Option(name.into())));
        }
    }

    #[test]
    fn the_source_address_is_a_list_of_networks() {
        for list in ["127.0.0.1", "10.0.0.0/8,127.0.0.0/8", "::1,127.0.0.1/32", "0.0.0.0/0"] {
            assert_eq!(with_option(SOURCE_ADDRESS, list), Ok(()), "{list}");
        }
        for list in ["10.0.0.0/8", "127.0.0.2", "::1", "::ffff:0:0/96"] {
            assert_eq!(with_option(SOURCE_ADDRESS, list), Err(CertificateFault::Address(HERE)), "{list}");
        }
        for list in ["", "127.0.0.1,", "127.0.0.1,localhost", "127.0.0.1 ", "127.0.0.0/33", "*"] {
            assert_eq!(with_option(SOURCE_ADDRESS, list), Err(CertificateFault::SourceAddress), "{list}");
        }
        let mapped = "::ffff:127.0.0.1".parse().unwrap();
        assert_eq!(check_source(b"127.0.0.1", mapped), Ok(()));
    }

    #[test]
    fn it_is_for_those_it_names() {
        assert_eq!(certificate().is_for(|name| name == "backup"), Ok(()));
        let other = Err(CertificateFault::Principal("alice@laptop".into()));
        assert_eq!(certificate().is_for(|name| name == "bob"), other);
        let nameless = Certificate { principals: Vec::new(), ..certificate() };
        assert_eq!(nameless.is_for(|_| true), other);
    }
}

//! `proxy_allowed`, `client_ip_proxy_header` and `https_proxy_headers`: who may say whom it speaks for.

use super::Misconfigured;
use crate::peer::Peer;
use axum::http::{HeaderMap, HeaderName};
use config::HttpdBinding;
use net::Networks;
use std::net::{IpAddr, SocketAddr};

/// Proxies whose headers are believed; those of everybody else are not looked at.
#[derive(Debug, Default)]
pub struct Proxies {
    allowed: Networks,
    /// The header that names the client, and which of several addresses is the client's.
    client: Option<(HeaderName, Depth)>,
    /// Headers that prove that the client came by HTTPS, with their values.
    https: Vec<(HeaderName, String)>,
}

/// `client_ip_header_depth`. Each proxy appends the address it was reached from, so the right end was written by
/// the proxy next to us, and the left end by whoever sent the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    /// So many from the right.
    FromRight(usize),
    /// The leftmost: anybody can write it who is not kept from it by the proxy.
    Leftmost,
}

impl Proxies {
    pub fn new(binding: &HttpdBinding, name: &str) -> Result<Self, Misconfigured> {
        // Who speaks for whom is settled before the first request; what requests say of it comes from their clients.
        if binding.proxy_mode == 1 {
            return Ok(Self::default());
        }
        let allowed = Networks::parse(&binding.proxy_allowed).map_err(|value| Misconfigured::Value {
            key: format!("{name}.proxy_allowed"),
            value,
            expected: "address or network",
        })?;
        let header = &binding.client_ip_proxy_header;
        let client = match header.is_empty() {
            true => None,
            false => {
                let key = format!("{name}.client_ip_proxy_header");
                Some((super::headers::name(&key, header)?, Depth::new(binding.client_ip_header_depth)))
            }
        };
        let mut https = Vec::new();
        if binding.security.enabled {
            for header in binding.security.https_proxy_headers.iter().filter(|header| !header.key.is_empty())
            {
                let key = format!("{name}.security.https_proxy_headers");
                https.push((super::headers::name(&key, &header.key)?, header.value.clone()));
            }
        }
        Ok(Self { allowed, client, https })
    }

    /// Whether connections from there may carry requests of several clients.
    pub fn speaks_for_others(&self, ip: IpAddr) -> bool {
        self.client.is_some() && self.holds(ip)
    }

    /// Who sent a request that came over the connection of `peer`.
    pub fn see(&self, peer: Peer, headers: &HeaderMap) -> Peer {
        if !self.holds(peer.remote.ip()) {
            return peer;
        }
        let by_https = self.https.iter().any(|(name, value)| {
            headers.get_all(name).iter().any(|sent| sent.as_bytes().eq_ignore_ascii_case(value.as_bytes()))
        });
        let client = self.client.as_ref().and_then(|(name, depth)| depth.pick(headers, name));
        Peer {
            // Which port the client had, nobody says.
            remote: client.map_or(peer.remote, |ip| SocketAddr::new(ip.to_canonical(), 0)),
            encrypted: peer.encrypted || by_https,
            by_proxy: true,
            ..peer
        }
    }

    fn holds(&self, ip: IpAddr) -> bool {
        self.allowed.contains(ip)
    }
}

impl Depth {
    fn new(number: i32) -> Self {
        usize::try_from(number).map_or(Self::Leftmost, Self::FromRight)
    }

    /// The client's address; `None` where there is none in its place.
    fn pick(self, headers: &HeaderMap, name: &HeaderName) -> Option<IpAddr> {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        let mut addresses: Vec<&str> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
        let at = match self {
            Self::FromRight(depth) => addresses.len().checked_sub(depth + 1)?,
            Self::Leftmost => 0,
        };
        address((at < addresses.len()).then(|| addresses.swap_remove(at))?)
    }
}

/// An address as proxies write it: alone, in brackets, or with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse::<SocketAddr>().map(|socket| socket.ip());
    bare.parse().or_else(|_| with_port()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use config::{HttpsProxyHeader, Security};

    fn proxies(depth: i32) -> Proxies {
        let security = Security {
            enabled: true,
            https_proxy_headers: vec![HttpsProxyHeader {
                key: "X-Forwarded-Proto".into(),
                value: "https".into(),
            }],
            ..Security::default()
        };
        let binding = HttpdBinding {
            proxy_allowed: vec!["127.0.0.1".into(), "10.0.0.0/8".into()],
            client_ip_proxy_header: "X-Forwarded-For".into(),
            client_ip_header_depth: depth,
            security,
            ..HttpdBinding::default()
        };
        Proxies::new(&binding, "b").unwrap()
    }

    fn seen(depth: i32, from: &str, lines: &[(&str, &str)]) -> Peer {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            let name = HeaderName::try_from(*name).unwrap();
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        let remote = from.parse().unwrap();
        proxies(depth).see(Peer { remote, ..Peer::default() }, &headers)
    }

    #[test]
    fn addresses_are_counted_from_the_right_over_all_lines() {
        let lines = [("x-forwarded-for", "1.1.1.1, 2.2.2.2"), ("x-forwarded-for", "[2001:db8::3]:80")];
        for (depth, ip) in [
            (0, "2001:db8::3"),
            (1, "2.2.2.2"),
            (2, "1.1.1.1"),
            (-1, "1.1.1.1"),
            (3, "127.0.0.1"),
            (i32::MAX, "127.0.0.1"),
        ] {
            assert_eq!(seen(depth, "127.0.0.1:9", &lines).ip(), ip.parse::<IpAddr>().unwrap(), "{depth}");
        }
    }

    #[test]
    fn headers_of_requests_mean_nothing_where_the_connection_says_whose_it_is() {
        let binding = HttpdBinding {
            proxy_mode: 1,
            proxy_allowed: vec!["127.0.0.1".into()],
            client_ip_proxy_header: "X-Forwarded-For".into(),
            ..HttpdBinding::default()
        };
        let proxies = Proxies::new(&binding, "b").unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static("1.1.1.1"));
        let remote = "127.0.0.1:9".parse().unwrap();
        let seen = proxies.see(Peer { remote, ..Peer::default() }, &headers);
        assert_eq!((seen.remote, seen.by_proxy), (remote, false));
        assert!(!proxies.speaks_for_others(remote.ip()));
    }

    #[test]
    fn strangers_speak_for_themselves() {
        let lines = [("x-forwarded-for", "1.1.1.1"), ("x-forwarded-proto", "https")];
        let stranger = seen(0, "127.0.0.2:9", &lines);
        assert_eq!((stranger.ip().to_string().as_str(), stranger.encrypted), ("127.0.0.2", false));
        let proxy = seen(0, "10.1.2.3:9", &lines);
        assert_eq!((proxy.ip().to_string().as_str(), proxy.encrypted), ("1.1.1.1", true));
        assert_eq!(seen(0, "10.1.2.3:9", &[("x-forwarded-for", "unknown")]).ip().to_string(), "10.1.2.3");
    }
}

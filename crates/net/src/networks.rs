//! Lists of addresses and networks, as the configuration has them.

use ipnet::IpNet;
use std::net::IpAddr;

/// Addresses and networks that something holds for.
#[derive(Clone, Debug, Default)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// `10.0.0.0/8` and `::1` alike; the first text that is neither is the error.
    pub fn parse(texts: &[String]) -> Result<Self, String> {
        let network = |text: &String| {
            text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| text.clone())
        };
        Ok(Self(texts.iter().map(network).collect::<Result<_, _>>()?))
    }

    /// Whether an address is in one of them, an IPv4 address mapped into IPv6 taken as itself.
    pub fn contains(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.0.iter().any(|network| network.contains(&ip))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_networks() {
        let list = Networks::parse(&["10.0.0.0/8".into(), "::1".into()]).unwrap();
        for (text, inside) in [
            ("10.1.2.3", true),
            ("::ffff:10.0.0.1", true),
            ("::1", true),
            ("::2", false),
            ("11.0.0.1", false),
        ] {
            assert_eq!(list.contains(text.parse().unwrap()), inside, "{text}");
        }
        assert_eq!(Networks::parse(&["::1".into(), "host".into()]).unwrap_err(), "host");
    }
}

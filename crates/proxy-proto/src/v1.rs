//! Version 1: a line of text (section 2.1).

use crate::{Client, Decoded, Header, Malformed};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

pub const SIGNATURE: &[u8] = b"PROXY ";
/// The longest line, with its end.
const LONGEST: usize = 107;

pub fn decode(bytes: &[u8]) -> Result<Decoded, Malformed> {
    let within = bytes.get(..LONGEST).unwrap_or(bytes);
    let Some(end) = within.windows(2).position(|two| two == b"\r\n") else {
        return if bytes.len() < LONGEST { Ok(Decoded::Incomplete) } else { Err(Malformed::Long) };
    };
    let line = bytes.get(SIGNATURE.len()..end).unwrap_or_default();
    let line = std::str::from_utf8(line).map_err(|_| Malformed::Content)?;
    Ok(Decoded::Complete(Header { length: end + 2, client: client(line)? }))
}

/// What follows `PROXY `.
fn client(line: &str) -> Result<Option<Client>, Malformed> {
    // Whatever follows UNKNOWN is to be left alone.
    if line == "UNKNOWN" || line.starts_with("UNKNOWN ") {
        return Ok(None);
    }
    let words: Vec<&str> = line.split(' ').collect();
    let [family, source, destination, from, to] = words[..] else { return Err(Malformed::Content) };
    let source = SocketAddr::new(address(family, source)?, port(from)?);
    let destination = SocketAddr::new(address(family, destination)?, port(to)?);
    Ok(Some(Client { source, destination, encrypted: false }))
}

fn address(family: &str, text: &str) -> Result<IpAddr, Malformed> {
    let address = match family {
        "TCP4" => text.parse::<Ipv4Addr>().map(IpAddr::V4),
        "TCP6" => text.parse::<Ipv6Addr>().map(IpAddr::V6),
        _ => return Err(Malformed::Content),
    };
    address.map_err(|_| Malformed::Content)
}

/// A number as the specification has it written: neither sign nor leading zeros.
fn port(text: &str) -> Result<u16, Malformed> {
    let canonical = text == "0" || text.starts_with(|first: char| ('1'..='9').contains(&first));
    text.parse().ok().filter(|_| canonical).ok_or(Malformed::Content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(line: &str) -> Result<Option<(String, String)>, Malformed> {
        match decode(line.as_bytes())? {
            Decoded::Complete(header) => {
                assert_eq!(header.length, line.find("\r\n").unwrap() + 2);
                Ok(header.client.map(|client| (client.source.to_string(), client.destination.to_string())))
            }
            other => panic!("{line:?} is {other:?}"),
        }
    }

    #[test]
    fn lines_of_the_specification() {
        let client = |from: &str, to: &str| Ok(Some((from.to_owned(), to.to_owned())));
        assert_eq!(
            seen("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\nSSH-2.0-x"),
            client("255.255.255.255:65535", "255.255.255.255:65535")
        );
        assert_eq!(
            seen("PROXY TCP6 2001:db8::1 ::1 56324 443\r\n"),
            client("[2001:db8::1]:56324", "[::1]:443")
        );
        let longest = "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff \
                       ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n";
        assert_eq!(longest.len(), LONGEST);
        assert_eq!(seen(longest), Ok(None));
        assert_eq!(seen("PROXY UNKNOWN\r\n"), Ok(None));
    }

    #[test]
    fn lines_that_make_no_sense() {
        for line in [
            "PROXY \r\n",
            "PROXY TCP4 1.1.1.1 2.2.2.2 1\r\n",
            "PROXY TCP4 1.1.1.1 2.2.2.2 1 2 3\r\n",
            "PROXY TCP4  1.1.1.1 2.2.2.2 1 2\r\n",
            "PROXY TCP4 ::1 ::1 1 2\r\n",
            "PROXY TCP6 1.1.1.1 2.2.2.2 1 2\r\n",
            "PROXY TCP4 01.1.1.1 2.2.2.2 1 2\r\n",
            "PROXY TCP4 1.1.1.1 2.2.2.2 1 65536\r\n",
            "PROXY TCP4 1.1.1.1 2.2.2.2 +1 2\r\n",
            "PROXY TCP4 1.1.1.1 2.2.2.2 01 2\r\n",
            "PROXY UDP4 1.1.1.1 2.2.2.2 1 2\r\n",
            "PROXY UNKNOWNS\r\n",
            "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n\r\n",
        ] {
            assert_eq!(seen(line), Err(Malformed::Content), "{line:?}");
        }
        assert_eq!(decode(b"PROXY TCP4 \xff\r\n"), Err(Malformed::Content));
        assert_eq!(decode(&[b"PROXY ".to_vec(), vec![b'x'; 101]].concat()), Err(Malformed::Long));
        assert_eq!(decode(&[b"PROXY ".to_vec(), vec![b'x'; 100]].concat()), Ok(Decoded::Incomplete));
    }
}

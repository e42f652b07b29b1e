//! Version 2: binary (section 2.2).

use crate::{Client, Decoded, Header, MAX, Malformed, crc32c::crc32c};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

pub const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// Signature, version and command, family and transport, length.
const FIXED: usize = 16;

/// Types of what may follow the addresses.
const CRC32C: u8 = 0x03;
const SSL: u8 = 0x20;
/// The flag of `SSL` that says that the client speaks TLS.
const CLIENT_SSL: u8 = 0x01;

pub fn decode(bytes: &[u8]) -> Result<Decoded, Malformed> {
    let Some(version_and_command) = bytes.get(12) else { return Ok(Decoded::Incomplete) };
    if version_and_command >> 4 != 2 {
        return Err(Malformed::Version);
    }
    let Some(&[command, family, high, low]) = bytes.get(12..FIXED).and_then(<[u8]>::first_chunk) else {
        return Ok(Decoded::Incomplete);
    };
    let length = FIXED + usize::from(u16::from_be_bytes([high, low]));
    if length > MAX {
        return Err(Malformed::Long);
    }
    let Some(header) = bytes.get(..length) else { return Ok(Decoded::Incomplete) };
    let mut rest = Rest(header.get(FIXED..).unwrap_or_default());
    let client = match command & 0x0f {
        // LOCAL: of the connection itself; the addresses and all that follows are to be left alone.
        0 => return Ok(Decoded::Complete(Header { length, client: None })),
        1 => rest.addresses(family)?,
        _ => return Err(Malformed::Content),
    };
    let mut encrypted = false;
    while let Some((kind, value)) = rest.extension()? {
        match kind {
            CRC32C => check(header, header.len() - rest.0.len() - value.len(), value)?,
            SSL => encrypted = value.first().ok_or(Malformed::Content)? & CLIENT_SSL != 0,
            _ => {}
        }
    }
    let client = client.map(|(source, destination)| Client { source, destination, encrypted });
    Ok(Decoded::Complete(Header { length, client }))
}

/// What of a header has not been looked at.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Malformed::Content)?;
        self.0 = rest;
        Ok(*taken)
    }

    /// Source and destination, where they are of the Internet and of a stream.
    fn addresses(&mut self, family: u8) -> Result<Option<(SocketAddr, SocketAddr)>, Malformed> {
        let (source, destination): (IpAddr, IpAddr) = match family >> 4 {
            1 => (Ipv4Addr::from(self.take::<4>()?).into(), Ipv4Addr::from(self.take::<4>()?).into()),
            2 => (Ipv6Addr::from(self.take::<16>()?).into(), Ipv6Addr::from(self.take::<16>()?).into()),
            // Unix sockets have names, and no ports.
            3 => return self.take::<216>().map(|_| None),
            0 => return Ok(None),
            _ => return Err(Malformed::Content),
        };
        let (from, to) = (u16::from_be_bytes(self.take()?), u16::from_be_bytes(self.take()?));
        match family & 0x0f {
            1 => Ok(Some((SocketAddr::new(source, from), SocketAddr::new(destination, to)))),
            // Of no kind, or of datagrams, which cannot have come this way.
            0 | 2 => Ok(None),
            _ => Err(Malformed::Content),
        }
    }

    /// The next type and value behind the addresses.
    fn extension(&mut self) -> Result<Option<(u8, &'a [u8])>, Malformed> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let [kind, high, low] = self.take()?;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let (value, rest) = self.0.split_at_checked(length).ok_or(Malformed::Content)?;
        self.0 = rest;
        Ok(Some((kind, value)))
    }
}

/// The checksum at `at` is that of the header with zeros in its place (section 2.2.3).
fn check(header: &[u8], at: usize, value: &[u8]) -> Result<(), Malformed> {
    let told = u32::from_be_bytes(value.try_into().map_err(|_| Malformed::Content)?);
    let (before, after) = (header.get(..at).unwrap_or_default(), header.get(at + 4..).unwrap_or_default());
    match crc32c(&[before, &[0; 4], after]) == told {
        true => Ok(()),
        false => Err(Malformed::Checksum),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V4: &[u8] = &[192, 0, 2, 1, 10, 0, 0, 1, 0x10, 0x92, 0x07, 0xe6];

    fn header(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        [SIGNATURE, &[command, family], &length, body].concat()
    }

    fn extension(kind: u8, value: &[u8]) -> Vec<u8> {
        [&[kind][..], &u16::try_from(value.len()).unwrap().to_be_bytes(), value].concat()
    }

    fn client(bytes: &[u8]) -> Result<Option<Client>, Malformed> {
        match decode(bytes)? {
            Decoded::Complete(header) => {
                assert_eq!(header.length, bytes.len());
                for cut in 0..bytes.len() {
                    assert_eq!(crate::decode(&bytes[..cut]), Ok(Decoded::Incomplete), "{cut} of {bytes:?}");
                }
                Ok(header.client)
            }
            other => panic!("{other:?}"),
        }
    }

    fn ada(encrypted: bool) -> Client {
        let (source, destination) = ("192.0.2.1:4242".parse().unwrap(), "10.0.0.1:2022".parse().unwrap());
        Client { source, destination, encrypted }
    }

    #[test]
    fn clients_of_both_families() {
        assert_eq!(client(&header(0x21, 0x11, V4)), Ok(Some(ada(false))));
        let mut v6 = [0; 36];
        (v6[0], v6[15], v6[31], v6[33], v6[35]) = (0xfe, 1, 2, 3, 4);
        let found = client(&header(0x21, 0x21, &v6)).unwrap().unwrap();
        assert_eq!(
            (found.source.to_string(), found.destination.to_string()),
            ("[fe00::1]:3".into(), "[::2]:4".into())
        );
    }

    #[test]
    fn proxies_that_name_nobody() {
        assert_eq!(client(&header(0x20, 0x00, b"")), Ok(None));
        assert_eq!(client(&header(0x20, 0x11, V4)), Ok(None));
        assert_eq!(client(&header(0x20, 0xff, b"\x03\x00")), Ok(None));
        assert_eq!(client(&header(0x21, 0x00, b"")), Ok(None));
        assert_eq!(client(&header(0x21, 0x12, V4)), Ok(None));
        assert_eq!(client(&header(0x21, 0x31, &[b'/'; 216])), Ok(None));
    }

    #[test]
    fn what_follows_the_addresses() {
        let other = extension(0x02, b"files.example");
        let tls = extension(SSL, &[CLIENT_SSL, 0, 0, 0, 0]);
        let plain = extension(SSL, &[0, 0, 0, 0, 1]);
        let with = |parts: &[&[u8]]| client(&header(0x21, 0x11, &[&[V4], parts].concat().concat()));
        assert_eq!(with(&[&other, &tls]), Ok(Some(ada(true))));
        assert_eq!(with(&[&plain, &other]), Ok(Some(ada(false))));
        let certificate = extension(0xe0, &[7; 4000]);
        assert_eq!(with(&[&certificate]), Ok(Some(ada(false))));
        for bad in [&b"\x02"[..], b"\x02\x00\x05abcd", &extension(SSL, b""), &extension(CRC32C, b"abc")] {
            assert_eq!(decode(&header(0x21, 0x11, &[V4, bad].concat())), Err(Malformed::Content), "{bad:?}");
        }
    }

    #[test]
    fn checksums() {
        let other = extension(0x04, &[0; 9]);
        let blank = [V4, &extension(CRC32C, &[0; 4]), &other].concat();
        let sum = crc32c(&[&header(0x21, 0x11, &blank)]).to_be_bytes();
        let good = header(0x21, 0x11, &[V4, &extension(CRC32C, &sum), &other].concat());
        assert_eq!(client(&good), Ok(Some(ada(false))));
        let mut damaged = good.clone();
        damaged[17] ^= 1;
        assert_eq!(decode(&damaged), Err(Malformed::Checksum));
    }

    #[test]
    fn headers_that_make_no_sense() {
        assert_eq!(decode(&header(0x11, 0x11, V4)), Err(Malformed::Version));
        for (command, family, body) in
            [(0x22, 0x11, V4), (0x21, 0x11, &V4[..11]), (0x21, 0x41, V4), (0x21, 0x13, V4), (0x21, 0x31, V4)]
        {
            assert_eq!(decode(&header(command, family, body)), Err(Malformed::Content), "{command} {family}");
        }
        assert_eq!(decode(&header(0x21, 0x11, &[0; MAX])), Err(Malformed::Long));
    }
}

//! The header of the PROXY protocol, versions 1 and 2: what a proxy says first about the client it speaks for
//! (<https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt>). Bytes in, an answer out, nothing awaited.

mod crc32c;
mod v1;
mod v2;

use std::net::SocketAddr;

/// The largest header that is taken, in bytes. Addresses take 232 at most; the rest is for what a proxy adds, of
/// which the certificate of a client is the largest.
pub const MAX: usize = 16 * 1024;

/// What the first bytes of a connection are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// Something else than a header.
    Absent,
    /// The beginning of a header, or what may still become one.
    Incomplete,
    Complete(Header),
}

/// A whole header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// How many bytes it takes.
    pub length: usize,
    /// `None` where the proxy speaks for itself, as when it looks whether the server is there, and where it does not
    /// know its client or the client has no IP address.
    pub client: Option<Client>,
}

/// Whom the proxy speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    pub source: SocketAddr,
    /// Where the client connected to.
    pub destination: SocketAddr,
    /// The client speaks TLS with the proxy.
    pub encrypted: bool,
}

/// It begins as a header does, and is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("a PROXY header that is too long")]
    Long,
    #[error("a PROXY header of a version that is not known")]
    Version,
    #[error("a PROXY header that makes no sense")]
    Content,
    #[error("a PROXY header that was damaged on its way")]
    Checksum,
}

/// Looks at everything that has come so far. With more bytes an answer other than [`Decoded::Incomplete`] stays what
/// it is.
pub fn decode(bytes: &[u8]) -> Result<Decoded, Malformed> {
    for (signature, decode) in [
        (v1::SIGNATURE, v1::decode as fn(&[u8]) -> Result<Decoded, Malformed>),
        (v2::SIGNATURE, v2::decode as fn(&[u8]) -> Result<Decoded, Malformed>),
    ] {
        if bytes.starts_with(signature) {
            return decode(bytes);
        }
        if signature.starts_with(bytes) {
            return Ok(Decoded::Incomplete);
        }
    }
    Ok(Decoded::Absent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_protocols_are_told_apart_at_once() {
        for other in [
            &b"SSH-2.0-x\r\n"[..],
            b"GET / HTTP/1.1",
            b"PUT /",
            b"PRI * HTTP/2.0",
            b"PROPFIND",
            b"\x16\x03\x01",
            b"\r\n\r\n\0\r\nQUIX",
            b"PROXY\t",
        ] {
            assert_eq!(decode(other), Ok(Decoded::Absent), "{other:?}");
        }
        for open in [&b""[..], b"P", b"PRO", b"PROXY", b"PROXY ", b"\r\n\r\n", b"\r\n\r\n\0\r\nQUIT\n"] {
            assert_eq!(decode(open), Ok(Decoded::Incomplete), "{open:?}");
        }
    }
}

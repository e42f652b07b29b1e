//! Bytes as they come from the socket, before and after the first key exchange, in pieces of any size.

use crate::{
    pair::{Pair, server},
    value,
};

pub fn ssh_packet(bytes: &[u8]) {
    let Some((with_keys, selector, cuts, bytes)) = value::<(bool, u8, Vec<u8>, Vec<u8>)>(bytes) else {
        return;
    };
    let mut server = if with_keys {
        Pair::with_keys(selector).server
    } else {
        let mut server = server();
        if selector & 1 == 0 {
            server.input().extend_from_slice(b"SSH-2.0-fuzz\r\n");
        }
        server
    };
    let mut rest = bytes.as_slice();
    let mut cuts = cuts.iter().cycle();
    while !rest.is_empty() {
        let n = usize::from(*cuts.next().unwrap_or(&255)).clamp(1, rest.len());
        let (piece, next) = rest.split_at(n);
        rest = next;
        server.input().extend_from_slice(piece);
        while let Ok(Some(_)) = server.poll_event() {}
    }
    assert!(!server.is_authenticated());
    assert!(server.output().len() < 64 << 10);
}

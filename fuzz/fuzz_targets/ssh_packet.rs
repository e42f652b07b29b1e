//! Bytes as they come from the socket, before and after the first key exchange, in pieces of any size.
#![no_main]

use libfuzzer_sys::fuzz_target;
use longshore_fuzz::{Pair, server};

fuzz_target!(|input: (bool, u8, Vec<u8>, Vec<u8>)| {
    let (with_keys, selector, cuts, bytes) = input;
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
});

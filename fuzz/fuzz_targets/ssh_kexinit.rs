//! A KEXINIT and the messages behind it, framed correctly.
#![no_main]

use libfuzzer_sys::fuzz_target;
use longshore_fuzz::{clear_packet, messages, server};

fuzz_target!(|input: &[u8]| {
    let mut server = server();
    server.input().extend_from_slice(b"SSH-2.0-fuzz\r\n");
    for message in messages(input).take(8) {
        server.input().extend_from_slice(&clear_packet(message));
        while let Ok(Some(_)) = server.poll_event() {}
    }
    assert!(!server.is_authenticated());
});

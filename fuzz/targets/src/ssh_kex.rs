//! Key exchanges, framed correctly: KEXINITs of any content, and the messages of each method.

use ssh_proto::{Connection, HostKeyAlgorithm, Kex, Named};

use crate::pair::{clear_packet, messages, pick, server};

const SSH_MSG_KEXINIT: u8 = 20;

/// A KEXINIT and the messages behind it.
pub fn ssh_kexinit(input: &[u8]) {
    let mut server = greeted();
    feed(&mut server, input);
}

/// Any messages behind a KEXINIT that is right; the first byte chooses the method.
pub fn ssh_kex(input: &[u8]) {
    let Some((selector, rest)) = input.split_first() else { return };
    let mut server = greeted();
    server.input().extend_from_slice(&clear_packet(&offer(pick(*selector))));
    feed(&mut server, rest);
}

fn greeted() -> Connection {
    let mut server = server();
    server.input().extend_from_slice(b"SSH-2.0-fuzz\r\n");
    server
}

/// Nobody is known before the keys are, and what is said until then is short.
fn feed(server: &mut Connection, input: &[u8]) {
    for message in messages(input).take(8) {
        server.input().extend_from_slice(&clear_packet(message));
        while let Ok(Some(_)) = server.poll_event() {}
    }
    assert!(!server.is_authenticated());
    assert!(server.output().len() < 64 << 10);
}

fn offer(kex: Kex) -> Vec<u8> {
    let cipher = "aes128-gcm@openssh.com";
    let lists =
        [kex.name(), HostKeyAlgorithm::Ed25519.name(), cipher, cipher, "", "", "none", "none", "", ""];
    let mut message = vec![SSH_MSG_KEXINIT];
    message.extend_from_slice(&[9; 16]);
    for list in lists {
        message.extend_from_slice(&(list.len() as u32).to_be_bytes());
        message.extend_from_slice(list.as_bytes());
    }
    message.extend_from_slice(&[0; 5]);
    message
}

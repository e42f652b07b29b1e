//! What hostile peers do, by the name it is known under.

use super::*;
use crate::{ChannelFault, disconnect};

/// Terrapin (CVE-2023-48795) needs a message before NEWKEYS that means nothing; strict key exchange allows none.
#[test]
fn terrapin_no_message_before_kexinit() {
    let mut server = Connection::new(Arc::new(config()));
    let mut client = Client::new(Offer::default()).unwrap();
    // The client's identification, an IGNORE, and then its KEXINIT.
    let output = client.output().to_vec();
    let line = output.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    server.input().extend_from_slice(&output[..line]);
    server.input().extend_from_slice(&clear_packet(&Message::new(msg::IGNORE).string("x").into_bytes()));
    server.input().extend_from_slice(&output[line..]);
    client.sent(output.len());
    assert!(matches!(server.poll_event(), Err(Error::KeyExchange(_))));
    assert!(server.poll_event().is_err(), "an error is final");
}

#[test]
fn terrapin_no_message_between_kexinit_and_newkeys() {
    for number in [msg::IGNORE, msg::DEBUG, msg::UNIMPLEMENTED, msg::EXT_INFO, msg::PING, 200] {
        let mut pair = Pair::new(config(), Offer::default());
        pair.carry_up(usize::MAX).unwrap();
        pair.client.send(&[number, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap();
        assert!(matches!(pair.run(), Err(Error::Unexpected { .. })), "{number}");
    }
}

#[test]
fn clients_without_strict_key_exchange_may_ignore_and_debug() {
    let offer = Offer { kex: "curve25519-sha256".to_owned(), ..Offer::default() };
    let mut pair = Pair::new(config(), offer);
    pair.carry_up(usize::MAX).unwrap();
    pair.send(Message::new(msg::IGNORE).string("x"));
    pair.run().unwrap();
    assert_eq!(pair.client.exchanges(), 1);
    let offer = Offer { kex: "curve25519-sha256".to_owned(), ..Offer::default() };
    let mut pair = Pair::new(config(), offer);
    pair.carry_up(usize::MAX).unwrap();
    pair.send(auth_request("root", "none"));
    assert!(matches!(pair.run(), Err(Error::Unexpected { .. })));
}

/// Once the client has sent KEXINIT it owes its key exchange messages and NEWKEYS, nothing else.
#[test]
fn data_after_kexinit_is_refused() {
    let (mut pair, id) = Pair::with_channel(config(), Offer::default(), 1 << 20, 32 << 10);
    pair.client.start_rekey().unwrap();
    pair.send(channel_data(id, b"smuggled"));
    assert_eq!(pair.run(), Err(Error::Unexpected { number: msg::CHANNEL_DATA, during: "in a key exchange" }));
}

#[test]
fn a_second_kexinit_is_refused() {
    let mut pair = Pair::new(config(), Offer::default());
    let offer = client_kexinit("curve25519-sha256");
    pair.carry_up(usize::MAX).unwrap();
    pair.client.send(&offer).unwrap();
    assert!(matches!(pair.run(), Err(Error::Unexpected { number: msg::KEXINIT, .. })));
}

/// DHEat: key exchanges cost the server more than a client that only pretends.
#[test]
fn strangers_get_one_key_exchange() {
    let mut pair = Pair::new(config(), Offer::default());
    pair.run().unwrap();
    pair.client.start_rekey().unwrap();
    assert_eq!(pair.run(), Err(Error::Unexpected { number: msg::KEXINIT, during: "before authentication" }));
}

#[test]
fn newkeys_out_of_turn_is_refused() {
    let mut pair = Pair::new(config(), Offer::default());
    pair.carry_up(usize::MAX).unwrap();
    pair.client.send(&[msg::NEWKEYS]).unwrap();
    assert!(matches!(pair.run(), Err(Error::Unexpected { number: msg::NEWKEYS, .. })));
    let mut pair = Pair::logged_in(config(), Offer::default());
    pair.client.send(&[msg::NEWKEYS]).unwrap();
    assert!(matches!(pair.run(), Err(Error::Unexpected { number: msg::NEWKEYS, .. })));
}

#[test]
fn huge_and_odd_packet_lengths_are_refused_at_once() {
    for length in [u32::MAX, 1 << 24, 35_004, 13, 0, 4] {
        let mut server = Connection::new(Arc::new(config()));
        server.input().extend_from_slice(b"SSH-2.0-x\r\n");
        server.input().extend_from_slice(&length.to_be_bytes());
        assert_eq!(server.poll_event().err(), Some(Error::PacketLength(length)));
    }
}

#[test]
fn wrong_padding_is_refused() {
    for padding in [0, 3, 12, 255] {
        let mut server = Connection::new(Arc::new(config()));
        server.input().extend_from_slice(b"SSH-2.0-x\r\n\0\0\0\x0c");
        server.input().extend_from_slice(&[padding, msg::IGNORE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(server.poll_event().err(), Some(Error::Padding), "{padding}");
    }
}

#[test]
fn a_flipped_bit_is_noticed_in_every_protection() {
    for cipher in Cipher::all() {
        for mac in Mac::all() {
            let offer = offer_of(Kex::Curve25519Sha256, cipher, mac);
            let (mut pair, id) = Pair::with_channel(config(), offer, 1 << 20, 32 << 10);
            pair.send(channel_data(id, &[7; 100]));
            let mut packet = pair.client.output().to_vec();
            let middle = packet.len() / 2;
            packet[middle] ^= 4;
            pair.server.input().extend_from_slice(&packet);
            let error = pair.server.poll_event().unwrap_err();
            assert_eq!((&error, error.reason()), (&Error::Integrity, disconnect::MAC_ERROR));
        }
    }
}

/// CVE-2008-5161: how soon a wrong length ends the connection must not tell what a block decrypts to.
#[test]
fn cbc_lengths_are_not_told() {
    for cipher in [Cipher::Aes256Cbc, Cipher::TripleDesCbc] {
        let offer = offer_of(Kex::Curve25519Sha256, cipher, Mac::HmacSha256);
        let (mut pair, _) = Pair::with_channel(config(), offer, 1 << 20, 32 << 10);
        pair.server.input().extend_from_slice(&[0x5a; 64 << 10]);
        assert!(matches!(pair.server.poll_event(), Ok(None)), "an answer would tell");
        pair.server.input().extend_from_slice(&[0x5a; 256 << 10]);
        assert_eq!(pair.server.poll_event().err(), Some(Error::Integrity));
    }
}

#[test]
fn no_channel_or_global_message_before_login() {
    for number in [msg::GLOBAL_REQUEST, msg::CHANNEL_OPEN, msg::CHANNEL_DATA, msg::CHANNEL_REQUEST, 127, 193]
    {
        let mut pair = Pair::new(config(), Offer::default());
        pair.run().unwrap();
        pair.send(Message::new(number).string("session").u32(0).u32(1000).u32(1000));
        assert_eq!(pair.run(), Err(Error::Unexpected { number, during: "before authentication" }));
    }
}

/// CVE-2018-10933: a server that takes its own messages from a client lets it declare itself logged in.
#[test]
fn clients_cannot_grant_themselves_anything() {
    for number in [msg::SERVICE_ACCEPT, msg::USERAUTH_FAILURE, msg::USERAUTH_SUCCESS, msg::USERAUTH_PK_OK] {
        let mut pair = Pair::new(config(), Offer::default());
        pair.run().unwrap();
        pair.forget();
        pair.client.send(&[number]).unwrap();
        pair.run().unwrap();
        assert!(!pair.server.is_authenticated() && pair.events.is_empty());
        assert_eq!(pair.messages[0][0], msg::UNIMPLEMENTED);
        pair.send(channel_open("session", 0, 1000, 1000));
        assert!(matches!(pair.run(), Err(Error::Unexpected { .. })));
    }
}

/// A peer that starts a key exchange with us, never finishes it, and keeps asking for replies.
#[test]
fn replies_held_by_a_key_exchange_are_bounded() {
    let mut pair = Pair::logged_in(config(), Offer::default());
    pair.server.start_rekey();
    let text = [b'p'; 30_000];
    let mut result = Ok(());
    for _ in 0..100 {
        pair.send(Message::new(msg::PING).string(text));
        result = result.and(pair.carry_up(usize::MAX).map(drop));
    }
    assert_eq!(result, Err(Error::Backlog));
}

#[test]
fn channel_floods_are_bounded() {
    let mut pair = Pair::logged_in(ServerConfig { max_channels: 8, ..config() }, Offer::default());
    for number in 0..20 {
        pair.send(channel_open("session", number, 1000, 1000));
    }
    pair.run().unwrap();
    assert_eq!(pair.events.len(), 8);
    assert_eq!(pair.got(msg::CHANNEL_OPEN_FAILURE), 12);
}

#[test]
fn a_channel_that_is_not_confirmed_cannot_be_used() {
    let mut pair = Pair::logged_in(config(), Offer::default());
    pair.send(channel_open("session", 0, 1000, 1000));
    pair.send(Message::new(msg::CHANNEL_DATA).u32(0).string("early"));
    assert_eq!(pair.run(), Err(Error::Channel { channel: 0, fault: ChannelFault::Unknown }));
}

#[test]
fn nothing_is_sent_or_decoded_after_a_disconnect() {
    let mut pair = Pair::logged_in(config(), Offer::default());
    pair.server.disconnect(disconnect::BY_APPLICATION, "bye");
    pair.server.ping();
    pair.send(Message::new(msg::GLOBAL_REQUEST).string("x").bool(true));
    assert_eq!(pair.carry_up(usize::MAX), Err(Error::Ended));
    pair.carry_down(usize::MAX).unwrap();
    assert_eq!(pair.messages.len(), 1);
    assert_eq!((pair.messages[0][0], word(&pair.messages[0])), (msg::DISCONNECT, disconnect::BY_APPLICATION));
}

pub(super) fn client_kexinit(kex: &str) -> Vec<u8> {
    let lists = [
        kex,
        "ssh-ed25519",
        "aes128-ctr",
        "aes128-ctr",
        "hmac-sha2-256",
        "hmac-sha2-256",
        "none",
        "none",
        "",
        "",
    ];
    let head = Message::new(msg::KEXINIT).raw(&[9; 16]);
    lists.iter().fold(head, |message, list| message.string(list)).bool(false).u32(0).into_bytes()
}

pub(super) fn clear_packet(payload: &[u8]) -> Vec<u8> {
    let mut output = crate::output::Output::default();
    crate::packet::Sealer::new().append(&mut output, payload, &[]).unwrap();
    output.pending().to_vec()
}

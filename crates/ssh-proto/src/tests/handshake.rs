//! From the first byte to data, with every algorithm.

use super::*;
use crate::PublicKeyAlgorithm;

/// Data both ways in every protection, with every way of cutting a packet to pieces in the first one.
#[test]
fn every_cipher_with_every_mac_carries_data() {
    for cipher in Cipher::all() {
        for mac in Mac::all() {
            let offer = offer_of(Kex::Curve25519Sha256, cipher, mac);
            let (mut pair, id) = Pair::with_channel(config(), offer, 1 << 20, 32 << 10);
            let negotiated = pair.server.negotiated().unwrap();
            assert_eq!(negotiated.cipher_in, cipher.name());
            assert_eq!(negotiated.mac_out, (!cipher.is_aead()).then(|| mac.name()));
            for len in [1, 2, 15, 16, 17, 31, 255, 4096, 32 << 10] {
                let data = pattern(len);
                pair.send(channel_data(id, &data));
                while pair.carry_up(7 + len / 3).unwrap() > 0 {}
                assert_eq!(pair.uploaded(), data, "{} {}", cipher.name(), mac.name());
                assert_eq!(pair.server.send_data(id, &data), len);
                while pair.carry_down(5 + len / 4).unwrap() > 0 {}
                assert_eq!(pair.received(), data);
                pair.server.consumed(id, len);
                pair.forget();
            }
        }
    }
}

#[test]
fn every_key_exchange_with_every_host_key_logs_in() {
    for kex in Kex::all() {
        for host_key in HostKeyAlgorithm::all() {
            let offer = Offer {
                host_key: host_key.name().to_owned(),
                ..offer_of(kex, Cipher::Aes128Gcm, Mac::HmacSha256)
            };
            let pair = Pair::logged_in(config(), offer);
            let negotiated = pair.server.negotiated().unwrap();
            assert_eq!((negotiated.kex, negotiated.host_key), (kex.name(), host_key.name()));
            assert_eq!(pair.server.session_id(), pair.client.session_id());
            assert_eq!(pair.server.client_version(), b"SSH-2.0-LongshoreTest_0.1");
        }
    }
}

#[test]
fn one_byte_at_a_time_is_enough() {
    let mut pair = Pair::new(config(), Offer::default());
    while pair.carry_up(1).unwrap() + pair.carry_down(1).unwrap() > 0 {}
    assert!(matches!(pair.events[..], [Event::KexDone { first: true }]));
}

#[test]
fn ext_info_names_the_signatures_and_ping() {
    let mut pair = Pair::new(config(), Offer::default());
    pair.run().unwrap();
    let mut fields = Reader::new(&pair.messages[0][1..], "ext info");
    assert_eq!(pair.messages[0][0], msg::EXT_INFO);
    assert_eq!(fields.u32(), Ok(2));
    assert_eq!(fields.utf8(), Ok("server-sig-algs"));
    assert_eq!(fields.utf8().unwrap(), crate::names(&PublicKeyAlgorithm::offered()).join(","));
    assert_eq!(fields.utf8(), Ok("ping@openssh.com"));
    assert_eq!(fields.utf8(), Ok("0"));
    assert!(fields.is_empty());
}

#[test]
fn clients_that_do_not_ask_get_no_ext_info() {
    let offer = Offer { kex: "curve25519-sha256@libssh.org".to_owned(), ..Offer::default() };
    let mut pair = Pair::new(config(), offer);
    pair.run().unwrap();
    assert!(pair.messages.is_empty());
}

#[test]
fn pings_come_back() {
    let mut pair = Pair::logged_in(config(), Offer::default());
    pair.send(Message::new(msg::PING).string("what the client says"));
    pair.run().unwrap();
    assert_eq!(pair.messages[0][..], Message::new(msg::PONG).string("what the client says").into_bytes());
}

/// The client's guess is right when both sides' first names agree, and is skipped otherwise.
#[test]
fn a_wrong_guess_is_ignored() {
    let offer = Offer {
        kex: "ecdh-sha2-nistp256,kex-strict-c-v00@openssh.com".to_owned(),
        guess: true,
        ..Offer::default()
    };
    let mut pair = Pair::new(config(), offer);
    pair.run().unwrap();
    assert_eq!(pair.client.exchanges(), 1);
}

#[test]
fn no_common_algorithm_is_named() {
    for (offer, family) in [
        (Offer { kex: "diffie-hellman-group1-sha1".to_owned(), ..Offer::default() }, "key exchange"),
        (Offer { cipher: "3des-cbc".to_owned(), ..Offer::default() }, "cipher"),
        (Offer { host_key: "ssh-dss".to_owned(), ..Offer::default() }, "host key"),
        (Offer { compression: "zlib".to_owned(), ..Offer::default() }, "compression"),
    ] {
        let config = ServerConfig { algorithms: Algorithms::default(), ..config() };
        let mut pair = Pair::new(config, offer);
        assert_eq!(pair.run(), Err(Error::NoCommonAlgorithm(family)));
    }
}

#[test]
fn identification_must_be_ssh_2() {
    for (text, result) in [
        ("SSH-2.0-x\n", Ok(())),
        ("SSH-2.0-PuTTY_Release_0.78 with a comment\r\n", Ok(())),
        ("SSH-1.5-old\r\n", Err(Error::Identification)),
        ("GET / HTTP/1.1\r\n", Err(Error::Identification)),
        ("SSH-2.0-\0\r\n", Err(Error::Identification)),
        (&"x".repeat(300), Err(Error::Identification)),
        (&"x".repeat(200), Ok(())),
    ] {
        let mut server = Connection::new(Arc::new(config()));
        server.input().extend_from_slice(text.as_bytes());
        assert_eq!(server.poll_event().map(|event| assert!(event.is_none())), result, "{text}");
    }
}

/// The bytes of a saved key make the same key again, in every kind.
#[test]
fn host_keys_survive_being_saved() {
    for pem in KEYS.iter() {
        let key = HostKey::from_bytes(pem.as_bytes()).unwrap();
        let again = HostKey::from_bytes(key.to_pem().unwrap().as_bytes()).unwrap();
        assert_eq!(key.public_text(), again.public_text());
        assert!(key.fingerprint().starts_with("SHA256:"));
        assert_eq!(key.fingerprint().len(), "SHA256:".len() + 43);
    }
}

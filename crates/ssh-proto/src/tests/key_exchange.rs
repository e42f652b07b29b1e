//! What hostile peers put into the messages of a key exchange method.

use super::{
    attacks::{clear_packet, client_kexinit},
    *,
};

/// The end of the only prime that is served under every name: what is below it is p-1, p-2 …
const P: usize = 256;

/// What a server says to these messages after the KEXINITs; all algorithms are enabled.
fn exchange(kex: &str, messages: &[Vec<u8>]) -> Result<(), Error> {
    let mut server = Connection::new(Arc::new(config()));
    server.input().extend_from_slice(b"SSH-2.0-x\r\n");
    server.input().extend_from_slice(&clear_packet(&client_kexinit(kex)));
    for message in messages {
        server.input().extend_from_slice(&clear_packet(message));
    }
    server.poll_event().map(drop)
}

fn value(bytes: &[u8]) -> Vec<u8> {
    Message::new(msg::KEX_INIT).string(bytes).into_bytes()
}

fn refused(result: &Result<(), Error>) -> bool {
    matches!(result, Err(Error::KeyExchange(_) | Error::Malformed(_)))
}

fn group_request(min: u32, wanted: u32, max: u32) -> Vec<u8> {
    Message::new(msg::KEX_GEX_REQUEST).u32(min).u32(wanted).u32(max).into_bytes()
}

/// The prime of group 14, as a group exchange announces it.
fn prime() -> Vec<u8> {
    let chosen = crate::kex::Chosen::by_request(&group_request(2048, 2048, 2048)).unwrap();
    let prime = chosen.group.prime().unwrap();
    assert_eq!(prime.len(), P);
    prime
}

/// RFC 8731: points of small order give a secret that anyone knows. The hybrids have the same half.
#[test]
fn zero_x25519_results_are_refused() {
    let mut one = [0; 32];
    one[0] = 1;
    let kem_key = {
        let keys = crate::kex::HybridKeys::generate().unwrap();
        keys.public[..1184].to_vec()
    };
    for point in [[0; 32], one] {
        assert!(matches!(exchange("curve25519-sha256", &[value(&point)]), Err(Error::KeyExchange(_))));
        for (kex, first) in [("mlkem768x25519-sha256", &kem_key[..]), ("sntrup761x25519-sha512", &[7; 1158])]
        {
            let both = value(&[first, &point].concat());
            assert!(matches!(exchange(kex, &[both]), Err(Error::KeyExchange(_))), "{kex}");
        }
    }
}

#[test]
fn public_values_off_the_curve_are_refused() {
    for (kex, len) in [
        ("curve25519-sha256", 31),
        ("ecdh-sha2-nistp256", 65),
        ("ecdh-sha2-nistp384", 97),
        ("ecdh-sha2-nistp521", 133),
        ("mlkem768x25519-sha256", 1216),
        ("mlkem768x25519-sha256", 1183),
        ("sntrup761x25519-sha512", 1189),
        ("sntrup761x25519-sha512", 1191),
    ] {
        let mut bytes = vec![0xff; len];
        bytes[0] = 4;
        assert!(refused(&exchange(kex, &[value(&bytes)])), "{kex}");
        assert!(refused(&exchange(kex, &[value(&[])])), "{kex}");
    }
}

/// A key of NTRU Prime is a polynomial in a dense encoding: any bytes are one, and an odd one hurts only its sender.
#[test]
fn any_sntrup_key_is_survived() {
    let mut point = [0; 32];
    point[0] = 9;
    for byte in [0, 1, 0x7f, 0x80, 0xff] {
        let both = value(&[&[byte; 1158][..], &point].concat());
        assert_eq!(exchange("sntrup761x25519-sha512", &[both]), Ok(()), "{byte:#x}");
    }
}

/// 0, 1 and p-1 make a secret that anyone knows; what is not below p is no element of the group.
#[test]
fn diffie_hellman_values_out_of_range_are_refused() {
    let prime = prime();
    let mut below = prime.clone();
    below[P - 1] -= 1;
    for bytes in [&[][..], &[0], &[1], &below, &prime, &[0xff; 1000]] {
        let number = Message::new(msg::KEX_INIT).mpint(bytes).into_bytes();
        assert!(refused(&exchange("diffie-hellman-group14-sha256", &[number])), "{bytes:?}");
        let number = Message::new(msg::KEX_GEX_INIT).mpint(bytes).into_bytes();
        let messages = [group_request(2048, 2048, 2048), number];
        assert!(refused(&exchange("diffie-hellman-group-exchange-sha256", &messages)), "{bytes:?}");
    }
    let negative = value(&below);
    assert!(refused(&exchange("diffie-hellman-group14-sha256", &[negative])));
}

#[test]
fn group_requests_out_of_bounds_are_refused() {
    for (min, wanted, max) in
        [(16_384, 16_384, 16_384), (u32::MAX, u32::MAX, u32::MAX), (1024, 1024, 1024), (8192, 4096, 2048)]
    {
        let request = group_request(min, wanted, max);
        assert!(
            refused(&exchange("diffie-hellman-group-exchange-sha256", &[request])),
            "{min} {wanted} {max}"
        );
    }
}

/// One request per exchange: each would cost us a message and nothing to the peer.
#[test]
fn group_exchange_keeps_its_order() {
    let request = || group_request(2048, 2048, 8192);
    let init = || Message::new(msg::KEX_GEX_INIT).mpint(&[2]).into_bytes();
    for messages in [
        vec![init()],
        vec![request(), request()],
        vec![value(&[2])],
        vec![Message::new(msg::KEX_INIT).u32(2048).into_bytes()],
        vec![request(), value(&[2])],
        vec![request(), vec![msg::NEWKEYS]],
    ] {
        let result = exchange("diffie-hellman-group-exchange-sha256", &messages);
        assert!(matches!(result, Err(Error::Unexpected { .. })), "{messages:?}");
    }
    assert_eq!(exchange("diffie-hellman-group-exchange-sha256", &[request(), init()]), Ok(()));
    assert!(matches!(exchange("diffie-hellman-group14-sha256", &[request()]), Err(Error::Unexpected { .. })));
}

//! Packets that somebody on the way has changed, cut out or sent again, and lengths that are not true.

use super::{
    attacks::{clear_packet, client_kexinit},
    *,
};
use crate::disconnect;

/// Protections as they differ in what they cover and in which order.
const PROTECTIONS: [(Cipher, Mac); 8] = [
    (Cipher::Aes128Gcm, Mac::HmacSha256),
    (Cipher::ChaCha20Poly1305, Mac::HmacSha256),
    (Cipher::Aes128Ctr, Mac::HmacSha256),
    (Cipher::Aes256Ctr, Mac::HmacSha512Etm),
    (Cipher::Aes256Ctr, Mac::Umac64Etm),
    (Cipher::Aes256Cbc, Mac::Umac128),
    (Cipher::Aes128Cbc, Mac::HmacSha256Etm),
    (Cipher::Arcfour256, Mac::HmacSha1_96),
];

/// A channel and a sealed packet for it, not yet delivered.
fn pair_and_packet(cipher: Cipher, mac: Mac) -> (Pair, Vec<u8>) {
    let offer = offer_of(Kex::Curve25519Sha256, cipher, mac);
    let (mut pair, id) = Pair::with_channel(config(), offer, 1 << 20, 32 << 10);
    pair.send(channel_data(id, &[7; 40]));
    let packet = pair.client.output().to_vec();
    pair.client.sent(packet.len());
    (pair, packet)
}

/// Vaudenay's padding oracle and its kin: wherever a packet was changed, the answer is the same, and no field of it is
/// looked at before it is known to be true. Lengths are apart: they are there before the packet is.
#[test]
fn forged_packets_all_get_the_same_answer() {
    for (cipher, mac) in PROTECTIONS {
        let length = pair_and_packet(cipher, mac).1.len();
        for place in 4..length {
            let (mut pair, mut packet) = pair_and_packet(cipher, mac);
            packet[place] ^= 0x80;
            let error = refusal(&mut pair, &packet);
            assert_eq!(error, Error::Integrity, "{cipher:?} {mac:?} byte {place}");
            pair.server.disconnect(error.reason(), &error.to_string());
            pair.carry_down(usize::MAX).unwrap();
            let answer = pair.messages.last().unwrap();
            assert_eq!((answer[0], word(answer)), (msg::DISCONNECT, disconnect::MAC_ERROR));
        }
    }
}

/// A changed length either fails at once or has the server wait for a packet that then fails; none is obeyed.
#[test]
fn forged_lengths_do_not_open() {
    for (cipher, mac) in PROTECTIONS {
        for bit in 0..32 {
            let (mut pair, mut packet) = pair_and_packet(cipher, mac);
            packet[bit / 8] ^= 1 << (bit % 8);
            let error = refusal(&mut pair, &packet);
            assert!(
                matches!(error, Error::Integrity | Error::PacketLength(_)),
                "{cipher:?} {mac:?} bit {bit}"
            );
        }
    }
}

/// The sequence number is under every seal, sent or not.
#[test]
fn packets_sent_again_or_out_of_order_are_noticed() {
    for (cipher, mac) in PROTECTIONS {
        let (mut pair, packet) = pair_and_packet(cipher, mac);
        pair.server.input().extend_from_slice(&packet);
        assert!(matches!(pair.server.poll_event(), Ok(Some(Event::Data { .. }))));
        assert_noticed(&mut pair, &packet);

        let (mut pair, _cut_out) = pair_and_packet(cipher, mac);
        pair.client.send(&[msg::IGNORE, 0, 0, 0, 0]).unwrap();
        let next = pair.client.output().to_vec();
        assert_noticed(&mut pair, &next);
    }
}

/// A stream cipher that lost its place reads a length from noise, which may be out of bounds already.
fn assert_noticed(pair: &mut Pair, packet: &[u8]) {
    let error = refusal(pair, packet);
    assert!(matches!(error, Error::Integrity | Error::PacketLength(_)), "{error:?}");
}

/// What the server says to a packet that is not true, with more behind it in case its length is not, either.
fn refusal(pair: &mut Pair, packet: &[u8]) -> Error {
    pair.server.input().extend_from_slice(packet);
    let mut result = pair.server.poll_event();
    if matches!(result, Ok(None)) {
        pair.server.input().extend_from_slice(&vec![0; 512 << 10]);
        result = pair.server.poll_event();
    }
    result.expect_err("it is forged")
}

/// Terrapin as it was published: a packet slipped in before the keys makes up for one that is cut out behind them. With
/// strict key exchange numbers start again at NEWKEYS, and the first one missing shows.
#[test]
fn terrapin_the_first_packet_under_new_keys_cannot_be_cut_out() {
    for cipher in [Cipher::ChaCha20Poly1305, Cipher::Aes128Ctr, Cipher::Aes128Gcm] {
        let offer = offer_of(Kex::Curve25519Sha256, cipher, Mac::HmacSha256Etm);
        let mut pair = Pair::new(config(), offer);
        pair.run().unwrap();
        pair.send(Message::new(msg::SERVICE_REQUEST).string("ssh-userauth"));
        pair.client.sent(pair.client.output().len());
        pair.send(auth_request("alice", "none"));
        let next = pair.client.output().to_vec();
        assert_noticed(&mut pair, &next);
        assert!(!pair.server.is_authenticated());
    }
}

#[test]
fn compression_is_refused() {
    for compression in ["zlib@openssh.com", "zlib", ""] {
        let offer = Offer { compression: compression.to_owned(), ..Offer::default() };
        let mut pair = Pair::new(config(), offer);
        let error = pair.run().unwrap_err();
        assert_eq!(error, Error::NoCommonAlgorithm("compression"));
        assert_eq!(error.reason(), disconnect::KEY_EXCHANGE_FAILED);
    }
}

/// A wrong guess has one message skipped, which is of the exchange; nothing else rides on it.
#[test]
fn a_wrong_guess_hides_one_message_and_no_other() {
    let guess = |behind: &[Vec<u8>]| {
        let mut server = Connection::new(Arc::new(config()));
        server.input().extend_from_slice(b"SSH-2.0-x\r\n");
        let mut offer = client_kexinit("curve25519-sha256,kex-strict-c-v00@openssh.com");
        let flag = offer.len() - 5;
        offer[flag] = 1;
        server.input().extend_from_slice(&clear_packet(&offer));
        for message in behind {
            server.input().extend_from_slice(&clear_packet(message));
        }
        server.poll_event().map(|event| assert!(event.is_none()))
    };
    let wrong = || Message::new(msg::KEX_INIT).string("a guess").into_bytes();
    assert_eq!(guess(&[wrong()]), Ok(()));
    assert!(matches!(guess(&[wrong(), wrong()]), Err(Error::KeyExchange(_) | Error::Malformed(_))));
    for number in [msg::IGNORE, msg::NEWKEYS, msg::SERVICE_REQUEST, msg::USERAUTH_REQUEST] {
        let result = guess(&[vec![number, 0, 0, 0, 0]]);
        assert!(matches!(result, Err(Error::Unexpected { .. })), "{number}: {result:?}");
    }
}

/// A length inside a message is the peer's word, too: nothing is set aside for it, and it ends the connection.
#[test]
fn huge_lengths_inside_messages_are_malformed() {
    let huge = |number: u8| Message::new(number).u32(u32::MAX).u32(u32::MAX).u32(1 << 31);
    let mut server = Connection::new(Arc::new(config()));
    server.input().extend_from_slice(b"SSH-2.0-x\r\n");
    server.input().extend_from_slice(&clear_packet(
        &Message::new(msg::KEXINIT).raw(&[0; 16]).u32(u32::MAX).into_bytes(),
    ));
    assert!(matches!(server.poll_event(), Err(Error::Malformed(_))));

    for number in [msg::SERVICE_REQUEST, msg::USERAUTH_REQUEST] {
        let mut pair = Pair::new(config(), Offer::default());
        pair.run().unwrap();
        pair.send(Message::new(msg::SERVICE_REQUEST).string("ssh-userauth"));
        pair.send(huge(number));
        assert!(matches!(pair.run(), Err(Error::Malformed(_))), "{number}");
    }
    for number in [msg::GLOBAL_REQUEST, msg::CHANNEL_OPEN, msg::CHANNEL_DATA, msg::CHANNEL_REQUEST] {
        let (mut pair, id) = Pair::with_channel(config(), Offer::default(), 1 << 20, 32 << 10);
        pair.send(match number {
            msg::CHANNEL_DATA | msg::CHANNEL_REQUEST => Message::new(number).u32(id.0).u32(u32::MAX),
            _ => huge(number),
        });
        assert!(matches!(pair.run(), Err(Error::Malformed(_))), "{number}");
    }
}

//! Data that is read straight into packets.

use super::*;

/// Reserves `asked`, fills it as a read that returns `got` bytes does, and compares what arrives.
fn read_into_gaps(cipher: Cipher, packet: u32, asked: usize, got: usize) {
    let offer = offer_of(Kex::Curve25519Sha256, cipher, Mac::HmacSha256);
    let (mut pair, id) = Pair::with_channel(config(), offer, 1 << 20, packet);
    let before = pair.server.send_window(id);
    let data = pattern(asked);
    let mut reservation = pair.server.reserve(id, 13 + asked).unwrap();
    reservation.prefix(b"?len, head...");
    let mut rest = &data[..got];
    let gaps = reservation.buffers();
    assert_eq!(gaps.iter().map(|gap| gap.len()).sum::<usize>(), asked);
    for mut gap in gaps {
        let n = gap.len().min(rest.len());
        gap[..n].copy_from_slice(&rest[..n]);
        rest = &rest[n..];
    }
    reservation.prefix_mut()[0] = b'!';
    reservation.commit(got);
    assert_eq!(before - pair.server.send_window(id), 13 + got);
    pair.run().unwrap();
    let expected = [b"!len, head...", &data[..got]].concat();
    assert!(pair.received() == expected, "{} {packet} {asked} {got}", cipher.name());
    assert!(pair.messages.iter().all(|message| message.len() <= 9 + packet as usize));
    // The stream goes on behind it.
    pair.forget();
    pair.server.send_data(id, b"next");
    pair.run().unwrap();
    assert_eq!(pair.received(), b"next");
}

#[test]
fn short_reads_send_what_came() {
    let asked = 255 << 10;
    for cipher in [Cipher::Aes128Gcm, Cipher::ChaCha20Poly1305, Cipher::Aes256Ctr] {
        for got in [asked, asked - 1, 100_000, (64 << 10) - 13, (64 << 10) - 12, 32 << 10, 1, 0] {
            read_into_gaps(cipher, 32 << 10, asked, got);
        }
    }
}

#[test]
fn all_sizes_around_a_packet_fit() {
    for asked in (1..40).chain(995..1005).chain(1980..2010) {
        for got in [0, 1, asked / 2, asked] {
            read_into_gaps(Cipher::Aes256Gcm, 1000, asked, got);
        }
    }
}

#[test]
fn a_cancelled_reservation_leaves_no_trace() {
    let (mut pair, id) = Pair::with_channel(config(), Offer::default(), 1 << 20, 32 << 10);
    pair.server.send_data(id, b"before ");
    let output = pair.server.output().to_vec();
    pair.server.reserve(id, 200_000).unwrap().cancel();
    drop(pair.server.reserve(id, 10).unwrap());
    assert_eq!(pair.server.output(), output);
    assert_eq!(pair.server.send_data(id, b"after"), 5);
    pair.run().unwrap();
    assert_eq!(pair.received(), b"before after");
}

#[test]
fn nothing_committed_sends_nothing() {
    let (mut pair, id) = Pair::with_channel(config(), Offer::default(), 1000, 1000);
    pair.server.reserve(id, 100).unwrap().commit(0);
    assert!(pair.server.output().is_empty());
    assert_eq!(pair.server.send_window(id), 1000);
}

#[test]
fn there_is_no_room_beyond_the_window() {
    let (mut pair, id) = Pair::with_channel(config(), Offer::default(), 1000, 256);
    assert!(pair.server.reserve(id, 1001).is_none());
    assert!(pair.server.reserve(id, 0).is_none());
    // More than is there is neither prefixed nor committed.
    let mut reservation = pair.server.reserve(id, 3).unwrap();
    reservation.prefix(b"abcd");
    assert!(reservation.buffers().is_empty());
    reservation.commit(9);
    assert_eq!(pair.server.send_window(id), 997);
    pair.run().unwrap();
    assert_eq!(pair.received(), b"abc");
    pair.server.send_eof(id);
    assert!(pair.server.reserve(id, 1).is_none());
}

#[test]
fn tiny_packets_do_not_make_more_gaps_than_a_read_takes() {
    let (mut pair, id) = Pair::with_channel(config(), Offer::default(), 1 << 20, 256);
    let limit = pair.server.reserve_limit(id);
    assert_eq!(limit, 64 << 10);
    assert!(pair.server.reserve(id, limit).is_some());
    assert!(pair.server.reserve(id, limit + 1).is_none());
}

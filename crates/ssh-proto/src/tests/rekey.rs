//! Keys that change while data flows.

use super::*;

/// Streams data both ways while keys change all the time, started by either side.
fn stream_under_rekeying(config: ServerConfig, offer: Offer, client_starts: bool) -> usize {
    let (mut pair, id) = Pair::with_channel(config, offer, u32::MAX, 32 << 10);
    let data = pattern(300_000);
    let (mut sent, mut uploaded, mut down, mut up) = (0, 0, Vec::new(), Vec::new());
    let mut rounds = 0;
    while down.len() < data.len() || up.len() < data.len() {
        rounds += 1;
        assert!(rounds < 10_000, "stalled");
        sent += pair.server.send_data(id, &data[sent..(sent + 3000).min(data.len())]);
        if pair.client.may_send() {
            let chunk = &data[uploaded..(uploaded + 2000).min(data.len())];
            pair.send(channel_data(id, chunk));
            uploaded += chunk.len();
            if client_starts && rounds % 40 == 0 {
                pair.client.start_rekey().unwrap();
            }
        }
        // Pieces that cut packets, so that messages of both sides cross.
        pair.carry_up(2777).unwrap();
        pair.carry_down(2777).unwrap();
        down.extend(pair.received());
        up.extend(pair.uploaded());
        let consumed: usize = pair.uploaded().len();
        pair.server.consumed(id, consumed);
        pair.forget();
    }
    assert_eq!((down, up), (data.clone(), data));
    pair.run().unwrap();
    pair.client.exchanges()
}

#[test]
fn the_client_may_change_keys_under_load() {
    for cipher in [Cipher::Aes256Gcm, Cipher::ChaCha20Poly1305, Cipher::Aes128Ctr] {
        let offer = offer_of(Kex::Curve25519Sha256, cipher, Mac::HmacSha512);
        assert!(stream_under_rekeying(config(), offer, true) > 3);
    }
}

#[test]
fn the_server_changes_keys_after_its_share_of_bytes() {
    for cipher in [Cipher::Aes128Gcm, Cipher::ChaCha20Poly1305, Cipher::Aes192Ctr] {
        let offer = offer_of(Kex::EcdhNistp256, cipher, Mac::HmacSha256Etm);
        let exchanges = stream_under_rekeying(ServerConfig { rekey_bytes: 50_000, ..config() }, offer, false);
        assert!(exchanges > 5, "{exchanges}");
    }
}

#[test]
fn both_sides_may_start_at_once() {
    let offer = Offer { kex: "curve25519-sha256".to_owned(), ..Offer::default() };
    stream_under_rekeying(ServerConfig { rekey_bytes: 20_000, ..config() }, offer, true);
}

#[test]
fn nothing_but_key_exchange_is_sent_between_kexinit_and_newkeys() {
    let (mut pair, id) = Pair::with_channel(config(), Offer::default(), 1 << 20, 32 << 10);
    pair.server.start_rekey();
    assert_eq!(pair.server.send_window(id), 0);
    assert_eq!(pair.server.send_data(id, b"later"), 0);
    assert!(pair.server.reserve(id, 10).is_none());
    // The client has not seen our KEXINIT and goes on; what we answer waits.
    pair.send(Message::new(msg::GLOBAL_REQUEST).string("anything").bool(true));
    pair.send(channel_data(id, b"in flight"));
    pair.carry_up(usize::MAX).unwrap();
    assert_eq!(pair.uploaded(), b"in flight");
    pair.server.send_exit_status(id, 3);
    pair.server.send_eof(id);
    pair.carry_down(usize::MAX).unwrap();
    assert!(pair.messages.is_empty());
    pair.run().unwrap();
    let numbers: Vec<u8> = pair.messages.iter().map(|message| message[0]).collect();
    assert_eq!(numbers, [msg::REQUEST_FAILURE, msg::CHANNEL_REQUEST, msg::CHANNEL_EOF]);
    assert!(matches!(pair.events.last(), Some(Event::KexDone { first: false })));
}

#[test]
fn the_session_id_stays() {
    let mut pair = Pair::logged_in(config(), Offer::default());
    let id = pair.server.session_id().to_vec();
    pair.server.start_rekey();
    pair.run().unwrap();
    assert_eq!((pair.server.session_id(), pair.client.exchanges()), (&id[..], 2));
}

#[test]
fn keys_are_not_changed_before_login() {
    let mut pair = Pair::new(config(), Offer::default());
    pair.run().unwrap();
    pair.server.start_rekey();
    assert!(pair.server.output().is_empty());
}

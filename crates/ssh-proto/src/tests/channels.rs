//! Channels and their windows.

use super::*;
use crate::{ChannelFault, ChannelRequest, OpenFailure};

#[test]
fn windows_refill_on_consumption_and_not_on_receipt() {
    let (mut pair, id) =
        Pair::with_channel(ServerConfig { window: 100_000, ..config() }, Offer::default(), 0, 32 << 10);
    for _ in 0..10 {
        pair.send(channel_data(id, &[1; 10_000]));
    }
    pair.run().unwrap();
    assert_eq!(pair.got(msg::CHANNEL_WINDOW_ADJUST), 0);
    pair.server.consumed(id, 12_499);
    pair.run().unwrap();
    assert_eq!(pair.got(msg::CHANNEL_WINDOW_ADJUST), 0, "less than an eighth");
    pair.server.consumed(id, 1);
    pair.run().unwrap();
    assert_eq!(pair.messages.pop().unwrap()[..], adjust(NUMBER, 12_500).into_bytes());
    // More than was received is not given away.
    pair.server.consumed(id, usize::MAX);
    pair.run().unwrap();
    assert_eq!(pair.messages.pop().unwrap()[..], adjust(NUMBER, 87_500).into_bytes());
}

#[test]
fn data_beyond_the_window_ends_the_connection() {
    let config = ServerConfig { window: 15_000, ..config() };
    let (mut pair, id) = Pair::with_channel(config, Offer::default(), 0, 32 << 10);
    pair.send(channel_data(id, &[1; 15_000]));
    pair.run().unwrap();
    pair.send(channel_data(id, &[1]));
    assert_eq!(pair.run(), Err(Error::Channel { channel: id.0, fault: ChannelFault::WindowExceeded }));
}

#[test]
fn data_beyond_the_packet_size_ends_the_connection() {
    let (mut pair, id) = Pair::with_channel(config(), Offer::default(), 0, 32 << 10);
    pair.send(channel_data(id, &vec![1; (32 << 10) + 1]));
    assert_eq!(pair.run(), Err(Error::Channel { channel: id.0, fault: ChannelFault::PacketExceeded }));
}

/// The windows of a connection have a bound together: a channel that nobody serves is granted one, too.
#[test]
fn windows_are_shared_among_channels() {
    let config = ServerConfig { window: 1 << 20, windows: 3 << 20, ..config() };
    let mut pair = Pair::logged_in(config, Offer::default());
    let grants: Vec<u32> = (0..60)
        .map(|number| {
            pair.send(channel_open("session", number, 0, 32 << 10));
            pair.run().unwrap();
            let Some(Event::ChannelOpen { id }) = pair.events.pop() else { panic!("no channel") };
            pair.server.accept_channel(id);
            pair.run().unwrap();
            let confirmation = pair.messages.pop().unwrap();
            u32::from_be_bytes(confirmation[9..13].try_into().unwrap())
        })
        .collect();
    assert_eq!(grants[..4], [1 << 20, 1 << 20, 1 << 19, 1 << 18]);
    assert!(grants[6..].iter().all(|window| *window == ServerConfig::MIN_WINDOW), "{grants:?}");
    assert!(grants.iter().sum::<u32>() <= (3 << 20) + 60 * ServerConfig::MIN_WINDOW);
}

#[test]
fn windows_do_not_overflow() {
    let (mut pair, id) = Pair::with_channel(config(), Offer::default(), 1, 32 << 10);
    pair.send(adjust(id.0, u32::MAX - 1));
    pair.run().unwrap();
    assert!(matches!(pair.events[..], [Event::WindowOpened { .. }]));
    assert_eq!(pair.server.send_window(id), u32::MAX as usize);
    pair.send(adjust(id.0, 1));
    assert_eq!(pair.run(), Err(Error::Channel { channel: id.0, fault: ChannelFault::WindowOverflow }));
}

#[test]
fn we_keep_to_the_peers_window_and_packet_size() {
    let (mut pair, id) = Pair::with_channel(config(), Offer::default(), 2500, 1000);
    let data = pattern(5000);
    assert_eq!(pair.server.send_data(id, &data), 2500);
    assert_eq!(pair.server.send_data(id, &data), 0);
    pair.run().unwrap();
    let sizes: Vec<usize> = pair.messages.iter().map(|message| message.len() - 9).collect();
    assert_eq!(sizes, [1000, 1000, 500]);
    pair.send(adjust(id.0, 10));
    pair.run().unwrap();
    assert_eq!(pair.server.send_stderr(id, &data[2500..]), 10);
    pair.run().unwrap();
    let last = pair.messages.last().unwrap();
    assert_eq!((last[0], &last[13..]), (msg::CHANNEL_EXTENDED_DATA, &data[2500..2510]));
}

#[test]
fn only_sessions_are_opened() {
    let mut pair = Pair::logged_in(config(), Offer::default());
    for kind in ["direct-tcpip", "x11", "auth-agent@openssh.com", ""] {
        pair.send(channel_open(kind, 5, 1000, 1000));
    }
    pair.send(channel_open("session", 6, 1000, 255));
    pair.run().unwrap();
    assert_eq!((pair.events.len(), pair.got(msg::CHANNEL_OPEN_FAILURE)), (0, 5));
}

#[test]
fn a_refused_channel_is_free_again() {
    let mut pair = Pair::logged_in(ServerConfig { max_channels: 1, ..config() }, Offer::default());
    for _ in 0..3 {
        pair.send(channel_open("session", 5, 1000, 1000));
        pair.run().unwrap();
        let Some(Event::ChannelOpen { id }) = pair.events.pop() else { panic!("no channel") };
        pair.server.refuse_channel(id, OpenFailure::AdministrativelyProhibited, "no");
        pair.server.accept_channel(id);
        pair.run().unwrap();
    }
    assert_eq!(pair.got(msg::CHANNEL_OPEN_FAILURE), 3);
}

#[test]
fn requests_are_told_and_answered_in_order() {
    let (mut pair, id) = Pair::with_channel(config(), Offer::default(), 1000, 1000);
    let request =
        |name: &str, reply: bool| Message::new(msg::CHANNEL_REQUEST).u32(id.0).string(name).bool(reply);
    pair.send(request("env", false).string("LANG").string("C"));
    pair.send(request("pty-req", true).string("xterm"));
    pair.send(request("exec", true).string("scp -t /"));
    pair.send(request("subsystem", true).string("sftp"));
    pair.send(request("eow@openssh.com", false));
    pair.run().unwrap();
    let told: Vec<(bool, ChannelRequest)> = pair
        .events
        .drain(..)
        .map(|event| match event {
            Event::ChannelRequest { want_reply, request, .. } => (want_reply, request),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        told,
        [
            (false, ChannelRequest::Env { name: Bytes::from("LANG"), value: Bytes::from("C") }),
            (true, ChannelRequest::Pty),
            (true, ChannelRequest::Exec(Bytes::from("scp -t /"))),
            (true, ChannelRequest::Subsystem(Bytes::from("sftp"))),
            (false, ChannelRequest::Other(Bytes::from("eow@openssh.com"))),
        ]
    );
    pair.server.request_failure(id);
    pair.server.request_success(id);
    pair.server.request_success(id);
    pair.server.request_success(id);
    pair.run().unwrap();
    let numbers: Vec<u8> = pair.messages.iter().map(|message| message[0]).collect();
    assert_eq!(numbers, [msg::CHANNEL_FAILURE, msg::CHANNEL_SUCCESS, msg::CHANNEL_SUCCESS]);
}

#[test]
fn closing_works_from_both_sides() {
    let (mut pair, id) = Pair::with_channel(config(), Offer::default(), 1000, 1000);
    pair.server.send_exit_status(id, 7);
    pair.server.send_eof(id);
    pair.server.close_channel(id);
    pair.server.close_channel(id);
    assert_eq!(pair.server.send_data(id, b"late"), 0);
    pair.send(channel_data(id, b"in flight"));
    pair.send(Message::new(msg::CHANNEL_CLOSE).u32(id.0));
    pair.run().unwrap();
    let numbers: Vec<u8> = pair.messages.iter().map(|message| message[0]).collect();
    assert_eq!(numbers, [msg::CHANNEL_REQUEST, msg::CHANNEL_EOF, msg::CHANNEL_CLOSE]);
    assert!(matches!(pair.events[..], [Event::Close { .. }]));

    pair.forget();
    let second = pair.open_channel(9, 1000, 1000);
    assert_ne!(second, id, "a stale id means nothing");
    pair.send(Message::new(msg::CHANNEL_EOF).u32(second.0));
    pair.send(Message::new(msg::CHANNEL_CLOSE).u32(second.0));
    pair.run().unwrap();
    assert_eq!(pair.messages[0][..], Message::new(msg::CHANNEL_CLOSE).u32(9).into_bytes());
    assert!(matches!(pair.events[..], [Event::Eof { .. }, Event::Close { .. }]));
    pair.send(Message::new(msg::CHANNEL_CLOSE).u32(second.0));
    assert_eq!(pair.run(), Err(Error::Channel { channel: second.0, fault: ChannelFault::Unknown }));
}

#[test]
fn data_after_eof_is_refused() {
    let (mut pair, id) = Pair::with_channel(config(), Offer::default(), 1000, 1000);
    pair.send(Message::new(msg::CHANNEL_EOF).u32(id.0));
    pair.send(channel_data(id, b"more"));
    assert_eq!(pair.run(), Err(Error::Channel { channel: id.0, fault: ChannelFault::AfterEof }));
}

#[test]
fn global_requests_are_refused_and_unknown_messages_named() {
    let mut pair = Pair::logged_in(config(), Offer::default());
    pair.send(Message::new(msg::GLOBAL_REQUEST).string("tcpip-forward").bool(true));
    pair.send(Message::new(msg::GLOBAL_REQUEST).string("no-more-sessions@openssh.com").bool(false));
    pair.client.send(&[199]).unwrap();
    pair.run().unwrap();
    assert_eq!(pair.messages[0][..], [msg::REQUEST_FAILURE]);
    assert_eq!(pair.messages[1][0], msg::UNIMPLEMENTED);
    // Strict key exchange counts from 0 after NEWKEYS: service, authentication, two requests, then this one.
    assert_eq!((word(&pair.messages[1]), pair.messages.len()), (4, 2));
}

#[test]
fn our_ping_asks_for_a_reply_that_is_taken() {
    let mut pair = Pair::logged_in(config(), Offer::default());
    pair.server.ping();
    pair.run().unwrap();
    let expected = Message::new(msg::GLOBAL_REQUEST).string("keepalive@openssh.com").bool(true);
    assert_eq!(pair.messages[0][..], expected.into_bytes());
    pair.client.send(&[msg::REQUEST_FAILURE]).unwrap();
    pair.run().unwrap();
    assert!(pair.events.is_empty());
}

#[test]
fn received_data_is_not_copied_and_its_buffer_comes_back() {
    let (mut pair, id) = Pair::with_channel(config(), Offer::default(), 1000, 1000);
    *pair.server.input() = bytes::BytesMut::with_capacity(64 << 10);
    let buffer = pair.server.input().as_ptr() as usize;
    for _ in 0..100 {
        pair.send(channel_data(id, &[3; 10_000]));
        pair.carry_up(usize::MAX).unwrap();
        let Some(Event::Data { data, .. }) = pair.events.pop() else { panic!("no data") };
        let at = data.as_ptr() as usize;
        assert!((buffer..buffer + (64 << 10)).contains(&at));
        drop(data);
        pair.server.consumed(id, 10_000);
        pair.server.input().reserve(32 << 10);
    }
}

fn adjust(number: u32, bytes: u32) -> Message {
    Message::new(msg::CHANNEL_WINDOW_ADJUST).u32(number).u32(bytes)
}

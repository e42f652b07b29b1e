//! Broken input of every kind: the core may refuse it, and must do nothing else.

use proptest::prelude::*;

use super::*;

/// A login and a short session, message by message, to be cut and changed.
fn conversation() -> Vec<Vec<u8>> {
    let request = |name: &str| Message::new(msg::CHANNEL_REQUEST).u32(0).string(name).bool(true);
    [
        Message::new(msg::SERVICE_REQUEST).string("ssh-userauth"),
        auth_request("alice", "password").bool(false).string("secret"),
        auth_request("alice", "keyboard-interactive").string("").string(""),
        Message::new(msg::USERAUTH_INFO_RESPONSE).u32(1).string("answer"),
        Message::new(msg::GLOBAL_REQUEST).string("keepalive@openssh.com").bool(true),
        channel_open("session", NUMBER, 1 << 20, 32 << 10),
        request("env").string("A").string("B"),
        request("subsystem").string("sftp"),
        Message::new(msg::CHANNEL_DATA).u32(0).string([1; 100]),
        Message::new(msg::CHANNEL_EXTENDED_DATA).u32(0).u32(1).string([1; 100]),
        Message::new(msg::CHANNEL_WINDOW_ADJUST).u32(0).u32(77),
        Message::new(msg::PING).string("x"),
        Message::new(msg::CHANNEL_EOF).u32(0),
        Message::new(msg::CHANNEL_CLOSE).u32(0),
        Message::new(msg::DISCONNECT).u32(11).string("bye").string(""),
    ]
    .into_iter()
    .map(Message::into_bytes)
    .collect()
}

/// Drives a server through messages, answering every event; the login succeeds at the second answer.
fn drive(messages: &[Vec<u8>]) -> Result<Pair, Error> {
    let mut pair = Pair::new(config(), Offer::default());
    pair.run()?;
    for message in messages {
        pair.client.send(message).unwrap();
        loop {
            pair.run()?;
            let events = std::mem::take(&mut pair.events);
            if events.is_empty() {
                break;
            }
            events.into_iter().for_each(|event| answer(&mut pair.server, event));
        }
        assert!(pair.server.output().len() < 1 << 20);
    }
    Ok(pair)
}

fn answer(server: &mut Connection, event: Event) {
    match event {
        Event::Auth(request) => match request.method {
            crate::AuthAttempt::KeyboardInteractive { .. } => {
                server.auth_info_request("", "", &[crate::Prompt { text: "?".to_owned(), echo: false }]);
            }
            _ => server.auth_failure(&[crate::AuthMethod::Password], false),
        },
        Event::InfoResponse(_) => server.auth_success(),
        Event::InfoResponseMismatch | Event::AuthBadSignature { .. } => server.auth_failure(&[], false),
        Event::ChannelOpen { id } => server.accept_channel(id),
        Event::ChannelRequest { id, want_reply: true, .. } => server.request_success(id),
        Event::Data { id, data } => {
            server.send_data(id, &data);
            server.consumed(id, data.len());
        }
        _ => {}
    }
}

#[test]
fn the_conversation_itself_works() {
    let pair = drive(&conversation()).err();
    assert_eq!(pair, Some(Error::Ended), "it reaches the goodbye");
}

#[test]
fn every_message_may_be_cut_anywhere() {
    let whole = conversation();
    for (i, message) in whole.iter().enumerate() {
        for cut in 1..message.len() {
            let mut messages = whole.clone();
            messages[i].truncate(cut);
            let _refused_or_not = drive(&messages[..=i]).is_ok();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_bytes_and_orders_never_panic_nor_log_in(
        order in prop::collection::vec(0usize..15, 1..25),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 0..6),
    ) {
        let whole = conversation();
        let mut messages: Vec<Vec<u8>> = order.iter().map(|i| whole[*i].clone()).collect();
        for (message, byte, value) in changes {
            let message = message.get(&messages.clone()).clone();
            let at = messages.iter().position(|other| *other == message).unwrap();
            let byte = byte.index(message.len());
            messages[at][byte] = value;
        }
        if let Ok(pair) = drive(&messages) {
            let answered = messages.iter().any(|message| message[0] == msg::USERAUTH_INFO_RESPONSE);
            prop_assert!(!pair.server.is_authenticated() || answered);
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000), at in 0usize..3) {
        let mut pair = Pair::new(config(), Offer::default());
        match at {
            0 => {}
            1 => pair.server.input().extend_from_slice(b"SSH-2.0-x\r\n"),
            _ => pair.run().unwrap(),
        }
        pair.server.input().extend_from_slice(&bytes);
        while let Ok(Some(_)) = pair.server.poll_event() {}
        prop_assert!(!pair.server.is_authenticated());
    }
}

//! Messages of a client that is logged in and has a channel open: requests, data, windows, closing.

use ssh_proto::Event;

use crate::pair::{Pair, WINDOW, messages};

const SSH_MSG_SERVICE_REQUEST: u8 = 5;
const SSH_MSG_USERAUTH_REQUEST: u8 = 50;
const SSH_MSG_CHANNEL_OPEN: u8 = 90;

pub fn ssh_channel(input: &[u8]) {
    let mut pair = logged_in();
    let (mut open, mut unconsumed) = (1usize, 0);
    for message in messages(input).take(32) {
        // Key exchange is another target's business, and this client would trip over it.
        if (20..50).contains(&message[0]) || pair.client.send(message).is_err() {
            continue;
        }
        let Ok(events) = pair.exchange() else { return };
        for event in events {
            match event {
                Event::ChannelOpen { id } => {
                    pair.server.accept_channel(id);
                    open += 1;
                }
                Event::ChannelRequest { id, want_reply: true, .. } => pair.server.request_success(id),
                Event::Data { data, .. } => unconsumed += data.len(),
                Event::Close { .. } => open = open.checked_sub(1).expect("it was open"),
                Event::Disconnected { .. } => return,
                Event::Auth(request) => panic!("{request:?} after login"),
                _ => {}
            }
        }
        // Nothing is consumed, so no window is filled up again; channels come and go.
        assert!(open <= 4 && unconsumed <= 32 * WINDOW);
        assert!(pair.server.is_authenticated());
    }
}

/// A session with one channel, whose number is 0 on both sides.
fn logged_in() -> Pair {
    let mut pair = Pair::with_keys(0);
    let numbers = [0u32, 1 << 20, 32 << 10].map(u32::to_be_bytes).concat();
    let login = ["alice", "ssh-connection", "none"].map(string).concat();
    for message in [
        [&[SSH_MSG_SERVICE_REQUEST][..], &string("ssh-userauth")].concat(),
        [&[SSH_MSG_USERAUTH_REQUEST][..], &login].concat(),
        [&[SSH_MSG_CHANNEL_OPEN][..], &string("session"), &numbers].concat(),
    ] {
        pair.client.send(&message).expect("a small message");
        for event in pair.exchange().expect("it is well-formed") {
            match event {
                Event::Auth(_) => pair.server.auth_success(),
                Event::ChannelOpen { id } => pair.server.accept_channel(id),
                other => panic!("{other:?}"),
            }
        }
        pair.carry_down();
    }
    assert!(pair.server.is_authenticated());
    pair
}

fn string(text: &str) -> Vec<u8> {
    [&(text.len() as u32).to_be_bytes()[..], text.as_bytes()].concat()
}

//! Messages of a client that is not logged in. The server grants nothing, so nothing but questions about it come up.

use crate::pair::{Pair, messages};
use ssh_proto::{AuthAttempt, AuthMethod, Event, Prompt};

pub fn ssh_userauth(input: &[u8]) {
    let mut pair = Pair::with_keys(0);
    for message in messages(input).take(16) {
        // Key exchange is another target's business, and this client would trip over it.
        if (20..50).contains(&message[0]) || pair.client.send(message).is_err() {
            continue;
        }
        let Ok(events) = pair.exchange() else { return };
        for event in events {
            match event {
                Event::Auth(request) => match request.method {
                    AuthAttempt::KeyboardInteractive { .. } => {
                        let prompts = [Prompt { text: "Password: ".to_owned(), echo: false }];
                        pair.server.auth_info_request("", "", &prompts);
                    }
                    AuthAttempt::PublicKeyQuery { .. } => pair.server.auth_pk_ok(),
                    _ => pair.server.auth_failure(&[AuthMethod::Password], false),
                },
                Event::AuthBadSignature { .. } | Event::InfoResponse(_) | Event::InfoResponseMismatch => {
                    pair.server.auth_failure(&[AuthMethod::Password], false);
                }
                Event::Disconnected { .. } => return,
                other => panic!("{other:?} before login"),
            }
        }
        assert!(!pair.server.is_authenticated());
    }
}

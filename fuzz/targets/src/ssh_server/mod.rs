//! The whole server core: messages of any content in any order, mixed with the calls a driver makes. No panic, no
//! session without a login, no growth beyond what windows allow, and nothing sent that a client could not follow.

mod step;

use ssh_proto::{AuthAttempt, AuthMethod, ChannelId, Event, OpenFailure, Prompt};

use self::step::{Method, Scenario, Step};
use crate::{
    pair::{Pair, WINDOW},
    value,
};

const USERAUTH_SUCCESS: u8 = 52;
/// Messages of the connection protocol (RFC 4250 section 4.1.1), which are for who is logged in.
const CONNECTION: std::ops::Range<u8> = 80..128;

pub fn ssh_server(input: &[u8]) {
    let Some(scenario) = value::<Scenario>(input) else { return };
    let mut state = State::new(scenario.selector);
    if scenario.login {
        let login = [Step::Service, Step::Auth { user: 0, method: Method::Password(true) }];
        if !login.iter().all(|step| state.run(step)) {
            return;
        }
        assert!(state.pair.server.is_authenticated());
    }
    for step in scenario.steps.iter().take(64) {
        if !state.run(step) {
            return;
        }
    }
}

/// What the run is allowed to see.
struct State {
    pair: Pair,
    granted: bool,
    /// The client got to know of it.
    told: bool,
    /// A message of a key exchange was sent that was not the client's own, who may lose its way then.
    astray: bool,
    sent: Vec<Vec<u8>>,
    /// Open channels and the bytes of each that the driver has not consumed.
    channels: Vec<(ChannelId, usize)>,
}

impl State {
    fn new(selector: u8) -> Self {
        let pair = Pair::with_keys(selector);
        Self { pair, granted: false, told: false, astray: false, sent: Vec::new(), channels: Vec::new() }
    }

    /// Does a step and handles what comes of it; false when the connection is over.
    fn run(&mut self, step: &Step) -> bool {
        let message = step.message(&self.sent, |channel| self.number(channel));
        if !message.is_none_or(|message| self.say(message)) {
            return false;
        }
        self.call(step);
        for _ in 0..8 {
            if !self.listen() {
                return false;
            }
            let Ok(events) = self.pair.carry_up() else { return false };
            if !events.into_iter().all(|event| self.answer(event)) {
                return false;
            }
        }
        assert_eq!(self.pair.server.is_authenticated(), self.granted);
        assert!(self.channels.len() <= 4 && self.channels.iter().all(|(_, n)| *n <= WINDOW));
        true
    }

    /// Sends a message; while the client itself changes keys, only one that is meant to be in the way.
    fn say(&mut self, message: Vec<u8>) -> bool {
        let exchange = message.first().is_some_and(|number| (20..50).contains(number));
        if message.is_empty() || !(exchange || self.pair.client.may_send()) {
            return true;
        }
        self.astray |= exchange;
        let sent = self.pair.client.send(&message).is_ok();
        self.sent.push(message);
        sent
    }

    /// What the server says: nothing that a client could take for a login that was not granted.
    fn listen(&mut self) -> bool {
        loop {
            match self.pair.next_message() {
                Ok(Some(message)) => {
                    assert!(self.granted || !CONNECTION.contains(&message[0]), "{message:?} before login");
                    if message[0] == USERAUTH_SUCCESS {
                        assert!(self.granted && !self.told, "a login that was not granted");
                        self.told = true;
                    }
                }
                Ok(None) => return true,
                Err(error) => {
                    assert!(self.astray, "{error} at a client that kept to the protocol");
                    return false;
                }
            }
        }
    }

    /// What the driver does in a step.
    fn call(&mut self, step: &Step) {
        let place = |channel: &u8| usize::from(*channel) % self.channels.len().max(1);
        let id = |channel: &u8| self.channels.get(place(channel)).map(|(id, _)| *id);
        let server = &mut self.pair.server;
        match step {
            Step::ClientRekey if server.is_authenticated() => {
                self.pair.client.start_rekey().expect("random numbers");
            }
            Step::ServerRekey => server.start_rekey(),
            Step::Ping => server.ping(),
            Step::Release => server.release_buffers(),
            Step::ServerData { channel, len } => {
                let Some(id) = id(channel) else { return };
                let window = server.send_window(id);
                let data = vec![2; usize::from(*len)];
                assert_eq!(server.send_data(id, &data), window.min(data.len()));
            }
            Step::ServerReserve { channel, len, filled, commit } => {
                let Some(id) = id(channel) else { return };
                let before = server.output().len();
                let Some(mut room) = server.reserve(id, *len as usize % 300_000) else { return };
                room.prefix(b"prefix");
                let space: usize = room.buffers().iter().map(|gap| gap.len()).sum();
                if *commit {
                    room.commit(*filled as usize % (space + 1));
                } else {
                    room.cancel();
                    assert_eq!(server.output().len(), before);
                }
            }
            Step::ServerClose(channel) => {
                id(channel).into_iter().for_each(|id| server.close_channel(id));
            }
            Step::ServerEof(channel) => id(channel).into_iter().for_each(|id| server.send_eof(id)),
            Step::Consume { channel, n } => {
                let place = place(channel);
                let Some((id, unconsumed)) = self.channels.get_mut(place) else { return };
                let n = (*n as usize).min(*unconsumed);
                server.consumed(*id, n);
                *unconsumed -= n;
            }
            _ => {}
        }
    }

    fn answer(&mut self, event: Event) -> bool {
        let server = &mut self.pair.server;
        match event {
            Event::Auth(request) => match request.method {
                AuthAttempt::Password(text) if text.expose() == "right" => {
                    server.auth_success();
                    self.granted = true;
                }
                AuthAttempt::KeyboardInteractive { .. } => {
                    server.auth_info_request("", "", &[Prompt { text: "?".to_owned(), echo: false }]);
                }
                _ => server.auth_failure(&[AuthMethod::Password], false),
            },
            Event::AuthBadSignature { .. } | Event::InfoResponse(_) | Event::InfoResponseMismatch => {
                server.auth_failure(&[], false);
            }
            Event::ChannelOpen { id } => {
                assert!(self.granted, "a channel before login");
                if id.to_string().len() % 3 == 2 {
                    server.refuse_channel(id, OpenFailure::ConnectFailed, "no");
                } else {
                    server.accept_channel(id);
                    self.channels.push((id, 0));
                }
            }
            Event::ChannelRequest { id, want_reply, .. } => {
                assert!(self.granted && self.channels.iter().any(|(open, _)| *open == id));
                if want_reply {
                    server.request_success(id);
                }
            }
            Event::Data { id, data } => {
                let channel = self.channels.iter_mut().find(|(open, _)| *open == id);
                channel.expect("data on an open channel").1 += data.len();
            }
            Event::Close { id } => self.channels.retain(|(open, _)| *open != id),
            Event::Disconnected { .. } => return false,
            _ => {}
        }
        true
    }

    /// The number of an open channel, or of none.
    fn number(&self, channel: u8) -> [u8; 4] {
        let open = self.channels.get(usize::from(channel) % (self.channels.len() + 1));
        let number = open.map_or(u32::from(channel), |(id, _)| id.to_string().parse().unwrap_or_default());
        number.to_be_bytes()
    }
}

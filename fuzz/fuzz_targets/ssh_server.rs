//! The whole server core: messages of any content in any order, mixed with the calls a driver makes. No panic, no
//! session without a login, no growth beyond what windows allow, and nothing sent that a client could not follow.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use longshore_fuzz::{Pair, WINDOW};
use ssh_proto::{AuthAttempt, AuthMethod, ChannelId, Event, OpenFailure, Prompt};

#[derive(Arbitrary, Debug)]
struct Scenario {
    selector: u8,
    /// Start with a login that succeeds.
    login: bool,
    steps: Vec<Step>,
}

#[derive(Arbitrary, Debug)]
enum Step {
    Raw(Vec<u8>),
    Service,
    Auth {
        user: u8,
        method: Method,
    },
    Answers(u8),
    OpenSession {
        window: u32,
        packet: u32,
    },
    /// A message to a channel: its kind, the channel and the fields behind.
    Channel {
        number: u8,
        channel: u8,
        rest: Vec<u8>,
    },
    Data {
        channel: u8,
        len: u16,
    },
    ClientRekey,
    ServerRekey,
    ServerData {
        channel: u8,
        len: u16,
    },
    ServerReserve {
        channel: u8,
        len: u32,
        filled: u32,
        commit: bool,
    },
    ServerClose(u8),
    ServerEof(u8),
    Consume {
        channel: u8,
        n: u32,
    },
    Ping,
    Release,
}

#[derive(Arbitrary, Debug)]
enum Method {
    None,
    Password(bool),
    Interactive,
    Other(Vec<u8>),
}

/// What the run is allowed to see.
struct State {
    pair: Pair,
    granted: bool,
    /// Open channels and the bytes of each that the driver has not consumed.
    channels: Vec<(ChannelId, usize)>,
}

fuzz_target!(|scenario: Scenario| {
    let pair = Pair::with_keys(scenario.selector);
    let mut state = State { pair, granted: false, channels: Vec::new() };
    if scenario.login {
        let login = [Step::Service, Step::Auth { user: 0, method: Method::Password(true) }];
        for step in &login {
            if !state.run(step) {
                return;
            }
        }
        assert!(state.pair.server.is_authenticated());
    }
    for step in scenario.steps.iter().take(64) {
        if !state.run(step) {
            return;
        }
    }
});

impl State {
    /// Does a step and handles what comes of it; false when the connection is over.
    fn run(&mut self, step: &Step) -> bool {
        if let Some(message) = self.message(step) {
            // Only this client's own key exchange is one that it can follow, and it keeps quiet during it.
            let own = message.first().is_none_or(|number| (20..50).contains(number));
            if !own && self.pair.client.may_send() && self.pair.client.send(&message).is_err() {
                return false;
            }
        }
        self.call(step);
        for _ in 0..8 {
            let Ok(events) = self.pair.exchange() else { return false };
            if !events.into_iter().all(|event| self.answer(event)) {
                return false;
            }
        }
        assert_eq!(self.pair.server.is_authenticated(), self.granted);
        assert!(self.channels.len() <= 4 && self.channels.iter().all(|(_, n)| *n <= WINDOW));
        true
    }

    /// What the client says in a step.
    fn message(&self, step: &Step) -> Option<Vec<u8>> {
        Some(match step {
            Step::Raw(bytes) => bytes.clone(),
            Step::Service => [&[5][..], &string(b"ssh-userauth")].concat(),
            Step::Auth { user, method } => {
                let head = [&[50][..], &string(&[b'a' + user % 4]), &string(b"ssh-connection")].concat();
                let tail = match method {
                    Method::None => string(b"none"),
                    Method::Password(right) => {
                        let text: &[u8] = if *right { b"right" } else { b"wrong" };
                        [string(b"password"), vec![0], string(text)].concat()
                    }
                    Method::Interactive => {
                        [string(b"keyboard-interactive"), string(b""), string(b"")].concat()
                    }
                    Method::Other(rest) => rest.clone(),
                };
                [head, tail].concat()
            }
            Step::Answers(count) => {
                let answers = (0..*count % 4).flat_map(|_| string(b"wrong"));
                [61, 0, 0, 0, *count % 4].into_iter().chain(answers).collect()
            }
            Step::OpenSession { window, packet } => {
                let numbers = [7u32, *window, *packet].map(u32::to_be_bytes).concat();
                [&[90][..], &string(b"session"), &numbers].concat()
            }
            Step::Channel { number, channel, rest } => {
                [&[90 + number % 11][..], &self.number(*channel), rest].concat()
            }
            Step::Data { channel, len } => {
                [&[94][..], &self.number(*channel), &string(&vec![1; usize::from(*len)])].concat()
            }
            _ => return None,
        })
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

fn string(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat()
}

//! What may happen in a run, and what the client says in it.

use arbitrary::Arbitrary;

#[derive(Arbitrary, Debug)]
pub(super) struct Scenario {
    pub(super) selector: u8,
    /// Start with a login that succeeds.
    pub(super) login: bool,
    pub(super) steps: Vec<Step>,
}

#[derive(Arbitrary, Debug)]
pub(super) enum Step {
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
    /// A message that was sent before, with a bit flipped and cut off somewhere.
    Again {
        which: u8,
        flip: u16,
        cut: u16,
    },
    /// A message of a key exchange, in place or not.
    Exchange(Vec<u8>),
}

#[derive(Arbitrary, Debug)]
pub(super) enum Method {
    None,
    Password(bool),
    Interactive,
    Other(Vec<u8>),
}

impl Step {
    /// What the client says in a step; `sent` is what it said before, `number` that of a channel.
    pub(super) fn message(&self, sent: &[Vec<u8>], number: impl Fn(u8) -> [u8; 4]) -> Option<Vec<u8>> {
        Some(match self {
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
            Step::Channel { number: kind, channel, rest } => {
                [&[90 + kind % 11][..], &number(*channel), rest].concat()
            }
            Step::Data { channel, len } => {
                [&[94][..], &number(*channel), &string(&vec![1; usize::from(*len)])].concat()
            }
            Step::Again { which, flip, cut } => {
                let mut message = sent.get(usize::from(*which) % sent.len().max(1))?.clone();
                let bit = usize::from(*flip) % (8 * message.len());
                message[bit / 8] ^= 1 << (bit % 8);
                message.truncate((usize::from(*cut) % (2 * message.len())).max(1));
                message
            }
            Step::Exchange(rest) => {
                let (number, rest) = rest.split_first()?;
                [&[20 + number % 30], rest].concat()
            }
            _ => return None,
        })
    }
}

fn string(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat()
}

//! What the targets of SSH share: a server with one host key, and a client that has come as far as a target needs.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use ssh_proto::{
    Cipher, Connection, Error, Event, HostKey, HostKeyAlgorithm, HostKeyKind, Kex, Mac, Named,
    PublicKeyAlgorithm, ServerConfig,
    client::{Client, Offer},
};

/// Receive window of a channel.
pub const WINDOW: usize = 64 << 10;
/// More than a step of any target may bring to be sent: what is held back while keys change, and one reservation.
const MOST_OUTPUT: usize = 4 << 20;

static CONFIG: LazyLock<Arc<ServerConfig>> = LazyLock::new(|| {
    let key = HostKey::generate(HostKeyKind::Ed25519).expect("a host key");
    let mut config = ServerConfig::new("SSH-2.0-Longshore_fuzz", vec![key]);
    config.algorithms.kex = Kex::all().collect();
    config.algorithms.ciphers = Cipher::all().collect();
    config.algorithms.macs = Mac::all().collect();
    config.algorithms.host_keys = HostKeyAlgorithm::all().collect();
    config.algorithms.public_keys = PublicKeyAlgorithm::all().collect();
    config.max_channels = 4;
    config.window = WINDOW as u32;
    Arc::new(config)
});

/// Server and client wired to each other.
pub struct Pair {
    pub server: Connection,
    pub client: Client,
}

impl Pair {
    /// A pair whose first key exchange is done, with a cipher of `selector`'s choice.
    pub fn with_keys(selector: u8) -> Self {
        let cipher = pick::<Cipher>(selector);
        let mac = pick::<Mac>(selector >> 4);
        let offer =
            Offer { cipher: cipher.name().to_owned(), mac: mac.name().to_owned(), ..Offer::default() };
        let mut pair = Self { server: server(), client: Client::new(offer).expect("a client") };
        loop {
            let events = pair.exchange().expect("the key exchange succeeds");
            if events.iter().any(|event| matches!(event, Event::KexDone { first: true })) {
                pair.carry_down();
                return pair;
            }
        }
    }

    /// Carries what both have to say, the server first, and returns the server's events.
    pub fn exchange(&mut self) -> Result<Vec<Event>, Error> {
        self.carry_down();
        self.carry_up()
    }

    /// The server takes what the client sends, and tells about it.
    pub fn carry_up(&mut self) -> Result<Vec<Event>, Error> {
        let bytes = self.client.output();
        let n = bytes.len();
        self.server.input().extend_from_slice(bytes);
        self.client.sent(n);
        events(&mut self.server)
    }

    /// The client takes what the server sends; a server that speaks the protocol never makes it fail.
    pub fn carry_down(&mut self) {
        while self.next_message().expect("the server keeps to the protocol").is_some() {}
    }

    /// The client's next message that is not of a key exchange.
    pub fn next_message(&mut self) -> Result<Option<Bytes>, Error> {
        let bytes = self.server.output();
        let n = bytes.len();
        assert!(n <= MOST_OUTPUT, "{n} bytes of output");
        self.client.input().extend_from_slice(bytes);
        self.server.sent(n);
        self.client.poll()
    }
}

pub fn server() -> Connection {
    Connection::new(CONFIG.clone())
}

/// Everything the server has to tell about what it got.
pub fn events(server: &mut Connection) -> Result<Vec<Event>, Error> {
    let mut events = Vec::new();
    while let Some(event) = server.poll_event()? {
        events.push(event);
    }
    Ok(events)
}

/// A member of a family of `selector`'s choice.
pub fn pick<T: Named>(selector: u8) -> T {
    let members: Vec<T> = T::all().collect();
    members[usize::from(selector) % members.len()]
}

/// A packet as it travels before the first key exchange.
pub fn clear_packet(payload: &[u8]) -> Vec<u8> {
    let padding = 4 + (8 - (payload.len() + 9) % 8) % 8;
    let length = u32::try_from(1 + payload.len() + padding).expect("fuzz inputs are small");
    [&length.to_be_bytes()[..], &[padding as u8], payload, &vec![0; padding]].concat()
}

/// Splits a fuzz input into messages: each has its length in two bytes before it. Plain enough to write seeds by hand.
pub fn messages(mut input: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = input.split_first_chunk::<2>()?;
        let (message, rest) = rest.split_at(usize::from(u16::from_be_bytes(*length)).min(rest.len()));
        input = rest;
        Some(message)
    })
    .filter(|message| !message.is_empty())
}

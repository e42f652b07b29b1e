//! Server and client core wired to each other in memory.

mod attacks;
mod auth;
mod channels;
mod forgery;
mod handshake;
mod host_keys;
mod key_exchange;
mod mutation;
mod rekey;
mod reservation;

use std::sync::{Arc, LazyLock};

use bytes::Bytes;

use crate::{
    Algorithms, Cipher, Connection, Error, Event, HostKey, HostKeyAlgorithm, HostKeyKind, Kex, Mac, Named,
    ServerConfig,
    client::{Client, Offer},
    event::ChannelId,
    msg,
    wire::{Message, Reader},
};

/// RSA keys take long to make: one of each kind for all tests, in the form in which they are stored.
static KEYS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let kinds = [
        HostKeyKind::Ed25519,
        HostKeyKind::EcdsaNistp256,
        HostKeyKind::EcdsaNistp384,
        HostKeyKind::EcdsaNistp521,
        HostKeyKind::Rsa,
    ];
    kinds.into_iter().map(|kind| HostKey::generate(kind).unwrap().to_pem().unwrap()).collect()
});

const NUMBER: u32 = 77;

fn config() -> ServerConfig {
    let keys = KEYS.iter().map(|pem| HostKey::from_bytes(pem.as_bytes()).unwrap()).collect();
    let algorithms = Algorithms {
        kex: Kex::all().collect(),
        macs: Mac::all().collect(),
        ciphers: Cipher::all().collect(),
        host_keys: HostKeyAlgorithm::all().collect(),
        ..Algorithms::default()
    };
    ServerConfig { algorithms, ..ServerConfig::new("SSH-2.0-Longshore_test", keys) }
}

/// A server and a client with what each got to see.
struct Pair {
    server: Connection,
    client: Client,
    events: Vec<Event>,
    /// Messages of the server that are not part of a key exchange.
    messages: Vec<Bytes>,
}

impl Pair {
    fn new(config: ServerConfig, offer: Offer) -> Self {
        let server = Connection::new(Arc::new(config));
        Self { server, client: Client::new(offer).unwrap(), events: Vec::new(), messages: Vec::new() }
    }

    /// A pair that has exchanged keys and logged in.
    fn logged_in(config: ServerConfig, offer: Offer) -> Self {
        let mut pair = Self::new(config, offer);
        pair.run().unwrap();
        pair.send(Message::new(msg::SERVICE_REQUEST).string("ssh-userauth"));
        pair.send(auth_request("alice", "none"));
        pair.run().unwrap();
        pair.server.auth_success();
        pair.run().unwrap();
        assert_eq!(pair.got(msg::USERAUTH_SUCCESS), 1);
        pair.forget();
        pair
    }

    /// A pair with an open channel whose number at the client is [`NUMBER`].
    fn with_channel(config: ServerConfig, offer: Offer, window: u32, packet: u32) -> (Self, ChannelId) {
        let mut pair = Self::logged_in(config, offer);
        let id = pair.open_channel(NUMBER, window, packet);
        (pair, id)
    }

    fn open_channel(&mut self, number: u32, window: u32, packet: u32) -> ChannelId {
        self.send(channel_open("session", number, window, packet));
        self.run().unwrap();
        let Some(Event::ChannelOpen { id }) = self.events.pop() else { panic!("no channel") };
        self.server.accept_channel(id);
        self.run().unwrap();
        assert_eq!(self.messages.pop().unwrap()[0], msg::CHANNEL_OPEN_CONFIRMATION);
        id
    }

    fn send(&mut self, message: Message) {
        self.client.send(&message.into_bytes()).unwrap();
    }

    fn forget(&mut self) {
        self.events.clear();
        self.messages.clear();
    }

    /// Carries bytes both ways until nothing moves.
    fn run(&mut self) -> Result<(), Error> {
        loop {
            let moved = self.carry_up(usize::MAX)? + self.carry_down(usize::MAX)?;
            if moved == 0 {
                return Ok(());
            }
        }
    }

    /// Carries at most `limit` bytes to the server and lets it handle them.
    fn carry_up(&mut self, limit: usize) -> Result<usize, Error> {
        let n = self.client.output().len().min(limit);
        self.server.input().extend_from_slice(&self.client.output()[..n]);
        self.client.sent(n);
        while let Some(event) = self.server.poll_event()? {
            self.events.push(event);
        }
        Ok(n)
    }

    fn carry_down(&mut self, limit: usize) -> Result<usize, Error> {
        let n = self.server.output().len().min(limit);
        self.client.input().extend_from_slice(&self.server.output()[..n]);
        self.server.sent(n);
        while let Some(message) = self.client.poll()? {
            self.messages.push(message);
        }
        Ok(n)
    }

    /// All channel data the client got so far.
    fn received(&self) -> Vec<u8> {
        let data = self.messages.iter().filter(|message| message[0] == msg::CHANNEL_DATA);
        data.flat_map(|message| message[9..].to_vec()).collect()
    }

    /// All channel data the server got so far.
    fn uploaded(&self) -> Vec<u8> {
        let data = self.events.iter().filter_map(|event| match event {
            Event::Data { data, .. } => Some(data.to_vec()),
            _ => None,
        });
        data.flatten().collect()
    }

    fn got(&self, number: u8) -> usize {
        self.messages.iter().filter(|message| message[0] == number).count()
    }
}

fn auth_request(user: &str, method: &str) -> Message {
    Message::new(msg::USERAUTH_REQUEST).string(user).string("ssh-connection").string(method)
}

fn channel_open(kind: &str, number: u32, window: u32, packet: u32) -> Message {
    Message::new(msg::CHANNEL_OPEN).string(kind).u32(number).u32(window).u32(packet)
}

fn channel_data(id: ChannelId, data: &[u8]) -> Message {
    Message::new(msg::CHANNEL_DATA).u32(id.0).string(data)
}

fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 7 + i / 251) as u8).collect()
}

fn offer_of(kex: Kex, cipher: Cipher, mac: Mac) -> Offer {
    Offer {
        kex: format!("{},ext-info-c,kex-strict-c-v00@openssh.com", kex.name()),
        cipher: cipher.name().to_owned(),
        mac: mac.name().to_owned(),
        ..Offer::default()
    }
}

/// The first field behind a message's number.
fn word(message: &[u8]) -> u32 {
    Reader::new(&message[1..], "test").u32().unwrap()
}

/// A driver moves a connection between threads.
const _: fn() = || {
    fn moves_between_threads<T: Send>() {}
    moves_between_threads::<Connection>();
};

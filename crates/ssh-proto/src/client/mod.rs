//! The client's side of the same core: for the tests of this crate, its fuzz targets and the benches. It handles
//! key exchanges by itself and hands every other message to the caller, who may send whatever it likes.

mod exchange;

use bytes::{Buf, Bytes, BytesMut};
use exchange::{Keys, Pending};

use crate::{
    cipher::Opening,
    error::Error,
    msg,
    output::Output,
    packet::{Opener, Sealer},
    wire::Message,
};

/// Names a client offers; a test may name what nobody serves.
#[derive(Debug, Clone)]
pub struct Offer {
    pub kex: String,
    pub host_key: String,
    pub cipher: String,
    pub mac: String,
    pub compression: String,
    /// Sends the first message of the exchange right behind KEXINIT.
    pub guess: bool,
}

impl Default for Offer {
    fn default() -> Self {
        Self {
            kex: "curve25519-sha256,ext-info-c,kex-strict-c-v00@openssh.com".to_owned(),
            host_key: "ssh-ed25519".to_owned(),
            cipher: "aes128-gcm@openssh.com".to_owned(),
            mac: "hmac-sha2-256-etm@openssh.com".to_owned(),
            compression: "none".to_owned(),
            guess: false,
        }
    }
}

/// A client that trusts any host key which signs correctly.
pub struct Client {
    offer: Offer,
    input: BytesMut,
    output: Output,
    opener: Opener,
    sealer: Sealer,
    phase: Phase,
    server_version: Vec<u8>,
    session_id: Vec<u8>,
    strict: bool,
    /// Payload of our KEXINIT, while its exchange runs.
    own_offer: Vec<u8>,
    exchanges: usize,
}

enum Phase {
    Identification,
    Offered,
    Exchanging(Box<Pending>),
    Switching(Opening),
    Steady,
}

const VERSION: &[u8] = b"SSH-2.0-LongshoreTest_0.1";

impl Client {
    /// Starts with identification and KEXINIT in the output.
    pub fn new(offer: Offer) -> Result<Self, Error> {
        let mut client = Self {
            offer,
            input: BytesMut::new(),
            output: Output::default(),
            opener: Opener::new(),
            sealer: Sealer::new(),
            phase: Phase::Identification,
            server_version: Vec::new(),
            session_id: Vec::new(),
            strict: false,
            own_offer: Vec::new(),
            exchanges: 0,
        };
        client.opener.raise_limit();
        client.send_raw(VERSION);
        client.send_raw(b"\r\n");
        client.send_offer()?;
        Ok(client)
    }

    pub fn input(&mut self) -> &mut BytesMut {
        &mut self.input
    }

    pub fn output(&self) -> &[u8] {
        self.output.pending()
    }

    pub fn sent(&mut self, n: usize) {
        self.output.sent(n);
    }

    /// Bytes that are not a packet.
    pub fn send_raw(&mut self, bytes: &[u8]) {
        let start = self.output.append(bytes.len());
        self.output.from(start).copy_from_slice(bytes);
    }

    /// Seals a message at once, whatever the state.
    pub fn send(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.sealer.append(&mut self.output, payload, &[])
    }

    /// Whether a well-behaved client would send messages of its own now.
    pub fn may_send(&self) -> bool {
        matches!(self.phase, Phase::Steady)
    }

    pub fn session_id(&self) -> &[u8] {
        &self.session_id
    }

    /// How many key exchanges are complete.
    pub fn exchanges(&self) -> usize {
        self.exchanges
    }

    pub fn start_rekey(&mut self) -> Result<(), Error> {
        if self.may_send() {
            self.phase = Phase::Offered;
            self.send_offer()?;
        }
        Ok(())
    }

    /// The next message of the server that is not part of a key exchange.
    pub fn poll(&mut self) -> Result<Option<Bytes>, Error> {
        if matches!(self.phase, Phase::Identification) && !self.read_identification() {
            return Ok(None);
        }
        while let Some(packet) = self.opener.next(&mut self.input)? {
            let payload = packet.payload;
            match payload[0] {
                msg::KEXINIT => self.on_offer(&payload)?,
                msg::KEX_REPLY | msg::KEX_GEX_REPLY => self.on_reply(&payload)?,
                msg::NEWKEYS => self.on_new_keys()?,
                _ => return Ok(Some(payload)),
            }
        }
        Ok(None)
    }

    fn read_identification(&mut self) -> bool {
        let Some(end) = self.input.iter().position(|byte| *byte == b'\n') else { return false };
        self.server_version = self.input[..end].trim_ascii_end().to_vec();
        self.input.advance(end + 1);
        self.phase = Phase::Offered;
        true
    }

    fn send_offer(&mut self) -> Result<(), Error> {
        let offer = &self.offer;
        let payload = Message::new(msg::KEXINIT)
            .raw(&crate::negotiate::cookie()?)
            .string(&offer.kex)
            .string(&offer.host_key)
            .string(&offer.cipher)
            .string(&offer.cipher)
            .string(&offer.mac)
            .string(&offer.mac)
            .string(&offer.compression)
            .string(&offer.compression)
            .string("")
            .string("")
            .bool(offer.guess)
            .u32(0)
            .into_bytes();
        self.send(&payload)?;
        self.own_offer = payload;
        if self.offer.guess {
            // The exchange's real message follows when the choice is known; a guess that is right is none of ours.
            self.send(&Message::new(msg::KEX_INIT).string([1; 32]).into_bytes())?;
        }
        Ok(())
    }

    fn on_offer(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.start_rekey()?;
        if !matches!(self.phase, Phase::Offered) {
            return Err(Error::Unexpected { number: msg::KEXINIT, during: "in a key exchange" });
        }
        if self.session_id.is_empty() {
            let both = |name: &str| self.offer.kex.contains(name);
            self.strict = both("kex-strict-c") && exchange::lists(payload, "kex-strict-s-v00@openssh.com")?;
        }
        let pending = Pending::new(&self.offer, payload)?;
        self.send(&pending.message())?;
        self.phase = Phase::Exchanging(Box::new(pending));
        Ok(())
    }

    fn on_reply(&mut self, payload: &[u8]) -> Result<(), Error> {
        if let Phase::Exchanging(pending) = &mut self.phase
            && let Some(message) = pending.on_group(payload)?
        {
            return self.send(&message);
        }
        let Phase::Exchanging(pending) = std::mem::replace(&mut self.phase, Phase::Steady) else {
            return Err(Error::Unexpected { number: msg::KEX_REPLY, during: "outside a key exchange" });
        };
        let context = crate::exchange::Context {
            client_version: VERSION,
            server_version: &self.server_version,
            client_offer: &self.own_offer,
            server_offer: &pending.server_offer.clone(),
        };
        let Keys { exchange_hash, sealing, opening } = pending.finish(&context, &self.session_id, payload)?;
        if self.session_id.is_empty() {
            self.session_id = exchange_hash;
        }
        self.send(&crate::exchange::new_keys())?;
        self.sealer.switch(sealing, self.strict);
        self.phase = Phase::Switching(opening);
        Ok(())
    }

    fn on_new_keys(&mut self) -> Result<(), Error> {
        match std::mem::replace(&mut self.phase, Phase::Steady) {
            Phase::Switching(opening) => {
                self.opener.switch(opening, self.strict);
                self.exchanges += 1;
                Ok(())
            }
            _ => Err(Error::Unexpected { number: msg::NEWKEYS, during: "before the key exchange is done" }),
        }
    }
}

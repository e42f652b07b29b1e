//! The transport layer: identification, packets, key exchange and rekeying (RFC 4253).

mod receive;

use std::sync::Arc;

use bytes::{Buf, BytesMut};

use crate::{
    cipher::Opening,
    config::ServerConfig,
    error::Error,
    kex::Exchange,
    msg,
    negotiate::{Choice, Negotiated, server_offer},
    output::Output,
    packet::{Opener, Packet, Sealer},
    wire::Message,
};

/// Replies that may wait for the end of a key exchange, in bytes. A peer that keeps asking and never finishes the
/// exchange is cut off there.
const MAX_HELD: usize = 256 << 10;

/// Longest identification line, CR LF included (RFC 4253 section 4.2).
const MAX_IDENTIFICATION: usize = 255;

pub(crate) struct Transport {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) input: BytesMut,
    pub(crate) output: Output,
    pub(crate) sealer: Sealer,
    opener: Opener,
    phase: Phase,
    client_version: Vec<u8>,
    session_id: Vec<u8>,
    negotiated: Option<Negotiated>,
    /// The payload of our KEXINIT while its exchange runs.
    server_offer: Vec<u8>,
    /// The first exchange is not finished.
    first: bool,
    /// Strict key exchange: both sides support it (OpenSSH PROTOCOL section 1.10).
    strict: bool,
    authenticated: bool,
    /// Messages that wait until our new keys are in use.
    held: Vec<Vec<u8>>,
    held_bytes: usize,
    /// Why the connection is over. Found while sending, `poll` reports it.
    fault: Option<Error>,
}

enum Phase {
    Identification,
    /// Our KEXINIT is out, theirs is not here.
    Offered,
    /// Both KEXINITs are here; the client's next message is the method's.
    Exchanging {
        client_offer: Vec<u8>,
        choice: Choice,
        exchange: Exchange,
        ext_info: bool,
    },
    /// Our NEWKEYS is out, theirs is not here. Holds what opens their packets then.
    Switching(Opening),
    /// No exchange under way.
    Steady,
}

/// What `poll` has for the layers above.
pub(crate) enum Incoming {
    /// A message that is not the transport's.
    Message(Packet),
    KexDone {
        first: bool,
    },
    Disconnected {
        reason: u32,
        text: String,
    },
}

impl Transport {
    pub(crate) fn new(config: Arc<ServerConfig>) -> Self {
        let mut transport = Self {
            config,
            input: BytesMut::new(),
            output: Output::default(),
            sealer: Sealer::new(),
            opener: Opener::new(),
            phase: Phase::Identification,
            client_version: Vec::new(),
            session_id: Vec::new(),
            negotiated: None,
            server_offer: Vec::new(),
            first: true,
            strict: false,
            authenticated: false,
            held: Vec::new(),
            held_bytes: 0,
            fault: None,
        };
        let line = format!("{}\r\n", transport.config.identification);
        let start = transport.output.append(line.len());
        transport.output.from(start).copy_from_slice(line.as_bytes());
        transport.send_offer();
        transport
    }

    /// Handles buffered packets until one concerns the layers above; `None` when more input is needed.
    pub(crate) fn poll(&mut self) -> Result<Option<Incoming>, Error> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        self.advance().inspect_err(|error| self.fault = Some(error.clone()))
    }

    /// Sends a message, or holds it while keys are exchanged.
    pub(crate) fn send(&mut self, message: Message) {
        if self.fault.is_some() {
            return;
        }
        let payload = message.into_bytes();
        if self.may_send() {
            self.seal(&payload, &[]);
            return;
        }
        self.held_bytes += payload.len();
        self.held.push(payload);
        if self.held_bytes > MAX_HELD {
            self.fail(Error::Backlog);
        }
    }

    /// Sends a message of two parts at once; only while `may_send`.
    pub(crate) fn seal(&mut self, head: &[u8], body: &[u8]) {
        if self.fault.is_some() {
            return;
        }
        if let Err(error) = self.sealer.append(&mut self.output, head, body) {
            self.fail(error);
        }
    }

    /// Whether messages other than those of a key exchange may be sent now (RFC 4253 section 7.1).
    pub(crate) fn may_send(&self) -> bool {
        matches!(self.phase, Phase::Steady | Phase::Switching(_)) && self.fault.is_none()
    }

    /// Ends the connection with an error that was found while sending.
    pub(crate) fn fail(&mut self, error: Error) {
        self.fault.get_or_insert(error);
    }

    /// Says goodbye; nothing is sent or decoded afterwards.
    pub(crate) fn disconnect(&mut self, reason: u32, text: &str) {
        if self.fault == Some(Error::Ended) {
            return;
        }
        let payload = Message::new(msg::DISCONNECT).u32(reason).string(text).string("").into_bytes();
        // Should it fail, the connection ends without a farewell.
        let _sealed = self.sealer.append(&mut self.output, &payload, &[]);
        self.fault = Some(Error::Ended);
    }

    /// The peer is logged in: larger packets are accepted and keys are renewed.
    pub(crate) fn set_authenticated(&mut self) {
        self.authenticated = true;
        self.opener.raise_limit();
    }

    /// Begins a key exchange, unless one is under way or the first is not finished.
    pub(crate) fn start_rekey(&mut self) {
        if matches!(self.phase, Phase::Steady) {
            self.send_offer();
            self.phase = Phase::Offered;
        }
    }

    /// Begins a key exchange if the present keys have done their share in either direction.
    fn rekey_if_worn(&mut self) {
        let bytes = self.config.rekey_bytes;
        if self.authenticated && (self.sealer.is_worn(bytes) || self.opener.is_worn(bytes)) {
            self.start_rekey();
        }
    }

    pub(crate) fn unimplemented(&mut self, sequence: u32) {
        self.send(Message::new(msg::UNIMPLEMENTED).u32(sequence));
    }

    pub(crate) fn client_version(&self) -> &[u8] {
        &self.client_version
    }

    pub(crate) fn session_id(&self) -> &[u8] {
        &self.session_id
    }

    pub(crate) fn negotiated(&self) -> Option<&Negotiated> {
        self.negotiated.as_ref()
    }

    /// Sends our KEXINIT.
    fn send_offer(&mut self) {
        match server_offer(&self.config.algorithms, &self.config.host_key_offers(), self.first) {
            Ok(offer) => {
                self.seal(&offer, &[]);
                self.server_offer = offer;
            }
            Err(error) => self.fail(error),
        }
    }

    fn advance(&mut self) -> Result<Option<Incoming>, Error> {
        if matches!(self.phase, Phase::Identification) && !self.read_identification()? {
            return Ok(None);
        }
        self.rekey_if_worn();
        while let Some(packet) = self.opener.next(&mut self.input)? {
            if let Some(incoming) = self.receive(packet)? {
                return Ok(Some(incoming));
            }
        }
        Ok(None)
    }

    fn read_identification(&mut self) -> Result<bool, Error> {
        let window = &self.input[..self.input.len().min(MAX_IDENTIFICATION)];
        let Some(end) = window.iter().position(|byte| *byte == b'\n') else {
            return if window.len() < MAX_IDENTIFICATION { Ok(false) } else { Err(Error::Identification) };
        };
        let line = &window[..end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !line.starts_with(b"SSH-2.0-") || line.contains(&0) {
            return Err(Error::Identification);
        }
        self.client_version = line.to_vec();
        self.input.advance(end + 1);
        self.phase = Phase::Offered;
        Ok(true)
    }
}

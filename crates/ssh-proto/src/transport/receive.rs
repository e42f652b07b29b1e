//! What arrives for the transport layer itself.

use std::mem;

use super::{Incoming, Phase, Transport};
use crate::{
    algorithms::names,
    error::Error,
    exchange::{Context, new_keys},
    kex::{Answer, Exchange},
    msg,
    negotiate::ClientOffer,
    packet::Packet,
    wire::{Message, Reader},
};

impl Transport {
    pub(super) fn receive(&mut self, packet: Packet) -> Result<Option<Incoming>, Error> {
        let number = packet.payload[0];
        match number {
            msg::DISCONNECT => return self.on_disconnect(&packet.payload).map(Some),
            msg::KEXINIT => self.on_offer(&packet)?,
            msg::NEWKEYS => self.on_new_keys(&packet.payload)?,
            msg::KEX_INIT..=msg::KEX_LAST => return self.on_exchange(&packet.payload),
            _ if !self.may_receive(number) => {
                return Err(Error::Unexpected { number, during: "in a key exchange" });
            }
            // A client's EXT_INFO has nothing that we act on.
            msg::IGNORE | msg::UNIMPLEMENTED | msg::DEBUG | msg::EXT_INFO => {}
            msg::PING => {
                let text = Reader::new(&packet.payload[1..], "ping").string()?;
                self.send(Message::new(msg::PONG).string(text));
            }
            _ => return Ok(Some(Incoming::Message(packet))),
        }
        Ok(None)
    }

    /// Whether a message that is not part of a key exchange may come now. Between a peer's KEXINIT and its NEWKEYS
    /// none may but the three that mean nothing, and under strict key exchange not even those in the first one.
    fn may_receive(&self, number: u8) -> bool {
        match self.phase {
            Phase::Steady => true,
            // What the peer sent before it saw our KEXINIT.
            Phase::Offered if !self.first => true,
            _ => matches!(number, msg::IGNORE..=msg::DEBUG) && !(self.first && self.strict),
        }
    }

    fn on_disconnect(&mut self, payload: &[u8]) -> Result<Incoming, Error> {
        let mut fields = Reader::new(&payload[1..], "disconnect");
        let reason = fields.u32()?;
        let text = String::from_utf8_lossy(fields.string()?).into_owned();
        self.fail(Error::Ended);
        Ok(Incoming::Disconnected { reason, text })
    }

    /// KEXINIT: the peer's offer, as an answer to ours or out of the blue. A stranger gets one exchange: it costs us
    /// more than the peer, who need not even compute its half (DHEat, CVE-2002-20001).
    fn on_offer(&mut self, packet: &Packet) -> Result<(), Error> {
        if !self.first && !self.authenticated {
            return Err(Error::Unexpected { number: msg::KEXINIT, during: "before authentication" });
        }
        self.start_rekey();
        if !matches!(self.phase, Phase::Offered) {
            return Err(Error::Unexpected { number: msg::KEXINIT, during: "in a key exchange" });
        }
        let offer = ClientOffer::parse(&packet.payload)?;
        if self.first {
            self.strict = offer.strict();
            if self.strict && packet.sequence != 0 {
                return Err(Error::KeyExchange("KEXINIT was not the first packet"));
            }
        }
        let choice = offer.choose(&self.config.algorithms, &self.config.host_key_offers())?;
        let ext_info = self.first && offer.wants_ext_info();
        let exchange = Exchange::new(choice.kex);
        self.phase = Phase::Exchanging { client_offer: packet.payload.to_vec(), choice, exchange, ext_info };
        Ok(())
    }

    /// A message of the chosen method: answer it, and switch our side to the new keys when it was the last.
    fn on_exchange(&mut self, payload: &[u8]) -> Result<Option<Incoming>, Error> {
        let Phase::Exchanging { client_offer, choice, exchange, ext_info } = &mut self.phase else {
            return Err(Error::Unexpected { number: payload[0], during: "outside a key exchange" });
        };
        if mem::take(&mut choice.skip_guess) {
            return Ok(None);
        }
        let agreement = match exchange.receive(payload)? {
            Answer::More(message) => {
                self.seal(&message, &[]);
                return Ok(None);
            }
            Answer::Agreed(agreement) => agreement,
        };
        let config = self.config.clone();
        let host_key = config.host_key(choice.host_key).ok_or(Error::NoCommonAlgorithm("host key"))?;
        let context = Context {
            client_version: &self.client_version,
            server_version: config.identification.as_bytes(),
            client_offer,
            server_offer: &self.server_offer,
        };
        let finished = context.finish(choice, host_key, &self.session_id, &agreement)?;
        let ext_info = *ext_info;
        self.negotiated = Some(choice.describe());
        self.server_offer = Vec::new();
        self.phase = Phase::Switching(finished.opening);
        self.seal(&finished.reply, &[]);
        self.seal(&new_keys(), &[]);
        self.sealer.switch(finished.sealing, self.strict);
        if self.first {
            self.session_id = finished.exchange_hash.as_ref().to_vec();
        }
        if ext_info {
            self.send_ext_info();
        }
        self.held_bytes = 0;
        for payload in mem::take(&mut self.held) {
            self.seal(&payload, &[]);
        }
        Ok(Some(Incoming::KexDone { first: self.first }))
    }

    fn on_new_keys(&mut self, payload: &[u8]) -> Result<(), Error> {
        match mem::replace(&mut self.phase, Phase::Steady) {
            Phase::Switching(opening) if payload.len() == 1 => {
                self.opener.switch(opening, self.strict);
                self.first = false;
                Ok(())
            }
            _ => Err(Error::Unexpected { number: msg::NEWKEYS, during: "before the key exchange is done" }),
        }
    }

    /// SSH_MSG_EXT_INFO (RFC 8308): which signatures we take, and that we answer pings.
    fn send_ext_info(&mut self) {
        let signatures = names(&self.config.algorithms.public_keys).join(",");
        let message = Message::new(msg::EXT_INFO)
            .u32(2)
            .string("server-sig-algs")
            .string(signatures)
            .string("ping@openssh.com")
            .string("0");
        self.send(message);
    }
}

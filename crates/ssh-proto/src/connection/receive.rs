//! Where each message of the peer goes once the transport has let it through.

use bytes::Bytes;

use super::{Connection, host_keys};
use crate::{
    channel::Outcome,
    error::Error,
    event::Event,
    msg,
    packet::Packet,
    wire::{Message, Reader},
};

impl Connection {
    pub(super) fn receive(&mut self, packet: Packet) -> Result<Option<Event>, Error> {
        let payload = packet.payload;
        let number = payload[0];
        match number {
            msg::SERVICE_REQUEST => {
                let answer = self.auth.on_service_request(&payload)?;
                self.transport.send(answer);
            }
            // After success both are late and without meaning (RFC 4252 section 5.1).
            msg::USERAUTH_REQUEST | msg::USERAUTH_INFO_RESPONSE if self.auth.is_done() => {}
            msg::USERAUTH_REQUEST => return self.on_auth_request(&payload).map(Some),
            msg::USERAUTH_INFO_RESPONSE => return self.auth.on_info_response(&payload).map(Some),
            _ if number > msg::USERAUTH_LAST && !self.auth.is_done() => {
                return Err(Error::Unexpected { number, during: "before authentication" });
            }
            msg::GLOBAL_REQUEST => self.on_global_request(&payload)?,
            // The answers to our pings.
            msg::REQUEST_SUCCESS | msg::REQUEST_FAILURE => {}
            msg::CHANNEL_OPEN..=msg::CHANNEL_FAILURE => return self.on_channel_message(payload),
            _ => self.transport.unimplemented(packet.sequence),
        }
        Ok(None)
    }

    fn on_auth_request(&mut self, payload: &Bytes) -> Result<Event, Error> {
        let config = self.transport.config.clone();
        let event = self.auth.on_request(payload, self.transport.session_id(), &config)?;
        let banner = self.auth.banner(&config);
        self.send(banner);
        Ok(event)
    }

    /// `keepalive@openssh.com`, too, works by being refused.
    fn on_global_request(&mut self, payload: &[u8]) -> Result<(), Error> {
        let mut fields = Reader::new(&payload[1..], "global request");
        let name = fields.string()?;
        let want_reply = fields.bool()?;
        let answer = match name {
            host_keys::PROVE if want_reply => self.prove_host_keys(&mut fields)?,
            _ => None,
        };
        if want_reply {
            self.transport.send(answer.unwrap_or(Message::new(msg::REQUEST_FAILURE)));
        }
        Ok(())
    }

    fn on_channel_message(&mut self, payload: Bytes) -> Result<Option<Event>, Error> {
        let (event, answer) = match self.channels.receive(payload, &self.transport.config)? {
            Outcome::Event(event) => (Some(event), None),
            Outcome::Answer(answer) => (None, Some(answer)),
            Outcome::Both(event, answer) => (Some(event), Some(answer)),
            Outcome::Nothing => (None, None),
        };
        self.send(answer);
        Ok(event)
    }
}

//! Channel messages of the peer.

use bytes::{Buf, Bytes};

use super::{Channel, Channels, MAX_DATA, MIN_DATA, Sending, open_failure};
use crate::{
    config::ServerConfig,
    error::{ChannelFault, Error},
    event::{ChannelRequest, Event, OpenFailure},
    msg,
    wire::{Message, Reader},
};

/// What a message leads to: an event for the driver, or an answer, or nothing.
pub(crate) enum Outcome {
    Event(Event),
    Answer(Message),
    Both(Event, Message),
    Nothing,
}

impl Channels {
    /// Handles a message from `CHANNEL_OPEN` to `CHANNEL_FAILURE`.
    pub(crate) fn receive(&mut self, payload: Bytes, config: &ServerConfig) -> Result<Outcome, Error> {
        match payload[0] {
            msg::CHANNEL_OPEN => self.on_open(&payload, config),
            msg::CHANNEL_DATA => self.on_data(payload, 1, config),
            msg::CHANNEL_EXTENDED_DATA => self.on_data(payload, 2, config),
            msg::CHANNEL_WINDOW_ADJUST => self.on_window_adjust(&payload),
            msg::CHANNEL_REQUEST => self.on_request(&payload),
            msg::CHANNEL_EOF => self.on_eof(&payload),
            msg::CHANNEL_CLOSE => self.on_close(&payload),
            // Answers to opens and requests, of which we make none.
            number => Err(Error::Unexpected { number, during: "without a request" }),
        }
    }

    fn on_open(&mut self, payload: &[u8], config: &ServerConfig) -> Result<Outcome, Error> {
        let mut fields = Reader::new(&payload[1..], "channel open");
        let kind = fields.string()?;
        let (peer, window, packet) = (fields.u32()?, fields.u32()?, fields.u32()?);
        let refuse = |reason, text| Ok(Outcome::Answer(open_failure(peer, reason, text)));
        if kind != b"session" {
            return refuse(OpenFailure::UnknownChannelType, "unknown channel type");
        }
        if packet < MIN_DATA {
            return refuse(OpenFailure::ConnectFailed, "packets are too small");
        }
        match self.insert(config.max_channels, peer, window, packet.min(MAX_DATA)) {
            Some(id) => Ok(Outcome::Event(Event::ChannelOpen { id })),
            None => refuse(OpenFailure::ResourceShortage, "too many channels"),
        }
    }

    /// Data; `words` of 4 bytes come before its string: the channel and, of extended data, its type.
    fn on_data(&mut self, mut payload: Bytes, words: usize, config: &ServerConfig) -> Result<Outcome, Error> {
        let mut fields = Reader::new(&payload[1..], "channel data");
        let number = fields.u32()?;
        fields.bytes(4 * (words - 1))?;
        let len = fields.string()?.len();
        let channel = self.named(number)?;
        channel.receive_data(len, config)?;
        if words > 1 {
            // No extended data goes towards a server; give its room back.
            return Ok(channel.consume(len).map_or(Outcome::Nothing, Outcome::Answer));
        }
        if len == 0 || channel.sending == Sending::Closed {
            return Ok(Outcome::Nothing);
        }
        let id = channel.id;
        payload.advance(1 + 4 + 4);
        payload.truncate(len);
        Ok(Outcome::Event(Event::Data { id, data: payload }))
    }

    fn on_window_adjust(&mut self, payload: &[u8]) -> Result<Outcome, Error> {
        let mut fields = Reader::new(&payload[1..], "window adjust");
        let (number, bytes) = (fields.u32()?, fields.u32()?);
        let channel = self.named(number)?;
        channel.send_window = channel
            .send_window
            .checked_add(bytes)
            .ok_or(Error::Channel { channel: number, fault: ChannelFault::WindowOverflow })?;
        channel.widest = channel.widest.max(channel.send_window);
        Ok(match channel.send_window() {
            0 => Outcome::Nothing,
            _ => Outcome::Event(Event::WindowOpened { id: channel.id }),
        })
    }

    fn on_request(&mut self, payload: &Bytes) -> Result<Outcome, Error> {
        let mut fields = Reader::new(&payload[1..], "channel request");
        let number = fields.u32()?;
        let name = fields.string()?;
        let want_reply = fields.bool()?;
        let request = match name {
            b"exec" => ChannelRequest::Exec(payload.slice_ref(fields.string()?)),
            b"subsystem" => ChannelRequest::Subsystem(payload.slice_ref(fields.string()?)),
            b"env" => ChannelRequest::Env {
                name: payload.slice_ref(fields.string()?),
                value: payload.slice_ref(fields.string()?),
            },
            b"shell" => ChannelRequest::Shell,
            b"pty-req" => ChannelRequest::Pty,
            b"signal" => ChannelRequest::Signal(payload.slice_ref(fields.string()?)),
            _ => ChannelRequest::Other(payload.slice_ref(name)),
        };
        let channel = self.named(number)?;
        if channel.sending == Sending::Closed {
            return Ok(Outcome::Nothing);
        }
        channel.unanswered = channel.unanswered.saturating_add(want_reply.into());
        Ok(Outcome::Event(Event::ChannelRequest { id: channel.id, want_reply, request }))
    }

    fn on_eof(&mut self, payload: &[u8]) -> Result<Outcome, Error> {
        let channel = self.named(Reader::new(&payload[1..], "channel EOF").u32()?)?;
        let repeated = std::mem::replace(&mut channel.eof_received, true);
        Ok(match repeated || channel.sending == Sending::Closed {
            true => Outcome::Nothing,
            false => Outcome::Event(Event::Eof { id: channel.id }),
        })
    }

    fn on_close(&mut self, payload: &[u8]) -> Result<Outcome, Error> {
        let channel = self.named(Reader::new(&payload[1..], "channel close").u32()?)?;
        let id = channel.id;
        let answer = channel.close();
        self.remove(id);
        let event = Event::Close { id };
        Ok(match answer {
            Some(answer) => Outcome::Both(event, answer),
            None => Outcome::Event(event),
        })
    }
}

impl Channel {
    fn receive_data(&mut self, len: usize, config: &ServerConfig) -> Result<(), Error> {
        let fault = |fault| Err(Error::Channel { channel: self.id.0, fault });
        if len > config.max_packet as usize {
            return fault(ChannelFault::PacketExceeded);
        }
        if self.eof_received {
            return fault(ChannelFault::AfterEof);
        }
        match u32::try_from(len).ok().and_then(|len| self.receive_window.checked_sub(len)) {
            Some(left) => self.receive_window = left,
            None => return fault(ChannelFault::WindowExceeded),
        }
        Ok(())
    }
}

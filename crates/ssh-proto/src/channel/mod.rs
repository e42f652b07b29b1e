//! Session channels and their windows (RFC 4254).

mod receive;
mod table;

pub(crate) use receive::Outcome;
pub(crate) use table::Channels;

use crate::{
    event::{ChannelId, OpenFailure},
    msg,
    wire::Message,
};

/// Most data that we put into one packet: what every client takes, whatever it announces.
const MAX_DATA: u32 = 32 << 10;

/// Least data per packet that a peer must take. No client announces less than kilobytes, and a driver may rely on
/// a protocol's header to fit into one packet.
const MIN_DATA: u32 = 256;

/// `stderr` in SSH_MSG_CHANNEL_EXTENDED_DATA.
const STDERR: u32 = 1;

/// One channel, opened by the peer.
pub(crate) struct Channel {
    id: ChannelId,
    /// The peer's number for it.
    peer: u32,
    sending: Sending,
    /// What the peer lets us send, in bytes.
    send_window: u32,
    /// The most it ever was.
    widest: u32,
    /// Data per packet, ours.
    packet: u32,
    /// The peer sends no more data.
    eof_received: bool,
    /// What we let the peer have under way in all, in bytes.
    granted: u32,
    /// What we let the peer send now, in bytes.
    receive_window: u32,
    /// Consumed and not given back to the peer yet.
    consumed: u32,
    /// Requests that wait for our reply.
    unanswered: u32,
}

/// How far our side is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sending {
    /// The open is not answered.
    Unconfirmed,
    Open,
    /// EOF is sent.
    Ended,
    /// CLOSE is sent; the peer's is not here.
    Closed,
}

impl Channel {
    /// Confirms the open; `window` and `packet` are what we let the peer send.
    pub(crate) fn accept(&mut self, window: u32, packet: u32) -> Option<Message> {
        if self.sending != Sending::Unconfirmed {
            return None;
        }
        self.sending = Sending::Open;
        (self.granted, self.receive_window) = (window, window);
        Some(self.message(msg::CHANNEL_OPEN_CONFIRMATION).u32(self.id.0).u32(window).u32(packet))
    }

    pub(crate) fn reply(&mut self, success: bool) -> Option<Message> {
        if self.sending == Sending::Closed {
            return None;
        }
        self.unanswered = self.unanswered.checked_sub(1)?;
        Some(self.message(if success { msg::CHANNEL_SUCCESS } else { msg::CHANNEL_FAILURE }))
    }

    pub(crate) fn eof(&mut self) -> Option<Message> {
        if self.sending != Sending::Open {
            return None;
        }
        self.sending = Sending::Ended;
        Some(self.message(msg::CHANNEL_EOF))
    }

    pub(crate) fn exit_status(&self, status: u32) -> Option<Message> {
        if matches!(self.sending, Sending::Unconfirmed | Sending::Closed) {
            return None;
        }
        Some(self.message(msg::CHANNEL_REQUEST).string("exit-status").bool(false).u32(status))
    }

    pub(crate) fn close(&mut self) -> Option<Message> {
        if matches!(self.sending, Sending::Unconfirmed | Sending::Closed) {
            return None;
        }
        self.sending = Sending::Closed;
        Some(self.message(msg::CHANNEL_CLOSE))
    }

    /// Takes back what was consumed of the window; an eighth of it at a time is given to the peer again. Not a half:
    /// what is consumed comes in pieces, so the first half would be a little more than one, and the rest, a little
    /// less, would wait a round trip for more.
    pub(crate) fn consume(&mut self, n: usize) -> Option<Message> {
        let window = self.granted;
        let under_way = window.saturating_sub(self.receive_window).saturating_sub(self.consumed);
        self.consumed += u32::try_from(n).unwrap_or(u32::MAX).min(under_way);
        let idle = self.eof_received || matches!(self.sending, Sending::Unconfirmed | Sending::Closed);
        if idle || self.consumed < window.div_ceil(8) {
            return None;
        }
        self.receive_window += self.consumed;
        Some(self.message(msg::CHANNEL_WINDOW_ADJUST).u32(std::mem::take(&mut self.consumed)))
    }

    /// Bytes of data that may be sent now.
    pub(crate) fn send_window(&self) -> usize {
        if self.sending == Sending::Open { self.send_window as usize } else { 0 }
    }

    /// What the window can be relied on to reach again: a peer may put off opening it until half of it is used.
    pub(crate) fn reachable_window(&self) -> usize {
        self.widest as usize / 2
    }

    /// Largest data in one packet of ours, in bytes.
    pub(crate) fn packet(&self) -> usize {
        self.packet as usize
    }

    pub(crate) fn spend(&mut self, n: usize) {
        self.send_window = self.send_window.saturating_sub(u32::try_from(n).unwrap_or(u32::MAX));
    }

    /// What comes before `len` bytes of data in a packet.
    pub(crate) fn data_head(&self, len: usize) -> [u8; DATA_HEAD] {
        let mut head = [msg::CHANNEL_DATA; DATA_HEAD];
        head[1..5].copy_from_slice(&self.peer.to_be_bytes());
        head[5..].copy_from_slice(&(len as u32).to_be_bytes());
        head
    }

    /// The same for data of the standard error stream.
    pub(crate) fn stderr_head(&self, len: usize) -> Vec<u8> {
        self.message(msg::CHANNEL_EXTENDED_DATA).u32(STDERR).u32(len as u32).into_bytes()
    }

    fn message(&self, number: u8) -> Message {
        Message::new(number).u32(self.peer)
    }
}

/// Length of [`Channel::data_head`].
pub(crate) const DATA_HEAD: usize = 9;

/// SSH_MSG_CHANNEL_OPEN_FAILURE to a channel of the peer's number.
pub(crate) fn open_failure(peer: u32, reason: OpenFailure, text: &str) -> Message {
    Message::new(msg::CHANNEL_OPEN_FAILURE).u32(peer).u32(reason as u32).string(text).string("")
}

//! The channels of a connection, by number.

use super::{Channel, Sending, open_failure};
use crate::{
    config::ServerConfig,
    error::{ChannelFault, Error},
    event::{ChannelId, OpenFailure},
    wire::Message,
};

/// Bits of a channel number that say its place in the table; the others count opened channels, so that a number
/// comes back only after a million more.
const SLOT_BITS: u32 = 12;

/// The channels of a connection.
#[derive(Default)]
pub(crate) struct Channels {
    slots: Vec<Option<Channel>>,
    opened: u32,
}

impl Channels {
    pub(crate) fn get(&self, id: ChannelId) -> Option<&Channel> {
        self.slots.get(slot(id))?.as_ref().filter(|channel| channel.id == id)
    }

    pub(crate) fn get_mut(&mut self, id: ChannelId) -> Option<&mut Channel> {
        self.slots.get_mut(slot(id))?.as_mut().filter(|channel| channel.id == id)
    }

    /// The receive window that a new channel is granted: what peers have under way is held until it is used, so all
    /// windows of a connection together have a bound.
    pub(crate) fn next_window(&self, config: &ServerConfig) -> u32 {
        let granted: u64 = self.slots.iter().flatten().map(|channel| u64::from(channel.granted)).sum();
        let left = u64::from(config.windows).saturating_sub(granted);
        let half = u32::try_from(left / 2).unwrap_or(u32::MAX);
        half.max(ServerConfig::MIN_WINDOW).min(config.window)
    }

    /// Takes a channel that was never confirmed off the table.
    pub(crate) fn refuse(&mut self, id: ChannelId, reason: OpenFailure, text: &str) -> Option<Message> {
        let channel = self.get(id).filter(|channel| channel.sending == Sending::Unconfirmed)?;
        let message = open_failure(channel.peer, reason, text);
        self.remove(id);
        Some(message)
    }

    /// A place for a channel of the peer, at most `limit` at once.
    pub(super) fn insert(
        &mut self,
        limit: usize,
        peer: u32,
        send_window: u32,
        packet: u32,
    ) -> Option<ChannelId> {
        let free = self.slots.iter().position(Option::is_none).unwrap_or(self.slots.len());
        if free >= limit.min(1 << SLOT_BITS) {
            return None;
        }
        let id = ChannelId(self.opened << SLOT_BITS | free as u32);
        self.opened = self.opened.wrapping_add(1);
        let channel = Channel {
            id,
            peer,
            sending: Sending::Unconfirmed,
            send_window,
            widest: send_window,
            packet,
            eof_received: false,
            granted: 0,
            receive_window: 0,
            consumed: 0,
            unanswered: 0,
        };
        match self.slots.get_mut(free) {
            Some(slot) => *slot = Some(channel),
            None => self.slots.push(Some(channel)),
        }
        Some(id)
    }

    pub(super) fn remove(&mut self, id: ChannelId) {
        if self.get(id).is_some() {
            self.slots[slot(id)] = None;
        }
    }

    /// The channel that a message of the peer names. One that was not confirmed the peer cannot name.
    pub(super) fn named(&mut self, number: u32) -> Result<&mut Channel, Error> {
        self.get_mut(ChannelId(number))
            .filter(|channel| channel.sending != Sending::Unconfirmed)
            .ok_or(Error::Channel { channel: number, fault: ChannelFault::Unknown })
    }
}

fn slot(id: ChannelId) -> usize {
    (id.0 & ((1 << SLOT_BITS) - 1)) as usize
}

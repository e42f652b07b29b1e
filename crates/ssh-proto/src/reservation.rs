//! Room in the output that a file is read into.

use std::io::IoSliceMut;

use smallvec::SmallVec;

use crate::{
    channel::{Channel, DATA_HEAD},
    connection::Connection,
    event::ChannelId,
    packet::HEADER,
};

/// Where data begins in a packet: behind its header and the message's.
const DATA: usize = HEADER + DATA_HEAD;

/// Room for channel data in the output, laid out as packets whose headers, padding and tags are not written yet:
/// a file is read straight to where it is encrypted and sent from. Dropping it gives the room back.
pub struct Reservation<'a> {
    connection: &'a mut Connection,
    id: ChannelId,
    /// Where the packets begin in the output.
    start: usize,
    /// Bytes of data reserved.
    len: usize,
    /// Data of a full packet, and the size of that packet.
    packet: usize,
    stride: usize,
    /// Bytes of data that the prefix took.
    prefix: usize,
}

impl<'a> Reservation<'a> {
    /// Most gaps of one reservation; a vectored read takes 1024 at most.
    pub(crate) const MAX_GAPS: usize = 256;

    /// The channel exists and has a window for `len`, which is not 0.
    pub(crate) fn new(connection: &'a mut Connection, id: ChannelId, len: usize) -> Option<Self> {
        let packet = connection.channels.get(id).map(Channel::packet)?;
        let gaps = len.div_ceil(packet);
        if gaps > Self::MAX_GAPS {
            return None;
        }
        let stride = connection.transport.sealer.packet_len(DATA_HEAD + packet);
        let last = len - (gaps - 1) * packet;
        let total = (gaps - 1) * stride + connection.transport.sealer.packet_len(DATA_HEAD + last);
        let start = connection.transport.output.append(total);
        Some(Self { connection, id, start, len, packet, stride, prefix: 0 })
    }

    /// Puts `bytes` before what the gaps will hold: at most 256, the least that fits into any peer's packet, and no
    /// more than was reserved; what is beyond is cut off.
    pub fn prefix(&mut self, bytes: &[u8]) {
        self.prefix = bytes.len().min(self.packet).min(self.len);
        let prefix = self.prefix;
        self.prefix_mut().copy_from_slice(&bytes[..prefix]);
    }

    /// The prefix, to correct a length in it when fewer bytes came than were asked for.
    pub fn prefix_mut(&mut self) -> &mut [u8] {
        let end = DATA + self.prefix;
        &mut self.connection.transport.output.from(self.start)[DATA..end]
    }

    /// The gaps behind the prefix, in order, for a vectored read. What they hold before is unspecified.
    pub fn buffers(&mut self) -> SmallVec<[IoSliceMut<'_>; 16]> {
        let (packet, len, prefix) = (self.packet, self.len, self.prefix);
        let packets = self.connection.transport.output.from(self.start).chunks_mut(self.stride);
        let gaps = packets.enumerate().map(|(i, bytes)| {
            let data = packet.min(len - i * packet);
            let skip = if i == 0 { prefix } else { 0 };
            IoSliceMut::new(&mut bytes[DATA + skip..DATA + data])
        });
        gaps.filter(|gap| !gap.is_empty()).collect()
    }

    /// Sends the prefix and the first `filled` bytes of the gaps.
    pub fn commit(mut self, filled: usize) {
        self.len = (self.prefix + filled).min(self.len);
        // Dropping gives back only what is left behind the packets.
        self.start = self.seal();
        if let Some(channel) = self.connection.channels.get_mut(self.id) {
            channel.spend(self.len);
        }
    }

    /// Sends nothing.
    pub fn cancel(self) {}

    /// Completes the packets that hold `len` bytes of data and returns where they end.
    fn seal(&mut self) -> usize {
        let Connection { transport, channels, .. } = &mut *self.connection;
        let mut end = self.start;
        let Some(channel) = channels.get(self.id) else { return end };
        for offset in (0..self.len).step_by(self.packet) {
            let data = self.packet.min(self.len - offset);
            let payload = DATA_HEAD + data;
            let size = transport.sealer.packet_len(payload);
            let packet = &mut transport.output.from(end)[..size];
            packet[HEADER..DATA].copy_from_slice(&channel.data_head(data));
            if let Err(error) = transport.sealer.seal(packet, payload) {
                transport.fail(error);
                break;
            }
            end += size;
        }
        end
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        self.connection.transport.output.truncate(self.start);
    }
}

//! Packets made of payloads.

use super::REKEY_PACKETS;
use crate::{cipher::Sealing, error::Error, output::Output};

/// Length field and padding length in front of a payload.
pub(crate) const HEADER: usize = 5;

/// Makes packets of payloads.
pub(crate) struct Sealer {
    protection: Sealing,
    sequence: u32,
    /// Under the present keys.
    bytes: u64,
    packets: u64,
}

impl Sealer {
    pub(crate) fn new() -> Self {
        Self { protection: Sealing::Clear, sequence: 0, bytes: 0, packets: 0 }
    }

    /// What follows is protected so; strict key exchange starts the sequence numbers again.
    pub(crate) fn switch(&mut self, protection: Sealing, reset_sequence: bool) {
        let sequence = if reset_sequence { 0 } else { self.sequence };
        *self = Self { protection, sequence, bytes: 0, packets: 0 };
    }

    /// Whether the present keys have protected their share.
    pub(crate) fn is_worn(&self, bytes: u64) -> bool {
        self.bytes >= bytes || self.packets >= REKEY_PACKETS
    }

    /// Size of the whole packet around a payload of `payload` bytes.
    pub(crate) fn packet_len(&self, payload: usize) -> usize {
        HEADER + payload + self.padding(payload) + self.protection.framing().tag
    }

    /// Appends a packet to the output whose payload is `head | body`: two parts, so that data needs no copy
    /// behind its message header first.
    pub(crate) fn append(&mut self, output: &mut Output, head: &[u8], body: &[u8]) -> Result<(), Error> {
        let payload = head.len() + body.len();
        let start = output.append(self.packet_len(payload));
        let packet = output.from(start);
        let middle = HEADER + head.len();
        packet[HEADER..middle].copy_from_slice(head);
        packet[middle..middle + body.len()].copy_from_slice(body);
        self.seal(packet, payload).inspect_err(|_| output.truncate(start))
    }

    /// Completes and protects a packet whose payload is in place. It must be `packet_len(payload)` long.
    pub(crate) fn seal(&mut self, packet: &mut [u8], payload: usize) -> Result<(), Error> {
        let padding = self.padding(payload);
        let tag = self.protection.framing().tag;
        if packet.len() != HEADER + payload + padding + tag {
            return Err(Error::Crypto("packet"));
        }
        let length = u32::try_from(1 + payload + padding).map_err(|_| Error::Crypto("packet"))?;
        packet[..4].copy_from_slice(&length.to_be_bytes());
        packet[4] = padding as u8;
        // Zeros: under every protection served here padding is encrypted, and the output buffer's earlier
        // content must not get out.
        packet[HEADER + payload..HEADER + payload + padding].fill(0);
        self.protection.seal(self.sequence, packet)?;
        self.sequence = self.sequence.wrapping_add(1);
        self.bytes += packet.len() as u64;
        self.packets += 1;
        Ok(())
    }

    /// 4 bytes at least, 19 at most.
    fn padding(&self, payload: usize) -> usize {
        let framing = self.protection.framing();
        let covered = if framing.length_counts { HEADER } else { 1 } + payload;
        let padding = framing.block - covered % framing.block;
        if padding < 4 { padding + framing.block } else { padding }
    }
}

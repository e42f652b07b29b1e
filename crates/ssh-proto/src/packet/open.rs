//! Packets taken off the received bytes.

use bytes::{Buf, Bytes, BytesMut};

use super::{HEADER, REKEY_PACKETS};
use crate::{cipher::Opening, error::Error};

/// RFC 4253 section 6.1 asks for packets of 35,000 bytes; enough until the peer is authenticated.
const LIMIT_AT_FIRST: u32 = 35_000;
/// What OpenSSH sends and accepts at most, and some room for headers around that much data.
const LIMIT: u32 = (256 << 10) + 1024;

/// Takes packets off the received bytes, decrypting them in place.
pub(crate) struct Opener {
    protection: Opening,
    sequence: u32,
    limit: u32,
    /// Length field of the packet at the front of the input, once known: it is read only once.
    length: Option<u32>,
    /// Under the present keys.
    bytes: u64,
    packets: u64,
}

/// A decrypted packet.
pub(crate) struct Packet {
    /// A slice of the input; never empty.
    pub(crate) payload: Bytes,
    pub(crate) sequence: u32,
}

impl Opener {
    pub(crate) fn new() -> Self {
        Self {
            protection: Opening::Clear,
            sequence: 0,
            limit: LIMIT_AT_FIRST,
            length: None,
            bytes: 0,
            packets: 0,
        }
    }

    pub(crate) fn switch(&mut self, protection: Opening, reset_sequence: bool) {
        let sequence = if reset_sequence { 0 } else { self.sequence };
        *self = Self { protection, sequence, limit: self.limit, length: None, bytes: 0, packets: 0 };
    }

    /// The peer is known: accept packets of full size.
    pub(crate) fn raise_limit(&mut self) {
        self.limit = LIMIT;
    }

    pub(crate) fn is_worn(&self, bytes: u64) -> bool {
        self.bytes >= bytes || self.packets >= REKEY_PACKETS
    }

    /// The next packet, or `None` until more of it came.
    pub(crate) fn next(&mut self, input: &mut BytesMut) -> Result<Option<Packet>, Error> {
        let Some(length) = self.length(input)? else { return Ok(None) };
        let total = 4 + length as usize + self.protection.framing().tag;
        if input.len() < total {
            return Ok(None);
        }
        let mut packet = input.split_to(total);
        self.protection.open(self.sequence, &mut packet)?;
        let padding = u32::from(packet[4]);
        let payload = length.saturating_sub(1 + padding) as usize;
        if padding < 4 || payload == 0 {
            return Err(Error::Padding);
        }
        packet.advance(HEADER);
        packet.truncate(payload);
        let sequence = self.sequence;
        self.length = None;
        self.sequence = sequence.wrapping_add(1);
        self.bytes += total as u64;
        self.packets += 1;
        Ok(Some(Packet { payload: packet.freeze(), sequence }))
    }

    fn length(&mut self, input: &mut [u8]) -> Result<Option<u32>, Error> {
        if self.length.is_none() {
            let Some(head) = input.get_mut(..self.protection.head()) else { return Ok(None) };
            let length = self.protection.read_length(self.sequence, head);
            self.length = Some(match self.check(length) {
                Err(_) if self.protection.tells_by_length() => self.decoy(),
                checked => checked.map(|()| length)?,
            });
        }
        Ok(self.length)
    }

    /// A length that cannot be right is refused before anything is buffered for it.
    fn check(&self, length: u32) -> Result<(), Error> {
        let framing = self.protection.framing();
        let covered = if framing.length_counts { length.wrapping_add(4) } else { length } as usize;
        let fits =
            (HEADER as u32 + 1..=self.limit).contains(&length) && covered.is_multiple_of(framing.block);
        if fits { Ok(()) } else { Err(Error::PacketLength(length)) }
    }

    /// A length to go on with in place of a wrong one: the packet of that size fails its integrity check like any
    /// other that is forged, and so says nothing about the wrong one.
    fn decoy(&self) -> u32 {
        let block = self.protection.framing().block as u32;
        self.limit / block * block - 4
    }
}

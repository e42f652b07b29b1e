//! Packet protection: what a cipher and a MAC together do to a packet (RFC 4253 section 6).
//!
//! A packet in memory is `length (4) | padding length (1) | payload | padding | tag`. Each protection says how
//! long its tag is, in which unit padding counts, and seals or opens such a packet in place. Adding an algorithm
//! is one name in [`algorithms`](crate::algorithms), one variant here or in [`stream`] or [`mac`], and its file.

mod chacha;
mod gcm;
mod mac;
mod stream;
#[cfg(test)]
mod tests;
mod umac;

use zeroize::Zeroizing;

use crate::{
    algorithms::{Cipher, Mac},
    error::Error,
};

/// Key material of one direction: `(purpose, length) -> bytes`.
pub(crate) type Derive<'a> = &'a dyn Fn(Purpose, usize) -> Zeroizing<Vec<u8>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    InitialVector,
    Encryption,
    Integrity,
}

/// Protects what we send.
pub(crate) enum Sealing {
    /// Before the first NEWKEYS.
    Clear,
    Gcm(gcm::Gcm),
    ChaCha20(Box<chacha::Sealing>),
    Stream(stream::Stream, mac::MacKey),
}

/// Opens what we receive.
pub(crate) enum Opening {
    Clear,
    Gcm(gcm::Gcm),
    ChaCha20(Box<chacha::Opening>),
    Stream(stream::Stream, mac::MacKey),
}

/// The numbers that frame a packet under some protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Framing {
    /// Padding fills the packet to a multiple of this.
    pub(crate) block: usize,
    /// Whether the length field counts towards that multiple; it does where it is encrypted with the rest.
    pub(crate) length_counts: bool,
    pub(crate) tag: usize,
}

const CLEAR: Framing = Framing { block: 8, length_counts: true, tag: 0 };
const GCM: Framing = Framing { block: 16, length_counts: false, tag: 16 };
const CHACHA20: Framing = Framing { block: 8, length_counts: false, tag: 16 };

impl Sealing {
    /// `mac` is needed for, and only for, ciphers that are not AEAD.
    pub(crate) fn new(cipher: Cipher, mac: Option<Mac>, derive: Derive<'_>) -> Result<Self, Error> {
        Ok(match cipher {
            Cipher::Aes128Gcm | Cipher::Aes256Gcm => Self::Gcm(gcm::Gcm::new(cipher, derive)?),
            Cipher::ChaCha20Poly1305 => Self::ChaCha20(Box::new(chacha::Sealing::new(derive)?)),
            _ => Self::Stream(
                stream::Stream::new(cipher, stream::Way::Encrypt, derive)?,
                mac::MacKey::new(mac, derive)?,
            ),
        })
    }

    pub(crate) fn framing(&self) -> Framing {
        match self {
            Self::Clear => CLEAR,
            Self::Gcm(_) => GCM,
            Self::ChaCha20(_) => CHACHA20,
            Self::Stream(stream, mac) => stream_framing(stream, mac),
        }
    }

    /// Seals a whole packet in place; its last bytes, as many as the tag is long, are overwritten.
    pub(crate) fn seal(&mut self, sequence: u32, packet: &mut [u8]) -> Result<(), Error> {
        let body = packet.len().checked_sub(self.framing().tag).ok_or(Error::Crypto("packet"))?;
        let (body, tag) = packet.split_at_mut(body);
        match self {
            Self::Clear => Ok(()),
            Self::Gcm(gcm) => gcm.seal(body, tag),
            Self::ChaCha20(chacha) => chacha.seal(sequence, body, tag),
            Self::Stream(stream, mac) if mac.over_ciphertext() => {
                stream.apply(body.get_mut(4..).unwrap_or_default());
                mac.sign(sequence, body, tag);
                Ok(())
            }
            Self::Stream(stream, mac) => {
                mac.sign(sequence, body, tag);
                stream.apply(body);
                Ok(())
            }
        }
    }
}

impl Opening {
    pub(crate) fn new(cipher: Cipher, mac: Option<Mac>, derive: Derive<'_>) -> Result<Self, Error> {
        Ok(match cipher {
            Cipher::Aes128Gcm | Cipher::Aes256Gcm => Self::Gcm(gcm::Gcm::new(cipher, derive)?),
            Cipher::ChaCha20Poly1305 => Self::ChaCha20(Box::new(chacha::Opening::new(derive)?)),
            _ => Self::Stream(
                stream::Stream::new(cipher, stream::Way::Decrypt, derive)?,
                mac::MacKey::new(mac, derive)?,
            ),
        })
    }

    pub(crate) fn framing(&self) -> Framing {
        match self {
            Self::Clear => CLEAR,
            Self::Gcm(_) => GCM,
            Self::ChaCha20(_) => CHACHA20,
            Self::Stream(stream, mac) => stream_framing(stream, mac),
        }
    }

    /// How many bytes must be there before the length can be read.
    pub(crate) fn head(&self) -> usize {
        match self {
            Self::Stream(stream, mac) if !mac.over_ciphertext() => stream.block(),
            _ => 4,
        }
    }

    /// Whether a peer who is told that a length is wrong learns plaintext by it: in CBC mode a recorded block, sent
    /// again as the first of a packet, has its first bytes taken for a length (CVE-2008-5161).
    pub(crate) fn tells_by_length(&self) -> bool {
        matches!(self, Self::Stream(stream, mac) if stream.is_cbc() && !mac.over_ciphertext())
    }

    /// Reads the length field from the `head` first bytes of a packet. Call it once per packet: a stream cipher
    /// with its MAC over the plaintext has to decrypt these bytes in place to know the length.
    pub(crate) fn read_length(&mut self, sequence: u32, head: &mut [u8]) -> u32 {
        if let Self::Stream(stream, mac) = self
            && !mac.over_ciphertext()
        {
            stream.apply(head);
        }
        let field = head.first_chunk::<4>().copied().unwrap_or_default();
        match self {
            Self::ChaCha20(chacha) => chacha.read_length(sequence, field),
            _ => u32::from_be_bytes(field),
        }
    }

    /// Checks and decrypts a whole packet in place, after `read_length` on it.
    pub(crate) fn open(&mut self, sequence: u32, packet: &mut [u8]) -> Result<(), Error> {
        let body = packet.len().checked_sub(self.framing().tag).ok_or(Error::Integrity)?;
        let (body, tag) = packet.split_at_mut(body);
        match self {
            Self::Clear => Ok(()),
            Self::Gcm(gcm) => gcm.open(body, tag),
            Self::ChaCha20(chacha) => chacha.open(sequence, body, tag),
            Self::Stream(stream, mac) if mac.over_ciphertext() => {
                mac.verify(sequence, body, tag)?;
                stream.apply(body.get_mut(4..).unwrap_or_default());
                Ok(())
            }
            Self::Stream(stream, mac) => {
                stream.apply(body.get_mut(stream.block()..).unwrap_or_default());
                mac.verify(sequence, body, tag)
            }
        }
    }
}

fn stream_framing(stream: &stream::Stream, mac: &mac::MacKey) -> Framing {
    Framing { block: stream.block(), length_counts: !mac.over_ciphertext(), tag: mac.len() }
}

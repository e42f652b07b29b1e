//! Diffie-Hellman with a group of the client's size (RFC 4419). The groups are those of RFC 3526: published, checked
//! by everyone, and none has to be made.

use super::dh::Group;
use crate::{
    error::Error,
    msg,
    wire::{Message, Reader},
};

/// From the smallest that is served (RFC 8270: 2048 bits) to the largest.
const GROUPS: [Group; 5] = [Group::Group14, Group::Group15, Group::Group16, Group::Group17, Group::Group18];

/// A group as the client asked for it and got it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) group: Group,
    /// The least, the wanted and the most bits, as requested: part of the exchange hash.
    request: [u32; 3],
}

impl Chosen {
    /// SSH_MSG_KEX_DH_GEX_REQUEST: the smallest group that has what the client wants, or the largest it allows.
    pub(crate) fn by_request(message: &[u8]) -> Result<Self, Error> {
        let mut fields = Reader::new(&message[1..], "group exchange request");
        let request = [fields.u32()?, fields.u32()?, fields.u32()?];
        let [min, wanted, max] = request;
        if min > wanted || wanted > max {
            return Err(fields.malformed());
        }
        let allowed = || GROUPS.into_iter().filter(|group| (min..=max).contains(&group.bits()));
        let group = allowed().find(|group| group.bits() >= wanted).or_else(|| allowed().next_back());
        let group = group.ok_or(Error::KeyExchange("no group of the requested size"))?;
        Ok(Self { group, request })
    }

    /// SSH_MSG_KEX_DH_GEX_GROUP.
    pub(crate) fn message(&self) -> Result<Vec<u8>, Error> {
        Ok(Message::new(msg::KEX_GEX_GROUP).mpint(&self.group.prime()?).mpint(&[GENERATOR]).into_bytes())
    }

    /// What the exchange hash covers before the public values (RFC 4419 section 3).
    pub(crate) fn transcript(&self) -> Result<Message, Error> {
        let sizes = self.request.iter().fold(Message::fields(), |message, bits| message.u32(*bits));
        Ok(sizes.mpint(&self.group.prime()?).mpint(&[GENERATOR]))
    }
}

const GENERATOR: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(min: u32, wanted: u32, max: u32) -> Result<Group, Error> {
        let message = Message::new(msg::KEX_GEX_REQUEST).u32(min).u32(wanted).u32(max).into_bytes();
        Chosen::by_request(&message).map(|chosen| chosen.group)
    }

    #[test]
    fn the_smallest_group_that_suffices_is_chosen() {
        assert_eq!(choose(1024, 1024, 8192), Ok(Group::Group14));
        assert_eq!(choose(2048, 2048, 2048), Ok(Group::Group14));
        assert_eq!(choose(2048, 3072, 8192), Ok(Group::Group15));
        assert_eq!(choose(2048, 7680, 8192), Ok(Group::Group18));
        assert_eq!(choose(2048, 8192, 8192), Ok(Group::Group18));
        assert_eq!(choose(2048, 5000, 5000), Ok(Group::Group16), "the largest allowed");
        assert_eq!(choose(1024, 16_384, u32::MAX), Ok(Group::Group18));
    }

    #[test]
    fn sizes_that_nobody_serves_are_refused() {
        for (min, wanted, max) in [(1024, 1024, 1024), (8193, 9000, u32::MAX), (2049, 2049, 3071), (0, 0, 0)]
        {
            assert!(matches!(choose(min, wanted, max), Err(Error::KeyExchange(_))), "{min} {wanted} {max}");
        }
        for (min, wanted, max) in [(4096, 2048, 8192), (2048, 8192, 4096)] {
            assert!(matches!(choose(min, wanted, max), Err(Error::Malformed(_))), "{min} {wanted} {max}");
        }
        assert!(Chosen::by_request(&[msg::KEX_GEX_REQUEST, 0, 0]).is_err());
    }
}

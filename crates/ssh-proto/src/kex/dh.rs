//! Diffie-Hellman over the integers (RFC 4253 section 8, RFC 8268).

use aws_lc_rs::rand;
use crypto_bigint::{
    BoxedUint, Odd,
    modular::{BoxedMontyForm, BoxedMontyParams},
};
use zeroize::Zeroizing;

use super::primes;
use crate::{error::Error, wire::Message};

/// Bits of a private exponent: twice what the longest keys derived here ask for (RFC 4419 section 6.2), and in a
/// group of a safe prime as strong as one of full length, at an eighth of the price.
const EXPONENT_BITS: u32 = 512;

/// A group by its number; all have a safe prime and the generator 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Group1,
    Group14,
    Group15,
    Group16,
    Group17,
    Group18,
}

impl Group {
    pub(crate) fn bits(self) -> u32 {
        match self {
            Self::Group1 => 1024,
            Self::Group14 => 2048,
            Self::Group15 => 3072,
            Self::Group16 => 4096,
            Self::Group17 => 6144,
            Self::Group18 => 8192,
        }
    }

    fn hex(self) -> &'static str {
        match self {
            Self::Group1 => primes::GROUP1,
            Self::Group14 => primes::GROUP14,
            Self::Group15 => primes::GROUP15,
            Self::Group16 => primes::GROUP16,
            Self::Group17 => primes::GROUP17,
            Self::Group18 => primes::GROUP18,
        }
    }

    /// The prime, big-endian.
    pub(crate) fn prime(self) -> Result<Vec<u8>, Error> {
        Ok(self.modulus()?.to_be_bytes().to_vec())
    }

    fn modulus(self) -> Result<BoxedUint, Error> {
        BoxedUint::from_be_hex(self.hex(), self.bits()).into_option().ok_or(FAILED)
    }
}

const FAILED: Error = Error::Crypto("Diffie-Hellman");

/// A private exponent for one exchange.
pub(crate) struct DhKeys {
    params: BoxedMontyParams,
    exponent: Zeroizing<BoxedUint>,
    /// Ours, big-endian.
    pub(crate) public: Vec<u8>,
}

impl DhKeys {
    pub(crate) fn generate(group: Group) -> Result<Self, Error> {
        let modulus = Odd::new(group.modulus()?).into_option().ok_or(FAILED)?;
        // The modulus is public; only what is raised to the exponent has to take constant time.
        let params = BoxedMontyParams::new_vartime(modulus);
        let mut bytes = Zeroizing::new([0; EXPONENT_BITS as usize / 8]);
        rand::fill(&mut *bytes).map_err(|_| Error::Crypto("random numbers"))?;
        // Never 0 nor 1, and always of full length.
        bytes[0] |= 0x80;
        let exponent = BoxedUint::from_be_slice(&*bytes, EXPONENT_BITS).map_err(|_| FAILED)?;
        let mut keys = Self { params, exponent: Zeroizing::new(exponent), public: Vec::new() };
        let generator = BoxedUint::from_be_slice(&[2], group.bits()).map_err(|_| FAILED)?;
        keys.public = keys.power(generator).to_vec();
        Ok(keys)
    }

    /// K as an mpint. The peer's value has to be in 2..=p-2: 0, 1 and p-1 make a secret that anyone knows (RFC 4253
    /// section 8). In a group of a safe prime no other value has a small order.
    pub(crate) fn agree(&self, peer: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let refused = Error::KeyExchange("public value is out of range");
        let modulus = self.params.modulus().as_ref();
        let bits = self.params.bits_precision();
        let peer = BoxedUint::from_be_slice(peer, bits).map_err(|_| refused.clone())?;
        let one = BoxedUint::one_with_precision(bits);
        if peer <= one || peer >= modulus.wrapping_sub(&one) {
            return Err(refused);
        }
        let secret = Zeroizing::new(self.power(peer));
        // Long enough from the start: a buffer that grows leaves a copy behind.
        let mut encoded = Zeroizing::new(Vec::with_capacity(secret.len() + 5));
        encoded.extend_from_slice(&Zeroizing::new(Message::fields().mpint(&secret).into_bytes()));
        Ok(encoded)
    }

    fn power(&self, base: BoxedUint) -> Box<[u8]> {
        let power = BoxedMontyForm::new(base, &self.params).pow_bounded_exp(&self.exponent, EXPONENT_BITS);
        Zeroizing::new(power.retrieve()).to_be_bytes()
    }
}

/// Our public value, big-endian, and K as an mpint.
pub(super) fn respond(group: Group, client: &[u8]) -> Result<(Vec<u8>, Zeroizing<Vec<u8>>), Error> {
    let ours = DhKeys::generate(group)?;
    let secret = ours.agree(client)?;
    Ok((ours.public, secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Group; 6] =
        [Group::Group1, Group::Group14, Group::Group15, Group::Group16, Group::Group17, Group::Group18];

    const DIGESTS: [&str; 6] = [
        "3f35a3f5f6c4376a744acad409bb22f8d897f949d2311d885adaa890981b67a0",
        "d66436f79bbd6b2e38c0ffbd079be904d2641415e2e67140e09448be9a60890e",
        "48cf8b092fbce4359d9871abf74f98e25b6163379eaa15cd9087e800c6d1c55c",
        "4ee95187682bcb230ad26a95205f6920e84708f6251b3894329b09ec23919e33",
        "d1bfe6d0925ce7e4da262b62861514a7755e35831e429f343e7b864848657efd",
        "39ab4feab950a3128fb71accb9fc3965d857012e081998a85996e3ea8b3c3bcf",
    ];

    #[test]
    fn both_sides_agree_in_every_group() {
        for group in ALL {
            let (a, b) = (DhKeys::generate(group).unwrap(), DhKeys::generate(group).unwrap());
            assert_eq!(a.agree(&b.public).unwrap(), b.agree(&a.public).unwrap(), "{group:?}");
            assert_eq!(group.prime().unwrap().len() * 8, group.bits() as usize);
        }
    }

    /// RFC 3526 gives its primes as formulas over pi; their digests were computed from those, apart from this code.
    #[test]
    fn primes_are_those_of_the_rfcs() {
        for (group, expected) in ALL.into_iter().zip(DIGESTS) {
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &group.prime().unwrap());
            let hex: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, expected, "{group:?}");
        }
    }

    #[test]
    fn values_that_give_the_secret_away_are_refused() {
        let keys = DhKeys::generate(Group::Group14).unwrap();
        let prime = Group::Group14.prime().unwrap();
        let mut below = prime.clone();
        *below.last_mut().unwrap() -= 1;
        let mut above = prime.clone();
        above.insert(0, 1);
        for value in [&[][..], &[0], &[1], &below, &prime, &above, &[0xff; 256], &[0xff; 300]] {
            assert!(matches!(keys.agree(value), Err(Error::KeyExchange(_))), "{value:?}");
        }
        *below.last_mut().unwrap() -= 1;
        assert!(keys.agree(&below).is_ok());
        assert!(keys.agree(&[2]).is_ok());
    }
}

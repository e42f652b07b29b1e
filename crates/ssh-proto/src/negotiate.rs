//! KEXINIT and what both sides' KEXINITs choose (RFC 4253 section 7.1).

use aws_lc_rs::rand;

use crate::{
    algorithms::{Algorithms, Cipher, HostKeyAlgorithm, HostKeyOffer, Kex, Mac, Named, names},
    error::Error,
    msg,
    wire::{Message, Reader},
};

/// Names in the list of key exchange methods that are no methods.
const STRICT_CLIENT: &str = "kex-strict-c-v00@openssh.com";
const STRICT_SERVER: &str = "kex-strict-s-v00@openssh.com";
const EXT_INFO_CLIENT: &str = "ext-info-c";
const EXT_INFO_SERVER: &str = "ext-info-s";

/// The algorithms of the running keys, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negotiated {
    pub kex: &'static str,
    pub host_key: &'static str,
    pub cipher_in: &'static str,
    pub cipher_out: &'static str,
    /// `None` where the cipher brings its own integrity.
    pub mac_in: Option<&'static str>,
    pub mac_out: Option<&'static str>,
}

/// The algorithms two KEXINITs agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) kex: Kex,
    pub(crate) host_key: HostKeyOffer,
    /// Client to server.
    pub(crate) cipher_in: Cipher,
    pub(crate) mac_in: Option<Mac>,
    /// Server to client.
    pub(crate) cipher_out: Cipher,
    pub(crate) mac_out: Option<Mac>,
    /// The client's next packet is a guess at a method that was not chosen, and to be ignored.
    pub(crate) skip_guess: bool,
}

impl Choice {
    pub(crate) fn describe(&self) -> Negotiated {
        Negotiated {
            kex: self.kex.name(),
            host_key: self.host_key.name(),
            cipher_in: self.cipher_in.name(),
            cipher_out: self.cipher_out.name(),
            mac_in: self.mac_in.map(Named::name),
            mac_out: self.mac_out.map(Named::name),
        }
    }
}

/// The fields of a client's KEXINIT that decide something.
#[derive(Debug)]
pub(crate) struct ClientOffer<'a> {
    kex: &'a str,
    host_keys: &'a str,
    cipher_in: &'a str,
    cipher_out: &'a str,
    mac_in: &'a str,
    mac_out: &'a str,
    compression_in: &'a str,
    compression_out: &'a str,
    guess_follows: bool,
}

impl<'a> ClientOffer<'a> {
    pub(crate) fn parse(message: &'a [u8]) -> Result<Self, Error> {
        let mut fields = Reader::new(message, "KEXINIT");
        let _number_and_cookie = fields.bytes(17)?;
        let mut lists = [""; 10];
        for list in &mut lists {
            *list = fields.utf8()?;
        }
        let guess_follows = fields.bool()?;
        fields.u32()?;
        let [kex, host_keys, cipher_in, cipher_out, mac_in, mac_out, compression_in, compression_out, _, _] =
            lists;
        Ok(Self {
            kex,
            host_keys,
            cipher_in,
            cipher_out,
            mac_in,
            mac_out,
            compression_in,
            compression_out,
            guess_follows,
        })
    }

    /// The client asks for strict key exchange (OpenSSH PROTOCOL section 1.10).
    pub(crate) fn strict(&self) -> bool {
        offers(self.kex, STRICT_CLIENT)
    }

    /// The client understands SSH_MSG_EXT_INFO (RFC 8308).
    pub(crate) fn wants_ext_info(&self) -> bool {
        offers(self.kex, EXT_INFO_CLIENT)
    }

    /// The client's first name that we offer too, list by list. `host_keys` are those we have keys for.
    pub(crate) fn choose(&self, server: &Algorithms, host_keys: &[HostKeyOffer]) -> Result<Choice, Error> {
        let kex = common(self.kex, &server.kex)?;
        let host_key = self
            .host_keys
            .split(',')
            .find_map(|name| host_keys.iter().copied().find(|ours| ours.name() == name))
            .ok_or(Error::NoCommonAlgorithm(HostKeyAlgorithm::FAMILY))?;
        let cipher_in = common(self.cipher_in, &server.ciphers)?;
        let cipher_out = common(self.cipher_out, &server.ciphers)?;
        let mac_in = mac_for(cipher_in, self.mac_in, &server.macs)?;
        let mac_out = mac_for(cipher_out, self.mac_out, &server.macs)?;
        if !offers(self.compression_in, "none") || !offers(self.compression_out, "none") {
            return Err(Error::NoCommonAlgorithm("compression"));
        }
        // A guess is right only if both sides would have named the same first choices.
        let guessed = first(self.kex) == server.kex.first().map(|kex| kex.name())
            && first(self.host_keys) == host_keys.first().map(|key| key.name());
        let skip_guess = self.guess_follows && !guessed;
        Ok(Choice { kex, host_key, cipher_in, mac_in, cipher_out, mac_out, skip_guess })
    }
}

/// Our KEXINIT. Only the `first` of a connection says what else we can do (RFC 8308 section 2.1).
pub(crate) fn server_offer(
    server: &Algorithms,
    host_keys: &[HostKeyOffer],
    first: bool,
) -> Result<Vec<u8>, Error> {
    let markers = [EXT_INFO_SERVER, STRICT_SERVER].into_iter().filter(|_| first);
    let kex = names(&server.kex).into_iter().chain(markers);
    let ciphers = names(&server.ciphers);
    let macs = names(&server.macs);
    Ok(Message::new(msg::KEXINIT)
        .raw(&cookie()?)
        .names(kex)
        .names(host_keys.iter().map(|offer| offer.name()))
        .names(ciphers.clone())
        .names(ciphers)
        .names(macs.clone())
        .names(macs)
        .names(["none"])
        .names(["none"])
        .names([])
        .names([])
        .bool(false)
        .u32(0)
        .into_bytes())
}

pub(crate) fn cookie() -> Result<[u8; 16], Error> {
    let mut cookie = [0; 16];
    rand::fill(&mut cookie).map_err(|_| Error::Crypto("random numbers"))?;
    Ok(cookie)
}

fn common<T: Named>(client: &str, server: &[T]) -> Result<T, Error> {
    client
        .split(',')
        .find_map(|name| server.iter().copied().find(|ours| ours.name() == name))
        .ok_or(Error::NoCommonAlgorithm(T::FAMILY))
}

/// AEAD ciphers need no MAC, and the lists of MACs need nothing in common then.
fn mac_for(cipher: Cipher, client: &str, server: &[Mac]) -> Result<Option<Mac>, Error> {
    if cipher.is_aead() { Ok(None) } else { common(client, server).map(Some) }
}

fn offers(list: &str, name: &str) -> bool {
    list.split(',').any(|offered| offered == name)
}

fn first(list: &str) -> Option<&str> {
    list.split(',').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &[HostKeyOffer] = &[HostKeyOffer { algorithm: HostKeyAlgorithm::Ed25519, certified: false }];

    fn offer(kex: &str, cipher: &str, mac: &str, compression: &str, guess: bool) -> Vec<u8> {
        Message::new(msg::KEXINIT)
            .raw(&[7; 16])
            .string(kex)
            .string("ssh-ed25519")
            .string(cipher)
            .string(cipher)
            .string(mac)
            .string(mac)
            .string(compression)
            .string(compression)
            .string("")
            .string("")
            .bool(guess)
            .u32(0)
            .into_bytes()
    }

    fn choose(message: &[u8]) -> Result<Choice, Error> {
        ClientOffer::parse(message)?.choose(&Algorithms::default(), KEYS)
    }

    #[test]
    fn the_clients_order_decides() {
        let ours =
            offer("junk,ecdh-sha2-nistp384,curve25519-sha256", "aes256-ctr", "hmac-sha2-256", "none", false);
        let choice = choose(&ours).unwrap();
        assert_eq!(choice.kex, Kex::EcdhNistp384);
        assert_eq!((choice.cipher_in, choice.mac_in), (Cipher::Aes256Ctr, Some(Mac::HmacSha256)));
    }

    #[test]
    fn aead_needs_no_common_mac() {
        let ours = offer("curve25519-sha256", "aes128-gcm@openssh.com", "umac-64@openssh.com", "none", false);
        assert_eq!(choose(&ours).unwrap().mac_out, None);
        let ours = offer("curve25519-sha256", "aes128-ctr", "umac-64@openssh.com", "none", false);
        assert_eq!(choose(&ours), Err(Error::NoCommonAlgorithm("MAC")));
    }

    #[test]
    fn compression_is_refused() {
        let ours = offer("curve25519-sha256", "aes128-ctr", "hmac-sha2-256", "zlib,zlib@openssh.com", false);
        assert_eq!(choose(&ours), Err(Error::NoCommonAlgorithm("compression")));
    }

    #[test]
    fn a_wrong_guess_is_skipped() {
        let right = offer("mlkem768x25519-sha256", "aes128-ctr", "hmac-sha2-256", "none", true);
        assert!(!choose(&right).unwrap().skip_guess);
        let wrong = offer("curve25519-sha256", "aes128-ctr", "hmac-sha2-256", "none", true);
        assert!(choose(&wrong).unwrap().skip_guess);
    }

    #[test]
    fn markers_are_read() {
        let message =
            offer("curve25519-sha256,ext-info-c,kex-strict-c-v00@openssh.com", "x", "x", "none", false);
        let offer = ClientOffer::parse(&message).unwrap();
        assert!(offer.strict() && offer.wants_ext_info());
    }

    #[test]
    fn our_markers_are_in_the_first_offer_only() {
        for first in [true, false] {
            let message = server_offer(&Algorithms::default(), KEYS, first).unwrap();
            let kex = ClientOffer::parse(&message).unwrap().kex.to_owned();
            assert_eq!(kex.ends_with(",ext-info-s,kex-strict-s-v00@openssh.com"), first, "{kex}");
        }
    }

    #[test]
    fn every_cut_is_an_error() {
        let whole = offer("curve25519-sha256", "aes128-ctr", "hmac-sha2-256", "none", true);
        for cut in 0..whole.len() {
            assert!(ClientOffer::parse(&whole[..cut]).is_err());
        }
    }
}

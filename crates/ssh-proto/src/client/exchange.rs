//! The client's side of a key exchange.

use zeroize::Zeroizing;

use super::Offer;
use crate::{
    algorithms::{Cipher, Kex, Mac, Named, PublicKeyAlgorithm},
    cipher::{Opening, Sealing},
    error::Error,
    exchange::Context,
    kex::{self, Direction, HybridKeys, KeyPair, KeySource},
    msg, pubkey,
    wire::{Message, Reader},
};

/// Both KEXINITs are known and our message of the method is out.
pub(super) struct Pending {
    pub(super) server_offer: Vec<u8>,
    kex: Kex,
    cipher: Cipher,
    mac: Option<Mac>,
    host_key: PublicKeyAlgorithm,
    secrets: Secrets,
}

enum Secrets {
    Ecdh(KeyPair),
    Hybrid(HybridKeys),
}

pub(super) struct Keys {
    pub(super) exchange_hash: Vec<u8>,
    pub(super) sealing: Sealing,
    pub(super) opening: Opening,
}

impl Pending {
    pub(super) fn new(offer: &Offer, server_offer: &[u8]) -> Result<Self, Error> {
        let lists = name_lists(server_offer)?;
        let kex = choose(&offer.kex, lists[0])?;
        let cipher: Cipher = choose(&offer.cipher, lists[2])?;
        let stream = matches!(cipher, Cipher::Aes128Ctr | Cipher::Aes192Ctr | Cipher::Aes256Ctr);
        let mac = if stream { Some(choose(&offer.mac, lists[4])?) } else { None };
        let secrets = match kex {
            Kex::MlKem768X25519Sha256 => Secrets::Hybrid(HybridKeys::generate()?),
            _ => Secrets::Ecdh(KeyPair::generate(kex::curve(kex))?),
        };
        let host_key = choose(&offer.host_key, lists[1])?;
        Ok(Self { server_offer: server_offer.to_vec(), kex, cipher, mac, host_key, secrets })
    }

    /// SSH_MSG_KEX_ECDH_INIT.
    pub(super) fn message(&self) -> Vec<u8> {
        Message::new(msg::KEX_INIT).string(self.public()).into_bytes()
    }

    /// Checks the server's signature and derives the keys.
    pub(super) fn finish(
        self,
        context: &Context<'_>,
        session_id: &[u8],
        reply: &[u8],
    ) -> Result<Keys, Error> {
        let mut fields = Reader::new(&reply[1..], "key exchange reply");
        let (host_key, server, signature) = (fields.string()?, fields.string()?, fields.string()?);
        let transcript = Message::fields().string(self.public()).string(server).into_bytes();
        let secret = match self.secrets {
            Secrets::Ecdh(pair) => Zeroizing::new(Message::fields().mpint(&pair.agree(server)?).into_bytes()),
            Secrets::Hybrid(keys) => keys.agree(server)?,
        };
        let hash = kex::hash(self.kex);
        let exchange_hash = context.exchange_hash(hash, host_key, &transcript, &secret);
        if !pubkey::verify(self.host_key, host_key, exchange_hash.as_ref(), signature) {
            return Err(Error::KeyExchange("the server's signature is wrong"));
        }
        let exchange_hash = exchange_hash.as_ref().to_vec();
        let session_id = if session_id.is_empty() { &exchange_hash } else { session_id };
        let keys = KeySource { hash, secret: &secret, exchange_hash: &exchange_hash, session_id };
        let sealing = Sealing::new(self.cipher, self.mac, &|purpose, len| {
            keys.derive(Direction::ClientToServer, purpose, len)
        })?;
        let opening = Opening::new(self.cipher, self.mac, &|purpose, len| {
            keys.derive(Direction::ServerToClient, purpose, len)
        })?;
        Ok(Keys { exchange_hash: exchange_hash.clone(), sealing, opening })
    }

    fn public(&self) -> &[u8] {
        match &self.secrets {
            Secrets::Ecdh(pair) => &pair.public,
            Secrets::Hybrid(keys) => &keys.public,
        }
    }
}

/// Whether the server's list of key exchange methods holds a name.
pub(super) fn lists(server_offer: &[u8], name: &str) -> Result<bool, Error> {
    Ok(name_lists(server_offer)?[0].split(',').any(|offered| offered == name))
}

fn name_lists(offer: &[u8]) -> Result<[&str; 8], Error> {
    let mut fields = Reader::new(offer, "KEXINIT");
    fields.bytes(17)?;
    let mut lists = [""; 8];
    for list in &mut lists {
        *list = fields.utf8()?;
    }
    Ok(lists)
}

fn choose<T: Named>(ours: &str, theirs: &str) -> Result<T, Error> {
    let shared = ours.split(',').filter(|name| theirs.split(',').any(|other| other == *name));
    shared.into_iter().find_map(T::from_name).ok_or(Error::NoCommonAlgorithm(T::FAMILY))
}

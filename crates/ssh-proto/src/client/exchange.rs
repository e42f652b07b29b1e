//! The client's side of a key exchange.

use zeroize::Zeroizing;

use super::Offer;
use crate::{
    algorithms::{Cipher, HostKeyAlgorithm, Kex, Mac, Named, PublicKeyAlgorithm},
    cipher::{Opening, Sealing},
    error::Error,
    exchange::Context,
    kex::{self, Chosen, DhKeys, Direction, Group, HybridKeys, KeyPair, KeySource, Method, SntrupKeys},
    msg, pubkey,
    wire::{Message, Reader, strip_zeros},
};

/// Both KEXINITs are known and our message of the method is out.
pub(super) struct Pending {
    pub(super) server_offer: Vec<u8>,
    kex: Kex,
    cipher: Cipher,
    mac: Option<Mac>,
    /// The name of the algorithm.
    host_key: String,
    secrets: Secrets,
}

enum Secrets {
    Ecdh(KeyPair),
    Hybrid(HybridKeys),
    Sntrup(Box<SntrupKeys>),
    Dh(DhKeys),
    /// Our request for a group, and what we do with the one we get.
    GroupExchange(Chosen, Option<DhKeys>),
}

/// Wanted in group exchanges.
const GROUP: Group = Group::Group15;

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
        let mac = if cipher.is_aead() { None } else { Some(choose(&offer.mac, lists[4])?) };
        let secrets = match kex::method(kex) {
            Method::MlKem => Secrets::Hybrid(HybridKeys::generate()?),
            Method::Sntrup => Secrets::Sntrup(Box::new(SntrupKeys::generate()?)),
            Method::Ecdh(curve) => Secrets::Ecdh(KeyPair::generate(curve)?),
            Method::Dh(group) => Secrets::Dh(DhKeys::generate(group)?),
            Method::GroupExchange => Secrets::GroupExchange(Chosen::by_request(&group_request())?, None),
        };
        let host_key = shared(&offer.host_key, lists[1])
            .next()
            .ok_or(Error::NoCommonAlgorithm(HostKeyAlgorithm::FAMILY))?
            .to_owned();
        Ok(Self { server_offer: server_offer.to_vec(), kex, cipher, mac, host_key, secrets })
    }

    /// The first message of the method.
    pub(super) fn message(&self) -> Vec<u8> {
        match self.secrets {
            Secrets::GroupExchange(..) => group_request(),
            _ => Message::new(msg::KEX_INIT).raw(&self.public()).into_bytes(),
        }
    }

    /// Answers SSH_MSG_KEX_DH_GEX_GROUP, which has the number of other methods' reply. `None`: it is such a reply.
    pub(super) fn on_group(&mut self, message: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let Secrets::GroupExchange(chosen, keys @ None) = &mut self.secrets else { return Ok(None) };
        if chosen.message()? != message {
            return Err(Error::KeyExchange("another group than the one asked for"));
        }
        *keys = Some(DhKeys::generate(chosen.group)?);
        Ok(Some(Message::new(msg::KEX_GEX_INIT).raw(&self.public()).into_bytes()))
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
        let head = match &self.secrets {
            Secrets::GroupExchange(chosen, _) => chosen.transcript()?,
            _ => Message::fields(),
        };
        // A positive mpint is a string as well, and the server's comes in its shortest form.
        let transcript = head.raw(&self.public()).string(server).into_bytes();
        let secret = match self.secrets {
            Secrets::Ecdh(pair) => Zeroizing::new(Message::fields().mpint(&pair.agree(server)?).into_bytes()),
            Secrets::Hybrid(keys) => keys.agree(server)?,
            Secrets::Sntrup(keys) => keys.agree(server)?,
            Secrets::Dh(keys) | Secrets::GroupExchange(_, Some(keys)) => keys.agree(strip_zeros(server))?,
            Secrets::GroupExchange(_, None) => return Err(Error::KeyExchange("no group yet")),
        };
        let hash = kex::hash(self.kex);
        let exchange_hash = context.exchange_hash(hash, host_key, &transcript, &secret);
        let known = pubkey::accept(&PublicKeyAlgorithm::all().collect::<Vec<_>>(), &self.host_key, host_key);
        if known.is_none_or(|key| key.presence(exchange_hash.as_ref(), signature).is_none()) {
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

    /// Our public value as it travels.
    fn public(&self) -> Vec<u8> {
        let message = Message::fields();
        match &self.secrets {
            Secrets::Ecdh(pair) => message.string(&pair.public),
            Secrets::Hybrid(keys) => message.string(&keys.public),
            Secrets::Sntrup(keys) => message.string(&keys.public),
            Secrets::Dh(keys) | Secrets::GroupExchange(_, Some(keys)) => message.mpint(&keys.public),
            Secrets::GroupExchange(_, None) => message,
        }
        .into_bytes()
    }
}

fn group_request() -> Vec<u8> {
    Message::new(msg::KEX_GEX_REQUEST).u32(2048).u32(GROUP.bits()).u32(8192).into_bytes()
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
    shared(ours, theirs).find_map(T::from_name).ok_or(Error::NoCommonAlgorithm(T::FAMILY))
}

/// Our names that are theirs, too.
fn shared<'a>(ours: &'a str, theirs: &'a str) -> impl Iterator<Item = &'a str> {
    ours.split(',').filter(|name| theirs.split(',').any(|other| other == *name))
}

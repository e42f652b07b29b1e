//! Key exchange methods, the server's side: messages of the client in, a shared secret and our answer out.

mod derive;
mod dh;
mod ecdh;
mod gex;
mod mlkem;
mod primes;
mod sntrup;

use aws_lc_rs::{agreement::Algorithm, digest};
use zeroize::Zeroizing;

pub(crate) use derive::{Direction, KeySource};
#[cfg(any(test, feature = "client"))]
pub(crate) use {dh::DhKeys, dh::Group, ecdh::KeyPair, gex::Chosen, mlkem::HybridKeys, sntrup::SntrupKeys};

#[cfg(not(any(test, feature = "client")))]
use {dh::Group, gex::Chosen};

use crate::{
    algorithms::Kex,
    error::Error,
    msg,
    wire::{Message, Reader},
};

/// What an exchange comes to.
pub(crate) struct Agreement {
    /// Number of the message that carries our answer.
    pub(crate) reply: u8,
    /// What the exchange hash covers between the host key and the secret: the public values above all.
    pub(crate) transcript: Vec<u8>,
    /// Our public value as the reply carries it.
    pub(crate) public: Vec<u8>,
    /// K, encoded as the exchange hash and the key derivation cover it: an mpint, or a string where a hash
    /// combines two secrets.
    pub(crate) secret: Zeroizing<Vec<u8>>,
}

/// An exchange by one method, from the client's first message of it.
pub(crate) struct Exchange {
    kex: Kex,
    /// Group exchange: what was chosen after the request.
    chosen: Option<Chosen>,
}

/// The answer to a message of the client.
pub(crate) enum Answer {
    /// A message that asks for the next one.
    More(Vec<u8>),
    Agreed(Agreement),
}

/// How a method runs.
pub(crate) enum Method {
    MlKem,
    Sntrup,
    Ecdh(&'static Algorithm),
    Dh(Group),
    GroupExchange,
}

impl Exchange {
    pub(crate) fn new(kex: Kex) -> Self {
        Self { kex, chosen: None }
    }

    /// Answers the client's next message of the exchange.
    pub(crate) fn receive(&mut self, message: &[u8]) -> Result<Answer, Error> {
        let mut fields = Reader::new(message, "key exchange message");
        let number = fields.u8()?;
        match (method(self.kex), self.chosen, number) {
            (Method::GroupExchange, None, msg::KEX_GEX_REQUEST) => {
                let chosen = self.chosen.insert(Chosen::by_request(message)?);
                chosen.message().map(Answer::More)
            }
            (Method::GroupExchange, Some(chosen), msg::KEX_GEX_INIT) => {
                agree_on_integers(chosen.group, msg::KEX_GEX_REPLY, chosen.transcript()?, fields.mpint()?)
            }
            (Method::Dh(group), _, msg::KEX_INIT) => {
                agree_on_integers(group, msg::KEX_REPLY, Message::fields(), fields.mpint()?)
            }
            (Method::MlKem, _, msg::KEX_INIT) => agree_on_strings(mlkem::respond, fields.string()?),
            (Method::Sntrup, _, msg::KEX_INIT) => agree_on_strings(sntrup::respond, fields.string()?),
            (Method::Ecdh(curve), _, msg::KEX_INIT) => {
                agree_on_strings(|client| ecdh::respond(curve, client), fields.string()?)
            }
            _ => Err(Error::Unexpected { number, during: "in a key exchange" }),
        }
    }
}

pub(crate) fn method(kex: Kex) -> Method {
    match kex {
        Kex::MlKem768X25519Sha256 => Method::MlKem,
        Kex::Sntrup761X25519Sha512 | Kex::Sntrup761X25519Sha512Openssh => Method::Sntrup,
        Kex::Curve25519Sha256 | Kex::Curve25519Sha256Libssh => Method::Ecdh(ecdh::X25519),
        Kex::EcdhNistp256 => Method::Ecdh(ecdh::P256),
        Kex::EcdhNistp384 => Method::Ecdh(ecdh::P384),
        Kex::EcdhNistp521 => Method::Ecdh(ecdh::P521),
        Kex::DhGroup14Sha256 | Kex::DhGroup14Sha1 => Method::Dh(Group::Group14),
        Kex::DhGroup16Sha512 => Method::Dh(Group::Group16),
        Kex::DhGroup18Sha512 => Method::Dh(Group::Group18),
        Kex::DhGroup1Sha1 => Method::Dh(Group::Group1),
        Kex::DhExchangeSha256 | Kex::DhExchangeSha1 => Method::GroupExchange,
    }
}

/// The hash of a method, for the exchange hash and the key derivation.
pub(crate) fn hash(kex: Kex) -> &'static digest::Algorithm {
    match kex {
        Kex::MlKem768X25519Sha256
        | Kex::Curve25519Sha256
        | Kex::Curve25519Sha256Libssh
        | Kex::EcdhNistp256
        | Kex::DhGroup14Sha256
        | Kex::DhExchangeSha256 => &digest::SHA256,
        Kex::EcdhNistp384 => &digest::SHA384,
        Kex::EcdhNistp521
        | Kex::Sntrup761X25519Sha512
        | Kex::Sntrup761X25519Sha512Openssh
        | Kex::DhGroup16Sha512
        | Kex::DhGroup18Sha512 => &digest::SHA512,
        Kex::DhGroup14Sha1 | Kex::DhGroup1Sha1 | Kex::DhExchangeSha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
    }
}

type Secret = Zeroizing<Vec<u8>>;

fn agree_on_strings(
    respond: impl Fn(&[u8]) -> Result<(Vec<u8>, Secret), Error>,
    client: &[u8],
) -> Result<Answer, Error> {
    let (server, secret) = respond(client)?;
    Ok(Answer::Agreed(Agreement {
        reply: msg::KEX_REPLY,
        transcript: Message::fields().string(client).string(&server).into_bytes(),
        public: Message::fields().string(&server).into_bytes(),
        secret,
    }))
}

fn agree_on_integers(group: Group, reply: u8, transcript: Message, client: &[u8]) -> Result<Answer, Error> {
    let (server, secret) = dh::respond(group, client)?;
    Ok(Answer::Agreed(Agreement {
        reply,
        transcript: transcript.mpint(client).mpint(&server).into_bytes(),
        public: Message::fields().mpint(&server).into_bytes(),
        secret,
    }))
}

//! Key exchange methods, the server's side: one message of the client in, a shared secret and our answer out.

mod derive;
mod ecdh;
mod mlkem;

use aws_lc_rs::{agreement::Algorithm, digest};
use zeroize::Zeroizing;

pub(crate) use derive::{Direction, KeySource};
#[cfg(any(test, feature = "client"))]
pub(crate) use {ecdh::KeyPair, mlkem::HybridKeys};

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
    /// The public values as the exchange hash covers them, between the host key and the secret.
    pub(crate) transcript: Vec<u8>,
    /// Our public value as the reply carries it.
    pub(crate) public: Vec<u8>,
    /// K, encoded as the exchange hash and the key derivation cover it: an mpint, or a string where a hash
    /// combines two secrets.
    pub(crate) secret: Zeroizing<Vec<u8>>,
}

/// Answers the client's message of the exchange.
pub(crate) fn respond(kex: Kex, message: &[u8]) -> Result<Agreement, Error> {
    let mut fields = Reader::new(message, "key exchange message");
    let number = fields.u8()?;
    if number != msg::KEX_INIT {
        return Err(Error::Unexpected { number, during: "in a key exchange" });
    }
    let client = fields.string()?;
    let (server, secret) = match kex {
        Kex::MlKem768X25519Sha256 => mlkem::respond(client)?,
        Kex::Curve25519Sha256
        | Kex::Curve25519Sha256Libssh
        | Kex::EcdhNistp256
        | Kex::EcdhNistp384
        | Kex::EcdhNistp521 => ecdh::respond(curve(kex), client)?,
    };
    Ok(Agreement {
        reply: msg::KEX_REPLY,
        transcript: Message::fields().string(client).string(&server).into_bytes(),
        public: Message::fields().string(&server).into_bytes(),
        secret,
    })
}

/// The hash of a method, for the exchange hash and the key derivation.
pub(crate) fn hash(kex: Kex) -> &'static digest::Algorithm {
    match kex {
        Kex::MlKem768X25519Sha256
        | Kex::Curve25519Sha256
        | Kex::Curve25519Sha256Libssh
        | Kex::EcdhNistp256 => &digest::SHA256,
        Kex::EcdhNistp384 => &digest::SHA384,
        Kex::EcdhNistp521 => &digest::SHA512,
    }
}

/// The curve of a method; the hybrid's elliptic half is X25519, too.
pub(crate) fn curve(kex: Kex) -> &'static Algorithm {
    match kex {
        Kex::Curve25519Sha256 | Kex::Curve25519Sha256Libssh | Kex::MlKem768X25519Sha256 => ecdh::X25519,
        Kex::EcdhNistp256 => ecdh::P256,
        Kex::EcdhNistp384 => ecdh::P384,
        Kex::EcdhNistp521 => ecdh::P521,
    }
}

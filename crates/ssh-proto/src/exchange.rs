//! One key exchange from the client's method message to new keys (RFC 4253 sections 7.2 and 8).

use aws_lc_rs::digest::{self, Digest};

use crate::{
    cipher::{Opening, Sealing},
    error::Error,
    hostkey::HostKey,
    kex::{self, Agreement, Direction, KeySource},
    msg,
    negotiate::Choice,
    wire::Message,
};

/// What both sides said before the exchange; all of it goes into the exchange hash.
pub(crate) struct Context<'a> {
    pub(crate) client_version: &'a [u8],
    pub(crate) server_version: &'a [u8],
    /// The payloads of both KEXINITs.
    pub(crate) client_offer: &'a [u8],
    pub(crate) server_offer: &'a [u8],
}

/// The result of an exchange for the server.
pub(crate) struct Finished {
    /// The message that answers the client's.
    pub(crate) reply: Vec<u8>,
    pub(crate) exchange_hash: Digest,
    pub(crate) sealing: Sealing,
    pub(crate) opening: Opening,
}

impl Context<'_> {
    /// Signs what was agreed on and derives the keys. `session_id` is that of the connection, or empty in its first
    /// exchange.
    pub(crate) fn finish(
        &self,
        choice: &Choice,
        host_key: &HostKey,
        session_id: &[u8],
        agreement: &Agreement,
    ) -> Result<Finished, Error> {
        let hash = kex::hash(choice.kex);
        let certificate = host_key.certificate().filter(|_| choice.host_key.certified);
        let public = certificate.unwrap_or(host_key.public_blob());
        let exchange_hash = self.exchange_hash(hash, public, &agreement.transcript, &agreement.secret);
        let signature = host_key.sign(choice.host_key.algorithm, exchange_hash.as_ref())?;
        let reply = Message::new(agreement.reply)
            .string(public)
            .raw(&agreement.public)
            .string(signature)
            .into_bytes();
        let session_id = if session_id.is_empty() { exchange_hash.as_ref() } else { session_id };
        let keys =
            KeySource { hash, secret: &agreement.secret, exchange_hash: exchange_hash.as_ref(), session_id };
        let sealing = Sealing::new(choice.cipher_out, choice.mac_out, &|purpose, len| {
            keys.derive(Direction::ServerToClient, purpose, len)
        })?;
        let opening = Opening::new(choice.cipher_in, choice.mac_in, &|purpose, len| {
            keys.derive(Direction::ClientToServer, purpose, len)
        })?;
        Ok(Finished { reply, exchange_hash, sealing, opening })
    }

    /// H. `transcript` and `secret` come in their wire encodings.
    pub(crate) fn exchange_hash(
        &self,
        hash: &'static digest::Algorithm,
        host_key: &[u8],
        transcript: &[u8],
        secret: &[u8],
    ) -> Digest {
        let mut context = digest::Context::new(hash);
        let strings =
            [self.client_version, self.server_version, self.client_offer, self.server_offer, host_key];
        for string in strings {
            context.update(&(string.len() as u32).to_be_bytes());
            context.update(string);
        }
        context.update(transcript);
        context.update(secret);
        context.finish()
    }
}

/// SSH_MSG_NEWKEYS.
pub(crate) fn new_keys() -> Vec<u8> {
    vec![msg::NEWKEYS]
}

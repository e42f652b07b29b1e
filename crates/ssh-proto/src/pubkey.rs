//! Public keys of clients.

/// A public key as its wire blob (RFC 4253 section 6.6), without a judgement of its type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PublicKey {
    blob: Vec<u8>,
}

impl PublicKey {
    /// Reads a line of an `authorized_keys` or `.pub` file; options, comment and blanks around are tolerated.
    pub fn parse_authorized(line: &str) -> Option<Self> {
        let _ = line;
        None
    }

    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    pub fn fingerprint(&self) -> String {
        fingerprint(&self.blob)
    }
}

/// `SHA256:…` of a key blob, as `ssh-keygen -l` prints it.
pub fn fingerprint(blob: &[u8]) -> String {
    let _ = blob;
    String::new()
}

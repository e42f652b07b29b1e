//! Private and public keys as files and as they travel.

use ssh_proto::{HostKey, PublicKey};

pub fn ssh_keys(bytes: &[u8]) {
    if let Ok(key) = HostKey::from_bytes(bytes) {
        let again =
            key.to_pem().and_then(|pem| HostKey::from_bytes(pem.as_bytes())).expect("it was read once");
        assert_eq!(key.public_text(), again.public_text());
        assert!(PublicKey::parse_authorized(&key.public_text()).is_ok());
    }
    if let Ok(key) = PublicKey::from_blob(bytes) {
        assert_eq!(key.blob(), bytes);
    }
    if let Some(key) = std::str::from_utf8(bytes).ok().and_then(|line| PublicKey::parse_authorized(line).ok())
    {
        assert_eq!(PublicKey::from_blob(key.blob()), Ok(key));
    }
}

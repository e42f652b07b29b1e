//! Certificates as they travel and as files.

use ssh_proto::{Certificate, PublicKey};

pub fn ssh_certificate(bytes: &[u8]) {
    if let Ok(certificate) = Certificate::from_blob(bytes) {
        assert_eq!(certificate.blob(), bytes);
        // A certificate is never taken for the key in it.
        assert!(PublicKey::from_blob(bytes).is_err());
        assert!(PublicKey::from_blob(certificate.key.blob()).is_ok());
    }
    if let Ok(line) = std::str::from_utf8(bytes) {
        let _ = Certificate::parse_line(line);
    }
}

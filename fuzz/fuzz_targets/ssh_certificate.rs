//! Certificates as they travel and as files.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ssh_proto::{Certificate, PublicKey};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(certificate) = Certificate::from_blob(bytes) {
        assert_eq!(certificate.blob(), bytes);
        // A certificate is never taken for the key in it.
        assert!(PublicKey::from_blob(bytes).is_err());
        assert!(PublicKey::from_blob(certificate.key.blob()).is_ok());
    }
    if let Ok(line) = std::str::from_utf8(bytes) {
        let _ = Certificate::parse_line(line);
    }
});

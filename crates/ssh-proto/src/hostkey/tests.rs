//! Key files that OpenSSL and ssh-keygen wrote.

use super::*;

/// A private key file, its public key and what `ssh-keygen -l` says of it.
struct Sample {
    private: &'static str,
    public: &'static str,
    fingerprint: &'static str,
}

const SAMPLES: [Sample; 11] = [
    Sample {
        private: include_str!("../../testdata/openssh_ecdsa256"),
        public: include_str!("../../testdata/openssh_ecdsa256.pub"),
        fingerprint: "SHA256:lDg3IvCN+jnO9Kyqe4R4w5xq6J7RQAxLT0Rp5QfFd0M",
    },
    Sample {
        private: include_str!("../../testdata/openssh_ecdsa384"),
        public: include_str!("../../testdata/openssh_ecdsa384.pub"),
        fingerprint: "SHA256:U8L5E7VxwHO+zzWqIc0y0CstiLWw1FYyoZSOXZAEpjM",
    },
    Sample {
        private: include_str!("../../testdata/openssh_ecdsa521"),
        public: include_str!("../../testdata/openssh_ecdsa521.pub"),
        fingerprint: "SHA256:2m5QJAzYM8LpiYMr/Sy0U1UhJ3U1fUilxExeI0CfTaU",
    },
    Sample {
        private: include_str!("../../testdata/openssh_ed25519"),
        public: include_str!("../../testdata/openssh_ed25519.pub"),
        fingerprint: "SHA256:maCE+m6aNzg+AL3/YF7HRWR4KY73H2Ok9jegNwe/U4U",
    },
    Sample {
        private: include_str!("../../testdata/openssh_rsa"),
        public: include_str!("../../testdata/openssh_rsa.pub"),
        fingerprint: "SHA256:q/n0r1PqfobUt6+q4XT6ssleIm9sdIVqOI6yS8Thj8M",
    },
    Sample {
        private: include_str!("../../testdata/pkcs1_rsa"),
        public: include_str!("../../testdata/pkcs1_rsa.pub"),
        fingerprint: "SHA256:sB6D+8+jdDPQ0zPyTDD2xYZ0X7QYRydSpQbnVHuYq+Y",
    },
    Sample {
        private: include_str!("../../testdata/pkcs8_ecdsa384"),
        public: include_str!("../../testdata/pkcs8_ecdsa384.pub"),
        fingerprint: "SHA256:RZuEbTdh53Jk0qSFQ2HbmEe8HbgxSNeD/S2eoAeKCSo",
    },
    Sample {
        private: include_str!("../../testdata/pkcs8_ed25519"),
        public: include_str!("../../testdata/pkcs8_ed25519.pub"),
        fingerprint: "SHA256:1SH7h9zbvphtwOC15qwaXa2G/IeL+HMlIfvYhUpDfRE",
    },
    Sample {
        private: include_str!("../../testdata/pkcs8_rsa"),
        public: include_str!("../../testdata/pkcs8_rsa.pub"),
        fingerprint: "SHA256:Im3PrD/WbPYK44m/DR57an5SKFJOUcHHvzBPBfa+omI",
    },
    Sample {
        private: include_str!("../../testdata/sec1_ecdsa256"),
        public: include_str!("../../testdata/sec1_ecdsa256.pub"),
        fingerprint: "SHA256:uhvrT8pI/cbt3Cc5DumXhsJUJXm2H4HkOci0QogyFt8",
    },
    Sample {
        private: include_str!("../../testdata/sec1_ecdsa521"),
        public: include_str!("../../testdata/sec1_ecdsa521.pub"),
        fingerprint: "SHA256:MdK8Wax4sLD/S6g73GvXx2j/EAHRmkV+PllNPCmW7Vk",
    },
];

#[test]
fn every_form_is_read() {
    for sample in SAMPLES {
        let key = HostKey::from_bytes(sample.private.as_bytes()).expect(sample.public);
        assert!(sample.public.starts_with(&key.public_text()), "{}", sample.public);
        assert_eq!(key.fingerprint(), sample.fingerprint);
        let again = HostKey::from_bytes(key.to_pem().unwrap().as_bytes()).unwrap();
        assert_eq!(again.public_blob(), key.public_blob());
    }
}

/// A key that is read must sign, with what its file left out computed right.
#[test]
fn every_key_signs_what_its_public_key_verifies() {
    for sample in SAMPLES {
        let key = HostKey::from_bytes(sample.private.as_bytes()).unwrap();
        for algorithm in key.algorithms() {
            let signature = key.sign(*algorithm, b"message").unwrap();
            let public = crate::PublicKeyAlgorithm::from_name(algorithm.name()).unwrap();
            assert!(crate::pubkey::verify(public, key.public_blob(), b"message", &signature));
            assert!(!crate::pubkey::verify(public, key.public_blob(), b"massage", &signature));
        }
    }
}

#[test]
fn refusals_say_why() {
    let read = |text: &str| HostKey::from_bytes(text.as_bytes()).err();
    assert_eq!(read(include_str!("../../testdata/encrypted_openssh")), Some(KeyError::Encrypted));
    assert_eq!(read(include_str!("../../testdata/encrypted_pkcs8")), Some(KeyError::Encrypted));
    assert_eq!(read(include_str!("../../testdata/encrypted_pkcs1")), Some(KeyError::Encrypted));
    assert!(read(include_str!("../../testdata/short_rsa")).is_some());
    assert_eq!(read(SAMPLES[0].public), Some(KeyError::UnknownFormat));
    assert_eq!(read(""), Some(KeyError::UnknownFormat));
}

#[test]
fn half_a_file_is_no_key() {
    for sample in SAMPLES {
        for cut in (0..sample.private.len() - 40).step_by(7) {
            assert!(HostKey::from_bytes(&sample.private.as_bytes()[..cut]).is_err());
        }
    }
}

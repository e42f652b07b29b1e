//! The families and their members.

/// A family of algorithms that are chosen by name.
pub trait Named: Copy + PartialEq + 'static {
    /// What the family is called in messages, such as `cipher`.
    const FAMILY: &'static str;
    /// All members, the most wanted first.
    const ALL: &'static [Self];
    /// What is offered unless another list is configured: no SHA-1, no CBC, no RC4.
    const DEFAULT: &'static [Self];

    fn name(self) -> &'static str;

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|member| member.name() == name)
    }
}

/// Key exchange methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kex {
    MlKem768X25519Sha256,
    Sntrup761X25519Sha512,
    /// The same method under the name it had before it was registered.
    Sntrup761X25519Sha512Openssh,
    Curve25519Sha256,
    /// The same method under the name it had before RFC 8731.
    Curve25519Sha256Libssh,
    EcdhNistp256,
    EcdhNistp384,
    EcdhNistp521,
    DhGroup14Sha256,
    DhGroup16Sha512,
    DhGroup18Sha512,
    DhExchangeSha256,
    DhGroup14Sha1,
    DhGroup1Sha1,
    DhExchangeSha1,
}

impl Named for Kex {
    const FAMILY: &'static str = "key exchange";
    const ALL: &'static [Self] = &[
        Self::MlKem768X25519Sha256,
        Self::Sntrup761X25519Sha512,
        Self::Sntrup761X25519Sha512Openssh,
        Self::Curve25519Sha256,
        Self::Curve25519Sha256Libssh,
        Self::EcdhNistp256,
        Self::EcdhNistp384,
        Self::EcdhNistp521,
        Self::DhGroup14Sha256,
        Self::DhGroup16Sha512,
        Self::DhExchangeSha256,
        Self::DhGroup18Sha512,
        Self::DhGroup14Sha1,
        Self::DhGroup1Sha1,
        Self::DhExchangeSha1,
    ];
    const DEFAULT: &'static [Self] = &[
        Self::MlKem768X25519Sha256,
        Self::Sntrup761X25519Sha512,
        Self::Sntrup761X25519Sha512Openssh,
        Self::Curve25519Sha256,
        Self::Curve25519Sha256Libssh,
        Self::EcdhNistp256,
        Self::EcdhNistp384,
        Self::EcdhNistp521,
        Self::DhGroup14Sha256,
        Self::DhGroup16Sha512,
        Self::DhExchangeSha256,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::MlKem768X25519Sha256 => "mlkem768x25519-sha256",
            Self::Sntrup761X25519Sha512 => "sntrup761x25519-sha512",
            Self::Sntrup761X25519Sha512Openssh => "sntrup761x25519-sha512@openssh.com",
            Self::Curve25519Sha256 => "curve25519-sha256",
            Self::Curve25519Sha256Libssh => "curve25519-sha256@libssh.org",
            Self::EcdhNistp256 => "ecdh-sha2-nistp256",
            Self::EcdhNistp384 => "ecdh-sha2-nistp384",
            Self::EcdhNistp521 => "ecdh-sha2-nistp521",
            Self::DhGroup14Sha256 => "diffie-hellman-group14-sha256",
            Self::DhGroup16Sha512 => "diffie-hellman-group16-sha512",
            Self::DhGroup18Sha512 => "diffie-hellman-group18-sha512",
            Self::DhExchangeSha256 => "diffie-hellman-group-exchange-sha256",
            Self::DhGroup14Sha1 => "diffie-hellman-group14-sha1",
            Self::DhGroup1Sha1 => "diffie-hellman-group1-sha1",
            Self::DhExchangeSha1 => "diffie-hellman-group-exchange-sha1",
        }
    }
}

/// Ciphers. The AEAD ones bring their own integrity, the others need a [`Mac`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cipher {
    Aes128Gcm,
    Aes256Gcm,
    ChaCha20Poly1305,
    Aes128Ctr,
    Aes192Ctr,
    Aes256Ctr,
    Aes128Cbc,
    Aes192Cbc,
    Aes256Cbc,
    TripleDesCbc,
    /// RC4 with a key of 256 bits, its first output thrown away (RFC 4345).
    Arcfour256,
    Arcfour128,
    Arcfour,
}

impl Cipher {
    /// Whether it brings its own integrity.
    pub fn is_aead(self) -> bool {
        matches!(self, Self::Aes128Gcm | Self::Aes256Gcm | Self::ChaCha20Poly1305)
    }
}

impl Named for Cipher {
    const FAMILY: &'static str = "cipher";
    const ALL: &'static [Self] = &[
        Self::Aes128Gcm,
        Self::Aes256Gcm,
        Self::ChaCha20Poly1305,
        Self::Aes128Ctr,
        Self::Aes192Ctr,
        Self::Aes256Ctr,
        Self::Aes128Cbc,
        Self::Aes192Cbc,
        Self::Aes256Cbc,
        Self::TripleDesCbc,
        Self::Arcfour256,
        Self::Arcfour128,
        Self::Arcfour,
    ];
    const DEFAULT: &'static [Self] = &[
        Self::Aes128Gcm,
        Self::Aes256Gcm,
        Self::ChaCha20Poly1305,
        Self::Aes128Ctr,
        Self::Aes192Ctr,
        Self::Aes256Ctr,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Aes128Gcm => "aes128-gcm@openssh.com",
            Self::Aes256Gcm => "aes256-gcm@openssh.com",
            Self::ChaCha20Poly1305 => "chacha20-poly1305@openssh.com",
            Self::Aes128Ctr => "aes128-ctr",
            Self::Aes192Ctr => "aes192-ctr",
            Self::Aes256Ctr => "aes256-ctr",
            Self::Aes128Cbc => "aes128-cbc",
            Self::Aes192Cbc => "aes192-cbc",
            Self::Aes256Cbc => "aes256-cbc",
            Self::TripleDesCbc => "3des-cbc",
            Self::Arcfour256 => "arcfour256",
            Self::Arcfour128 => "arcfour128",
            Self::Arcfour => "arcfour",
        }
    }
}

/// Message authentication codes; `Etm` ones cover the ciphertext instead of the plaintext.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mac {
    HmacSha256Etm,
    HmacSha512Etm,
    HmacSha256,
    HmacSha512,
    HmacSha1,
    /// The first 96 bits of it.
    HmacSha1_96,
}

impl Named for Mac {
    const FAMILY: &'static str = "MAC";
    const ALL: &'static [Self] = &[
        Self::HmacSha256Etm,
        Self::HmacSha512Etm,
        Self::HmacSha256,
        Self::HmacSha512,
        Self::HmacSha1,
        Self::HmacSha1_96,
    ];
    const DEFAULT: &'static [Self] = &[Self::HmacSha256Etm, Self::HmacSha256];

    fn name(self) -> &'static str {
        match self {
            Self::HmacSha256Etm => "hmac-sha2-256-etm@openssh.com",
            Self::HmacSha512Etm => "hmac-sha2-512-etm@openssh.com",
            Self::HmacSha256 => "hmac-sha2-256",
            Self::HmacSha512 => "hmac-sha2-512",
            Self::HmacSha1 => "hmac-sha1",
            Self::HmacSha1_96 => "hmac-sha1-96",
        }
    }
}

/// Signature algorithms of host keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HostKeyAlgorithm {
    Ed25519,
    EcdsaNistp256,
    EcdsaNistp384,
    EcdsaNistp521,
    RsaSha256,
    RsaSha512,
}

impl Named for HostKeyAlgorithm {
    const FAMILY: &'static str = "host key";
    const ALL: &'static [Self] = &[
        Self::RsaSha256,
        Self::RsaSha512,
        Self::EcdsaNistp256,
        Self::EcdsaNistp384,
        Self::EcdsaNistp521,
        Self::Ed25519,
    ];
    const DEFAULT: &'static [Self] = Self::ALL;

    fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ssh-ed25519",
            Self::EcdsaNistp256 => "ecdsa-sha2-nistp256",
            Self::EcdsaNistp384 => "ecdsa-sha2-nistp384",
            Self::EcdsaNistp521 => "ecdsa-sha2-nistp521",
            Self::RsaSha256 => "rsa-sha2-256",
            Self::RsaSha512 => "rsa-sha2-512",
        }
    }
}

/// A signature algorithm of a host key as it is negotiated: with the bare key or with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HostKeyOffer {
    pub(crate) algorithm: HostKeyAlgorithm,
    pub(crate) certified: bool,
}

impl HostKeyOffer {
    pub(crate) fn name(self) -> &'static str {
        match self.algorithm {
            algorithm if !self.certified => algorithm.name(),
            HostKeyAlgorithm::Ed25519 => "ssh-ed25519-cert-v01@openssh.com",
            HostKeyAlgorithm::EcdsaNistp256 => "ecdsa-sha2-nistp256-cert-v01@openssh.com",
            HostKeyAlgorithm::EcdsaNistp384 => "ecdsa-sha2-nistp384-cert-v01@openssh.com",
            HostKeyAlgorithm::EcdsaNistp521 => "ecdsa-sha2-nistp521-cert-v01@openssh.com",
            HostKeyAlgorithm::RsaSha256 => "rsa-sha2-256-cert-v01@openssh.com",
            HostKeyAlgorithm::RsaSha512 => "rsa-sha2-512-cert-v01@openssh.com",
        }
    }
}

/// Signature algorithms of client keys, as announced in `server-sig-algs` (RFC 8308).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublicKeyAlgorithm {
    Ed25519,
    SkEd25519,
    SkEcdsaNistp256,
    EcdsaNistp256,
    EcdsaNistp384,
    EcdsaNistp521,
    RsaSha256,
    RsaSha512,
}

impl Named for PublicKeyAlgorithm {
    const FAMILY: &'static str = "public key";
    const ALL: &'static [Self] = &[
        Self::Ed25519,
        Self::SkEd25519,
        Self::SkEcdsaNistp256,
        Self::EcdsaNistp256,
        Self::EcdsaNistp384,
        Self::EcdsaNistp521,
        Self::RsaSha256,
        Self::RsaSha512,
    ];
    const DEFAULT: &'static [Self] = Self::ALL;

    fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ssh-ed25519",
            Self::SkEd25519 => "sk-ssh-ed25519@openssh.com",
            Self::SkEcdsaNistp256 => "sk-ecdsa-sha2-nistp256@openssh.com",
            Self::EcdsaNistp256 => "ecdsa-sha2-nistp256",
            Self::EcdsaNistp384 => "ecdsa-sha2-nistp384",
            Self::EcdsaNistp521 => "ecdsa-sha2-nistp521",
            Self::RsaSha256 => "rsa-sha2-256",
            Self::RsaSha512 => "rsa-sha2-512",
        }
    }
}

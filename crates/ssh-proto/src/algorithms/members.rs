//! The families and their members.

/// Algorithms with the names they are chosen by, the most wanted first.
pub type Table<T> = &'static [(T, &'static str)];

/// A family of algorithms that are chosen by name. Each member is in one of the two tables.
pub trait Named: Copy + PartialEq + 'static {
    /// What the family is called in messages, such as `cipher`.
    const FAMILY: &'static str;
    /// What is offered unless another list is configured: no SHA-1, no CBC, no RC4.
    const OFFERED: Table<Self>;
    /// What a configuration has to ask for.
    const ON_REQUEST: Table<Self>;

    fn all() -> impl Iterator<Item = Self> {
        members::<Self>().map(|(member, _)| member)
    }

    fn offered() -> Vec<Self> {
        Self::OFFERED.iter().map(|(member, _)| *member).collect()
    }

    fn name(self) -> &'static str {
        members::<Self>().find_map(|(member, name)| (member == self).then_some(name)).unwrap_or_default()
    }

    fn from_name(wanted: &str) -> Option<Self> {
        members::<Self>().find_map(|(member, name)| (name == wanted).then_some(member))
    }
}

fn members<T: Named>() -> impl Iterator<Item = (T, &'static str)> {
    T::OFFERED.iter().chain(T::ON_REQUEST).copied()
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
    DhExchangeSha256,
    DhGroup18Sha512,
    DhGroup14Sha1,
    DhGroup1Sha1,
    DhExchangeSha1,
}

impl Named for Kex {
    const FAMILY: &'static str = "key exchange";
    const OFFERED: Table<Self> = &[
        (Self::MlKem768X25519Sha256, "mlkem768x25519-sha256"),
        (Self::Sntrup761X25519Sha512, "sntrup761x25519-sha512"),
        (Self::Sntrup761X25519Sha512Openssh, "sntrup761x25519-sha512@openssh.com"),
        (Self::Curve25519Sha256, "curve25519-sha256"),
        (Self::Curve25519Sha256Libssh, "curve25519-sha256@libssh.org"),
        (Self::EcdhNistp256, "ecdh-sha2-nistp256"),
        (Self::EcdhNistp384, "ecdh-sha2-nistp384"),
        (Self::EcdhNistp521, "ecdh-sha2-nistp521"),
        (Self::DhGroup14Sha256, "diffie-hellman-group14-sha256"),
        (Self::DhGroup16Sha512, "diffie-hellman-group16-sha512"),
        (Self::DhExchangeSha256, "diffie-hellman-group-exchange-sha256"),
    ];
    const ON_REQUEST: Table<Self> = &[
        (Self::DhGroup18Sha512, "diffie-hellman-group18-sha512"),
        (Self::DhGroup14Sha1, "diffie-hellman-group14-sha1"),
        (Self::DhGroup1Sha1, "diffie-hellman-group1-sha1"),
        (Self::DhExchangeSha1, "diffie-hellman-group-exchange-sha1"),
    ];
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
    const OFFERED: Table<Self> = &[
        (Self::Aes128Gcm, "aes128-gcm@openssh.com"),
        (Self::Aes256Gcm, "aes256-gcm@openssh.com"),
        (Self::ChaCha20Poly1305, "chacha20-poly1305@openssh.com"),
        (Self::Aes128Ctr, "aes128-ctr"),
        (Self::Aes192Ctr, "aes192-ctr"),
        (Self::Aes256Ctr, "aes256-ctr"),
    ];
    const ON_REQUEST: Table<Self> = &[
        (Self::Aes128Cbc, "aes128-cbc"),
        (Self::Aes192Cbc, "aes192-cbc"),
        (Self::Aes256Cbc, "aes256-cbc"),
        (Self::TripleDesCbc, "3des-cbc"),
        (Self::Arcfour256, "arcfour256"),
        (Self::Arcfour128, "arcfour128"),
        (Self::Arcfour, "arcfour"),
    ];
}

/// Message authentication codes; `Etm` ones cover the ciphertext instead of the plaintext.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mac {
    HmacSha256Etm,
    HmacSha256,
    HmacSha512Etm,
    HmacSha512,
    Umac128Etm,
    Umac64Etm,
    Umac128,
    Umac64,
    HmacSha1,
    /// The first 96 bits of it.
    HmacSha1_96,
}

impl Named for Mac {
    const FAMILY: &'static str = "MAC";
    const OFFERED: Table<Self> =
        &[(Self::HmacSha256Etm, "hmac-sha2-256-etm@openssh.com"), (Self::HmacSha256, "hmac-sha2-256")];
    const ON_REQUEST: Table<Self> = &[
        (Self::HmacSha512Etm, "hmac-sha2-512-etm@openssh.com"),
        (Self::HmacSha512, "hmac-sha2-512"),
        (Self::Umac128Etm, "umac-128-etm@openssh.com"),
        (Self::Umac64Etm, "umac-64-etm@openssh.com"),
        (Self::Umac128, "umac-128@openssh.com"),
        (Self::Umac64, "umac-64@openssh.com"),
        (Self::HmacSha1, "hmac-sha1"),
        (Self::HmacSha1_96, "hmac-sha1-96"),
    ];
}

/// Signature algorithms of host keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HostKeyAlgorithm {
    RsaSha256,
    RsaSha512,
    EcdsaNistp256,
    EcdsaNistp384,
    EcdsaNistp521,
    Ed25519,
    /// RSA with SHA-1, as RFC 4253 began.
    RsaSha1,
}

impl Named for HostKeyAlgorithm {
    const FAMILY: &'static str = "host key";
    const OFFERED: Table<Self> = &[
        (Self::RsaSha256, "rsa-sha2-256"),
        (Self::RsaSha512, "rsa-sha2-512"),
        (Self::EcdsaNistp256, "ecdsa-sha2-nistp256"),
        (Self::EcdsaNistp384, "ecdsa-sha2-nistp384"),
        (Self::EcdsaNistp521, "ecdsa-sha2-nistp521"),
        (Self::Ed25519, "ssh-ed25519"),
    ];
    const ON_REQUEST: Table<Self> = &[(Self::RsaSha1, "ssh-rsa")];
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
            HostKeyAlgorithm::RsaSha256 => "rsa-sha2-256-cert-v01@openssh.com",
            HostKeyAlgorithm::RsaSha512 => "rsa-sha2-512-cert-v01@openssh.com",
            HostKeyAlgorithm::EcdsaNistp256 => "ecdsa-sha2-nistp256-cert-v01@openssh.com",
            HostKeyAlgorithm::EcdsaNistp384 => "ecdsa-sha2-nistp384-cert-v01@openssh.com",
            HostKeyAlgorithm::EcdsaNistp521 => "ecdsa-sha2-nistp521-cert-v01@openssh.com",
            HostKeyAlgorithm::Ed25519 => "ssh-ed25519-cert-v01@openssh.com",
            HostKeyAlgorithm::RsaSha1 => "ssh-rsa-cert-v01@openssh.com",
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
    /// RSA with SHA-1, as RFC 4253 began.
    RsaSha1,
    Dss,
}

impl Named for PublicKeyAlgorithm {
    const FAMILY: &'static str = "public key";
    const OFFERED: Table<Self> = &[
        (Self::Ed25519, "ssh-ed25519"),
        (Self::SkEd25519, "sk-ssh-ed25519@openssh.com"),
        (Self::SkEcdsaNistp256, "sk-ecdsa-sha2-nistp256@openssh.com"),
        (Self::EcdsaNistp256, "ecdsa-sha2-nistp256"),
        (Self::EcdsaNistp384, "ecdsa-sha2-nistp384"),
        (Self::EcdsaNistp521, "ecdsa-sha2-nistp521"),
        (Self::RsaSha256, "rsa-sha2-256"),
        (Self::RsaSha512, "rsa-sha2-512"),
    ];
    const ON_REQUEST: Table<Self> = &[(Self::RsaSha1, "ssh-rsa"), (Self::Dss, "ssh-dss")];
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `last` is the family's last member as it is declared.
    fn complete<T: Named>(last: usize) {
        let names: Vec<_> = T::all().map(T::name).collect();
        assert_eq!(names.len(), last + 1, "each {} algorithm is in one table", T::FAMILY);
        for member in T::all() {
            assert!(T::from_name(member.name()) == Some(member), "{} names one", member.name());
        }
    }

    #[test]
    fn every_member_has_its_name() {
        complete::<Kex>(Kex::DhExchangeSha1 as usize);
        complete::<Cipher>(Cipher::Arcfour as usize);
        complete::<Mac>(Mac::HmacSha1_96 as usize);
        complete::<HostKeyAlgorithm>(HostKeyAlgorithm::RsaSha1 as usize);
        complete::<PublicKeyAlgorithm>(PublicKeyAlgorithm::Dss as usize);
    }

    #[test]
    fn nothing_broken_is_offered_unasked() {
        let offered = [
            crate::names(&Kex::offered()),
            crate::names(&Cipher::offered()),
            crate::names(&Mac::offered()),
            crate::names(&HostKeyAlgorithm::offered()),
            crate::names(&PublicKeyAlgorithm::offered()),
        ];
        let broken = ["sha1", "ssh-rsa", "ssh-dss", "cbc", "arcfour", "group1-", "-96", "umac-64"];
        for name in offered.concat() {
            assert!(!broken.iter().any(|part| name.contains(part)), "{name}");
        }
    }
}

//! Hashes of what is stored: for commands like `md5sum`, and for SFTP's `check-file`.

use aws_lc_rs::digest;
use md5::Digest;

/// A hash that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Crc32,
}

/// A hash being computed.
pub(crate) enum Hasher {
    Md5(md5::Md5),
    Sha(digest::Context),
    Crc32(crc32fast::Hasher),
}

impl Algorithm {
    /// By the name draft-ietf-secsh-filexfer-extensions-00 §3 gives it.
    pub(crate) fn by_name(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"md5" => Self::Md5,
            b"sha1" => Self::Sha1,
            b"sha224" => Self::Sha224,
            b"sha256" => Self::Sha256,
            b"sha384" => Self::Sha384,
            b"sha512" => Self::Sha512,
            b"crc32" => Self::Crc32,
            _ => return None,
        })
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
            Self::Crc32 => "crc32",
        }
    }

    /// In bytes.
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::Crc32 => 4,
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    pub(crate) fn hasher(self) -> Hasher {
        let sha = |algorithm| Hasher::Sha(digest::Context::new(algorithm));
        match self {
            Self::Md5 => Hasher::Md5(md5::Md5::new()),
            Self::Sha1 => sha(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            Self::Sha224 => sha(&digest::SHA224),
            Self::Sha256 => sha(&digest::SHA256),
            Self::Sha384 => sha(&digest::SHA384),
            Self::Sha512 => sha(&digest::SHA512),
            Self::Crc32 => Hasher::Crc32(crc32fast::Hasher::new()),
        }
    }
}

impl Hasher {
    pub(crate) fn update(&mut self, data: &[u8]) {
        match self {
            Self::Md5(md5) => md5.update(data),
            Self::Sha(sha) => sha.update(data),
            Self::Crc32(crc) => crc.update(data),
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        match self {
            Self::Md5(md5) => md5.finalize().to_vec(),
            Self::Sha(sha) => sha.finish().as_ref().to_vec(),
            Self::Crc32(crc) => crc.finalize().to_be_bytes().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_what_their_names_say() {
        for (name, of_abc) in [
            ("crc32", "352441c2"),
            ("md5", "900150983cd24fb0d6963f7d28e17f72"),
            ("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("sha224", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
            ("sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "sha384",
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed\
                 8086072ba1e7cc2358baeca134c825a7",
            ),
            (
                "sha512",
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                 2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
        ] {
            let algorithm = Algorithm::by_name(name.as_bytes()).unwrap();
            let mut hasher = algorithm.hasher();
            hasher.update(b"a");
            hasher.update(b"bc");
            let hash = hasher.finish();
            assert_eq!(crate::hex(&hash), of_abc, "{name}");
            assert_eq!((hash.len(), algorithm.name()), (algorithm.len(), name));
        }
    }
}

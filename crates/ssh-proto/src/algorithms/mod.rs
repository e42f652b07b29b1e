//! The algorithms by name, and the lists a server offers.

mod members;

use std::fmt;

pub(crate) use members::HostKeyOffer;
pub use members::{Cipher, HostKeyAlgorithm, Kex, Mac, Named, PublicKeyAlgorithm};

/// What a server offers, each list in order of preference (the client's order decides).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Algorithms {
    pub kex: Vec<Kex>,
    pub ciphers: Vec<Cipher>,
    pub macs: Vec<Mac>,
    /// Only those that a loaded key can sign are offered.
    pub host_keys: Vec<HostKeyAlgorithm>,
    pub public_keys: Vec<PublicKeyAlgorithm>,
}

impl Default for Algorithms {
    fn default() -> Self {
        Self {
            kex: Kex::offered(),
            ciphers: Cipher::offered(),
            macs: Mac::offered(),
            host_keys: HostKeyAlgorithm::offered(),
            public_keys: PublicKeyAlgorithm::offered(),
        }
    }
}

impl Algorithms {
    /// Replaces the key exchange methods. `curve25519-sha256` brings `curve25519-sha256@libssh.org` right behind
    /// it: clients older than RFC 8731 know only that name.
    pub fn set_kex<S: AsRef<str>>(&mut self, names: &[S]) -> Result<(), UnknownAlgorithm> {
        let chosen: Vec<Kex> = parse(names)?;
        self.kex.clear();
        for kex in chosen.into_iter().filter(|kex| *kex != Kex::Curve25519Sha256Libssh || !named_both(names))
        {
            self.kex.push(kex);
            if kex == Kex::Curve25519Sha256 {
                self.kex.push(Kex::Curve25519Sha256Libssh);
            }
        }
        Ok(())
    }

    pub fn set_ciphers<S: AsRef<str>>(&mut self, names: &[S]) -> Result<(), UnknownAlgorithm> {
        self.ciphers = parse(names)?;
        Ok(())
    }

    pub fn set_macs<S: AsRef<str>>(&mut self, names: &[S]) -> Result<(), UnknownAlgorithm> {
        self.macs = parse(names)?;
        Ok(())
    }

    /// Replaces the host key algorithms. Names of certificates are valid and mean nothing: a certificate is offered
    /// whenever its key is. So is `ssh-dss`, of which no host key is loaded.
    pub fn set_host_keys<S: AsRef<str>>(&mut self, names: &[S]) -> Result<(), UnknownAlgorithm> {
        let stem = |name: &S| name.as_ref().trim_end_matches(CERTIFICATE).to_owned();
        let served: Vec<&S> = names.iter().filter(|name| stem(name) != DSS).collect();
        parse::<HostKeyAlgorithm, _>(&served.iter().map(|name| stem(name)).collect::<Vec<_>>())?;
        let plain = served.into_iter().filter(|name| !name.as_ref().ends_with(CERTIFICATE));
        self.host_keys = parse(&plain.collect::<Vec<_>>())?;
        Ok(())
    }

    pub fn set_public_keys<S: AsRef<str>>(&mut self, names: &[S]) -> Result<(), UnknownAlgorithm> {
        self.public_keys = parse(names)?;
        Ok(())
    }
}

/// End of the names of host key algorithms with a certificate.
const CERTIFICATE: &str = "-cert-v01@openssh.com";
const DSS: &str = "ssh-dss";

/// A configured name that no member of its family has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownAlgorithm {
    pub family: &'static str,
    pub name: String,
    pub valid: Vec<&'static str>,
}

impl std::error::Error for UnknownAlgorithm {}

impl fmt::Display for UnknownAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown {} algorithm {:?}, valid are: ", self.family, self.name)?;
        for (i, name) in self.valid.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}

/// The names of a list, as a KEXINIT or a status report shows them.
pub fn names<T: Named>(list: &[T]) -> Vec<&'static str> {
    list.iter().map(|member| member.name()).collect()
}

fn parse<T: Named, S: AsRef<str>>(given: &[S]) -> Result<Vec<T>, UnknownAlgorithm> {
    let mut list = Vec::with_capacity(given.len());
    for name in given {
        let name = name.as_ref();
        let member = T::from_name(name).ok_or_else(|| UnknownAlgorithm {
            family: T::FAMILY,
            name: name.to_owned(),
            valid: T::all().map(T::name).collect(),
        })?;
        if !list.contains(&member) {
            list.push(member);
        }
    }
    Ok(list)
}

fn named_both<S: AsRef<str>>(names: &[S]) -> bool {
    names.iter().any(|name| name.as_ref() == Kex::Curve25519Sha256.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A list taken over from a configuration of SFTPGo starts, whatever of it is served.
    #[test]
    fn host_key_names_without_a_key_are_valid() {
        let mut algorithms = Algorithms::default();
        let names =
            ["ssh-dss-cert-v01@openssh.com", "ssh-rsa-cert-v01@openssh.com", "ssh-dss", "ssh-ed25519"];
        algorithms.set_host_keys(&names).unwrap();
        assert_eq!(algorithms.host_keys, [HostKeyAlgorithm::Ed25519]);
        let unknown = algorithms.set_host_keys(&["ssh-ed448-cert-v01@openssh.com"]).unwrap_err();
        assert!(unknown.to_string().contains("valid are: rsa-sha2-256, "), "{unknown}");
    }

    #[test]
    fn curve25519_brings_its_older_name() {
        let mut algorithms = Algorithms::default();
        algorithms.set_kex(&["ecdh-sha2-nistp384", "curve25519-sha256"]).unwrap();
        assert_eq!(algorithms.kex, [Kex::EcdhNistp384, Kex::Curve25519Sha256, Kex::Curve25519Sha256Libssh]);
    }
}

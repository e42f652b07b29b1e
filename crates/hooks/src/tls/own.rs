//! `http.certificates`: which one is shown to a server that asks.

use rustls::{DistinguishedName, SignatureScheme, client::ResolvesClientCert, sign::CertifiedKey};
use std::sync::Arc;
use webpki::EndEntityCert;

/// All that may be shown, in the order of the configuration.
#[derive(Debug)]
pub struct Own(Vec<Candidate>);

#[derive(Debug)]
struct Candidate {
    pair: Arc<CertifiedKey>,
    /// Who signed it, and who signed those, as servers name them (RFC 8446, section 4.2.4).
    issuers: Vec<DistinguishedName>,
}

impl Own {
    pub fn new(pairs: Vec<CertifiedKey>) -> Self {
        let candidate = |pair: CertifiedKey| {
            let issuer = |certificate| {
                Some(DistinguishedName::in_sequence(EndEntityCert::try_from(certificate).ok()?.issuer()))
            };
            let issuers = pair.cert.iter().filter_map(issuer).collect();
            Candidate { pair: Arc::new(pair), issuers }
        };
        Self(pairs.into_iter().map(candidate).collect())
    }
}

impl ResolvesClientCert for Own {
    /// The first that is of an authority which the server names. Where it names none of them, or nobody, the first
    /// whose key it can verify: it may know more than it says.
    fn resolve(&self, authorities: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let mut usable = self.0.iter().filter(|own| own.pair.key.choose_scheme(schemes).is_some());
        let first = usable.clone().next()?;
        let known =
            |own: &&Candidate| own.issuers.iter().any(|issuer| authorities.contains(&issuer.as_ref()));
        Some(usable.find(known).unwrap_or(first).pair.clone())
    }

    fn has_certs(&self) -> bool {
        !self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{
        BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
        PKCS_ECDSA_P256_SHA256, PKCS_ED25519, SignatureAlgorithm,
    };
    use rustls::{
        ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer},
        server::WebPkiClientVerifier,
    };

    type Authority = CertifiedIssuer<'static, KeyPair>;

    fn authority(name: &str) -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    }

    fn signed(by: &Authority, algorithm: &'static SignatureAlgorithm) -> CertifiedKey {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, by).unwrap();
        let der = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        CertifiedKey::from_der(vec![certificate.der().clone()], der, &aws_lc_rs::default_provider()).unwrap()
    }

    /// What a server that believes `trusted` is shown.
    fn shown(own: Vec<CertifiedKey>, trusted: &Authority) -> Option<CertificateDer<'static>> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let roots = |authority: &Authority| {
            let mut roots = RootCertStore::empty();
            roots.add(authority.der().clone()).unwrap();
            Arc::new(roots)
        };
        let server_authority = authority("server");
        let server_pair = signed(&server_authority, &PKCS_ECDSA_P256_SHA256);
        let verifier =
            WebPkiClientVerifier::builder_with_provider(roots(trusted), provider.clone()).build().unwrap();
        let server = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(server_pair)));
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots(&server_authority))
            .with_client_cert_resolver(Arc::new(Own::new(own)));
        let mut client = ClientConnection::new(client.into(), "localhost".try_into().unwrap()).unwrap();
        let mut server = ServerConnection::new(server.into()).unwrap();
        while server.is_handshaking() {
            let mut wire = Vec::new();
            client.write_tls(&mut wire).unwrap();
            server.read_tls(&mut wire.as_slice()).unwrap();
            server.process_new_packets().ok()?;
            wire.clear();
            server.write_tls(&mut wire).unwrap();
            client.read_tls(&mut wire.as_slice()).unwrap();
            client.process_new_packets().ok()?;
        }
        Some(server.peer_certificates()?[0].clone())
    }

    #[test]
    fn the_one_that_the_server_asks_for() {
        let (one, other, third) = (authority("one"), authority("other"), authority("third"));
        let (first, second) =
            (signed(&one, &PKCS_ECDSA_P256_SHA256), signed(&other, &PKCS_ECDSA_P256_SHA256));
        let (of_first, of_second) = (first.cert[0].clone(), second.cert[0].clone());
        assert_eq!(shown(vec![first.clone(), second.clone()], &other), Some(of_second));
        assert_eq!(shown(vec![first.clone(), second.clone()], &one), Some(of_first));
        assert_eq!(shown(vec![first, second], &third), None);
    }

    #[test]
    fn a_key_that_the_server_can_verify() {
        let by = authority("one");
        let (first, second) = (signed(&by, &PKCS_ED25519), signed(&by, &PKCS_ECDSA_P256_SHA256));
        let of_second = second.cert[0].clone();
        let own = Own::new(vec![first, second]);
        let chosen = own.resolve(&[], &[SignatureScheme::ECDSA_NISTP256_SHA256]).unwrap();
        assert_eq!(chosen.cert[0], of_second);
        assert!(own.resolve(&[], &[SignatureScheme::RSA_PSS_SHA256]).is_none());
    }
}

//! Whose certificates are believed when a hook is called, and which one is shown.

mod own;

use self::own::Own;
use config::Config;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{
        CertificateDer, PrivateKeyDer, ServerName, UnixTime,
        pem::{self, PemObject},
    },
    server::ParsedCertificate,
    sign::CertifiedKey,
};
use rustls_platform_verifier::Verifier as System;
use std::{path::PathBuf, sync::Arc};

/// Why what `http` says about TLS cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum InvalidTls {
    #[error("http.{key}: cannot read {}: {source}", path.display())]
    Read { key: &'static str, path: PathBuf, source: pem::Error },
    #[error("http.certificates: {} cannot be used: {source}", path.display())]
    Own { path: PathBuf, source: Error },
    #[error("http: TLS cannot be set up: {0}")]
    Setup(#[from] Error),
}

/// Believes what the system believes and `http.ca_certificates` add. A server's own certificate may be among
/// these: that is how a self-signed one is trusted, although by the book an authority is no server.
#[derive(Debug)]
struct Verifier {
    system: System,
    added: Vec<CertificateDer<'static>>,
    /// `http.skip_tls_verify`.
    believes_all: bool,
}

/// What the section `http` says; paths count from the configuration's directory.
pub fn config(config: &Config) -> Result<ClientConfig, InvalidTls> {
    let http = &config.http;
    let mut added = Vec::new();
    for path in &http.ca_certificates {
        added.extend(certificates("ca_certificates", config.resolve(path))?);
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let system = System::new_with_extra_roots(added.clone(), provider.clone())?;
    let verifier = Verifier { system, added, believes_all: http.skip_tls_verify };
    let builder = builder(provider)?.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    let mut own = Vec::new();
    for pair in &http.certificates {
        let path = config.resolve(&pair.key);
        let key = PrivateKeyDer::from_pem_file(&path).map_err(|source| InvalidTls::Read {
            key: "certificates",
            path: path.clone(),
            source,
        })?;
        let chain = certificates("certificates", config.resolve(&pair.cert))?;
        let pair = CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider());
        own.push(pair.map_err(|source| InvalidTls::Own { path, source })?);
    }
    match own.is_empty() {
        true => Ok(builder.with_no_client_auth()),
        false => Ok(builder.with_client_cert_resolver(Arc::new(Own::new(own)))),
    }
}

type Builder = rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>;

fn builder(provider: Arc<CryptoProvider>) -> Result<Builder, Error> {
    ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()
}

fn certificates(key: &'static str, path: PathBuf) -> Result<Vec<CertificateDer<'static>>, InvalidTls> {
    let all = CertificateDer::pem_file_iter(&path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match all {
        Ok(all) if all.is_empty() => Err(InvalidTls::Read { key, path, source: pem::Error::NoItemsFound }),
        Ok(all) => Ok(all),
        Err(source) => Err(InvalidTls::Read { key, path, source }),
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        stapled: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.believes_all {
            return Ok(ServerCertVerified::assertion());
        }
        match self.system.verify_server_cert(own, others, name, stapled, now) {
            // Not that it is of an authority, but any other fault, such as its age, counts all the same.
            Err(Error::InvalidCertificate(CertificateError::Other(_))) if self.added.contains(own) => {
                verify_server_name(&ParsedCertificate::try_from(own)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.system.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.system.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.system.supported_verify_schemes()
    }
}

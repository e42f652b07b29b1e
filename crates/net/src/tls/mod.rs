//! TLS for every listener: certificates, what is asked of clients, and reading both again while serving.

mod files;
mod suites;
#[cfg(test)]
mod tests;
mod watch;

use files::Stamp;
use rustls::{
    RootCertStore, ServerConfig, SupportedProtocolVersion,
    server::{NoClientAuth, WebPkiClientVerifier, danger::ClientCertVerifier},
    version::{TLS12, TLS13},
};
use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

pub use tokio_rustls::server::TlsStream;

/// What a listener is told about TLS. Paths are absolute.
#[derive(Clone, Debug, Default)]
pub struct TlsSettings {
    /// `certificate_file`: PEM, the server's own first.
    pub certificate: PathBuf,
    /// `certificate_key_file`.
    pub key: PathBuf,
    pub clients: ClientCertificates,
    /// `ca_certificates`: who vouches for clients.
    pub authorities: Vec<PathBuf>,
    /// `ca_revocation_lists`, PEM or DER.
    pub revocations: Vec<PathBuf>,
    /// `min_tls_version` is 13. Nothing below 1.2 is spoken, whatever it says.
    pub only_tls13: bool,
    /// `tls_cipher_suites`: IANA names for TLS 1.2; empty is all that are good.
    pub suites: Vec<String>,
    /// `tls_protocols` in order of preference, as ALPN names them.
    pub protocols: Vec<String>,
}

/// `client_auth_type`: whether a client shows a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientCertificates {
    #[default]
    NotAsked,
    /// No connection without a good one.
    Required,
    /// One that is shown has to be good.
    VerifiedIfShown,
}

/// Speaks TLS on accepted connections, with the certificate of the moment.
pub struct Tls {
    settings: TlsSettings,
    current: RwLock<Arc<ServerConfig>>,
    /// The files as they were when they were last looked at.
    seen: Mutex<Vec<Option<Stamp>>>,
}

/// Why there is no TLS. `key` is the configuration key at fault.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{key}: cannot read {}", path.display())]
    Unreadable { key: String, path: PathBuf, source: io::Error },
    #[error("{key}: {} holds no {expected}", path.display())]
    Empty { key: String, path: PathBuf, expected: &'static str },
    #[error("{key}: {} is damaged", path.display())]
    Damaged { key: String, path: PathBuf, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("{key}: {} does not go with the certificate", path.display())]
    NotThePair { key: String, path: PathBuf, source: rustls::Error },
    #[error("{key}: client certificates are asked for and nobody vouches for them")]
    NoAuthority { key: String },
}

/// How long a client may take to agree on keys.
const HANDSHAKE: Duration = Duration::from_secs(10);

const CERTIFICATE: &str = "certificate_file";
const KEY: &str = "certificate_key_file";
const AUTHORITIES: &str = "ca_certificates";
const REVOCATIONS: &str = "ca_revocation_lists";

impl TlsError {
    /// Whether it is about the certificate and its key, not about clients.
    pub fn is_about_the_pair(&self) -> bool {
        matches!(self.key(), CERTIFICATE | KEY)
    }

    /// With the key's whole name, which begins with `section`.
    #[must_use]
    pub fn within(mut self, section: &str) -> Self {
        let (Self::Unreadable { key, .. }
        | Self::Empty { key, .. }
        | Self::Damaged { key, .. }
        | Self::NotThePair { key, .. }
        | Self::NoAuthority { key }) = &mut self;
        *key = format!("{section}.{key}");
        self
    }

    fn key(&self) -> &str {
        let (Self::Unreadable { key, .. }
        | Self::Empty { key, .. }
        | Self::Damaged { key, .. }
        | Self::NotThePair { key, .. }
        | Self::NoAuthority { key }) = self;
        key
    }
}

impl Tls {
    /// Reads all files; fails where one of them is of no use.
    pub fn open(settings: TlsSettings) -> Result<Self, TlsError> {
        let seen = stamps(&settings);
        let config = configure(&settings)?;
        Ok(Self { settings, current: RwLock::new(config), seen: Mutex::new(seen) })
    }

    /// Reads all files again. Where one is of no use everything stays as it was. Whoever connects from now on
    /// meets the new ones, resumed sessions included.
    pub fn reload(&self) -> Result<(), TlsError> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = stamps(&self.settings);
        let config = configure(&self.settings)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    /// Agrees on keys with a client.
    pub async fn accept<S>(&self, socket: S) -> io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let config = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        match timeout(HANDSHAKE, TlsAcceptor::from(config).accept(socket)).await {
            Ok(accepted) => accepted,
            Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the TLS handshake took too long")),
        }
    }
}

/// Names in `tls_cipher_suites` that mean nothing to this server.
pub fn unknown_suites(names: &[String]) -> Vec<&str> {
    suites::unknown(names)
}

/// Whether a connection has agreed on HTTP/2.
pub fn speaks_h2<S>(stream: &TlsStream<S>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(b"h2")
}

/// The IANA name of the cipher suite of a connection.
pub fn cipher_suite<S>(stream: &TlsStream<S>) -> Option<&'static str> {
    stream.get_ref().1.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str())
}

fn configure(settings: &TlsSettings) -> Result<Arc<ServerConfig>, TlsError> {
    let chain = files::certificates(CERTIFICATE, &settings.certificate)?;
    let key = files::private_key(&settings.key)?;
    let provider = Arc::new(suites::provider(&settings.suites));
    let not_the_pair =
        |source| TlsError::NotThePair { key: KEY.to_owned(), path: settings.key.clone(), source };
    let versions: &[&'static SupportedProtocolVersion] =
        if settings.only_tls13 { &[&TLS13] } else { &[&TLS13, &TLS12] };
    let config = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(versions)
        .map_err(not_the_pair)?
        .with_client_cert_verifier(verifier(settings, provider)?);
    let mut config = config.with_single_cert(chain, key).map_err(not_the_pair)?;
    config.alpn_protocols = settings.protocols.iter().map(|name| name.clone().into_bytes()).collect();
    Ok(Arc::new(config))
}

fn verifier(
    settings: &TlsSettings,
    provider: Arc<rustls::crypto::CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    if settings.clients == ClientCertificates::NotAsked {
        return Ok(Arc::new(NoClientAuth));
    }
    let mut roots = RootCertStore::empty();
    for path in &settings.authorities {
        for certificate in files::certificates(AUTHORITIES, path)? {
            roots.add(certificate).map_err(|source| damaged(AUTHORITIES, path, source))?;
        }
    }
    let mut lists = Vec::new();
    for path in &settings.revocations {
        lists.extend(files::revocations(path)?);
    }
    // Authorities without a list of their own are no reason to refuse.
    let mut verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider)
        .with_crls(lists)
        .allow_unknown_revocation_status();
    if settings.clients == ClientCertificates::VerifiedIfShown {
        verifier = verifier.allow_unauthenticated();
    }
    verifier.build().map_err(|source| match (source, settings.revocations.first()) {
        (rustls::server::VerifierBuilderError::InvalidCrl(source), Some(path)) => {
            damaged(REVOCATIONS, path, rustls::Error::from(source))
        }
        _ => TlsError::NoAuthority { key: AUTHORITIES.to_owned() },
    })
}

fn damaged(
    key: &'static str,
    path: &Path,
    source: impl std::error::Error + Send + Sync + 'static,
) -> TlsError {
    TlsError::Damaged { key: key.to_owned(), path: path.to_owned(), source: Box::new(source) }
}

fn stamps(settings: &TlsSettings) -> Vec<Option<Stamp>> {
    let own = [&settings.certificate, &settings.key];
    let files = own.into_iter().chain(&settings.authorities).chain(&settings.revocations);
    files.map(|path| Stamp::of(path)).collect()
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("settings", &self.settings).finish_non_exhaustive()
    }
}

//! One entry of `httpd.bindings`, made ready: who may speak for a client, which hosts are answered, what every
//! answer carries, and TLS.

mod cors;
mod guard;
mod headers;
mod proxies;

use self::{cors::Cors, guard::Guard, headers::Headers, proxies::Proxies};
use crate::peer::Peer;
use axum::{
    extract::{Request, State},
    http::HeaderMap,
    middleware::Next,
    response::Response,
};
use config::{Config, Httpd, HttpdBinding};
use net::tls::{ClientCertificates, Tls, TlsError, TlsSettings};
use std::{path::Path, sync::Arc};

/// A binding whose configuration makes sense and whose files are there.
#[derive(Debug)]
pub struct Binding {
    name: String,
    settings: HttpdBinding,
    web_root: String,
    tls: Option<Arc<Tls>>,
    front: Arc<Front>,
}

/// What stands between a connection and the handlers.
#[derive(Debug)]
pub(crate) struct Front {
    pub proxies: Proxies,
    guard: Guard,
    headers: Headers,
    cors: Option<Cors>,
}

/// Why a binding cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum Misconfigured {
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("{key}: {value:?} is no {expected}")]
    Value { key: String, value: String, expected: &'static str },
    #[error("{0}")]
    Pattern(String, #[source] regex::Error),
}

impl Binding {
    /// The binding at this place of `httpd.bindings`.
    pub fn open(config: &Config, at: usize) -> Result<Self, Misconfigured> {
        let name = format!("httpd.bindings[{at}]");
        let settings = config.httpd.bindings.get(at).cloned().unwrap_or_default();
        let tls = settings.enable_https.then(|| tls(config, &settings, &name)).transpose()?.map(Arc::new);
        let cors = &config.httpd.cors;
        let front = Front {
            proxies: Proxies::new(&settings, &name)?,
            guard: Guard::new(&settings.security, &name)?,
            headers: Headers::new(&settings.security, &name)?,
            cors: cors.enabled.then(|| Cors::new(cors)).transpose()?,
        };
        let web_root = web_root(&config.httpd.web_root)?;
        Ok(Self { name, settings, web_root, tls, front: Arc::new(front) })
    }

    /// `httpd.bindings[0]`.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub const fn settings(&self) -> &HttpdBinding {
        &self.settings
    }

    /// What the paths of everything that is for browsers begin with: nothing, or `/files`.
    pub fn web_root(&self) -> &str {
        &self.web_root
    }

    pub const fn tls(&self) -> Option<&Arc<Tls>> {
        self.tls.as_ref()
    }

    pub(crate) const fn front(&self) -> &Arc<Front> {
        &self.front
    }

    /// Reads certificates, keys and revocation lists again; what cannot be used leaves the ones before.
    pub fn reload(&self) -> Result<(), Misconfigured> {
        match &self.tls {
            Some(tls) => Ok(tls.reload().map_err(|error| error.within(&self.name))?),
            None => Ok(()),
        }
    }
}

/// Refuses what the binding does not answer, and gives every answer the headers it asks for.
pub(crate) async fn pass(
    State(front): State<Arc<Front>>,
    peer: Peer,
    request: Request,
    next: Next,
) -> Response {
    let asked = front.cors.as_ref().map(|cors| cors.asked(&request));
    let preflight = || asked.as_ref().and_then(cors::Asked::answer);
    let mut response = match front.guard.refusal(&request, &peer).or_else(preflight) {
        Some(answered) => answered,
        None => next.run(request).await,
    };
    if let Some(asked) = asked {
        asked.add_to(response.headers_mut());
    }
    front.headers.add_to(response.headers_mut(), peer.encrypted);
    response
}

impl Front {
    /// As [`pass`] does, for answers that no handler made.
    pub fn dress(&self, headers: &mut HeaderMap, peer: &Peer) {
        self.headers.add_to(headers, peer.encrypted);
    }
}

/// `httpd.web_root`, which counts for nothing unless it is absolute.
fn web_root(text: &str) -> Result<String, Misconfigured> {
    if !text.starts_with('/') {
        return Ok(String::new());
    }
    // Neither what a browser would have to encode nor what means something in a route.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let root = text.trim_end_matches('/');
    let whole = root.split('/').skip(1).all(|part| !matches!(part, "" | "." | ".."));
    match whole && root.bytes().all(plain) {
        true => Ok(root.to_owned()),
        false => Err(Misconfigured::Value {
            key: "httpd.web_root".to_owned(),
            value: text.to_owned(),
            expected: "path of letters, digits, - . _ ~",
        }),
    }
}

fn tls(config: &Config, binding: &HttpdBinding, name: &str) -> Result<Tls, Misconfigured> {
    let httpd: &Httpd = &config.httpd;
    // A binding with a certificate of its own has a key of its own, too.
    let own = !binding.certificate_file.as_os_str().is_empty();
    let (certificate, key) = match own {
        true => (&binding.certificate_file, &binding.certificate_key_file),
        false => (&httpd.certificate_file, &httpd.certificate_key_file),
    };
    let resolve = |path: &Path| config.resolve_optional(path).unwrap_or_default();
    let protocols = match binding.tls_protocols.is_empty() {
        true => vec!["http/1.1".to_owned(), "h2".to_owned()],
        false => binding.tls_protocols.clone(),
    };
    for suite in net::tls::unknown_suites(&binding.tls_cipher_suites) {
        tracing::warn!(target: "config", "{name}.tls_cipher_suites: {suite:?} is not available, and left out");
    }
    let settings = TlsSettings {
        certificate: resolve(certificate),
        key: resolve(key),
        clients: match binding.client_auth_type {
            0 => ClientCertificates::NotAsked,
            1 => ClientCertificates::Required,
            _ => ClientCertificates::VerifiedIfShown,
        },
        authorities: httpd.ca_certificates.iter().map(|path| resolve(path)).collect(),
        revocations: httpd.ca_revocation_lists.iter().map(|path| resolve(path)).collect(),
        only_tls13: binding.min_tls_version == 13,
        suites: binding.tls_cipher_suites.clone(),
        protocols,
    };
    Tls::open(settings).map_err(|error| {
        let section = if own && error.is_about_the_pair() { name } else { "httpd" };
        error.within(section).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_roots() {
        for (text, root) in
            [("", ""), ("files", ""), ("/", ""), ("/files/", "/files"), ("/a/b-1.2", "/a/b-1.2")]
        {
            assert_eq!(web_root(text).unwrap(), root);
        }
        for bad in ["/a//b", "/{x}", "/a b", "/..", "/a/../b", "/é", "/*"] {
            assert!(web_root(bad).is_err(), "{bad}");
        }
    }
}

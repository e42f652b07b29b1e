//! Certificates: whom of the database servers to believe, who we are, and what is said when that fails.

use super::{OpenError, server::Tls};
use base64::{Engine, engine::general_purpose::STANDARD};
use sea_orm::{DbErr, RuntimeErr};
use std::{fs, path::Path};

/// A certificate and its key, as PEM.
pub type Pair = (Vec<u8>, Vec<u8>);

/// The authorities that may vouch for a server, as PEM: those of `root_cert`, or else the system's.
pub fn authorities(tls: &Tls) -> Result<Vec<u8>, OpenError> {
    if let Some(path) = &tls.root_cert {
        return pem("root_cert", path, "CERTIFICATE");
    }
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        return Err(OpenError::Option(
            "data_provider.root_cert: none is named, and the system has no list of authorities".to_owned(),
        ));
    }
    let mut text = String::new();
    for cert in found.certs {
        let body = STANDARD.encode(cert.as_ref());
        text.push_str(&format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"));
    }
    Ok(text.into_bytes())
}

/// Our own certificate and its key, as PEM, where they are named.
pub fn client(tls: &Tls) -> Result<Option<Pair>, OpenError> {
    match (&tls.client_cert, &tls.client_key) {
        (None, None) => Ok(None),
        (Some(cert), Some(key)) => {
            Ok(Some((pem("client_cert", cert, "CERTIFICATE")?, pem("client_key", key, "PRIVATE KEY")?)))
        }
        (Some(_), None) => {
            Err(OpenError::Option("data_provider.client_key: client_cert is of no use without it".to_owned()))
        }
        (None, Some(_)) => {
            Err(OpenError::Option("data_provider.client_cert: client_key is of no use without it".to_owned()))
        }
    }
}

/// A file that holds at least one of `what`.
fn pem(key: &str, path: &Path, what: &str) -> Result<Vec<u8>, OpenError> {
    let text = fs::read(path).map_err(|error| {
        OpenError::Option(format!("data_provider.{key}: cannot read {}: {error}", path.display()))
    })?;
    let held = String::from_utf8_lossy(&text)
        .lines()
        .any(|line| line.starts_with("-----BEGIN ") && line.trim_end().ends_with(&format!("{what}-----")));
    if held {
        return Ok(text);
    }
    Err(OpenError::Option(format!("data_provider.{key}: there is no {what} in {}", path.display())))
}

/// Names the key that has to do with a connection that was not made.
pub fn explain(error: sqlx::Error, tls: &Tls) -> OpenError {
    let said = error.to_string();
    let error = DbErr::Conn(RuntimeErr::SqlxError(error.into()));
    let authority = || match &tls.root_cert {
        Some(path) => format!("an authority in {}", path.display()),
        None => "an authority that the system trusts".to_owned(),
    };
    let (key, means) = if said.contains("does not support TLS") {
        ("sslmode", "the server does not speak TLS".to_owned())
    } else if said.contains("NotValidForName") || said.contains("not valid for name") {
        ("host", "the server's certificate is for another name".to_owned())
    } else if said.contains("invalid peer certificate") {
        ("root_cert", format!("the server's certificate does not come from {}", authority()))
    } else if said.contains("CertificateRequired") {
        ("client_cert", "the server asks for a certificate".to_owned())
    } else {
        return OpenError::Database(error);
    };
    OpenError::Untrusted { key, means, source: error }
}

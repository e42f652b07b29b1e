//! PEM (RFC 7468), as far as private keys need it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::error::KeyError;

/// One armoured block: its label and its bytes.
pub(super) struct Block<'a> {
    pub(super) label: &'a str,
    pub(super) der: Zeroizing<Vec<u8>>,
}

/// The first block whose label says that it is a private key. EC keys often come after an `EC PARAMETERS` block.
pub(super) fn private_block(text: &[u8]) -> Result<Block<'_>, KeyError> {
    let text = std::str::from_utf8(text).map_err(|_| KeyError::UnknownFormat)?;
    let mut lines = text.lines().map(str::trim);
    let label = loop {
        let line = lines.next().ok_or(KeyError::UnknownFormat)?;
        let label = line.strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_suffix("-----"));
        if let Some(label) = label.filter(|label| label.ends_with("PRIVATE KEY")) {
            break label;
        }
    };
    let mut body = Zeroizing::new(String::with_capacity(text.len()));
    for line in lines.take_while(|line| !line.starts_with("-----END ")) {
        // RFC 1421 headers are only used by the old way to encrypt a key.
        if line.contains(':') {
            return Err(KeyError::Encrypted);
        }
        body.push_str(line);
    }
    let der = STANDARD.decode(body.as_bytes()).map_err(|_| KeyError::Malformed)?;
    Ok(Block { label, der: Zeroizing::new(der) })
}

pub(super) fn encode(label: &str, der: &[u8]) -> String {
    let body = Zeroizing::new(STANDARD.encode(der));
    let mut text = format!("-----BEGIN {label}-----\n");
    text.reserve_exact(body.len() + body.len() / 64 + label.len() + 20);
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, next) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = next;
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

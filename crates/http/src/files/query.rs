//! Query parameters that hold paths. Names are bytes, so they are decoded to bytes; a form decoder would put
//! U+FFFD for what is not UTF-8 and name another file.

use crate::error::{ApiError, Result};
use axum::{extract::FromRequestParts, http::request::Parts};
use percent_encoding::percent_decode;
use std::borrow::Cow;

/// What a call about files names. Parameters it does not know are not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathQuery {
    path: Option<Vec<u8>>,
    target: Option<Vec<u8>>,
    mkdir_parents: bool,
}

impl PathQuery {
    fn parse(query: &str) -> Self {
        let mut parsed = Self::default();
        for pair in query.split('&') {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let slot = match &*decode(key) {
                b"path" => &mut parsed.path,
                b"target" => &mut parsed.target,
                b"mkdir_parents" => {
                    parsed.mkdir_parents = matches!(&*decode(value), b"true" | b"1" | b"True" | b"TRUE");
                    continue;
                }
                _ => continue,
            };
            // The first one counts, as for every other parameter.
            slot.get_or_insert_with(|| with_slashes(decode(value)));
        }
        parsed
    }

    /// `path`, which the call cannot do without.
    pub fn path(&self) -> Result<&[u8]> {
        present("path", self.path.as_deref())
    }

    /// `path`; left out it is the start directory.
    pub fn path_or_start(&self) -> &[u8] {
        self.path.as_deref().unwrap_or_default()
    }

    pub fn target(&self) -> Result<&[u8]> {
        present("target", self.target.as_deref())
    }

    /// Whether missing parents are made.
    pub const fn makes_parents(&self) -> bool {
        self.mkdir_parents
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PathQuery {
    type Rejection = ApiError;

    async fn from_request_parts(request: &mut Parts, _: &S) -> Result<Self> {
        Ok(Self::parse(request.uri.query().unwrap_or_default()))
    }
}

fn present<'a>(name: &str, value: Option<&'a [u8]>) -> Result<&'a [u8]> {
    value.filter(|value| !value.is_empty()).ok_or_else(|| ApiError::bad_request(format!("{name}: missing")))
}

fn decode(text: &str) -> Cow<'_, [u8]> {
    match text.contains('+') {
        true => Cow::Owned(percent_decode(text.replace('+', " ").as_bytes()).collect()),
        false => percent_decode(text.as_bytes()).into(),
    }
}

/// A backslash separates names too, for clients on Windows.
fn with_slashes(path: Cow<'_, [u8]>) -> Vec<u8> {
    let mut path = path.into_owned();
    path.iter_mut().filter(|byte| **byte == b'\\').for_each(|byte| *byte = b'/');
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_bytes_decoded_once() {
        let query = PathQuery::parse("x=1&path=%2Fa%20b%2Bc+d%2525%FF&path=other&mkdir_parents=true");
        assert_eq!(query.path().unwrap(), b"/a b+c d%25\xff");
        assert!(query.makes_parents() && query.target().is_err());
        assert_eq!(PathQuery::parse("path=a%5Cb\\c").path().unwrap(), b"a/b/c");
        for none in ["", "path", "path=", "%70ath", "target=x"] {
            assert!(PathQuery::parse(none).path().is_err(), "{none}");
        }
        assert_eq!(PathQuery::parse("%70ath=x").path().unwrap(), b"x");
    }
}

//! `ETag` and `If-Match` (RFC 9110, sections 8.8.3 and 13.1.1), so that of two changes made at once none is lost.
//!
//! The tag is of what a change can change. What the server counts by itself moves without it: a user who logs in
//! does not make an admin's change fail. For the same reason it is of no use to caches, and `If-None-Match` is not
//! looked at.

use crate::error::{ApiError, Result};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request},
};
use control::{Expected, Version};

/// What the header `If-Match` asks for; nothing where there is none.
pub struct IfMatch(pub Expected);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;

    async fn from_request_parts(request: &mut request::Parts, _: &S) -> Result<Self> {
        let lines = request.headers.get_all(header::IF_MATCH);
        let lines: Option<Vec<&str>> = lines.iter().map(|line| line.to_str().ok()).collect();
        let text = lines.map(|lines| lines.join(","));
        let expected = text.as_deref().and_then(parse);
        expected.map(Self).ok_or_else(|| ApiError::bad_request("If-Match: it is no list of entity tags"))
    }
}

/// A header with the tag of an object.
pub fn tagged(version: &Version) -> HeaderMap {
    let tag = HeaderValue::from_str(&format!("\"{}\"", version.0));
    tag.into_iter().map(|tag| (header::ETAG, tag)).collect()
}

/// `None` where `text` is no list of tags. A weak tag is none that could match.
fn parse(text: &str) -> Option<Expected> {
    let mut tags = text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).peekable();
    if tags.peek().is_none() || text.trim() == "*" {
        return Some(Expected::Any);
    }
    let mut versions = Vec::new();
    for tag in tags {
        let strong = tag.strip_prefix("W/").is_none();
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        let opaque = tag.strip_prefix('"')?.strip_suffix('"')?;
        if strong {
            versions.push(Version(opaque.to_owned()));
        }
    }
    Some(Expected::OneOf(versions))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_tags() {
        let one_of =
            |tags: &[&str]| Some(Expected::OneOf(tags.iter().map(|tag| Version((*tag).into())).collect()));
        assert_eq!(parse(""), Some(Expected::Any));
        assert_eq!(parse(" * "), Some(Expected::Any));
        assert_eq!(parse("\"a\""), one_of(&["a"]));
        assert_eq!(parse("\"a\", W/\"b\",\"c\""), one_of(&["a", "c"]));
        assert_eq!(parse("W/\"b\""), one_of(&[]));
        for bad in ["a", "\"a", "a\"", "W/a", "\""] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}

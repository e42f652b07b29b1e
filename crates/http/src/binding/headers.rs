//! `security.*`: the headers that answers carry to tell browsers what not to do.

use super::Misconfigured;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use config::Security;

/// What every answer of a binding carries, unless its handler knows better.
#[derive(Debug)]
pub struct Headers {
    always: Vec<(HeaderName, HeaderValue)>,
    /// For answers that cannot be read on their way: RFC 6797 has it ignored in others.
    when_encrypted: Option<HeaderValue>,
}

impl Headers {
    /// Whatever the configuration says, nobody may guess at types or put an answer into a frame.
    pub fn new(security: &Security, binding: &str) -> Result<Self, Misconfigured> {
        let mut always = vec![(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))];
        // A policy of one's own about frames is the newer word for the same thing.
        if !(security.enabled && security.content_security_policy.contains("frame-ancestors")) {
            always.push((header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")));
        }
        if !security.enabled {
            return Ok(Self { always, when_encrypted: None });
        }
        for (key, header, text) in [
            ("content_security_policy", "content-security-policy", &security.content_security_policy),
            ("permissions_policy", "permissions-policy", &security.permissions_policy),
            (
                "cross_origin_opener_policy",
                "cross-origin-opener-policy",
                &security.cross_origin_opener_policy,
            ),
            (
                "cross_origin_resource_policy",
                "cross-origin-resource-policy",
                &security.cross_origin_resource_policy,
            ),
            (
                "cross_origin_embedder_policy",
                "cross-origin-embedder-policy",
                &security.cross_origin_embedder_policy,
            ),
            ("referrer_policy", "referrer-policy", &security.referrer_policy),
            ("cache_control", "cache-control", &security.cache_control),
        ] {
            if !text.is_empty() {
                let value = HeaderValue::from_str(text).map_err(|_| Misconfigured::Value {
                    key: format!("{binding}.security.{key}"),
                    value: text.clone(),
                    expected: "value of a header",
                })?;
                always.push((HeaderName::from_static(header), value));
            }
        }
        Ok(Self { always, when_encrypted: strict_transport(security) })
    }

    pub fn add_to(&self, headers: &mut HeaderMap, encrypted: bool) {
        for (name, value) in &self.always {
            headers.entry(name).or_insert_with(|| value.clone());
        }
        if let Some(value) = self.when_encrypted.as_ref().filter(|_| encrypted) {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, value.clone());
        }
    }
}

/// The header that `key` names.
pub fn name(key: &str, text: &str) -> Result<HeaderName, Misconfigured> {
    let expected = "name of a header";
    HeaderName::try_from(text).map_err(|_| Misconfigured::Value {
        key: key.to_owned(),
        value: text.to_owned(),
        expected,
    })
}

fn strict_transport(security: &Security) -> Option<HeaderValue> {
    if security.sts_seconds == 0 {
        return None;
    }
    let mut text = format!("max-age={}", security.sts_seconds);
    if security.sts_include_subdomains {
        text += "; includeSubDomains";
    }
    if security.sts_preload {
        text += "; preload";
    }
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(security: &Security, encrypted: bool) -> HeaderMap {
        let mut headers = HeaderMap::new();
        Headers::new(security, "b").unwrap().add_to(&mut headers, encrypted);
        headers
    }

    #[test]
    fn some_are_there_without_being_asked_for() {
        let headers = answer(&Security::default(), true);
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["x-frame-options"], "DENY");
        assert_eq!(headers.len(), 2);
    }

    #[test]
    fn configured_ones_and_strict_transport() {
        let security = Security {
            enabled: true,
            sts_seconds: 60,
            sts_preload: true,
            referrer_policy: "no-referrer".into(),
            content_security_policy: "frame-ancestors 'self'".into(),
            ..Security::default()
        };
        let headers = answer(&security, true);
        assert_eq!(headers["strict-transport-security"], "max-age=60; preload");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert!(!headers.contains_key("x-frame-options"));
        assert!(!answer(&security, false).contains_key("strict-transport-security"));
        let bad = Security { cache_control: "a\nb".into(), ..security };
        assert!(Headers::new(&bad, "b").unwrap_err().to_string().starts_with("b.security.cache_control"));
    }

    #[test]
    fn a_handler_knows_better() {
        let mut headers = HeaderMap::new();
        headers.insert("x-frame-options", HeaderValue::from_static("SAMEORIGIN"));
        Headers::new(&Security::default(), "b").unwrap().add_to(&mut headers, false);
        assert_eq!(headers["x-frame-options"], "SAMEORIGIN");
    }
}

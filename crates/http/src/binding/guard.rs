//! `security.allowed_hosts` and `security.https_redirect`: requests that never reach a handler.

use super::Misconfigured;
use crate::{error::ApiError, peer::Peer};
use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use config::Security;
use regex::{Regex, RegexBuilder};

#[derive(Debug, Default)]
pub struct Guard {
    /// `None` answers every host.
    hosts: Option<Vec<Host>>,
    /// Headers in which a trusted proxy says which host the client asked for.
    host_headers: Vec<HeaderName>,
    redirect: Option<Redirect>,
}

/// A host that is answered.
#[derive(Debug)]
enum Host {
    Name(String),
    Pattern(Regex),
}

#[derive(Debug)]
struct Redirect {
    /// `https_host`; `None` is the host that was asked for.
    host: Option<String>,
}

/// Where certificate authorities look for proof, over plain HTTP (RFC 8555, section 8.3).
const CHALLENGES: &str = "/.well-known/acme-challenge/";
/// Bytes a compiled pattern may take.
const PATTERN: usize = 1 << 20;

impl Guard {
    pub fn new(security: &Security, binding: &str) -> Result<Self, Misconfigured> {
        if !security.enabled {
            return Ok(Self::default());
        }
        let mut hosts = Vec::new();
        for text in &security.allowed_hosts {
            hosts.push(match security.allowed_hosts_are_regex {
                false => Host::Name(text.clone()),
                true => Host::Pattern(
                    RegexBuilder::new(text).case_insensitive(true).size_limit(PATTERN).build().map_err(
                        |fault| {
                            let text = format!("{binding}.security.allowed_hosts: {text:?} is no pattern");
                            Misconfigured::Pattern(text, fault)
                        },
                    )?,
                ),
            });
        }
        let key = format!("{binding}.security.hosts_proxy_headers");
        let host_headers: Result<_, _> =
            security.hosts_proxy_headers.iter().map(|name| super::headers::name(&key, name)).collect();
        let host = Some(security.https_host.clone()).filter(|host| !host.is_empty());
        Ok(Self {
            hosts: (!hosts.is_empty()).then_some(hosts),
            host_headers: host_headers?,
            redirect: security.https_redirect.then_some(Redirect { host }),
        })
    }

    /// The answer to a request that goes no further.
    pub fn refusal(&self, request: &Request, peer: &Peer) -> Option<Response> {
        if self.hosts.is_none() && self.redirect.is_none() {
            return None;
        }
        let asked = self.asked_host(request, peer);
        if let Some(hosts) = &self.hosts
            && !hosts.iter().any(|host| host.is(asked))
        {
            return Some(ApiError::new(StatusCode::FORBIDDEN, "this host is not served").into_response());
        }
        let redirect = self.redirect.as_ref().filter(|_| !peer.encrypted)?;
        (!request.uri().path().starts_with(CHALLENGES)).then(|| redirect.answer(asked, request))
    }

    /// The host the client asked for, with its port.
    fn asked_host<'a>(&self, request: &'a Request, peer: &Peer) -> &'a str {
        let text = |name| request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let told = peer.by_proxy.then(|| self.host_headers.iter().find_map(text)).flatten();
        let own = || request.uri().authority().map(|host| host.as_str()).or_else(|| text(&header::HOST));
        told.or_else(own).unwrap_or_default()
    }
}

impl Host {
    /// With its port or without.
    fn is(&self, asked: &str) -> bool {
        let bare = match asked.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => asked,
        };
        match self {
            Self::Name(name) => asked.eq_ignore_ascii_case(name) || bare.eq_ignore_ascii_case(name),
            Self::Pattern(pattern) => pattern.is_match(asked) || pattern.is_match(bare),
        }
    }
}

impl Redirect {
    fn answer(&self, asked: &str, request: &Request) -> Response {
        let host = self.host.as_deref().unwrap_or(asked);
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
        if host.is_empty() || !host.bytes().all(is_host) {
            return ApiError::bad_request("the host that was asked for is none").into_response();
        }
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        match HeaderValue::from_str(&format!("https://{host}{path}")) {
            // 307: the method and the body are to come again.
            Ok(location) => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, location)]).into_response(),
            Err(_) => ApiError::bad_request("the address that was asked for is none").into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn status(security: &Security, host: &str, peer: Peer) -> Option<u16> {
        let guard = Guard::new(security, "b").unwrap();
        let request = Request::builder().uri("/a?b=c").header("host", host);
        let request = request.header("x-forwarded-host", "inner.example").body(Body::empty()).unwrap();
        guard.refusal(&request, &peer).map(|answer| answer.status().as_u16())
    }

    fn hosts(names: &[&str], are_regex: bool) -> Security {
        Security {
            enabled: true,
            allowed_hosts: names.iter().map(|name| (*name).to_owned()).collect(),
            allowed_hosts_are_regex: are_regex,
            hosts_proxy_headers: vec!["X-Forwarded-Host".into()],
            ..Security::default()
        }
    }

    #[test]
    fn only_hosts_that_are_listed() {
        let security = hosts(&["files.example", "inner.example"], false);
        let direct = Peer::default();
        for (host, answer) in [
            ("files.example", None),
            ("FILES.example:8080", None),
            ("evil.example", Some(403)),
            ("files.example.evil", Some(403)),
            ("", Some(403)),
        ] {
            assert_eq!(status(&security, host, direct), answer, "{host}");
        }
        // Its header counts when a proxy sent it that may.
        assert_eq!(status(&security, "evil.example", Peer { by_proxy: true, ..direct }), None);
        assert_eq!(status(&Security { enabled: false, ..security }, "evil.example", direct), None);
    }

    #[test]
    fn patterns() {
        let security = hosts(&[r"^[a-z]+\.example$"], true);
        assert_eq!(status(&security, "abc.example", Peer::default()), None);
        assert_eq!(status(&security, "abc.example.evil", Peer::default()), Some(403));
        let bad = Guard::new(&hosts(&["("], true), "b").unwrap_err().to_string();
        assert!(bad.starts_with("b.security.allowed_hosts"), "{bad}");
    }

    #[test]
    fn plain_requests_are_sent_to_https() {
        let security = Security { enabled: true, https_redirect: true, ..Security::default() };
        let guard = Guard::new(&security, "b").unwrap();
        let ask = |uri: &str, host: &str, peer| {
            let request = Request::builder().uri(uri).header("host", host).body(Body::empty()).unwrap();
            let answer = guard.refusal(&request, &peer)?;
            let location = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
            Some((answer.status().as_u16(), location))
        };
        let plain = Peer::default();
        let to = |text: &str| Some((307, Some(text.to_owned())));
        assert_eq!(ask("/a?b=c", "h.example", plain), to("https://h.example/a?b=c"));
        assert_eq!(ask("/a", "h.example", Peer { encrypted: true, ..plain }), None);
        assert_eq!(ask("/.well-known/acme-challenge/x", "h.example", plain), None);
        assert_eq!(ask("/a", "h.example@evil", plain), Some((400, None)));
    }
}

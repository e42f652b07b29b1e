//! `httpd.cors`: which pages of other origins may call (the Fetch standard's CORS protocol), with the defaults and
//! wildcards of the Go library that SFTPGo's documentation refers to.

use super::Misconfigured;
use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

#[derive(Debug)]
pub struct Cors {
    /// Empty is every origin.
    origins: Vec<Origin>,
    methods: Vec<String>,
    /// `None` is every header.
    headers: Option<Vec<String>>,
    exposed: Option<HeaderValue>,
    credentials: bool,
    max_age: u32,
    /// Preflights reach the handlers, too.
    passes_on: bool,
    success: StatusCode,
    private_network: bool,
}

/// An origin that may call.
#[derive(Debug)]
enum Origin {
    Exact(String),
    /// `https://*.example.com`: anything between the two parts.
    Wildcard(String, String),
}

/// What one request asks, and the answer to it.
#[derive(Debug)]
pub struct Asked {
    /// The answer to a preflight that ends here.
    status: Option<StatusCode>,
    headers: HeaderMap,
}

const PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-allow-private-network");

impl Cors {
    pub fn new(config: &config::Cors) -> Result<Self, Misconfigured> {
        let or = |given: &[String], usual: &[&str]| match given.is_empty() {
            true => usual.iter().map(|text| (*text).to_owned()).collect(),
            false => given.to_vec(),
        };
        let all = config.allowed_origins.iter().any(|origin| origin == "*");
        let origins = if all { &[][..] } else { &config.allowed_origins };
        let headers: Vec<String> =
            or(&config.allowed_headers, &["accept", "content-type", "x-requested-with"]);
        let exposed = config.exposed_headers.join(", ");
        let exposed = HeaderValue::from_str(&exposed).map_err(|_| Misconfigured::Value {
            key: "httpd.cors.exposed_headers".to_owned(),
            value: exposed.clone(),
            expected: "list of headers",
        })?;
        let success = config.options_success_status;
        let success = StatusCode::from_u16(if success == 0 { 204 } else { success });
        Ok(Self {
            origins: origins.iter().map(|origin| Origin::new(origin)).collect(),
            methods: or(&config.allowed_methods, &["GET", "POST", "HEAD"]),
            headers: (!headers.iter().any(|name| name == "*")).then_some(headers),
            exposed: Some(exposed).filter(|exposed| !exposed.is_empty()),
            credentials: config.allow_credentials,
            max_age: config.max_age,
            passes_on: config.options_passthrough,
            success: success.unwrap_or(StatusCode::NO_CONTENT),
            private_network: config.allow_private_network,
        })
    }

    pub fn asked(&self, request: &Request) -> Asked {
        let sent = request.headers();
        let method = sent.get(header::ACCESS_CONTROL_REQUEST_METHOD);
        let preflight = method.filter(|_| request.method() == Method::OPTIONS);
        let mut headers = HeaderMap::new();
        headers.insert(header::VARY, HeaderValue::from_static("Origin"));
        if preflight.is_some() {
            headers.insert(
                header::VARY,
                HeaderValue::from_static(
                    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
                ),
            );
        }
        if let Some(origin) = sent.get(header::ORIGIN).filter(|origin| self.allows(origin)) {
            match preflight {
                Some(method) => self.answer(origin, method, sent, &mut headers),
                None => self.share(origin, &mut headers),
            }
        }
        let ends_here = preflight.is_some() && !self.passes_on;
        Asked { status: ends_here.then_some(self.success), headers }
    }

    /// What a preflight is told, unless it asks for more than there is: then nothing.
    fn answer(&self, origin: &HeaderValue, method: &HeaderValue, sent: &HeaderMap, to: &mut HeaderMap) {
        let asked = method.to_str().unwrap_or_default();
        if !self.methods.iter().any(|known| known.eq_ignore_ascii_case(asked)) && asked != "OPTIONS" {
            return;
        }
        let names = sent.get(header::ACCESS_CONTROL_REQUEST_HEADERS);
        let text = names.and_then(|names| names.to_str().ok()).unwrap_or_default();
        let asked_headers = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        if let Some(known) = &self.headers {
            let is_known = |name: &str| known.iter().any(|known| known.eq_ignore_ascii_case(name));
            if !asked_headers.clone().all(is_known) {
                return;
            }
        }
        to.insert(header::ACCESS_CONTROL_ALLOW_METHODS, method.clone());
        if let Some(names) = names.filter(|_| !text.is_empty()) {
            to.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
        }
        if self.max_age > 0 {
            to.insert(header::ACCESS_CONTROL_MAX_AGE, self.max_age.into());
        }
        if self.private_network && sent.get(PRIVATE_NETWORK).is_some_and(|asked| asked == "true") {
            to.insert(ALLOW_PRIVATE_NETWORK, HeaderValue::from_static("true"));
        }
        self.name(origin, to);
    }

    fn share(&self, origin: &HeaderValue, to: &mut HeaderMap) {
        if let Some(exposed) = &self.exposed {
            to.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed.clone());
        }
        self.name(origin, to);
    }

    /// Every origin is named `*`, which browsers do not take where credentials are sent: so nobody opens an
    /// account to every page by leaving the origins out.
    fn name(&self, origin: &HeaderValue, to: &mut HeaderMap) {
        let all = self.origins.is_empty();
        let origin = if all { HeaderValue::from_static("*") } else { origin.clone() };
        to.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if self.credentials {
            to.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
    }

    fn allows(&self, origin: &HeaderValue) -> bool {
        let Ok(origin) = origin.to_str() else { return false };
        self.origins.is_empty() || self.origins.iter().any(|known| known.is(origin))
    }
}

impl Asked {
    /// The whole answer to a preflight.
    pub fn answer(&self) -> Option<Response> {
        self.status.map(IntoResponse::into_response)
    }

    pub fn add_to(self, headers: &mut HeaderMap) {
        for (name, value) in &self.headers {
            match *name == header::VARY {
                true => headers.append(name, value.clone()),
                false => headers.insert(name, value.clone()).is_none(),
            };
        }
    }
}

impl Origin {
    fn new(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        match text.split_once('*') {
            Some((before, after)) => Self::Wildcard(before.to_owned(), after.to_owned()),
            None => Self::Exact(text),
        }
    }

    fn is(&self, origin: &str) -> bool {
        let origin = origin.to_ascii_lowercase();
        match self {
            Self::Exact(known) => origin == *known,
            Self::Wildcard(before, after) => {
                origin.len() >= before.len() + after.len()
                    && origin.starts_with(before.as_str())
                    && origin.ends_with(after.as_str())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn config() -> config::Cors {
        config::Cors {
            enabled: true,
            allowed_origins: vec!["https://a.example".into(), "https://*.b.example".into()],
            allowed_methods: vec!["GET".into(), "PUT".into()],
            allowed_headers: vec!["Authorization".into()],
            exposed_headers: vec!["X-Object-ID".into()],
            allow_credentials: true,
            max_age: 600,
            allow_private_network: true,
            ..config::Cors::default()
        }
    }

    /// The headers of the answer, and its status where the request goes no further.
    fn ask(config: &config::Cors, method: &str, lines: &[(&str, &str)]) -> (Option<u16>, HeaderMap) {
        let mut request = Request::builder().method(method).uri("/");
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        let asked = Cors::new(config).unwrap().asked(&request.body(Body::empty()).unwrap());
        (asked.status.map(|status| status.as_u16()), asked.headers)
    }

    const METHOD: &str = "access-control-request-method";
    const HEADERS: &str = "access-control-request-headers";
    const ORIGIN: &str = "access-control-allow-origin";

    #[test]
    fn preflights() {
        let lines = [("origin", "https://a.example"), (METHOD, "PUT"), (HEADERS, "authorization")];
        let (status, headers) = ask(&config(), "OPTIONS", &lines);
        assert_eq!(status, Some(204));
        for (name, value) in [
            (ORIGIN, "https://a.example"),
            ("access-control-allow-methods", "PUT"),
            ("access-control-allow-headers", "authorization"),
            ("access-control-allow-credentials", "true"),
            ("access-control-max-age", "600"),
        ] {
            assert_eq!(headers[name], value);
        }
        assert!(!headers.contains_key(ALLOW_PRIVATE_NETWORK));
        let private = [&lines[..], &[("access-control-request-private-network", "true")]].concat();
        assert_eq!(ask(&config(), "OPTIONS", &private).1[ALLOW_PRIVATE_NETWORK], "true");
        for refused in [
            [("origin", "https://evil.example"), (METHOD, "PUT"), (HEADERS, "authorization")],
            [("origin", "https://a.example"), (METHOD, "DELETE"), (HEADERS, "authorization")],
            [("origin", "https://a.example"), (METHOD, "PUT"), (HEADERS, "authorization, x-other")],
        ] {
            let (status, headers) = ask(&config(), "OPTIONS", &refused);
            assert!(status == Some(204) && !headers.contains_key(ORIGIN), "{refused:?}");
        }
        let passed = config::Cors { options_passthrough: true, ..config() };
        assert_eq!(ask(&passed, "OPTIONS", &lines).0, None);
    }

    #[test]
    fn ordinary_requests() {
        let (status, headers) = ask(&config(), "GET", &[("origin", "https://x.b.example")]);
        assert_eq!((status, &headers[ORIGIN]), (None, &HeaderValue::from_static("https://x.b.example")));
        assert_eq!(headers["access-control-expose-headers"], "X-Object-ID");
        for stranger in ["https://b.example.evil", "https://.b.exampl", "null"] {
            assert!(!ask(&config(), "GET", &[("origin", stranger)]).1.contains_key(ORIGIN), "{stranger}");
        }
        assert_eq!(ask(&config(), "GET", &[]).1["vary"], "Origin");
    }

    #[test]
    fn every_origin_is_a_star() {
        let open = config::Cors { allowed_origins: vec!["*".into()], ..config() };
        assert_eq!(ask(&open, "GET", &[("origin", "https://any.example")]).1[ORIGIN], "*");
    }
}

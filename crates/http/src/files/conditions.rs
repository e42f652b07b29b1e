//! Conditional requests (RFC 9110, section 13).

use axum::http::{HeaderMap, HeaderName, header};
use session::{Metadata, Time};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What a file is told apart by: its `ETag` and its `Last-Modified`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validators {
    pub etag: String,
    /// Whole seconds; `None` for a time HTTP has no words for.
    pub modified: Option<SystemTime>,
}

/// What the conditions of a request come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Proceed,
    /// 304.
    NotModified,
    /// 412.
    Failed,
}

impl Validators {
    pub fn of(metadata: &Metadata) -> Self {
        let Time { secs, nanos } = metadata.modified;
        let modified =
            u64::try_from(secs).ok().and_then(|secs| UNIX_EPOCH.checked_add(Duration::from_secs(secs)));
        Self { etag: format!("\"{secs:x}-{nanos:x}-{:x}\"", metadata.size), modified }
    }

    /// In the order of RFC 9110, section 13.2.2.
    pub fn judge(&self, headers: &HeaderMap) -> Verdict {
        if headers.contains_key(header::IF_MATCH) {
            if !self.is_among(headers, header::IF_MATCH, Compare::Strongly) {
                return Verdict::Failed;
            }
        } else if let Some(since) = date(headers, header::IF_UNMODIFIED_SINCE)
            && self.modified.is_none_or(|modified| modified > since)
        {
            return Verdict::Failed;
        }
        if headers.contains_key(header::IF_NONE_MATCH) {
            if self.is_among(headers, header::IF_NONE_MATCH, Compare::Weakly) {
                return Verdict::NotModified;
            }
        } else if let Some(since) = date(headers, header::IF_MODIFIED_SINCE)
            && self.modified.is_some_and(|modified| modified <= since)
        {
            return Verdict::NotModified;
        }
        Verdict::Proceed
    }

    /// Whether a `Range` is to be looked at: `If-Range` names this very version, or is not there.
    pub fn allow_range(&self, headers: &HeaderMap) -> bool {
        let Some(value) = headers.get(header::IF_RANGE) else { return true };
        let Ok(value) = value.to_str() else { return false };
        if value.starts_with('"') || value.starts_with("W/") {
            return value == self.etag;
        }
        let date = httpdate::parse_http_date(value).ok();
        date.is_some() && date == self.modified
    }

    fn is_among(&self, headers: &HeaderMap, name: HeaderName, compare: Compare) -> bool {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).map(str::trim).any(|tag| {
            let opaque = match compare {
                Compare::Strongly => tag,
                Compare::Weakly => tag.strip_prefix("W/").unwrap_or(tag),
            };
            tag == "*" || opaque == self.etag
        })
    }
}

/// RFC 9110, section 8.8.3.2.
#[derive(Clone, Copy)]
enum Compare {
    Strongly,
    Weakly,
}

/// A date that cannot be read is no condition.
fn date(headers: &HeaderMap, name: HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use session::Kind;

    const AT: &str = "Sun, 13 Sep 2020 12:26:40 GMT";
    const BEFORE: &str = "Mon, 01 Jan 2001 00:00:00 GMT";

    fn file() -> Validators {
        let modified = Time { secs: 1_600_000_000, nanos: 7 };
        Validators::of(&Metadata {
            kind: Kind::File,
            size: 10,
            mode: 0o644,
            uid: 0,
            gid: 0,
            links: 1,
            accessed: modified,
            modified,
        })
    }

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        let pair = |(name, value): &(HeaderName, &str)| (name.clone(), HeaderValue::from_str(value).unwrap());
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn conditions_come_to_what_the_standard_says() {
        let file = file();
        let tag = &*file.etag;
        let weak = format!("W/{tag}");
        let many = format!("\"x\", {weak}");
        for (pairs, verdict) in [
            (vec![], Verdict::Proceed),
            (vec![(header::IF_MATCH, tag)], Verdict::Proceed),
            (vec![(header::IF_MATCH, "*")], Verdict::Proceed),
            (vec![(header::IF_MATCH, &*weak)], Verdict::Failed),
            (vec![(header::IF_MATCH, "\"x\"")], Verdict::Failed),
            (vec![(header::IF_NONE_MATCH, &*many)], Verdict::NotModified),
            (vec![(header::IF_NONE_MATCH, "\"x\""), (header::IF_MODIFIED_SINCE, AT)], Verdict::Proceed),
            (vec![(header::IF_MODIFIED_SINCE, AT)], Verdict::NotModified),
            (vec![(header::IF_MODIFIED_SINCE, BEFORE)], Verdict::Proceed),
            (vec![(header::IF_MODIFIED_SINCE, "yesterday")], Verdict::Proceed),
            (vec![(header::IF_UNMODIFIED_SINCE, AT)], Verdict::Proceed),
            (vec![(header::IF_UNMODIFIED_SINCE, BEFORE)], Verdict::Failed),
            (vec![(header::IF_MATCH, tag), (header::IF_UNMODIFIED_SINCE, BEFORE)], Verdict::Proceed),
        ] {
            assert_eq!(file.judge(&headers(&pairs)), verdict, "{pairs:?}");
        }
    }

    #[test]
    fn a_range_counts_for_the_version_it_was_meant_for() {
        let file = file();
        let weak = format!("W/{}", file.etag);
        for (value, allowed) in
            [(&*file.etag, true), (&*weak, false), (AT, true), (BEFORE, false), ("x", false)]
        {
            assert_eq!(file.allow_range(&headers(&[(header::IF_RANGE, value)])), allowed, "{value}");
        }
        assert!(file.allow_range(&HeaderMap::new()));
    }
}

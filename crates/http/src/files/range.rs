//! Byte ranges (RFC 9110, section 14).

use std::ops::Range;

/// What a `Range` header asks of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The whole file: nothing, several ranges, or something else was asked for. Several could be answered
    /// with `multipart/byteranges`; a server may ignore them, and hardly a client sends them.
    Whole,
    /// These bytes, at least one.
    Part(Range<u64>),
    /// Nothing of what the file has: 416.
    Unsatisfiable,
}

/// Reads `Range: bytes=…` for a file of `size` bytes. What cannot be read is as if it were not there.
pub fn wanted(header: Option<&str>, size: u64) -> Wanted {
    let Some(spec) = header.and_then(|value| value.trim().strip_prefix("bytes=")) else {
        return Wanted::Whole;
    };
    let Some((first, last)) = spec.trim().split_once('-') else { return Wanted::Whole };
    let part = match (number(first), number(last)) {
        (Some(Number::Missing), Some(Number::Is(suffix))) => size.saturating_sub(suffix)..size,
        (Some(Number::Is(first)), Some(Number::Missing)) => first..size,
        (Some(Number::Is(first)), Some(Number::Is(last))) if first <= last => {
            first..last.saturating_add(1).min(size)
        }
        _ => return Wanted::Whole,
    };
    if part.start < part.end { Wanted::Part(part) } else { Wanted::Unsatisfiable }
}

enum Number {
    Missing,
    Is(u64),
}

/// `None` for what is no number; one too large for any file is the largest there is.
fn number(text: &str) -> Option<Number> {
    let text = text.trim();
    if text.is_empty() {
        return Some(Number::Missing);
    }
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| Number::Is(text.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_follow_the_standard() {
        for (header, expected) in [
            ("bytes=0-4", Wanted::Part(0..5)),
            ("bytes=90-", Wanted::Part(90..100)),
            ("bytes=-7", Wanted::Part(93..100)),
            ("bytes=-700", Wanted::Part(0..100)),
            ("bytes=5-5", Wanted::Part(5..6)),
            ("bytes=50-9999999999999999999999999", Wanted::Part(50..100)),
            ("bytes=100-", Wanted::Unsatisfiable),
            ("bytes=99999999999999999999999-", Wanted::Unsatisfiable),
            ("bytes=-0", Wanted::Unsatisfiable),
            ("bytes=5-4", Wanted::Whole),
            ("bytes=0-1,3-4", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
            ("lines=1-2", Wanted::Whole),
            ("", Wanted::Whole),
        ] {
            assert_eq!(wanted(Some(header), 100), expected, "{header}");
        }
        assert_eq!(wanted(None, 100), Wanted::Whole);
        assert_eq!(wanted(Some("bytes=0-"), 0), Wanted::Unsatisfiable);
        assert_eq!(wanted(Some("bytes=-5"), 0), Wanted::Unsatisfiable);
    }
}

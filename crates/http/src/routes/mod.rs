//! The handlers, one file per kind of object.

pub mod admins;
pub mod api_keys;
pub mod backups;
pub mod connections;
pub mod defender;
pub mod event_actions;
pub mod event_rules;
pub mod folders;
pub mod groups;
pub mod health;
pub mod history;
pub mod ip_lists;
pub mod me;
pub mod passwords;
pub mod quotas;
pub mod retention;
pub mod roles;
pub mod second_factor;
pub mod shares;
pub mod status;
pub mod tokens;
pub mod users;
pub mod version;

use axum::http::{HeaderMap, HeaderValue, header};
use std::fmt::Write;

/// The `Location` of an object that was made.
pub fn location(kind: &str, name: &str) -> HeaderMap {
    let mut path = format!("/api/v2/{kind}/");
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => path.push(byte.into()),
            // RFC 3986, section 3.3, but for what is read as more than a name by some.
            b'-' | b'_' | b'.' | b'~' | b'$' | b'&' | b'+' | b'=' | b':' | b'@' => path.push(byte.into()),
            // Writing to a String cannot fail.
            _ => drop(write!(path, "%{byte:02X}")),
        }
    }
    let value = HeaderValue::from_str(&path);
    value.into_iter().map(|value| (header::LOCATION, value)).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn locations_are_escaped() {
        let headers = super::location("users", "ü b%/:+");
        assert_eq!(headers["location"], "/api/v2/users/%C3%BC%20b%25%2F:+");
    }
}

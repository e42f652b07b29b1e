//! Checks of single values.

use crate::{Error, Result};
use ipnet::IpNet;
use std::{collections::HashSet, hash::Hash};
use types::VirtualPath;

/// Checks that `value` looks like an address: one `@`, something on both sides, no blanks.
pub fn email(field: &str, value: &str) -> Result<()> {
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"".contains(c);
    let fits = value.len() <= 254
        && value.chars().all(plain)
        && value.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !domain.starts_with('.')
        });
    if fits { Ok(()) } else { Err(Error::Invalid(format!("{field} {value:?} is not a valid email address"))) }
}

/// Checks that each of `values` is a network in CIDR notation, and leaves each once.
pub fn networks(field: &str, values: &mut Vec<String>) -> Result<()> {
    dedup(values);
    match values.iter().find(|value| value.parse::<IpNet>().is_err()) {
        Some(bad) => {
            Err(Error::Invalid(format!("{field}: could not parse {bad:?}, a network is <address>/<bits>")))
        }
        None => Ok(()),
    }
}

/// Checks that each of `values` is one of `known`, and leaves each once.
pub fn known(field: &str, values: &mut Vec<String>, known: &[&str]) -> Result<()> {
    dedup(values);
    match values.iter().find(|value| !known.contains(&value.as_str())) {
        Some(bad) => Err(Error::Invalid(format!("{field}: invalid value {bad:?}"))),
        None => Ok(()),
    }
}

/// Leaves each value once, in the order they came.
pub fn dedup<T: Clone + Eq + Hash>(values: &mut Vec<T>) {
    let mut seen = HashSet::new();
    values.retain(|value| seen.insert(value.clone()));
}

/// The first of `values` that was there before. Lists come from clients and may be long.
pub fn repeated<T: Eq + Hash>(values: impl Iterator<Item = T>) -> Option<usize> {
    let mut seen = HashSet::new();
    values.into_iter().position(|value| !seen.insert(value))
}

pub fn not_negative(field: &str, value: i64) -> Result<()> {
    if value < 0 { Err(Error::Invalid(format!("{field} must not be negative: {value}"))) } else { Ok(()) }
}

/// The clean form of a virtual path that has to be absolute.
pub fn absolute(field: &str, path: &str) -> Result<String> {
    if !path.starts_with('/') {
        return Err(Error::Invalid(format!("{field} {path:?} must be an absolute path")));
    }
    virtual_path(field, path)
}

/// The clean, absolute form of a virtual path.
pub fn virtual_path(field: &str, path: &str) -> Result<String> {
    match VirtualPath::parse(&VirtualPath::root(), path.as_bytes()) {
        Ok(clean) => Ok(clean.to_string()),
        Err(error) => Err(Error::Invalid(format!("{field} {path:?}: {error}"))),
    }
}

/// The clean form of a path on disk, which has to be absolute.
pub fn disk_path(field: &str, path: &str) -> Result<String> {
    if !path.starts_with('/') {
        return Err(Error::Invalid(format!("{field} {path:?} must be an absolute path")));
    }
    if path.contains('\0') {
        return Err(Error::Invalid(format!("{field} holds a NUL character")));
    }
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    Ok(format!("/{}", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails() {
        for good in ["a@example.com", "x.y+z@h", "a@b.c"] {
            assert!(email("email", good).is_ok(), "{good}");
        }
        for bad in ["nomail", "@x", "x@", "a@b@c", "a b@c", "a@.c", "<a@b>"] {
            assert!(email("email", bad).is_err(), "{bad}");
        }
    }

    /// A body holds a hundred thousand values.
    #[test]
    fn long_lists_take_no_longer_than_their_length() {
        let mut values: Vec<String> = (0..200_000).map(|n| (n % 100_000).to_string()).collect();
        let start = std::time::Instant::now();
        assert_eq!(repeated(values.iter()), Some(100_000));
        dedup(&mut values);
        assert_eq!((values.len(), values[99_999].as_str()), (100_000, "99999"));
        // In the square of it they would take minutes.
        assert!(start.elapsed() < std::time::Duration::from_secs(60), "{:?}", start.elapsed());
    }

    #[test]
    fn cleans_disk_paths() {
        assert_eq!(disk_path("home_dir", "/a//b/../c/").ok().as_deref(), Some("/a/c"));
        assert_eq!(disk_path("home_dir", "/../..").ok().as_deref(), Some("/"));
        assert!(disk_path("home_dir", "a").is_err());
        assert!(disk_path("home_dir", "/a\0").is_err());
    }

    #[test]
    fn a_bare_address_is_no_network() {
        assert!(networks("allowed_ip", &mut vec!["10.0.0.0/8".into(), "::1/128".into()]).is_ok());
        assert!(networks("allowed_ip", &mut vec!["10.0.0.1".into()]).is_err());
        assert!(networks("allowed_ip", &mut vec!["300.1.1.1/8".into()]).is_err());
    }
}

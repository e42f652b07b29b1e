//! Names of objects, and `data_provider.naming_rules`.

use crate::{Error, Result};

/// `data_provider.naming_rules`; bits that mean nothing are ignored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NamingRules {
    /// Bit 1: any UTF-8, not just the unreserved characters of URLs.
    pub any_utf8: bool,
    /// Bit 2: names are lower case, however they are written.
    pub lower_case: bool,
    /// Bit 4: blanks around a name do not count.
    pub trim: bool,
}

/// The longest name, in bytes.
const MAX: usize = 255;
/// What no name holds: it would break paths, URLs or log lines somewhere.
const FORBIDDEN: &[char] = &['/', '\\', ':', '?', '*', '|', '"', '<', '>'];
/// What Windows takes for a device, with or without an extension.
const DEVICES: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
    "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

impl NamingRules {
    pub const fn from_bits(bits: u32) -> Self {
        Self { any_utf8: bits & 1 != 0, lower_case: bits & 2 != 0, trim: bits & 4 != 0 }
    }

    /// `name` as it is stored and looked up.
    pub fn canonical(&self, name: &str) -> String {
        let name = if self.trim { name.trim() } else { name };
        if self.lower_case { name.to_lowercase() } else { name.to_owned() }
    }

    /// Checks the canonical name in `field`.
    pub fn check(&self, field: &str, name: &str) -> Result<()> {
        match self.fault(name) {
            Some(fault) => Err(Error::Invalid(format!("{field} {name:?} {fault}"))),
            None => Ok(()),
        }
    }

    fn fault(&self, name: &str) -> Option<&'static str> {
        if name.is_empty() {
            return Some("is empty: it is mandatory");
        }
        if name.len() > MAX {
            return Some("is longer than 255 bytes");
        }
        if name.ends_with('.') {
            return Some("ends with a dot");
        }
        if name.trim() != name {
            return Some("starts or ends with a blank");
        }
        if name.chars().any(|c| c.is_control() || is_format(c) || FORBIDDEN.contains(&c)) {
            return Some("holds a character that is not allowed");
        }
        let stem = name.split('.').next().unwrap_or_default();
        if DEVICES.iter().any(|device| device.eq_ignore_ascii_case(stem)) {
            return Some("is a reserved device name");
        }
        let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        if !self.any_utf8 && !name.chars().all(unreserved) {
            return Some("holds other characters than a-zA-Z0-9-_.~");
        }
        None
    }
}

/// Cannot be seen, so that two names with and without it look alike: Unicode's category Cf as far as it is in use.
const fn is_format(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0001}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(bits: u32, name: &str) -> bool {
        let rules = NamingRules::from_bits(bits);
        rules.check("username", &rules.canonical(name)).is_ok()
    }

    #[test]
    fn refuses_what_breaks_paths_and_urls() {
        for bad in [
            "",
            ".",
            "..",
            "a.",
            "a/b",
            "a\\b",
            "a:b",
            "a?b",
            "a*b",
            "a|b",
            "a\"b",
            "a<b",
            "a>b",
            "a\nb",
            "nul",
            "AUX.txt",
            "a\u{200b}b",
            "\u{feff}a",
        ] {
            assert!(!allowed(5, bad), "{bad:?}");
        }
        assert!(!allowed(5, &"a".repeat(256)));
        assert!(allowed(5, &"é".repeat(127)) && !allowed(5, &"é".repeat(128)));
    }

    #[test]
    fn follows_the_bits() {
        assert!(allowed(5, " ünal "));
        assert!(!allowed(1, " a"));
        assert!(!allowed(4, "ünal"));
        assert!(allowed(0, "A-b.c_d~9"));
        assert_eq!(NamingRules::from_bits(6).canonical(" BoB "), "bob");
    }
}

//! Which values make sense: bounds, words and shapes that the types do not express, then what two keys
//! say together.

mod table;
mod together;

use serde_json::Value;

use self::{
    Rule::{OneOf, Private, Range, Shape},
    table::RULES,
};
use crate::{Config, keys};

/// What a value must be. A rule for a list holds for each of its values.
#[derive(Clone, Copy)]
enum Rule {
    /// A number, both ends included.
    Range(u32, u32),
    OneOf(&'static [&'static str]),
    /// What is expected, and the test; an empty text always passes, since it stands for "not set".
    Shape(&'static str, fn(&str) -> bool),
    /// Like `Shape`, for what may hold a password: the value is not shown.
    Private(&'static str, fn(&str) -> bool),
}

/// A value that its key cannot have.
#[derive(Debug, PartialEq, Eq)]
pub struct Impossible {
    pub key: String,
    /// The other key, where the value does not go with it.
    pub against: Option<String>,
    pub expected: String,
    pub found: String,
}

/// The first impossible value of `config`.
pub fn check(config: &Config) -> Result<(), Impossible> {
    for (key, value) in keys::leaves(config) {
        let pattern = keys::pattern(&key);
        if let Some((_, rule)) = RULES.iter().find(|(known, _)| *known == pattern) {
            rule.check(&value).map_err(|(expected, found)| Impossible {
                key,
                against: None,
                expected,
                found,
            })?;
        }
    }
    together::check(config)
}

impl Rule {
    fn check(self, value: &Value) -> Result<(), (String, String)> {
        match value {
            Value::Null => Ok(()),
            Value::Array(values) => values.iter().try_for_each(|value| self.check(value)),
            value => {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                if self.admits(&text) {
                    return Ok(());
                }
                let found = if matches!(self, Private(..)) { String::new() } else { value.to_string() };
                Err((self.expected(), found))
            }
        }
    }

    fn admits(self, text: &str) -> bool {
        match self {
            Range(min, max) => {
                text.parse().is_ok_and(|number: f64| (f64::from(min)..=f64::from(max)).contains(&number))
            }
            OneOf(words) => words.contains(&text),
            Shape(_, test) | Private(_, test) => text.is_empty() || test(text),
        }
    }

    fn expected(self) -> String {
        match self {
            Range(min, u32::MAX) => format!("{min} or more"),
            Range(min, max) => format!("{min} to {max}"),
            OneOf(words) => {
                let words: Vec<_> = words.iter().filter(|word| !word.is_empty()).copied().collect();
                format!("one of {}", words.join(", "))
            }
            Shape(expected, _) | Private(expected, _) => expected.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_for_a_key() {
        let keys = keys::all();
        for (known, _) in RULES {
            assert!(keys.iter().any(|key| key == known), "{known} is no key");
        }
    }

    #[test]
    fn the_defaults_are_possible() {
        assert_eq!(check(&Config::default()), Ok(()));
    }
}

//! Reading a backup from its beginning to its end, one object in memory at a time.

use super::VERSION;
use crate::{Error, Result};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::{
    cell::{Cell, RefCell},
    fmt,
    io::{self, BufReader, Read},
};

/// The largest object that is taken, in bytes. One is in memory as a whole, in a form that takes many times as much.
const MAX_OBJECT: u64 = 8 << 20;

/// A list of a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Users,
    Folders,
    Groups,
    Admins,
    ApiKeys,
    Shares,
    EventActions,
    EventRules,
    Roles,
    IpLists,
}

/// What of a backup is no list.
#[derive(Debug, Default)]
pub struct Rest {
    pub configs: Option<Map<String, Value>>,
}

/// What is done with each object.
type Take<'a> = dyn FnMut(Section, usize, Value) -> Result<()> + 'a;

/// Hands every object in `source` to `take`, with its place in its list, and stops at the first one that is refused.
pub fn read(source: impl Read, take: &mut Take<'_>) -> Result<Rest> {
    let (left, fault) = (Cell::new(MAX_OBJECT), RefCell::new(None));
    let metered = Metered { source: BufReader::new(source), left: &left };
    let mut json = serde_json::Deserializer::from_reader(metered);
    let whole = Whole { take, state: State { left: &left, fault: &fault } };
    let rest = whole.deserialize(&mut json).and_then(|rest| json.end().map(|()| rest));
    rest.map_err(|error| {
        let malformed = || Error::Invalid(format!("the backup cannot be read: {error}"));
        fault.take().unwrap_or_else(malformed)
    })
}

impl Section {
    pub const ALL: [Self; 10] = [
        Self::Users,
        Self::Folders,
        Self::Groups,
        Self::Admins,
        Self::ApiKeys,
        Self::Shares,
        Self::EventActions,
        Self::EventRules,
        Self::Roles,
        Self::IpLists,
    ];

    /// In a sentence.
    pub const fn title(self) -> &'static str {
        match self {
            Self::ApiKeys => "API keys",
            Self::EventActions => "event actions",
            Self::EventRules => "event rules",
            Self::IpLists => "IP list entries",
            other => other.key(),
        }
    }

    /// What the list is called in a backup.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Folders => "folders",
            Self::Groups => "groups",
            Self::Admins => "admins",
            Self::ApiKeys => "api_keys",
            Self::Shares => "shares",
            Self::EventActions => "event_actions",
            Self::EventRules => "event_rules",
            Self::Roles => "roles",
            Self::IpLists => "ip_lists",
        }
    }
}

/// What the parts of the reading share.
#[derive(Clone, Copy)]
struct State<'a> {
    /// The bytes that may still come before the object that is being read is too large.
    left: &'a Cell<u64>,
    /// Why it was stopped, in other words than a parser's.
    fault: &'a RefCell<Option<Error>>,
}

impl State<'_> {
    fn next_object(self) {
        self.left.set(MAX_OBJECT);
    }

    fn stop<E: serde::de::Error>(self, fault: Error) -> E {
        let text = E::custom(&fault);
        *self.fault.borrow_mut() = Some(fault);
        text
    }
}

struct Whole<'a, 'b> {
    take: &'a mut Take<'b>,
    state: State<'a>,
}

impl<'de> DeserializeSeed<'de> for Whole<'_, '_> {
    type Value = Rest;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Rest, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Whole<'_, '_> {
    type Value = Rest;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Rest, A::Error> {
        let Self { take, state } = self;
        let (mut rest, mut seen) = (Rest::default(), Vec::new());
        while let Some(key) = map.next_key::<String>()? {
            state.next_object();
            if seen.contains(&key) {
                return Err(A::Error::custom(format!("{key} is there twice")));
            }
            let section = Section::ALL.into_iter().find(|section| section.key() == key);
            match (section, key.as_str()) {
                (Some(section), _) => map.next_value_seed(List { section, take: &mut *take, state })?,
                (None, "version") => {
                    check_version(&map.next_value()?).map_err(|fault| state.stop::<A::Error>(fault))?;
                }
                (None, "configs") => {
                    rest.configs =
                        configs(map.next_value()?).map_err(|fault| state.stop::<A::Error>(fault))?;
                }
                // Nothing that could be lost: a newer format is told by its version.
                (None, _) => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            }
            seen.push(key);
            state.next_object();
        }
        Ok(rest)
    }
}

fn check_version(version: &Value) -> Result<()> {
    match version.as_i64() {
        Some(0..=VERSION) => Ok(()),
        None if version.is_null() => Ok(()),
        _ => Err(Error::Invalid(format!("version {version} is not known; the newest is {VERSION}"))),
    }
}

fn configs(mut value: Value) -> Result<Option<Map<String, Value>>> {
    store::model::drop_nulls(&mut value);
    match value {
        Value::Null => Ok(None),
        Value::Object(sections) => Ok(Some(sections)),
        _ => Err(Error::invalid("configs: an object is expected")),
    }
}

struct List<'a, 'b> {
    section: Section,
    take: &'a mut Take<'b>,
    state: State<'a>,
}

impl<'de> DeserializeSeed<'de> for List<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list in {}", self.section.key())
    }

    /// A kind that was not asked for.
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut at = 0;
        while let Some(object) = list.next_element::<Value>()? {
            (self.take)(self.section, at, object).map_err(|fault| self.state.stop::<A::Error>(fault))?;
            self.state.next_object();
            at += 1;
        }
        Ok(())
    }
}

/// Ends where an object is too large.
struct Metered<'a, R> {
    source: R,
    left: &'a Cell<u64>,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        if left == 0 && !buffer.is_empty() {
            return Err(io::Error::other(format!("an object is larger than {MAX_OBJECT} bytes")));
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let length = self.source.read(&mut buffer[..most])?;
        self.left.set(left - length as u64);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(text: &str) -> Result<Vec<String>> {
        let mut taken = Vec::new();
        read(text.as_bytes(), &mut |section, at, object| {
            taken.push(format!("{} {at} {object}", section.key()));
            Ok(())
        })?;
        Ok(taken)
    }

    #[test]
    fn hands_out_what_is_there() {
        let text = r#"{"users":[{"username":"a"},{}],"later":[[1]],"roles":null,"ip_lists":[],"admins":[{}],"version":17}"#;
        assert_eq!(taken(text).unwrap(), [r#"users 0 {"username":"a"}"#, "users 1 {}", "admins 0 {}"]);
        assert!(taken("{}").unwrap().is_empty());
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, fault) in [
            ("", "EOF"),
            ("[]", "a JSON object"),
            (r#"{"users":{}}"#, "a list in users"),
            (r#"{"users":[],"users":[]}"#, "users is there twice"),
            (r#"{"version":18}"#, "version 18 is not known"),
            (r#"{"version":-1}"#, "version -1"),
            (r#"{"version":"17"}"#, "version"),
            (r#"{"version":17.5}"#, "version"),
            (r#"{"configs":[]}"#, "configs"),
            (r#"{"users":[]} x"#, "trailing"),
            (r#"{"users":["\ud800"]}"#, "hex escape"),
            (&format!(r#"{{"users":{}"#, "[".repeat(100_000)), "recursion"),
        ] {
            let error = taken(text).unwrap_err().to_string();
            assert!(error.contains(fault), "{text:.40}: {error}");
        }
    }

    /// Objects of any number, and none of any size.
    #[test]
    fn an_object_has_a_limit_and_a_backup_has_none_of_its_own() {
        let object = format!("\"{}\"", "x".repeat(3 << 20));
        let text = format!("{{\"users\":[{}]}}", vec![object; 5].join(","));
        assert_eq!(taken(&text).unwrap().len(), 5);
        for key in ["users", "later"] {
            let text = format!("{{\"{key}\":[\"{}\"]}}", "x".repeat(9 << 20));
            assert!(taken(&text).unwrap_err().to_string().contains("larger"), "{key}");
        }
        let endless = format!("{{\"{}", "x".repeat(9 << 20));
        assert!(taken(&endless).unwrap_err().to_string().contains("larger"));
    }

    #[test]
    fn the_first_refusal_ends_it() {
        let mut count = 0;
        let error = read(&br#"{"users":[1,2,3]}"#[..], &mut |_, at, _| {
            count += 1;
            if at == 1 { Err(Error::invalid("no")) } else { Ok(()) }
        });
        assert_eq!((count, error.unwrap_err().to_string()), (2, "Validation error: no".to_owned()));
    }
}

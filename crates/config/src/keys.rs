//! Keys as text: all there are, the leaves of a configuration, and the known key nearest to an unknown one.

use std::cell::RefCell;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{
        DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor,
        value::{Error, StrDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::Value;

use crate::Config;

/// Bytes of a name that a message shows; more than any key has.
const MAX_SHOWN: usize = 160;

/// `name` as a message shows it.
pub fn shown(name: &str) -> &str {
    let end = (0..=name.len().min(MAX_SHOWN)).rev().find(|end| name.is_char_boundary(*end));
    name.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// Every key, as `httpd.bindings[].port`, in the order of the structs.
///
/// Asked of the types themselves, so no list has to be kept beside them.
pub fn all() -> Vec<String> {
    let found = RefCell::default();
    // The probe answers every question a type can ask, so there is nothing that could fail.
    let _ = Config::deserialize(Probe { key: String::new(), found: &found });
    found.into_inner()
}

/// The leaves of `config` under their keys (`httpd.bindings[0].port`); a list of plain values is one leaf.
pub fn leaves(config: &impl Serialize) -> Vec<(String, Value)> {
    let mut leaves = Vec::new();
    flatten(String::new(), serde_json::to_value(config).unwrap_or_default(), &mut leaves);
    leaves
}

/// `key` with its indexes left out: `httpd.bindings[3].port` is `httpd.bindings[].port`.
pub fn pattern(key: &str) -> String {
    let mut inside = false;
    key.chars()
        .filter(|&c| {
            inside = c == '[' || inside && c != ']';
            !inside || c == '['
        })
        .collect()
}

/// The name of the variable that sets `key`, without its prefix.
pub fn variable(key: &str) -> String {
    key.replace("[]", "[0]").replace(['.', '['], "__").replace(']', "").to_uppercase()
}

/// The known key or section that was most likely meant: one of the same name in another section, or else the fewest
/// typing errors away. `None` when nothing is near, as nothing is to a name longer than any key.
pub fn nearest<'a>(key: &str, known: &'a [String]) -> Option<&'a str> {
    if key.len() > MAX_SHOWN {
        return None;
    }
    let key = pattern(key);
    let (parent, name) = split(&key);
    let near = known.iter().flat_map(|key| with_sections(key)).map(|candidate| {
        let (its_parent, its_name) = split(candidate);
        let name_distance = strsim::damerau_levenshtein(name, its_name);
        let distance = name_distance * 4 + strsim::damerau_levenshtein(parent, its_parent);
        (distance, name_distance, candidate)
    });
    let (_, name_distance, candidate) = near.min()?;
    let tolerated = name.chars().count().div_ceil(3);
    (name_distance <= tolerated).then_some(candidate)
}

/// `a.b[].c` and the sections it is in: `a` and `a.b`.
fn with_sections(key: &str) -> impl Iterator<Item = &str> {
    let ends = key.match_indices('.').map(|(end, _)| end).chain([key.len()]);
    ends.filter_map(|end| key.get(..end)).map(|section| section.trim_end_matches("[]"))
}

fn split(key: &str) -> (&str, &str) {
    key.rsplit_once('.').unwrap_or(("", key))
}

fn flatten(key: String, value: Value, leaves: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                flatten(if key.is_empty() { field } else { format!("{key}.{field}") }, value, leaves);
            }
        }
        Value::Array(items) if items.first().is_some_and(Value::is_object) => {
            for (index, item) in items.into_iter().enumerate() {
                flatten(format!("{key}[{index}]"), item, leaves);
            }
        }
        leaf => leaves.push((key, leaf)),
    }
}

/// A deserializer that hands every type what it asks for and writes down the keys on the way.
struct Probe<'a> {
    key: String,
    found: &'a RefCell<Vec<String>>,
}

impl Probe<'_> {
    fn leaf(&self) {
        // A list of plain values is one key.
        self.found.borrow_mut().push(self.key.strip_suffix("[]").unwrap_or(&self.key).to_owned());
    }
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.leaf();
        visitor.visit_str("")
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.leaf();
        visitor.visit_bool(false)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.leaf();
        visitor.visit_u64(0)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.leaf();
        visitor.visit_f64(0.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.leaf();
        let variant: StrDeserializer<'_, Error> =
            variants.first().copied().unwrap_or_default().into_deserializer();
        visitor.visit_enum(variant)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(One(Some(Self { key: format!("{}[]", self.key), found: self.found })))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Every { probe: self, fields: fields.iter(), field: "" })
    }

    forward_to_deserialize_any! {
        i8 i16 i64 i128 u128 f32 char str string bytes byte_buf unit unit_struct newtype_struct tuple
        tuple_struct map identifier ignored_any
    }
}

struct One<'a>(Option<Probe<'a>>);

impl<'de> SeqAccess<'de> for One<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        self.0.take().map(|probe| seed.deserialize(probe)).transpose()
    }
}

struct Every<'a, I> {
    probe: Probe<'a>,
    fields: I,
    field: &'static str,
}

impl<'de, I: Iterator<Item = &'static &'static str>> MapAccess<'de> for Every<'_, I> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some(field) = self.fields.next() else { return Ok(None) };
        self.field = field;
        let name: StrDeserializer<'_, Error> = (*field).into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let parent = &self.probe.key;
        let key = if parent.is_empty() { self.field.to_owned() } else { format!("{parent}.{}", self.field) };
        seed.deserialize(Probe { key, found: self.probe.found })
    }
}

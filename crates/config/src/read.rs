//! From what was typed to the typed structs: a serde deserializer over [`Node`].
//!
//! A deserializer of our own, because it is the one place that knows at once the key, the origin of its
//! value and the type that is asked for: a message can name all three, text takes the type of its key, and
//! a field nobody asked for is an unknown key.

use std::{
    cell::RefCell,
    fmt::{self, Display},
};

use serde::{
    Deserializer,
    de::{
        DeserializeOwned, DeserializeSeed, Error as _, IntoDeserializer, MapAccess, SeqAccess, Visitor,
        value::StrDeserializer,
    },
    forward_to_deserialize_any,
};
use serde_json::Value;

use crate::{
    Origin,
    tree::{Node, Tree},
};

/// A key that nothing reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    pub key: String,
    pub origin: Origin,
}

/// A value that is not of its key's type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    pub key: String,
    pub origin: Origin,
    pub expected: String,
    /// Empty where showing it might show a secret.
    pub found: String,
}

/// Reads `root` as a `T`; keys `T` does not have are returned, not refused.
pub fn read<T: DeserializeOwned>(root: &Node) -> Result<(T, Vec<Unread>), Misfit> {
    let unread = RefCell::default();
    let value = T::deserialize(Reader { node: root, key: String::new(), unread: &unread })?;
    Ok((value, unread.into_inner()))
}

struct Reader<'a> {
    node: &'a Node,
    key: String,
    unread: &'a RefCell<Vec<Unread>>,
}

impl Reader<'_> {
    fn misfit(&self, expected: impl Into<String>, found: impl Into<String>) -> Misfit {
        Misfit {
            key: self.key.clone(),
            origin: self.node.origin.clone(),
            expected: expected.into(),
            found: found.into(),
        }
    }

    fn wrong_kind(&self, expected: &str) -> Misfit {
        self.misfit(expected, self.node.kind())
    }

    fn integer(&self, min: i128, max: i128) -> Result<i128, Misfit> {
        let expected = if max > i128::from(u32::MAX) {
            "a whole number, not negative".to_owned()
        } else {
            format!("a whole number from {min} to {max}")
        };
        let number = match &self.node.tree {
            Tree::Typed(Value::Number(number)) => {
                number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
            }
            Tree::Text(text) => text.trim().parse().ok(),
            _ => return Err(self.wrong_kind(&expected)),
        };
        match number {
            Some(number) if (min..=max).contains(&number) => Ok(number),
            _ => Err(self.misfit(expected, self.node.shown())),
        }
    }

    fn text(&self) -> Result<&str, Misfit> {
        match &self.node.tree {
            Tree::Typed(Value::String(text)) | Tree::Text(text) => Ok(text),
            _ => Err(self.wrong_kind("text")),
        }
    }

    fn child<'b>(&'b self, node: &'b Node, key: String) -> Reader<'b> {
        Reader { node, key, unread: self.unread }
    }

    /// The document a variable holds where its key is a list or a table.
    fn document(&self, expected: &str) -> Result<Node, Misfit> {
        let Tree::Text(text) = &self.node.tree else { return Err(self.wrong_kind(expected)) };
        match serde_json::from_str(text) {
            Ok(value) => Ok(Node::from_json(&self.node.origin, value)),
            Err(_) => Err(self.misfit(expected, "text that is not JSON")),
        }
    }
}

impl Node {
    fn kind(&self) -> &'static str {
        match &self.tree {
            Tree::Typed(Value::Bool(_)) => "a boolean",
            Tree::Typed(Value::Number(_)) => "a number",
            Tree::Typed(_) | Tree::Text(_) => "text",
            Tree::List(_) => "a list",
            Tree::Table(_) | Tree::Block(_) => "a table",
        }
    }

    /// The value for a message; only for keys that are not text, since text may be secret.
    fn shown(&self) -> String {
        match &self.tree {
            Tree::Typed(value) => value.to_string(),
            Tree::Text(text) if text.is_empty() => "nothing".to_owned(),
            Tree::Text(text) if text.chars().count() <= 32 => format!("{text:?}"),
            _ => self.kind().to_owned(),
        }
    }
}

/// `deserialize_<int>` for one integer type: its range is what the message says.
macro_rules! integers {
    ($($method:ident $visit:ident $int:ty),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
            let number = self.integer(i128::from(<$int>::MIN), i128::from(<$int>::MAX))?;
            visitor.$visit(<$int>::try_from(number).map_err(Misfit::custom)?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Misfit;

    integers!(
        deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64, deserialize_i32 visit_i32 i32, deserialize_i64 visit_i64 i64
    );

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        const EXPECTED: &str = "true or false";
        match &self.node.tree {
            Tree::Typed(Value::Bool(value)) => visitor.visit_bool(*value),
            Tree::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "t" | "1" => visitor.visit_bool(true),
                "false" | "f" | "0" => visitor.visit_bool(false),
                _ => Err(self.misfit(EXPECTED, self.node.shown())),
            },
            _ => Err(self.wrong_kind(EXPECTED)),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        const EXPECTED: &str = "a number";
        let number = match &self.node.tree {
            Tree::Typed(Value::Number(number)) => number.as_f64(),
            Tree::Text(text) => text.trim().parse().ok(),
            _ => return Err(self.wrong_kind(EXPECTED)),
        };
        match number.filter(|number: &f64| number.is_finite()) {
            Some(number) => visitor.visit_f64(number),
            None => Err(self.misfit(EXPECTED, self.node.shown())),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.deserialize_str(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        let text = self.text()?;
        if !variants.contains(&text) {
            return Err(self.misfit(format!("one of {}", variants.join(", ")), self.node.shown()));
        }
        let variant: StrDeserializer<'_, Misfit> = text.into_deserializer();
        visitor.visit_enum(variant)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    /// A list, or text: JSON, or values separated by commas.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        const EXPECTED: &str = "a list";
        let made: Vec<Node>;
        let items: Vec<&Node> = match &self.node.tree {
            Tree::List(items) => items.values().collect(),
            Tree::Block(_) => vec![self.node],
            Tree::Text(text) if !text.trim_start().starts_with('[') => {
                made = split(&self.node.origin, text);
                made.iter().collect()
            }
            _ => {
                let document = self.document(EXPECTED)?;
                let reader = self.child(&document, self.key.clone());
                return match document.tree {
                    Tree::List(_) => reader.deserialize_seq(visitor),
                    _ => Err(reader.wrong_kind(EXPECTED)),
                };
            }
        };
        visitor.visit_seq(Items { reader: &self, items: items.into_iter().enumerate() })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        const EXPECTED: &str = "a table";
        let (Tree::Table(nodes) | Tree::Block(nodes)) = &self.node.tree else {
            let document = self.document(EXPECTED)?;
            let reader = self.child(&document, self.key.clone());
            return match document.tree {
                Tree::Table(_) => reader.deserialize_struct(name, fields, visitor),
                _ => Err(reader.wrong_kind(EXPECTED)),
            };
        };
        for (name, node) in nodes.iter().filter(|(name, _)| !fields.contains(&name.as_str())) {
            let key = join(&self.key, name);
            self.unread.borrow_mut().push(Unread { key, origin: node.origin.clone() });
        }
        let known = fields.iter().filter_map(|field| Some((*field, nodes.get(*field)?))).collect::<Vec<_>>();
        visitor.visit_map(Fields { reader: &self, fields: known.into_iter(), value: None })
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Misfit> {
        Err(Misfit::custom("no key of the configuration has this type"))
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u128 f32 char bytes byte_buf unit unit_struct tuple tuple_struct map identifier ignored_any
    }
}

struct Items<'a, I> {
    reader: &'a Reader<'a>,
    items: I,
}

impl<'a, 'de, I: Iterator<Item = (usize, &'a Node)>> SeqAccess<'de> for Items<'a, I> {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misfit> {
        let Some((index, node)) = self.items.next() else { return Ok(None) };
        let key = format!("{}[{index}]", self.reader.key);
        seed.deserialize(self.reader.child(node, key.clone())).map_err(|e| e.at(&key, node)).map(Some)
    }
}

struct Fields<'a, I> {
    reader: &'a Reader<'a>,
    fields: I,
    value: Option<(&'a str, &'a Node)>,
}

impl<'a, 'de, I: Iterator<Item = (&'static str, &'a Node)>> MapAccess<'de> for Fields<'a, I> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misfit> {
        let Some((field, node)) = self.fields.next() else { return Ok(None) };
        self.value = Some((field, node));
        let name: StrDeserializer<'_, Misfit> = field.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misfit> {
        let Some((field, node)) = self.value.take() else {
            return Err(Misfit::custom("a value without its key"));
        };
        let key = join(&self.reader.key, field);
        seed.deserialize(self.reader.child(node, key.clone())).map_err(|e| e.at(&key, node))
    }
}

impl Misfit {
    /// Fills in what an error raised by a type's own code does not know.
    fn at(self, key: &str, node: &Node) -> Self {
        if self.key.is_empty() {
            Self { key: key.to_owned(), origin: node.origin.clone(), ..self }
        } else {
            self
        }
    }
}

impl serde::de::Error for Misfit {
    fn custom<T: Display>(message: T) -> Self {
        Self {
            key: String::new(),
            origin: Origin::Default,
            expected: message.to_string(),
            found: String::new(),
        }
    }
}

impl Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, found {} ({})", self.key, self.expected, self.found, self.origin)
    }
}

impl std::error::Error for Misfit {}

fn join(parent: &str, field: &str) -> String {
    if parent.is_empty() { field.to_owned() } else { format!("{parent}.{field}") }
}

fn split(origin: &Origin, text: &str) -> Vec<Node> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| Node::new(origin, Tree::Text(part.to_owned()))).collect()
}

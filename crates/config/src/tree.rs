//! What was typed: a tree of values that remember their origin, and how one layer lies over another.
//!
//! `serde_json::Value` would do but for two things: it forgets where a value came from, and it cannot hold
//! "text whose type is that of the key it is for", which is all an environment variable is.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::Origin;

/// Parts of a name that are followed.
const MAX_DEPTH: usize = 32;

/// A value and where it came from.
#[derive(Clone, Debug)]
pub struct Node {
    pub origin: Origin,
    pub tree: Tree,
}

/// What a [`Node`] holds. Keys of tables are in lower case.
#[derive(Clone, Debug)]
pub enum Tree {
    /// A boolean, number or text of a format that has types.
    Typed(Value),
    /// Text of a format that has none: variables and Java properties.
    Text(String),
    /// By index, so that a variable can set the third of two.
    List(BTreeMap<usize, Node>),
    Table(BTreeMap<String, Node>),
    /// A table written as a HCL block: `bindings { … }` is also a list of one.
    Block(BTreeMap<String, Node>),
}

impl Node {
    pub fn new(origin: &Origin, tree: Tree) -> Self {
        Self { origin: origin.clone(), tree }
    }

    pub fn empty(origin: &Origin) -> Self {
        Self::new(origin, Tree::Table(BTreeMap::new()))
    }

    /// The tree of a parsed document. A null leaves its key unset, as in SFTPGo.
    pub fn from_json(origin: &Origin, value: Value) -> Self {
        let tree = match value {
            Value::Object(fields) => Tree::Table(
                fields
                    .into_iter()
                    .filter(|(_, value)| !value.is_null())
                    .map(|(key, value)| (key.to_lowercase(), Self::from_json(origin, value)))
                    .collect(),
            ),
            Value::Array(items) => {
                Tree::List(items.into_iter().map(|item| Self::from_json(origin, item)).enumerate().collect())
            }
            scalar => Tree::Typed(scalar),
        };
        Self::new(origin, tree)
    }

    /// Lays `over` on top: tables merge key by key, anything else replaces what it covers.
    pub fn overlay(&mut self, over: Self) {
        match (&mut self.tree, over.tree) {
            (Tree::Table(base) | Tree::Block(base), Tree::Table(fields) | Tree::Block(fields)) => {
                for (key, node) in fields {
                    match base.get_mut(&key) {
                        Some(below) => below.overlay(node),
                        None => drop(base.insert(key, node)),
                    }
                }
            }
            (_, tree) => *self = Self { origin: over.origin, tree },
        }
    }

    /// Puts `leaf` where `name` says, parts separated by `separator`.
    pub fn put(&mut self, name: &str, separator: &str, leaf: Self) {
        let path: Vec<&str> = name.split(separator).collect();
        // No key is nearly as deep. The whole name is an unknown key then, and costs no stack.
        if path.len() > MAX_DEPTH { self.set(&[name], leaf) } else { self.set(&path, leaf) }
    }

    /// Puts `leaf` at `path`, whose numbers index lists. Entries of a list that are not named stay.
    fn set(&mut self, path: &[&str], leaf: Self) {
        let [step, rest @ ..] = path else {
            *self = leaf;
            return;
        };
        self.open(step, &leaf.origin);
        let child = match (&mut self.tree, step.parse()) {
            (Tree::List(items), Ok(index)) => items.entry(index).or_insert_with(|| Self::empty(&leaf.origin)),
            (Tree::Table(fields) | Tree::Block(fields), _) => {
                fields.entry(step.to_lowercase()).or_insert_with(|| Self::empty(&leaf.origin))
            }
            _ => return,
        };
        child.set(rest, leaf);
    }

    /// The deepest node on the way to `path`: where a value, or the table it was left out of, came from.
    pub fn origin_of(&self, path: &str) -> Origin {
        let mut node = self;
        for step in path.split(['.', '[']) {
            let child = match &node.tree {
                // A key counts the entries there are; the index a variable gave may lie beyond them.
                Tree::List(items) => {
                    step.trim_end_matches(']').parse().ok().and_then(|i| items.values().nth(i))
                }
                Tree::Table(fields) | Tree::Block(fields) => fields.get(step),
                Tree::Typed(_) | Tree::Text(_) => None,
            };
            match child {
                Some(child) => node = child,
                None => break,
            }
        }
        node.origin.clone()
    }

    /// Makes `self` something that `step` can go into.
    fn open(&mut self, step: &str, origin: &Origin) {
        if let Tree::Text(text) = &self.tree
            && let Ok(value @ (Value::Array(_) | Value::Object(_))) = serde_json::from_str(text)
        {
            *self = Self::from_json(&self.origin, value);
        }
        let index = step.parse::<usize>().is_ok();
        let fits = match &self.tree {
            Tree::List(_) => index,
            Tree::Table(fields) | Tree::Block(fields) => !index || !fields.is_empty(),
            Tree::Typed(_) | Tree::Text(_) => false,
        };
        if !fits {
            let tree = if index { Tree::List(BTreeMap::new()) } else { Tree::Table(BTreeMap::new()) };
            *self = Self::new(origin, tree);
        }
    }
}

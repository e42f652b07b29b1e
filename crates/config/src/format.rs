//! The formats of configuration files.

use std::{path::Path, sync::Arc};

use serde_json::Value;

use crate::{
    Error, Origin,
    dotenv::{self, Line},
    environment, properties,
    tree::{Node, Tree},
};

/// A format, told by the extension of the file's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Json,
    Toml,
    Yaml,
    Properties,
    Hcl,
    /// Variables, as in `env.d`; the prefix of their names may be left out.
    Env,
}

/// Every extension, in the order in which one of several files is chosen.
pub const EXTENSIONS: [(&str, Format); 9] = [
    ("json", Format::Json),
    ("toml", Format::Toml),
    ("yaml", Format::Yaml),
    ("yml", Format::Yaml),
    ("properties", Format::Properties),
    ("props", Format::Properties),
    ("prop", Format::Properties),
    ("hcl", Format::Hcl),
    ("env", Format::Env),
];

/// A configuration is a few KiB; more than this is some other file.
const MAX_SIZE: u64 = 8 << 20;

/// What is wrong with a document, and in which line.
pub type Fault = (String, Option<usize>);

impl Format {
    pub fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        EXTENSIONS.iter().find(|(known, _)| *known == extension).map(|(_, format)| *format)
    }

    fn parse(self, text: &str, origin: &Origin) -> Result<Node, Fault> {
        let node = match self {
            Self::Json => Node::from_json(origin, json(text)?),
            Self::Toml => Node::from_json(origin, toml(text)?),
            Self::Yaml => Node::from_json(origin, yaml(text)?),
            Self::Hcl => hcl(origin, hcl::parse(text).map_err(|e| hcl_fault(&e))?)?,
            Self::Properties => pairs(origin, properties::parse(text)?, "."),
            Self::Env => pairs(origin, variables(text), "__"),
        };
        match node.tree {
            Tree::Table(_) => Ok(node),
            // An empty YAML document is null.
            Tree::Typed(Value::Null) => Ok(Node::empty(origin)),
            _ => Err(("expected a table of sections".to_owned(), None)),
        }
    }
}

/// Reads and parses the file at `path`.
pub fn read(path: &Path) -> Result<Node, Error> {
    let format = Format::of(path).ok_or_else(|| Error::Format { path: path.to_owned() })?;
    let text = text(path)?;
    let origin = Origin::File(Arc::from(path));
    // A byte order mark is what some Windows editors put first.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    format.parse(text, &origin).map_err(|(message, line)| Error::Syntax {
        path: path.to_owned(),
        message,
        line,
    })
}

/// The text of a file that is small and UTF-8.
pub fn text(path: &Path) -> Result<String, Error> {
    let read = || {
        let size = std::fs::metadata(path)?.len();
        if size > MAX_SIZE {
            return Err(std::io::Error::other(format!("larger than {} MiB", MAX_SIZE >> 20)));
        }
        std::fs::read_to_string(path)
    };
    read().map_err(|source| Error::Read { path: path.to_owned(), source })
}

fn json(text: &str) -> Result<Value, Fault> {
    serde_json::from_str(text).map_err(|e| (one_line(&e.to_string()), None))
}

fn toml(text: &str) -> Result<Value, Fault> {
    // `Display` would quote the line, which may hold a password.
    toml::from_str(text).map_err(|e| {
        let line =
            e.span().and_then(|span| text.get(..span.start)).map(|before| before.matches('\n').count() + 1);
        (one_line(e.message()), line)
    })
}

fn yaml(text: &str) -> Result<Value, Fault> {
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    // As YAML 1.2 and SFTPGo have it: `N` and `off` are text.
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|e: serde_saphyr::Error| {
        let line = e.location().and_then(|location| usize::try_from(location.line()).ok());
        (one_line(&e.without_snippet().to_string()), line)
    })
}

fn hcl(origin: &Origin, body: hcl::Body) -> Result<Node, Fault> {
    let mut whole = Node::empty(origin);
    let Tree::Table(fields) = &mut whole.tree else { return Ok(whole) };
    for structure in body {
        match structure {
            hcl::Structure::Attribute(attribute) => {
                let value = serde_json::to_value(hcl::Value::from(attribute.expr))
                    .map_err(|e| (one_line(&e.to_string()), None))?;
                if !value.is_null() {
                    fields.insert(attribute.key.to_lowercase(), Node::from_json(origin, value));
                }
            }
            hcl::Structure::Block(block) => {
                let node = hcl(origin, block.body)?;
                let Tree::Table(inner) = node.tree else { continue };
                let node = Node::new(origin, Tree::Block(inner));
                let key = block.identifier.to_lowercase();
                // A block that comes again makes a list.
                match fields.get_mut(&key) {
                    None => drop(fields.insert(key, node)),
                    Some(Node { tree: Tree::List(items), .. }) => drop(items.insert(items.len(), node)),
                    Some(first) => {
                        let list = [first.clone(), node].into_iter().enumerate().collect();
                        *first = Node::new(origin, Tree::List(list));
                    }
                }
            }
        }
    }
    Ok(whole)
}

fn hcl_fault(error: &hcl::Error) -> Fault {
    match error {
        hcl::Error::Parse(error) => (one_line(error.message()), Some(error.location().line())),
        other => (one_line(&other.to_string()), None),
    }
}

/// A document of `path = text` pairs, whose order does not matter.
fn pairs(origin: &Origin, mut pairs: Vec<(String, String)>, separator: &str) -> Node {
    let mut root = Node::empty(origin);
    pairs.sort();
    for (key, text) in pairs {
        root.put(&key, separator, Node::new(origin, Tree::Text(text)));
    }
    root
}

/// The keys among the variables of `text`; such a file often serves systemd as well, which hands the flags on.
fn variables(text: &str) -> Vec<(String, String)> {
    let lines = dotenv::parse(text, &|_| None).into_iter();
    let pairs = lines.filter_map(|line| match line {
        Line::Variable { name, value } => Some((environment::bare(&name).unwrap_or(&name).to_owned(), value)),
        Line::Invalid { .. } => None,
    });
    pairs.filter(|(name, _)| environment::is_key(name)).collect()
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_makes_it_panic_or_say_more_than_a_line() {
        // Structure from the alphabet of all formats; the same texts in every run.
        const ALPHABET: [char; 34] = [
            '{', '}', '[', ']', '"', '\'', '=', ':', ',', '.', '#', '\\', '$', '\n', ' ', '\t', '-', '&',
            '*', '!', '<', '|', '>', '%', '@', '_', '0', 'a', 'A', 'u', '1', 'e', 'é', '\0',
        ];
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % below as u64).unwrap()
        };
        for (_, format) in EXTENSIONS {
            for _ in 0..2000 {
                let len = next(60);
                let text: String = (0..len).map(|_| ALPHABET[next(ALPHABET.len())]).collect();
                if let Err((message, _)) = format.parse(&text, &Origin::Default) {
                    assert!(!message.is_empty() && !message.contains('\n'), "{message}");
                }
            }
        }
    }
}

//! Texts of letters that an administrator may replace: `smtp.templates_path`.
//!
//! A template is text with `{{.Name}}` where a value goes, as in SFTPGo's own. Anything else between double
//! braces belongs to a language that is not spoken here, and the template is refused rather than sent half done.

use std::{fs::File, io::Read, path::Path};

/// A text with gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

/// Why a template is not used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateFault {
    #[error("it cannot be read")]
    Unreadable(#[from] std::io::Error),
    #[error("it is larger than 1 MiB")]
    TooLarge,
    #[error("{{{{{0}}}}} means nothing here: it knows {{{{.Name}}}} alone, of {1}")]
    Unknown(String, String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value(String),
}

/// Bytes.
const MAX: u64 = 1 << 20;

impl Template {
    /// Reads `text`, whose gaps are among `names`.
    pub fn parse(text: &str, names: &[&str]) -> Result<Self, TemplateFault> {
        let (mut pieces, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once("{{") {
            let unfinished = || unknown(after, names);
            let (action, behind) = after.split_once("}}").ok_or_else(unfinished)?;
            let (before, behind) = trimmed(before, action, behind);
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::Value(gap(action, names)?));
            rest = behind;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Self(pieces))
    }

    /// The template in a file; `None` where there is no file.
    pub fn load(path: &Path, names: &[&str]) -> Result<Option<Self>, TemplateFault> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut text = String::new();
        if file.take(MAX + 1).read_to_string(&mut text)? as u64 > MAX {
            return Err(TemplateFault::TooLarge);
        }
        Self::parse(&text, names).map(Some)
    }

    /// The text in HTML, with `values` in the gaps of their names.
    pub fn html(&self, values: &[(&str, &str)]) -> String {
        let value = |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let shown = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Value(name) => escaped(value(name).unwrap_or_default()),
        };
        self.0.iter().map(shown).collect()
    }
}

/// `{{-` and `-}}` take the blanks around them away.
fn trimmed<'a>(before: &'a str, action: &str, behind: &'a str) -> (&'a str, &'a str) {
    let before = if action.starts_with("- ") { before.trim_end() } else { before };
    let behind = if action.ends_with(" -") { behind.trim_start() } else { behind };
    (before, behind)
}

fn gap(action: &str, names: &[&str]) -> Result<String, TemplateFault> {
    let inner = action.strip_prefix("- ").unwrap_or(action);
    let inner = inner.strip_suffix(" -").unwrap_or(inner).trim();
    let name = inner.strip_prefix('.').filter(|name| names.contains(name));
    match name {
        Some(name) => Ok(name.to_owned()),
        None => Err(unknown(action, names)),
    }
}

fn unknown(action: &str, names: &[&str]) -> TemplateFault {
    TemplateFault::Unknown(action.chars().take(60).collect(), names.join(", "))
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&#34;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &[&str] = &["Code", "Username"];

    fn filled(text: &str) -> String {
        Template::parse(text, NAMES).unwrap().html(&[("Code", "X1"), ("Username", "<b>&'\"")])
    }

    #[test]
    fn fills_gaps() {
        assert_eq!(filled("CUSTOM {{.Code}} END"), "CUSTOM X1 END");
        assert_eq!(filled("{{ .Code }}{{.Code}}"), "X1X1");
        assert_eq!(filled("a \n{{- .Code -}}\n b"), "aX1b");
        assert_eq!(filled("{{.Username}}"), "&lt;b&gt;&amp;&#39;&#34;");
        assert_eq!(filled("no gap } }} {"), "no gap } }} {");
    }

    #[test]
    fn refuses_what_it_does_not_speak() {
        for bad in ["{{if .Code}}", "{{.Other}}", "{{Code}}", "{{.Code", "{{}}", "{{define \"x\"}}{{end}}"] {
            assert!(matches!(Template::parse(bad, NAMES), Err(TemplateFault::Unknown(..))), "{bad}");
        }
    }

    #[test]
    fn a_file_may_be_missing_and_must_not_be_large() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("t.html");
        assert_eq!(Template::load(&path, NAMES).unwrap(), None);
        std::fs::write(&path, "{{.Code}}").unwrap();
        assert!(Template::load(&path, NAMES).unwrap().is_some());
        std::fs::write(&path, vec![b' '; MAX as usize + 1]).unwrap();
        assert!(matches!(Template::load(&path, NAMES), Err(TemplateFault::TooLarge)));
        std::fs::write(&path, b"\xff").unwrap();
        assert!(matches!(Template::load(&path, NAMES), Err(TemplateFault::Unreadable(_))));
    }
}

//! Files of variables: `NAME=value` lines, as in `env.d`.
//!
//! Single quotes keep everything as it is. In double quotes a backslash escapes and `$NAME` or `${NAME}`
//! expands; without quotes as well, and there ` #` starts a comment. Quoted values may span lines.

/// One entry of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    Variable {
        name: String,
        value: String,
    },
    /// Not a variable; `number` counts from 1. The text is kept out of it: it may hold a secret.
    Invalid {
        number: usize,
    },
}

/// The entries of `text`. `lookup` knows the variables set outside; those set further up in the file are
/// seen too.
pub fn parse(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut rest = text;
    let mut number = 0;
    while !rest.is_empty() {
        number += 1;
        let line = rest.split('\n').next().unwrap_or_default();
        let trimmed = line.trim();
        let mut used = line.len();
        if !trimmed.is_empty() && !trimmed.starts_with('#') {
            let expand = |name: &str| {
                let above = lines.iter().rev().find_map(|line| match line {
                    Line::Variable { name: known, value } if known == name => Some(value.clone()),
                    _ => None,
                });
                lookup(name).or(above).unwrap_or_default()
            };
            match entry(rest, &expand) {
                Some((name, value, end)) => {
                    used = end;
                    lines.push(Line::Variable { name, value });
                }
                None => lines.push(Line::Invalid { number }),
            }
        }
        let (taken, left) = rest.split_at_checked(used).unwrap_or((rest, ""));
        number += taken.matches('\n').count();
        rest = left.strip_prefix('\n').unwrap_or(left);
    }
    lines
}

/// The entry at the start of `text`: name, value, and where it ends.
fn entry(text: &str, expand: &dyn Fn(&str) -> String) -> Option<(String, String, usize)> {
    let (head, value) = text.split_once('=')?;
    let name = head.trim().strip_prefix("export ").unwrap_or(head).trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || !name.chars().all(plain) {
        return None;
    }
    let value = value.trim_start_matches([' ', '\t']);
    let start = text.len() - value.len();
    let (value, len) = match value.chars().next() {
        Some('\'') => single_quoted(value)?,
        Some('"') => double_quoted(value, expand)?,
        _ => unquoted(value, expand),
    };
    Some((name.to_owned(), value, start + len))
}

fn single_quoted(text: &str) -> Option<(String, usize)> {
    let end = text[1..].find('\'')? + 1;
    ends_line(&text[end + 1..]).map(|tail| (text[1..end].to_owned(), end + 1 + tail))
}

fn double_quoted(text: &str, expand: &dyn Fn(&str) -> String) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut rest = &text[1..];
    loop {
        let c = rest.chars().next()?;
        rest = &rest[c.len_utf8()..];
        match c {
            '"' => break,
            '\\' => {
                let escaped = rest.chars().next()?;
                rest = &rest[escaped.len_utf8()..];
                match escaped {
                    'n' => out.push('\n'),
                    'r' => out.push('\r'),
                    't' => out.push('\t'),
                    other => out.push(other),
                }
            }
            '$' => rest = variable(rest, &mut out, expand),
            other => out.push(other),
        }
    }
    let tail = ends_line(rest)?;
    Some((out, text.len() - rest.len() + tail))
}

fn unquoted(text: &str, expand: &dyn Fn(&str) -> String) -> (String, usize) {
    let line = text.split('\n').next().unwrap_or_default();
    let value = line.split(" #").next().unwrap_or_default().trim();
    let mut out = String::new();
    let mut rest = value;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '$' => rest = variable(rest, &mut out, expand),
            other => out.push(other),
        }
    }
    (out, line.len())
}

/// Expands the name at the start of `rest` into `out`; a `$` that no name follows stays.
fn variable<'a>(rest: &'a str, out: &mut String, expand: &dyn Fn(&str) -> String) -> &'a str {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (name, left) = match rest.strip_prefix('{') {
        Some(inner) => match inner.split_once('}') {
            Some((name, left)) if name.chars().all(plain) => (name, left),
            _ => ("", rest),
        },
        None => rest.split_at(rest.find(|c| !plain(c)).unwrap_or(rest.len())),
    };
    if name.is_empty() {
        out.push('$');
    } else {
        out.push_str(&expand(name));
    }
    left
}

/// Length of what follows a closing quote, if that is nothing but white space and a comment.
fn ends_line(rest: &str) -> Option<usize> {
    let line = rest.split('\n').next().unwrap_or_default();
    let tail = line.trim();
    (tail.is_empty() || tail.starts_with('#')).then_some(line.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, String)> {
        let outside = |name: &str| (name == "HOME").then(|| "/root".to_owned());
        let lines = parse(text, &outside).into_iter();
        lines
            .map(|line| match line {
                Line::Variable { name, value } => (name, value),
                Line::Invalid { number } => ("!".to_owned(), number.to_string()),
            })
            .collect()
    }

    #[test]
    fn quotes_escape_and_expand() {
        for (text, value) in [
            ("A=1", "1"),
            ("export A = 1 ", "1"),
            ("A=", ""),
            ("A=a b # comment", "a b"),
            ("A=a#b", "a#b"),
            ("A='my$secret\\pwd'", "my$secret\\pwd"),
            (r#"A="my\$secret\\pwd""#, r"my$secret\pwd"),
            ("A=\"x$HOME-${HOME}y\"", "x/root-/rooty"),
            ("A=$HOME/x", "/root/x"),
            ("A=$NOWHERE.", "."),
            ("A=5$", "5$"),
            ("A=${HOME", "${HOME"),
            ("A=\"a\nb\" # two lines", "a\nb"),
            ("A=\r", ""),
        ] {
            assert_eq!(values(text), [("A".to_owned(), value.to_owned())], "{text}");
        }
    }

    #[test]
    fn reads_on_after_a_broken_line() {
        let text = "# comment\nnonsense\nA=1\n2B=x\nC='open\nD=2 \nE=$A$A\n";
        let expected = [("!", "2"), ("A", "1"), ("!", "4"), ("!", "5"), ("D", "2"), ("E", "11")];
        assert_eq!(values(text), expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    }

    #[test]
    fn counts_lines_across_quotes() {
        assert_eq!(values("A='x\ny'\nbad\n").last(), Some(&("!".to_owned(), "3".to_owned())));
    }
}

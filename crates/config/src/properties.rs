//! Java properties (`java.util.Properties.load`): `key=value`, `key: value` or `key value`.

use crate::format::Fault;

/// The pairs of `text`, later ones last. Comments start with `#` or `!`; a line that ends in an odd number
/// of backslashes goes on in the next.
pub fn parse(text: &str) -> Result<Vec<(String, String)>, Fault> {
    let mut pairs = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let mut whole = line.trim_start().to_owned();
        if whole.is_empty() || whole.starts_with(['#', '!']) {
            continue;
        }
        while whole.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1 {
            whole.pop();
            let Some((_, next)) = lines.next() else { break };
            whole.push_str(next.trim_start());
        }
        let (key, value) = split(&whole);
        let fault = || ("malformed \\u escape".to_owned(), Some(number + 1));
        pairs.push((unescape(key).ok_or_else(fault)?, unescape(value).ok_or_else(fault)?));
    }
    Ok(pairs)
}

/// At the first `=`, `:` or white space that is not escaped.
fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    let end = line.find(|c: char| {
        let ends = !escaped && (c == '=' || c == ':' || c.is_whitespace());
        escaped = c == '\\' && !escaped;
        ends
    });
    let Some((key, rest)) = end.and_then(|at| line.split_at_checked(at)) else { return (line, "") };
    let rest = rest.trim_start();
    (key, rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start())
}

fn unescape(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('t') => out.push('\t'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('f') => out.push('\u{c}'),
            Some('u') => {
                let digits = chars.as_str().get(..4)?;
                out.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
                chars = chars.as_str().get(4..)?.chars();
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_java_reads() {
        let text =
            "# comment\n! comment\n\n a.b = 1 \nc:2\nd 3\ne=x\\\n   y\nf\\=g=h\nu=\\u00e4\\\\\nempty\n";
        let expected =
            [("a.b", "1 "), ("c", "2"), ("d", "3"), ("e", "xy"), ("f=g", "h"), ("u", "ä\\"), ("empty", "")];
        assert_eq!(parse(text).unwrap(), expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    }

    #[test]
    fn names_the_line_of_a_broken_escape() {
        for broken in ["a=1\nb=\\u12", "a=1\nb=\\uzzzz", "a=1\nb=\\ud800", "a=1\nb=\\u12é4"] {
            assert_eq!(parse(broken), Err(("malformed \\u escape".to_owned(), Some(2))), "{broken}");
        }
    }
}

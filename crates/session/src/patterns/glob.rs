//! Shell globs on single names: `*`, `?`, `[a-z]`, `[^a-z]`, `\` for the character itself.
//!
//! Not the `globset` crate: it matches paths, builds automata that outweigh a handful of patterns per user,
//! and knows `**` and `{}`, which stored patterns do not mean.

/// A compiled pattern. Case counts.
#[derive(Clone, Debug)]
pub struct Glob(Vec<Token>);

#[derive(Clone, Debug)]
enum Token {
    /// Any characters, or none.
    Star,
    /// Any one character.
    Any,
    One(char),
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Glob {
    /// `None` when brackets are left open or empty, a range is turned round, or a `\` ends the pattern.
    pub fn parse(pattern: &str) -> Option<Self> {
        let mut chars = pattern.chars().peekable();
        let mut tokens = Vec::new();
        while let Some(char) = chars.next() {
            let token = match char {
                '*' => Token::Star,
                '?' => Token::Any,
                '\\' => Token::One(chars.next()?),
                '[' => {
                    let negated = chars.next_if(|next| matches!(next, '^' | '!')).is_some();
                    let mut ranges = Vec::new();
                    while chars.next_if_eq(&']').is_none() {
                        let from = literal(&mut chars)?;
                        let to = match chars.next_if_eq(&'-') {
                            Some(_) => literal(&mut chars)?,
                            None => from,
                        };
                        if from > to {
                            return None;
                        }
                        ranges.push((from, to));
                    }
                    if ranges.is_empty() {
                        return None;
                    }
                    Token::Class { negated, ranges }
                }
                char => Token::One(char),
            };
            tokens.push(token);
        }
        Some(Self(tokens))
    }

    /// Whether the whole of `name` matches. Goes back only to the last `*`, so at worst it takes the product
    /// of both lengths.
    pub fn matches(&self, name: &str) -> bool {
        let tokens = &self.0;
        let mut at = 0;
        let mut rest = name.chars();
        let mut star: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            if let Some(Token::Star) = tokens.get(at) {
                at += 1;
                star = Some((at, rest.clone()));
                continue;
            }
            let mut ahead = rest.clone();
            let matched = match (tokens.get(at), ahead.next()) {
                (None, None) => return true,
                (Some(token), Some(char)) => token.matches(char),
                (Some(_), None) | (None, Some(_)) => false,
            };
            if matched {
                at += 1;
                rest = ahead;
                continue;
            }
            // The last star takes one character more.
            let Some((behind, taken)) = &mut star else { return false };
            if taken.next().is_none() {
                return false;
            }
            at = *behind;
            rest = taken.clone();
        }
    }
}

impl Token {
    fn matches(&self, char: char) -> bool {
        match self {
            Self::Star | Self::Any => true,
            Self::One(one) => *one == char,
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(from, to)| (*from..=*to).contains(&char)) != *negated
            }
        }
    }
}

/// A character inside brackets.
fn literal(chars: &mut impl Iterator<Item = char>) -> Option<char> {
    match chars.next()? {
        '\\' => chars.next(),
        '-' | ']' => None,
        char => Some(char),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_whole_names() {
        for (pattern, yes, no) in [
            ("*", &["", "a", "a.b"][..], &[][..]),
            ("*.zip", &[".zip", "a.zip", "a.zip.zip"], &["zip", "a.zipp", "a.zip.x"]),
            ("log?.[0-9]*", &["log1.7x", "logs.7", "logé.0"], &["log.7", "log1.x"]),
            ("core", &["core"], &["core2", "xcore"]),
            ("a*b*c", &["abc", "aXbYc", "abbbcbc"], &["ab", "acb"]),
            ("[^a-c]", &["d", "é"], &["a", "c", ""]),
            ("[a\\-]", &["a", "-"], &["\\"]),
            ("\\*", &["*"], &["a"]),
            ("", &[""], &["a"]),
        ] {
            let glob = Glob::parse(pattern).unwrap();
            for name in yes {
                assert!(glob.matches(name), "{pattern} {name}");
            }
            for name in no {
                assert!(!glob.matches(name), "{pattern} {name}");
            }
        }
    }

    #[test]
    fn malformed_patterns_are_refused() {
        for pattern in ["[", "[]", "[a", "[z-a]", "[a-", "[-a]", "a\\", "[\\"] {
            assert!(Glob::parse(pattern).is_none(), "{pattern}");
        }
    }

    /// A pattern made to take forever does not.
    #[test]
    fn hostile_patterns_end() {
        let glob = Glob::parse(&"a*".repeat(100)).unwrap();
        assert!(!glob.matches(&"a".repeat(99)));
        assert!(!Glob::parse(&("*a".repeat(60) + "b")).unwrap().matches(&"a".repeat(255)));
    }
}

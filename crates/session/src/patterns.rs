//! Which names a directory lets its user touch.

mod glob;

pub use self::glob::Glob;
use types::VirtualPath;

/// The name patterns of one virtual directory, and of all below it that have none of their own.
///
/// A name that matches an allowed pattern is allowed, even if a denied one matches too; else a denied pattern
/// denies it; else it is allowed exactly when there are no allowed patterns. Matched on the whole name,
/// whatever its case.
#[derive(Clone, Debug)]
pub struct Patterns {
    at: VirtualPath,
    allowed: Vec<Glob>,
    denied: Vec<Glob>,
    policy: DenyPolicy,
}

/// What becomes of a denied name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DenyPolicy {
    /// Listed, but not to be opened, changed or made.
    Deny,
    /// As if it were not there.
    Hide,
}

/// A pattern that is no shell glob.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed pattern {0:?}")]
pub struct MalformedPattern(pub String);

/// What the patterns say to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    Allowed,
    Denied,
    /// It, or a directory above it, is hidden.
    Hidden,
}

/// All of an account's patterns, the deepest directory first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filters(Vec<Patterns>);

impl Patterns {
    pub fn new(
        at: VirtualPath,
        allowed: &[impl AsRef<str>],
        denied: &[impl AsRef<str>],
        policy: DenyPolicy,
    ) -> Result<Self, MalformedPattern> {
        Ok(Self { at, allowed: parse(allowed)?, denied: parse(denied)?, policy })
    }

    fn denies(&self, name: &[u8]) -> bool {
        let name = String::from_utf8_lossy(name).to_lowercase();
        let any = |globs: &[Glob]| globs.iter().any(|glob| glob.matches(&name));
        !any(&self.allowed) && (any(&self.denied) || !self.allowed.is_empty())
    }
}

impl Filters {
    pub fn new(mut all: Vec<Patterns>) -> Self {
        all.sort_by_key(|patterns| std::cmp::Reverse(patterns.at.parts().count()));
        Self(all)
    }

    /// What the patterns say to `path`. An entry is judged by its parent; below a hidden directory everything
    /// is hidden, below a denied one nothing changes.
    pub fn judge(&self, path: &VirtualPath) -> Naming {
        if self.0.is_empty() {
            return Naming::Allowed;
        }
        let here = self.entry(path);
        let mut above = path.ancestors().skip(1);
        if above.any(|dir| self.entry(&dir) == Naming::Hidden) { Naming::Hidden } else { here }
    }

    /// Whether a listing of `dir` leaves `name` out.
    pub fn hides(&self, dir: &VirtualPath, name: &[u8]) -> bool {
        self.of(dir).is_some_and(|patterns| patterns.policy == DenyPolicy::Hide && patterns.denies(name))
    }

    fn entry(&self, path: &VirtualPath) -> Naming {
        if path.is_root() {
            return Naming::Allowed;
        }
        match self.of(&path.parent()) {
            Some(patterns) if patterns.denies(path.name()) => match patterns.policy {
                DenyPolicy::Deny => Naming::Denied,
                DenyPolicy::Hide => Naming::Hidden,
            },
            _ => Naming::Allowed,
        }
    }

    fn of(&self, dir: &VirtualPath) -> Option<&Patterns> {
        self.0.iter().find(|patterns| dir.strip(&patterns.at).is_some())
    }
}

fn parse(patterns: &[impl AsRef<str>]) -> Result<Vec<Glob>, MalformedPattern> {
    let one =
        |pattern: &str| Glob::parse(&pattern.to_lowercase()).ok_or_else(|| MalformedPattern(pattern.into()));
    patterns.iter().map(|pattern| one(pattern.as_ref())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(raw: &str) -> VirtualPath {
        VirtualPath::parse(&VirtualPath::root(), raw.as_bytes()).unwrap()
    }

    fn patterns(dir: &str, allowed: &[&str], denied: &[&str], policy: DenyPolicy) -> Patterns {
        Patterns::new(at(dir), allowed, denied, policy).unwrap()
    }

    #[test]
    fn allowed_wins_over_denied_wins_over_the_rest() {
        let filters = Filters::new(vec![
            patterns("/", &[], &["*.zip"], DenyPolicy::Deny),
            patterns("/a", &["*.txt", "keep.*"], &["keep.zip", "secret*"], DenyPolicy::Deny),
            patterns("/a/b", &[], &["x"], DenyPolicy::Hide),
        ]);
        for (path, naming) in [
            ("/f.zip", Naming::Denied),
            ("/F.Zip", Naming::Denied),
            ("/f.zipper", Naming::Allowed),
            ("/sub/deep/f.zip", Naming::Denied),
            ("/a.zip/f", Naming::Allowed), // below a denied directory
            ("/a/f.txt", Naming::Allowed),
            ("/a/f.bin", Naming::Denied),
            ("/a/secret.txt", Naming::Allowed),
            ("/a/keep.zip", Naming::Allowed),
            ("/a/b/f.zip", Naming::Allowed), // no merging
            ("/a/b/x", Naming::Hidden),
            ("/a/b/x/y/z", Naming::Hidden),
            ("/aa/f.bin", Naming::Allowed),
            ("/", Naming::Allowed),
        ] {
            assert_eq!(filters.judge(&at(path)), naming, "{path}");
        }
        assert!(filters.hides(&at("/a/b"), b"X") && !filters.hides(&at("/a"), b"f.bin"));
    }

    #[test]
    fn names_that_are_not_utf8_are_judged_too() {
        let filters = Filters::new(vec![patterns("/", &[], &["*.zip"], DenyPolicy::Deny)]);
        let odd = VirtualPath::parse(&VirtualPath::root(), b"/\xff\xfe.ZIP").unwrap();
        assert_eq!(filters.judge(&odd), Naming::Denied);
    }
}

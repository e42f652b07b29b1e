//! [`VirtualPath`]: the one form in which a path travels below a front end.

use std::{fmt, sync::Arc};

/// An absolute path as the user sees it.
///
/// - bytes, not text: a name that is not UTF-8 is a name like any other;
/// - starts with `/`, parts separated by one `/`, no trailing `/` except for the root itself;
/// - no part is empty, `.` or `..`; no part is longer than [`MAX_PART`](VirtualPath::MAX_PART) bytes;
/// - no NUL anywhere, at most [`MAX_LEN`](VirtualPath::MAX_LEN) bytes in all.
///
/// Front ends make one with [`VirtualPath::parse`]; nothing below them sees a raw path, so nothing below
/// them has to clean one.
///
/// ```
/// use longshore_types::VirtualPath;
/// let home = VirtualPath::parse(&VirtualPath::root(), b"/home").unwrap();
/// assert_eq!(VirtualPath::parse(&home, b"a//./b/../c/").unwrap().as_bytes(), b"/home/a/c");
/// assert_eq!(VirtualPath::parse(&home, b"../../..").unwrap(), VirtualPath::root());
/// assert_eq!(VirtualPath::parse(&home, br"a\b").unwrap().as_bytes(), b"/home/a/b");
/// assert!(VirtualPath::parse(&home, b"a\0b").is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VirtualPath(Arc<[u8]>);

/// Why bytes are not a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPath {
    #[error("path holds a NUL byte")]
    Nul,
    #[error("path is longer than {} bytes", VirtualPath::MAX_LEN)]
    TooLong,
    #[error("a name is longer than {} bytes", VirtualPath::MAX_PART)]
    NameTooLong,
}

impl VirtualPath {
    /// The longest name any supported file system takes (`NAME_MAX`).
    pub const MAX_PART: usize = 255;
    /// Generous (ten thousand levels fit), yet bounded, so a hostile path costs bounded time.
    pub const MAX_LEN: usize = 32 * 1024;

    pub fn root() -> Self {
        Self(Arc::from(&b"/"[..]))
    }

    /// Resolves `raw` against `base` the way a shell would; `..` at the root stays at the root.
    ///
    /// A backslash separates like a slash: Windows clients send it, and no name holds one.
    pub fn parse(base: &Self, raw: &[u8]) -> Result<Self, InvalidPath> {
        if raw.len() > Self::MAX_LEN {
            return Err(InvalidPath::TooLong);
        }
        if raw.contains(&0) {
            return Err(InvalidPath::Nul);
        }
        let absolute = matches!(raw.first(), Some(b'/' | b'\\'));
        let mut parts: Vec<&[u8]> = if absolute { Vec::new() } else { base.parts().collect() };
        for part in raw.split(|byte| matches!(byte, b'/' | b'\\')) {
            match part {
                b"" | b"." => {}
                b".." => drop(parts.pop()),
                part if part.len() > Self::MAX_PART => return Err(InvalidPath::NameTooLong),
                part => parts.push(part),
            }
        }
        let len = parts.iter().map(|part| part.len() + 1).sum::<usize>();
        if len > Self::MAX_LEN {
            return Err(InvalidPath::TooLong);
        }
        if parts.is_empty() {
            return Ok(Self::root());
        }
        let mut whole = Vec::with_capacity(len);
        for part in parts {
            whole.push(b'/');
            whole.extend_from_slice(part);
        }
        Ok(Self(whole.into()))
    }

    /// `self` with one more part, which is taken as a plain name: `/`, NUL, `.` and `..` are refused.
    pub fn join(&self, name: &[u8]) -> Option<Self> {
        let plain = !name.is_empty() && name != b"." && name != b".." && name.len() <= Self::MAX_PART;
        if !plain || name.iter().any(|byte| matches!(byte, b'/' | 0)) {
            return None;
        }
        let mut whole = if self.is_root() { Vec::new() } else { self.0.to_vec() };
        whole.push(b'/');
        whole.extend_from_slice(name);
        (whole.len() <= Self::MAX_LEN).then(|| Self(whole.into()))
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn is_root(&self) -> bool {
        *self.0 == *b"/"
    }

    pub fn parts(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split(|byte| *byte == b'/').filter(|part| !part.is_empty())
    }

    /// The last part; empty for the root.
    pub fn name(&self) -> &[u8] {
        self.0.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
    }

    /// The directory that holds `self`; the root holds itself.
    pub fn parent(&self) -> Self {
        match self.0.iter().rposition(|byte| *byte == b'/') {
            Some(0) | None => Self::root(),
            Some(at) => Self(self.0[..at].into()),
        }
    }

    /// `self`, then each directory above it, the root last.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self.clone()), |path| (!path.is_root()).then(|| path.parent()))
    }

    /// The part of `self` below `ancestor`, without a leading slash; by component, so `/a/bb` is not
    /// below `/a/b`. Empty when both are the same.
    pub fn strip(&self, ancestor: &Self) -> Option<&[u8]> {
        if ancestor.is_root() {
            return Some(&self.0[1..]);
        }
        let rest = self.0.strip_prefix(&*ancestor.0)?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix(b"/") }
    }
}

impl fmt::Display for VirtualPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for VirtualPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&String::from_utf8_lossy(&self.0), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(raw: &str) -> VirtualPath {
        VirtualPath::parse(&VirtualPath::root(), raw.as_bytes()).unwrap()
    }

    #[test]
    fn cleans_like_a_shell() {
        for (raw, clean) in
            [("", "/"), (".", "/"), ("..", "/"), ("a", "/a"), ("//a//", "/a"), ("/a/../../b", "/b")]
        {
            assert_eq!(path(raw).as_bytes(), clean.as_bytes(), "{raw:?}");
        }
    }

    #[test]
    fn keeps_names_as_bytes() {
        let odd = VirtualPath::parse(&VirtualPath::root(), b"/\xff\n ..x. /.hidden").unwrap();
        assert_eq!(odd.parts().collect::<Vec<_>>(), [&b"\xff\n ..x. "[..], b".hidden"]);
    }

    #[test]
    fn refuses_what_no_disk_takes() {
        let root = VirtualPath::root();
        assert_eq!(VirtualPath::parse(&root, &[b'a'; 256]), Err(InvalidPath::NameTooLong));
        assert_eq!(VirtualPath::parse(&root, &vec![b'/'; 40_000]), Err(InvalidPath::TooLong));
        assert_eq!(VirtualPath::parse(&root, b"a\0"), Err(InvalidPath::Nul));
    }

    #[test]
    fn strips_by_component() {
        assert_eq!(path("/a/b/c").strip(&path("/a/b")), Some(&b"c"[..]));
        assert_eq!(path("/a/b").strip(&path("/a/b")), Some(&b""[..]));
        assert_eq!(path("/a/bb").strip(&path("/a/b")), None);
        assert_eq!(path("/a").strip(&path("/")), Some(&b"a"[..]));
    }

    #[test]
    fn walks_up_to_the_root() {
        let up: Vec<_> = path("/a/b").ancestors().map(|p| p.to_string()).collect();
        assert_eq!(up, ["/a/b", "/a", "/"]);
        assert_eq!(path("/a/b").name(), b"b");
        assert_eq!(path("/").name(), b"");
    }

    #[test]
    fn joins_plain_names_only() {
        assert_eq!(path("/a").join(b"b"), Some(path("/a/b")));
        assert_eq!(path("/").join(b"b"), Some(path("/b")));
        for bad in [&b""[..], b".", b"..", b"a/b", b"a\0"] {
            assert_eq!(path("/a").join(bad), None);
        }
    }
}

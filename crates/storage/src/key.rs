//! [`Key`]: a name inside one backend.

use std::{fmt, sync::Arc};

/// A path relative to a backend's root: bytes, `/`-separated, no leading or trailing `/`, no empty part, no
/// `.` or `..`, no NUL. Empty for the root itself.
///
/// `session` makes keys from parsed virtual paths; a backend may rely on the rules above.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(Arc<[u8]>);

impl Key {
    pub fn root() -> Self {
        Self(Arc::from(&b""[..]))
    }

    /// `None` when `raw` breaks one of the rules.
    pub fn new(raw: &[u8]) -> Option<Self> {
        let plain = |part: &[u8]| !part.is_empty() && part != b"." && part != b"..";
        let good = raw.is_empty() || (!raw.contains(&0) && raw.split(|byte| *byte == b'/').all(plain));
        good.then(|| Self(raw.into()))
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The last part; empty for the root.
    pub fn name(&self) -> &[u8] {
        self.0.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
    }

    /// The key of the directory that holds `self`; the root holds itself.
    pub fn parent(&self) -> Self {
        let end = self.0.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        Self(self.0[..end].into())
    }

    /// `self` with one more part; `None` unless `name` is a plain name.
    pub fn join(&self, name: &[u8]) -> Option<Self> {
        if name.contains(&b'/') {
            return None;
        }
        let mut whole = self.0.to_vec();
        if !whole.is_empty() {
            whole.push(b'/');
        }
        whole.extend_from_slice(name);
        if name.is_empty() { None } else { Self::new(&whole) }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&String::from_utf8_lossy(&self.0), f)
    }
}

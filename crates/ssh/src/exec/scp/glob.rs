//! Wildcards in the paths a client asks for. Behind OpenSSH's `scp -f` a shell expands them; here nothing is
//! ever handed to one.

use session::{Entry, Error, Glob, Listing, Result, Session};
use std::collections::VecDeque;
use types::VirtualPath;

/// The paths that match a pattern, found one by one: a directory of a million names takes no more memory than
/// one of a hundred.
pub(super) struct Matches<'a> {
    session: &'a Session,
    parts: Vec<Part>,
    /// The directories being read, the deepest last.
    open: Vec<Level>,
    /// Where the pattern goes without a wildcard from its first part on; looked at once.
    start: Option<VirtualPath>,
}

enum Part {
    Name(Vec<u8>),
    /// Names that begin with a dot match only what begins with one too.
    Pattern {
        glob: Glob,
        dotted: bool,
    },
}

/// A directory whose names are matched with a part of the pattern.
struct Level {
    dir: VirtualPath,
    part: usize,
    listing: Listing,
    page: VecDeque<Entry>,
}

/// Whether `path` has characters that may stand for others.
pub(super) fn is_pattern(path: &VirtualPath) -> bool {
    path.parts().any(has_wildcard)
}

impl<'a> Matches<'a> {
    /// What is no shell glob stands for itself.
    pub(super) fn new(session: &'a Session, pattern: &VirtualPath) -> Self {
        let part = |name: &[u8]| match Glob::parse(&String::from_utf8_lossy(name)) {
            Some(glob) if has_wildcard(name) => Part::Pattern { glob, dotted: name.starts_with(b".") },
            _ => Part::Name(name.to_vec()),
        };
        let parts = pattern.parts().map(part).collect();
        Self { session, parts, open: Vec::new(), start: Some(VirtualPath::root()) }
    }

    /// The next path, in the order of the directories; `None` when there are no more.
    pub(super) async fn next(&mut self) -> Result<Option<VirtualPath>> {
        if let Some(root) = self.start.take()
            && let Some(found) = self.enter(root, 0).await?
        {
            return Ok(Some(found));
        }
        while let Some(level) = self.open.last_mut() {
            let Some(name) = level.next(&self.parts).await? else {
                self.open.pop();
                continue;
            };
            let (path, part) = (level.dir.join(&name), level.part + 1);
            if let Some(path) = path
                && let Some(found) = self.enter(path, part).await?
            {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Follows the parts from `part` on below `path`, up to the next wildcard; the path itself when there is
    /// none and it is there. What cannot be looked into matches nothing.
    async fn enter(&mut self, mut path: VirtualPath, part: usize) -> Result<Option<VirtualPath>> {
        for at in part..self.parts.len() {
            match &self.parts[at] {
                Part::Name(name) => path = path.join(name).ok_or(Error::Invalid)?,
                Part::Pattern { .. } => {
                    if let Ok(listing) = self.session.list(&path).await {
                        self.open.push(Level { dir: path, part: at, listing, page: VecDeque::new() });
                    }
                    return Ok(None);
                }
            }
        }
        let is_name = matches!(self.parts.last(), Some(Part::Name(_)));
        let found = !is_name || self.session.stat_link(&path).await.is_ok();
        Ok(found.then_some(path))
    }
}

impl Level {
    /// The next name that matches.
    async fn next(&mut self, parts: &[Part]) -> Result<Option<Box<[u8]>>> {
        loop {
            while let Some(Entry { name, .. }) = self.page.pop_front() {
                if parts.get(self.part).is_some_and(|part| part.matches(&name)) {
                    return Ok(Some(name));
                }
            }
            self.page = self.listing.next().await?.into();
            if self.page.is_empty() {
                return Ok(None);
            }
            // Storage may answer at once, and others on this thread want their turn.
            tokio::task::yield_now().await;
        }
    }
}

impl Part {
    fn matches(&self, name: &[u8]) -> bool {
        match self {
            Self::Name(own) => own == name,
            Self::Pattern { glob, dotted } => {
                (*dotted || !name.starts_with(b".")) && glob.matches(&String::from_utf8_lossy(name))
            }
        }
    }
}

fn has_wildcard(name: &[u8]) -> bool {
    name.iter().any(|byte| matches!(byte, b'*' | b'?' | b'['))
}

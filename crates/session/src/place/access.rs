//! What an account may do where. Deciding is pure: no I/O, no clock; tested as a table.
//!
//! An entry is judged at the directory that holds it, a listing at the directory itself. A check that passes
//! answers with a value (a [`Writable`], a [`Movable`] …) that owns the place; only such a value can reach
//! the backend to do what was checked.

mod permits;
#[cfg(test)]
mod tests;

pub use self::permits::{
    Changeable, Creatable, Linkable, Listable, Movable, Readable, RemovableDir, RemovableFile, Visible,
    Writable,
};

use super::{Place, Standing};
use crate::{
    Error, Open, Result,
    patterns::{Filters, Naming, Patterns},
};
use storage::{Change, Kind, Metadata, Start};
use types::{Permissions, VirtualPath};

/// Permissions by directory, deepest first, and names that may not be touched.
pub struct Access {
    rules: Vec<(VirtualPath, Permissions)>,
    filters: Filters,
}

impl Access {
    pub fn new(mut rules: Vec<(VirtualPath, Permissions)>, patterns: Vec<Patterns>) -> Self {
        rules.sort_by_key(|(dir, _)| std::cmp::Reverse(dir.parts().count()));
        Self { rules, filters: Filters::new(patterns) }
    }

    /// What may be done in `dir`: the word of the nearest directory at or above it that has one.
    pub fn of(&self, dir: &VirtualPath) -> Permissions {
        let rule = self.rules.iter().find(|(rule, _)| dir.strip(rule).is_some());
        rule.map_or(Permissions::empty(), |(_, granted)| *granted)
    }

    /// To stat it, to ask where a link leads.
    pub fn look(&self, place: Place) -> Result<Visible> {
        self.entry(&place, Permissions::LIST)?;
        self.shown(&place.path)?;
        Ok(Visible(place))
    }

    pub fn list(&self, place: Place) -> Result<Listable> {
        if !self.of(&place.path).contains(Permissions::LIST) {
            return Err(Error::Denied);
        }
        self.shown(&place.path)?;
        Ok(Listable(place))
    }

    /// Whether a listing of `dir` leaves `name` out.
    pub fn hides(&self, dir: &VirtualPath, name: &[u8]) -> bool {
        self.filters.hides(dir, name)
    }

    pub fn read(&self, place: Place) -> Result<Readable> {
        self.entry(&place, Permissions::DOWNLOAD)?;
        self.touchable(&place.path)?;
        Ok(Readable(place))
    }

    /// To write `place`, where `before` is. Creating needs `upload`, touching what is there `overwrite`.
    ///
    /// A handle that also reads may read what was there only with `download`: without this, `overwrite`
    /// would be a second way to read.
    pub fn write(&self, place: Place, before: Option<&Metadata>, open: &Open) -> Result<Writable> {
        self.writable(&place.path)?;
        if place.standing != Standing::Plain {
            return Err(Error::Unsupported);
        }
        let granted = self.of(&place.path.parent());
        let (start, need) = match (before, open.start) {
            (None, Start::CreateNew | Start::Truncate | Start::Keep) => {
                (Start::CreateNew, Permissions::UPLOAD)
            }
            (None, Start::Existing | Start::TruncateExisting) => {
                let any = granted.intersects(Permissions::UPLOAD | Permissions::OVERWRITE);
                return Err(if any { Error::NotFound } else { Error::Denied });
            }
            (Some(_), Start::CreateNew) => {
                let any = granted.intersects(Permissions::UPLOAD | Permissions::OVERWRITE);
                return Err(if any { Error::AlreadyExists } else { Error::Denied });
            }
            (Some(_), Start::Truncate | Start::TruncateExisting) => {
                (Start::TruncateExisting, Permissions::OVERWRITE)
            }
            (Some(_), Start::Keep | Start::Existing) => (Start::Existing, Permissions::OVERWRITE),
        };
        if !granted.contains(need) {
            return Err(Error::Denied);
        }
        match before.map(|before| before.kind) {
            None | Some(Kind::File) => {}
            Some(Kind::Directory) => return Err(Error::Unsupported),
            Some(Kind::Symlink | Kind::Other) => return Err(Error::Denied),
        }
        let readable = open.read && (before.is_none() || granted.contains(Permissions::DOWNLOAD));
        // Who asked for a file of its own gets none that was someone else's, whatever it may.
        let may_overwrite = open.start != Start::CreateNew && granted.contains(Permissions::OVERWRITE);
        let (append, resumable) = (open.append, open.resumable);
        Ok(Writable { place, start, readable, append, may_overwrite, resumable })
    }

    /// To copy `from` to `to`, as far as both are about copying; reading the one and writing the other are
    /// asked for where it is done.
    pub fn may_copy(&self, from: &VirtualPath, to: &VirtualPath) -> Result<()> {
        let granted = self.of(&from.parent()) & self.of(&to.parent());
        if granted.contains(Permissions::COPY) { Ok(()) } else { Err(Error::Denied) }
    }

    pub fn remove_file(&self, place: Place) -> Result<RemovableFile> {
        self.entry(&place, Permissions::DELETE_FILES)?;
        self.touchable(&place.path)?;
        if place.path.is_root() || place.standing != Standing::Plain {
            return Err(Error::IsADirectory);
        }
        Ok(RemovableFile(place))
    }

    pub fn remove_dir(&self, place: Place) -> Result<RemovableDir> {
        self.entry(&place, Permissions::DELETE_DIRS)?;
        self.touchable(&place.path)?;
        match place.standing {
            Standing::Plain if !place.path.is_root() => Ok(RemovableDir(place)),
            Standing::Plain | Standing::Mount => Err(Error::Denied),
            Standing::AboveMount => Err(Error::Unsupported),
        }
    }

    pub fn make_dir(&self, place: Place) -> Result<Creatable> {
        self.entry(&place, Permissions::CREATE_DIRS)?;
        self.writable(&place.path)?;
        match place.standing {
            Standing::Plain if !place.path.is_root() => Ok(Creatable(place)),
            Standing::Plain | Standing::AboveMount => Err(Error::AlreadyExists),
            Standing::Mount => Err(Error::Denied),
        }
    }

    /// To set attributes: all that are asked for, or none.
    pub fn change(&self, place: Place, change: &Change) -> Result<Changeable> {
        self.may_change(&place.path, change)?;
        Ok(Changeable(place))
    }

    /// As [`change`](Self::change), for a file that is already open.
    pub fn may_change(&self, path: &VirtualPath, change: &Change) -> Result<()> {
        let mut need = Permissions::empty();
        need.set(Permissions::CHMOD, change.mode.is_some());
        need.set(Permissions::CHOWN, change.owner.is_some());
        need.set(Permissions::CHTIMES, change.times.is_some());
        need.set(Permissions::OVERWRITE, change.size.is_some());
        if !self.of(&path.parent()).contains(need) {
            return Err(Error::Denied);
        }
        self.touchable(path)
    }

    /// To make a link. Where a link points is as much a matter of permission as where it is: through it the
    /// target is reached under the rights of the link's directory.
    pub fn link(&self, target: Place, link: Place) -> Result<Linkable> {
        self.entry(&target, Permissions::CREATE_SYMLINKS)?;
        self.entry(&link, Permissions::CREATE_SYMLINKS)?;
        // Under another name a denied file would be an allowed one.
        self.writable(&target.path)?;
        self.writable(&link.path)?;
        if target.path.is_root() || link.path.is_root() || link.standing != Standing::Plain {
            return Err(Error::Denied);
        }
        Ok(Linkable { target, link })
    }

    /// To give a file a second name. What may be done to a file follows from where its name is, so the new
    /// place may not allow what the old one does not.
    pub fn hard_link(&self, file: Place, name: Place) -> Result<Linkable> {
        let (there, here) = (self.of(&file.path.parent()), self.of(&name.path.parent()));
        let content = Permissions::DOWNLOAD
            | Permissions::OVERWRITE
            | Permissions::CHMOD
            | Permissions::CHOWN
            | Permissions::CHTIMES;
        if !there.contains(here & content) {
            return Err(Error::Denied);
        }
        self.link(file, name)
    }

    /// Whether a rename is worth looking at: refused here, it tells nothing of what is there.
    pub fn may_rename(&self, from: &VirtualPath, to: &VirtualPath) -> Result<()> {
        let any = |path: &VirtualPath| self.of(&path.parent()).intersects(Permissions::RENAME);
        if from.is_root() || to.is_root() || !any(from) || !any(to) {
            return Err(Error::Denied);
        }
        self.writable(from)?;
        self.writable(to)
    }

    /// To rename `from`, which is a `kind`, to `to`, where `replaced` is.
    pub fn rename(&self, from: Place, kind: Kind, to: Place, replaced: Option<&Metadata>) -> Result<Movable> {
        self.may_rename(&from.path, &to.path)?;
        let both = self.of(&from.path.parent()) & self.of(&to.path.parent());
        if !both.contains(renaming(kind)) {
            return Err(Error::Denied);
        }
        match (from.standing, to.standing) {
            (Standing::Plain, Standing::Plain) => {}
            (Standing::Mount, _) | (_, Standing::Mount) => return Err(Error::Denied),
            (Standing::AboveMount, _) | (_, Standing::AboveMount) => return Err(Error::Unsupported),
        }
        // Also the same path: below itself without a rest.
        if to.path.strip(&from.path).is_some() {
            return Err(Error::Unsupported);
        }
        if kind == Kind::Directory && (self.narrows_below(&from.path) || self.narrows_below(&to.path)) {
            return Err(Error::Denied);
        }
        match replaced.map(|replaced| replaced.kind) {
            None => {}
            Some(Kind::Directory) => return Err(Error::Unsupported),
            Some(_) if kind == Kind::Directory => return Err(Error::NotADirectory),
            Some(_) => self.entry(&to, Permissions::OVERWRITE)?,
        }
        // A directory that has a rule of its own takes what is in it out of that rule, or brings it under one.
        let inside = match kind {
            Kind::Directory => self.of(&from.path) & self.of(&to.path),
            Kind::File | Kind::Symlink | Kind::Other => Permissions::RENAME,
        };
        Ok(Movable { from, to, replaces: replaced.is_some(), inside })
    }

    /// Whether a directory below `dir` is configured with less than `dir` has: moving `dir` would take what
    /// is in it out of (or bring it under) that rule.
    fn narrows_below(&self, dir: &VirtualPath) -> bool {
        let here = self.of(dir);
        let below = |rule: &VirtualPath| rule.strip(dir).is_some_and(|rest| !rest.is_empty());
        self.rules.iter().any(|(rule, granted)| below(rule) && !granted.contains(here))
    }

    /// A hidden name is not there.
    fn shown(&self, path: &VirtualPath) -> Result<()> {
        match self.filters.judge(path) {
            Naming::Allowed | Naming::Denied => Ok(()),
            Naming::Hidden => Err(Error::NotFound),
        }
    }

    /// To do something to what is there.
    fn touchable(&self, path: &VirtualPath) -> Result<()> {
        match self.filters.judge(path) {
            Naming::Allowed => Ok(()),
            Naming::Denied => Err(Error::Denied),
            Naming::Hidden => Err(Error::NotFound),
        }
    }

    /// To bring something under this name: here hiding can't pretend.
    fn writable(&self, path: &VirtualPath) -> Result<()> {
        match self.filters.judge(path) {
            Naming::Allowed => Ok(()),
            Naming::Denied | Naming::Hidden => Err(Error::Denied),
        }
    }

    fn entry(&self, place: &Place, need: Permissions) -> Result<()> {
        if self.of(&place.path.parent()).contains(need) { Ok(()) } else { Err(Error::Denied) }
    }
}

/// What it takes to rename something of this kind.
const fn renaming(kind: Kind) -> Permissions {
    match kind {
        Kind::Directory => Permissions::RENAME_DIRS,
        Kind::File | Kind::Symlink | Kind::Other => Permissions::RENAME_FILES,
    }
}

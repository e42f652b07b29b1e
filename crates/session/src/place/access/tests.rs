//! Decisions against a slow model that is obviously right, over random rules and paths.

use super::Access;
use crate::{
    Error, Open, Result,
    patterns::{DenyPolicy, Patterns},
    place::{Mount, Mounts, Place},
};
use proptest::{collection::vec, prelude::*, sample::select};
use std::{collections::BTreeMap, sync::Arc};
use storage::{Change, Kind, Memory, Metadata, Start, Time};
use types::{Permissions, VirtualPath};

fn at(raw: &str) -> VirtualPath {
    VirtualPath::parse(&VirtualPath::root(), raw.as_bytes()).unwrap()
}

/// Few names, some of them beginnings of others, so that paths meet.
fn path() -> impl Strategy<Value = String> {
    vec(select(vec!["a", "ab", "b", "x.zip"]), 0..5).prop_map(|parts| format!("/{}", parts.join("/")))
}

fn permissions() -> impl Strategy<Value = Permissions> {
    any::<u32>().prop_map(Permissions::from_bits_truncate)
}

fn rules() -> impl Strategy<Value = BTreeMap<String, Permissions>> {
    proptest::collection::btree_map(path(), permissions(), 0..6)
}

fn found(kind: Option<Kind>) -> Option<Metadata> {
    let epoch = Time::default();
    kind.map(|kind| Metadata {
        kind,
        size: 1,
        mode: 0o644,
        uid: 0,
        gid: 0,
        links: 1,
        accessed: epoch,
        modified: epoch,
    })
}

/// The model: text and nothing else.
mod model {
    use super::*;

    pub fn parent(path: &str) -> &str {
        match path.rfind('/') {
            Some(0) | None => "/",
            Some(at) => &path[..at],
        }
    }

    /// Walks up until a rule is found.
    pub fn granted(rules: &BTreeMap<String, Permissions>, dir: &str) -> Permissions {
        let mut dir = dir;
        loop {
            match rules.get(dir) {
                Some(granted) => return *granted,
                None if dir == "/" => return Permissions::empty(),
                None => dir = parent(dir),
            }
        }
    }

    pub fn is_below(path: &str, dir: &str) -> bool {
        dir == "/" || path == dir || path.starts_with(&format!("{dir}/"))
    }

    /// A zip is denied below the directory, everywhere.
    pub fn is_denied(path: &str, below: Option<&str>) -> bool {
        below.is_some_and(|dir| path != "/" && is_below(parent(path), dir)) && path.ends_with(".zip")
    }
}

struct Case {
    access: Access,
    mounts: Mounts,
}

impl Case {
    fn new(rules: &BTreeMap<String, Permissions>, zips: Option<&str>) -> Self {
        let none: [&str; 0] = [];
        let patterns = zips.map(|dir| Patterns::new(at(dir), &none, &["*.ZIP"], DenyPolicy::Deny).unwrap());
        let rules = rules.iter().map(|(dir, granted)| (at(dir), *granted)).collect();
        let home = Mount { at: VirtualPath::root(), backend: Arc::new(Memory::default()), charge: None };
        Self { access: Access::new(rules, patterns.into_iter().collect()), mounts: Mounts::new(vec![home]) }
    }

    fn place(&self, path: &str) -> Place {
        self.mounts.locate(&at(path)).unwrap()
    }
}

fn denied<T>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::Denied))
}

proptest! {
    #[test]
    fn the_nearest_rule_decides(rules in rules(), path in path()) {
        let case = Case::new(&rules, None);
        prop_assert_eq!(case.access.of(&at(&path)), model::granted(&rules, &path));
        let list = case.access.list(case.place(&path));
        let granted = model::granted(&rules, &path);
        prop_assert_eq!(list.is_ok(), granted.contains(Permissions::LIST));
    }

    #[test]
    fn entries_are_judged_by_their_directory(rules in rules(), path in path(), zips in proptest::option::of(path())) {
        let case = Case::new(&rules, zips.as_deref());
        let granted = model::granted(&rules, model::parent(&path));
        let name_denied = model::is_denied(&path, zips.as_deref());
        let (access, place) = (&case.access, || case.place(&path));
        let may = |need| granted.contains(need);
        prop_assert_eq!(denied(&access.look(place())), !may(Permissions::LIST));
        prop_assert_eq!(denied(&access.read(place())), !may(Permissions::DOWNLOAD) || name_denied);
        prop_assert_eq!(denied(&access.remove_file(place())), !may(Permissions::DELETE_FILES) || name_denied);
        prop_assert_eq!(
            denied(&access.remove_dir(place())),
            !may(Permissions::DELETE_DIRS) || name_denied || path == "/"
        );
        prop_assert_eq!(denied(&access.make_dir(place())), !may(Permissions::CREATE_DIRS) || name_denied);
        let all = Change {
            size: Some(0),
            mode: Some(0),
            owner: Some((0, 0)),
            times: Some((Time::default(), Time::default())),
        };
        let need = Permissions::OVERWRITE | Permissions::CHMOD | Permissions::CHOWN | Permissions::CHTIMES;
        prop_assert_eq!(denied(&access.change(place(), &all)), !may(need) || name_denied);
    }

    #[test]
    fn writing_needs_what_is_there(
        rules in rules(),
        path in path(),
        zips in proptest::option::of(path()),
        there in proptest::option::of(select(vec![Kind::File, Kind::Directory, Kind::Other])),
        start in select(vec![
            Start::CreateNew, Start::Truncate, Start::Keep, Start::Existing, Start::TruncateExisting,
        ]),
        read in any::<bool>(),
    ) {
        let case = Case::new(&rules, zips.as_deref());
        let granted = model::granted(&rules, model::parent(&path));
        let (upload, overwrite) =
            (granted.contains(Permissions::UPLOAD), granted.contains(Permissions::OVERWRITE));
        let opens_existing = matches!(start, Start::Existing | Start::TruncateExisting);
        let wanted = if model::is_denied(&path, zips.as_deref()) {
            "denied"
        } else if there.is_none() && opens_existing {
            if upload || overwrite { "missing" } else { "denied" }
        } else if there.is_none() {
            if upload { "ok" } else { "denied" }
        } else if start == Start::CreateNew {
            if upload || overwrite { "exists" } else { "denied" }
        } else if !overwrite {
            "denied"
        } else {
            match there {
                Some(Kind::Directory) => "unsupported",
                Some(Kind::File) => "ok",
                _ => "denied",
            }
        };
        let open = Open { read, ..Open::new(start) };
        let got = match case.access.write(case.place(&path), found(there).as_ref(), &open) {
            Ok(_) => "ok",
            Err(Error::NotFound) => "missing",
            Err(Error::AlreadyExists) => "exists",
            Err(Error::Unsupported) => "unsupported",
            Err(_) => "denied",
        };
        prop_assert_eq!(got, wanted);
    }

    #[test]
    fn renames_need_both_sides(
        rules in rules(),
        from in path(),
        to in path(),
        kind in select(vec![Kind::File, Kind::Directory, Kind::Symlink]),
        there in proptest::option::of(select(vec![Kind::File, Kind::Directory])),
    ) {
        let case = Case::new(&rules, None);
        let (source, target) =
            (model::granted(&rules, model::parent(&from)), model::granted(&rules, model::parent(&to)));
        let need = if kind == Kind::Directory { Permissions::RENAME_DIRS } else { Permissions::RENAME_FILES };
        let narrows = |dir: &String| {
            let here = model::granted(&rules, dir);
            rules.iter().any(|(rule, granted)| {
                rule != dir && model::is_below(rule, dir) && !granted.contains(here)
            })
        };
        let may = from != "/" && to != "/" && (source & target).contains(need);
        let into_itself = model::is_below(&to, &from);
        let may = may && (into_itself || kind != Kind::Directory || !(narrows(&from) || narrows(&to)));
        let replaces_file = there == Some(Kind::File) && kind != Kind::Directory && !into_itself;
        let may = may && (!replaces_file || target.contains(Permissions::OVERWRITE));
        let result = case.access.rename(case.place(&from), kind, case.place(&to), found(there).as_ref());
        prop_assert_eq!(denied(&result), !may);
        let fits = !into_itself
            && there != Some(Kind::Directory)
            && !(there == Some(Kind::File) && kind == Kind::Directory);
        prop_assert_eq!(result.is_ok(), may && fits);
    }
}

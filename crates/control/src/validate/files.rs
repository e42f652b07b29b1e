//! Where a user may do what: permissions by directory, name patterns, mounted folders, groups.

use super::text;
use crate::{Error, Result};
use session::{DenyPolicy, Patterns};
use std::collections::BTreeMap;
use store::{FolderMapping, GroupMapping, model::PatternsFilter};
use types::{Permissions, VirtualPath};

/// The longest `subpath`, in bytes.
const MAX_SUBPATH: usize = 191;

/// Checks permissions by directory: `/` is a must, paths become clean, `*` stands alone.
pub fn permissions(permissions: &mut BTreeMap<String, Vec<String>>) -> Result<()> {
    group_permissions(permissions)?;
    match permissions.contains_key("/") {
        true => Ok(()),
        false => Err(Error::invalid("permissions for the root dir \"/\" must be set")),
    }
}

/// As [`permissions`], but a group need not say anything about `/`.
pub fn group_permissions(permissions: &mut BTreeMap<String, Vec<String>>) -> Result<()> {
    clean_permissions(permissions)?;
    match permissions.get("/") {
        Some(names) if names.is_empty() => {
            Err(Error::invalid("permissions: at least one for the root dir \"/\" is required"))
        }
        _ => Ok(()),
    }
}

fn clean_permissions(permissions: &mut BTreeMap<String, Vec<String>>) -> Result<()> {
    let mut clean = BTreeMap::new();
    for (path, mut names) in std::mem::take(permissions) {
        let path = text::absolute("permissions: path", &path)?;
        if let Err(error) = Permissions::from_api_names(&names) {
            return Err(Error::Invalid(format!("permissions: {error} for {path:?}")));
        }
        if names.iter().any(|name| name == "*") {
            names = vec!["*".to_owned()];
        }
        text::dedup(&mut names);
        if clean.insert(path.clone(), names).is_some() {
            return Err(Error::Invalid(format!("permissions: {path:?} is given twice")));
        }
    }
    *permissions = clean;
    Ok(())
}

/// Checks name patterns; they are kept in lower case, since case does not count.
pub fn patterns(filters: &mut [PatternsFilter]) -> Result<()> {
    for filter in &mut *filters {
        filter.path = text::absolute("file_patterns: path", &filter.path)?;
        let path = &filter.path;
        if filter.allowed_patterns.is_empty() && filter.denied_patterns.is_empty() {
            return Err(Error::Invalid(format!("file_patterns: {path:?} has no pattern")));
        }
        if !matches!(filter.deny_policy, 0 | 1) {
            return Err(Error::Invalid(format!("file_patterns: invalid deny_policy {}", filter.deny_policy)));
        }
        for pattern in filter.allowed_patterns.iter_mut().chain(&mut filter.denied_patterns) {
            *pattern = pattern.to_lowercase();
            if pattern.is_empty() {
                return Err(Error::Invalid(format!("file_patterns: {path:?} has an empty pattern")));
            }
        }
        let (allowed, denied) = (&filter.allowed_patterns, &filter.denied_patterns);
        // Read the way a session will read them.
        if let Err(error) = Patterns::new(VirtualPath::root(), allowed, denied, DenyPolicy::Deny) {
            return Err(Error::Invalid(format!("file_patterns: {error}")));
        }
        text::dedup(&mut filter.allowed_patterns);
        text::dedup(&mut filter.denied_patterns);
    }
    match text::repeated(filters.iter().map(|filter| &filter.path)) {
        Some(at) => Err(Error::Invalid(format!("file_patterns: {:?} is given twice", filters[at].path))),
        None => Ok(()),
    }
}

/// Checks where and with which limits folders are mounted. That they exist is checked when they are stored.
pub fn mounts(mounts: &mut [FolderMapping]) -> Result<()> {
    for mount in &mut *mounts {
        let name = &mount.folder.name;
        if name.is_empty() {
            return Err(Error::invalid("virtual_folders: a folder name is mandatory"));
        }
        if mount.virtual_path.is_empty() {
            return Err(Error::invalid("virtual_folders: virtual_path is mandatory"));
        }
        mount.virtual_path = text::virtual_path("virtual_folders: virtual_path", &mount.virtual_path)?;
        mount.subpath = subpath(&mount.subpath)?;
        let (size, files) = (mount.quota_size, mount.quota_files);
        if size < -1 || files < -1 || (size == -1) != (files == -1) {
            return Err(Error::Invalid(format!(
                "virtual_folders: invalid quota_size {size} and quota_files {files} for {name:?}"
            )));
        }
    }
    if let Some(at) = text::repeated(mounts.iter().map(|mount| &mount.virtual_path)) {
        let path = &mounts[at].virtual_path;
        return Err(Error::Invalid(format!("virtual_folders: {path:?} is mounted twice")));
    }
    match text::repeated(mounts.iter().map(|mount| (&mount.folder.name, &mount.subpath))) {
        Some(at) => {
            let name = &mounts[at].folder.name;
            Err(Error::Invalid(format!("virtual_folders: folder {name:?} is given twice")))
        }
        None => Ok(()),
    }
}

/// A directory of the mounted folder, as it is stored: absolute. Placeholders may be in it.
fn subpath(sent: &str) -> Result<String> {
    if sent.is_empty() {
        return Ok(String::new());
    }
    if sent.len() > MAX_SUBPATH {
        return Err(Error::Invalid(format!("virtual_folders: subpath is longer than {MAX_SUBPATH} bytes")));
    }
    let path = sent.strip_prefix('/').unwrap_or(sent);
    let path = path.strip_suffix('/').unwrap_or(path);
    // Another way to write it would be another folder to the check for duplicates.
    if path.split('/').any(|name| matches!(name, "" | "." | "..")) || path.contains('\0') {
        return Err(Error::Invalid(format!("virtual_folders: subpath {sent:?} is not canonical")));
    }
    Ok(format!("/{path}"))
}

/// Checks memberships. That the groups exist is checked when they are stored.
pub fn groups(groups: &[GroupMapping]) -> Result<()> {
    for group in groups {
        if group.name.is_empty() {
            return Err(Error::invalid("groups: a group name is mandatory"));
        }
        if !(GroupMapping::PRIMARY..=GroupMapping::MEMBERSHIP).contains(&group.kind) {
            return Err(Error::Invalid(format!("groups: invalid type {} for {:?}", group.kind, group.name)));
        }
    }
    if let Some(at) = text::repeated(groups.iter().map(|group| &group.name)) {
        return Err(Error::Invalid(format!("groups: {:?} is given twice", groups[at].name)));
    }
    match groups.iter().filter(|group| group.kind == GroupMapping::PRIMARY).count() {
        0 | 1 => Ok(()),
        _ => Err(Error::invalid("groups: only one primary group is allowed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn perms(entries: &[(&str, &[&str])]) -> Result<BTreeMap<String, Vec<String>>> {
        let entry = |(path, names): &(&str, &[&str])| {
            ((*path).to_owned(), names.iter().map(|name| (*name).to_owned()).collect())
        };
        let mut all = entries.iter().map(entry).collect();
        permissions(&mut all).map(|()| all)
    }

    #[test]
    fn permissions_are_cleaned() {
        let clean =
            perms(&[("/", &["list", "list", "download"]), ("/a/", &["upload", "*"]), ("/b/../c", &[])]);
        let clean = clean.unwrap();
        assert_eq!(clean["/"], ["list", "download"]);
        assert_eq!(clean["/a"], ["*"]);
        assert!(clean["/c"].is_empty());
    }

    #[test]
    fn bad_permissions_are_refused() {
        for bad in [
            perms(&[]),
            perms(&[("/a", &["list"])]),
            perms(&[("/", &[])]),
            perms(&[("/", &["bogus"])]),
            perms(&[("/", &["*"]), ("rel", &["list"])]),
            perms(&[("/", &["*"]), ("/a", &["list"]), ("/a/", &["download"])]),
        ] {
            assert!(matches!(bad, Err(Error::Invalid(_))), "{bad:?}");
        }
    }

    #[test]
    fn folders_are_mounted_somewhere() {
        let mount = |path: &str, subpath: &str| {
            let folder = store::Folder { name: "f".into(), ..Default::default() };
            let mut one = [FolderMapping {
                folder,
                virtual_path: path.into(),
                subpath: subpath.into(),
                ..FolderMapping::default()
            }];
            mounts(&mut one).map(|()| one[0].subpath.clone())
        };
        for (sent, stored) in [("", ""), ("a", "/a"), ("/a/b/", "/a/b"), ("%username%/x", "/%username%/x")] {
            assert_eq!(mount("/v", sent).unwrap(), stored);
        }
        for bad in ["/", ".", "..", "a/..", "../a", "a//b", "./a", "a\0"] {
            assert!(mount("/v", bad).is_err(), "{bad}");
        }
        assert!(mount("/v", &"a".repeat(192)).is_err());
        assert!(mount("", "").is_err());
    }

    #[test]
    fn a_group_may_leave_the_root_open_but_not_empty() {
        assert!(group_permissions(&mut BTreeMap::new()).is_ok());
        assert!(group_permissions(&mut BTreeMap::from([("/".to_owned(), Vec::new())])).is_err());
        assert!(group_permissions(&mut BTreeMap::from([("/a".to_owned(), Vec::new())])).is_ok());
    }

    #[test]
    fn patterns_are_globs_in_lower_case() {
        let filter = |path: &str, allowed: &[&str], deny_policy| PatternsFilter {
            path: path.into(),
            allowed_patterns: allowed.iter().map(|p| (*p).to_owned()).collect(),
            denied_patterns: Vec::new(),
            deny_policy,
        };
        let mut good = [filter("/p/", &["*.JPG", "*.jpg"], 1)];
        patterns(&mut good).unwrap();
        assert_eq!((good[0].path.as_str(), &good[0].allowed_patterns[..]), ("/p", &["*.jpg".to_owned()][..]));
        for bad in
            [filter("/", &["[a"], 0), filter("a", &["*"], 0), filter("/", &[], 0), filter("/", &["*"], 2)]
        {
            assert!(patterns(&mut [bad.clone()]).is_err(), "{bad:?}");
        }
        assert!(patterns(&mut [filter("/a", &["*"], 0), filter("/a/", &["*.x"], 0)]).is_err());
    }
}

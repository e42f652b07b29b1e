//! What a user has from its groups.
//!
//! The primary group gives what the user has not set, and replaces home, storage and the permissions of the
//! root. Primary and secondary groups, in this order, add paths the user says nothing about, and their
//! restrictions add up. A membership gives nothing.

use super::placeholders::Placeholders;
use crate::{
    Result, User,
    validate::text::{disk_path, virtual_path},
};
use store::{
    Filesystem, Folder, FolderMapping, Group, GroupMapping,
    model::{BaseFilters, GroupSettings, PatternsFilter},
};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// `user` with what `groups`, which are those it names, give it.
pub fn merge(mut user: User, groups: &[Group]) -> Result<User> {
    let named = user.clone();
    let placeholders = Placeholders::of(&named);
    let of_kind = |kind: i32| {
        named
            .groups
            .iter()
            .filter(move |mapping| mapping.kind == kind)
            .filter_map(|mapping| groups.iter().find(|group| group.name == mapping.name))
    };
    for group in of_kind(GroupMapping::PRIMARY) {
        primary(&mut user, &group.user_settings, &placeholders)?;
        shared(&mut user, group, GroupMapping::PRIMARY, &placeholders)?;
    }
    for group in of_kind(GroupMapping::SECONDARY) {
        shared(&mut user, group, GroupMapping::SECONDARY, &placeholders)?;
    }
    Ok(user)
}

/// What only a primary group gives.
fn primary(user: &mut User, group: &GroupSettings, placeholders: &Placeholders<'_>) -> Result<()> {
    if !group.home_dir.is_empty() {
        let home = placeholders.expand("home_dir", &group.home_dir)?;
        user.home_dir = disk_path("home_dir", &home)?;
    }
    if group.filesystem.provider != Filesystem::LOCAL {
        user.filesystem = group.filesystem.clone();
        expand_filesystem(&mut user.filesystem, placeholders)?;
    }
    if user.max_sessions == 0 {
        user.max_sessions = group.max_sessions;
    }
    for (own, groups) in [
        (&mut user.quota_size, group.quota_size),
        (&mut user.quota_files, group.quota_files),
        (&mut user.upload_bandwidth, group.upload_bandwidth),
        (&mut user.download_bandwidth, group.download_bandwidth),
    ] {
        inherit(own, groups);
    }
    // A total takes the place of both directions, so the three are inherited as one.
    if (user.upload_data_transfer, user.download_data_transfer, user.total_data_transfer) == (0, 0, 0) {
        user.upload_data_transfer = group.upload_data_transfer;
        user.download_data_transfer = group.download_data_transfer;
        user.total_data_transfer = group.total_data_transfer;
    }
    if user.expiration_date == 0 && group.expires_in > 0 {
        user.expiration_date = user.created_at.saturating_add(group.expires_in.saturating_mul(DAY));
    }
    primary_filters(&mut user.filters.base, &group.filters, placeholders)
}

fn primary_filters(
    own: &mut BaseFilters,
    group: &BaseFilters,
    placeholders: &Placeholders<'_>,
) -> Result<()> {
    inherit(&mut own.max_upload_file_size, group.max_upload_file_size);
    inherit(&mut own.external_auth_cache_time, group.external_auth_cache_time);
    for (own, groups) in [
        (&mut own.ftp_security, group.ftp_security),
        (&mut own.default_shares_expiration, group.default_shares_expiration),
        (&mut own.max_shares_expiration, group.max_shares_expiration),
        (&mut own.password_expiration, group.password_expiration),
        (&mut own.password_strength, group.password_strength),
    ] {
        inherit(own, groups);
    }
    if own.tls_username.is_empty() || own.tls_username == "None" {
        own.tls_username.clone_from(&group.tls_username);
    }
    own.hooks.external_auth_disabled |= group.hooks.external_auth_disabled;
    own.hooks.pre_login_disabled |= group.hooks.pre_login_disabled;
    own.hooks.check_password_disabled |= group.hooks.check_password_disabled;
    own.disable_fs_checks |= group.disable_fs_checks;
    own.allow_api_key_auth |= group.allow_api_key_auth;
    own.is_anonymous |= group.is_anonymous;
    if own.start_directory.is_empty() && !group.start_directory.is_empty() {
        let start = placeholders.expand("start_directory", &group.start_directory)?;
        own.start_directory = virtual_path("start_directory", &start)?;
    }
    Ok(())
}

/// What primary and secondary groups give alike; the root is the primary's alone.
fn shared(user: &mut User, group: &Group, kind: i32, placeholders: &Placeholders<'_>) -> Result<()> {
    let settings = &group.user_settings;
    let is_primary = kind == GroupMapping::PRIMARY;
    for (path, names) in &settings.permissions {
        let path = placeholders.expand("permissions", path)?;
        let path = virtual_path("permissions", &path)?;
        if path == "/" && is_primary {
            user.permissions.insert(path, names.clone());
        } else if path != "/" {
            user.permissions.entry(path).or_insert_with(|| names.clone());
        }
    }
    for filter in &settings.filters.file_patterns {
        let path = placeholders.expand("file_patterns", &filter.path)?;
        let path = virtual_path("file_patterns", &path)?;
        let own = &mut user.filters.base.file_patterns;
        if (path != "/" || is_primary) && !own.iter().any(|known| known.path == path) {
            own.push(PatternsFilter { path, ..filter.clone() });
        }
    }
    for mapping in &group.virtual_folders {
        let mapping = expand_mapping(mapping, placeholders)?;
        let taken = user.virtual_folders.iter().any(|known| known.virtual_path == mapping.virtual_path);
        if (mapping.virtual_path != "/" || is_primary) && !taken {
            user.virtual_folders.push(mapping);
        }
    }
    let (own, groups) = (&mut user.filters.base, &settings.filters);
    own.bandwidth_limits.extend(groups.bandwidth_limits.iter().cloned());
    own.access_time.extend(groups.access_time.iter().cloned());
    add(&mut own.allowed_ip, &groups.allowed_ip);
    add(&mut own.denied_ip, &groups.denied_ip);
    add(&mut own.denied_login_methods, &groups.denied_login_methods);
    add(&mut own.denied_protocols, &groups.denied_protocols);
    add(&mut own.two_factor_protocols, &groups.two_factor_protocols);
    add(&mut own.web_client, &groups.web_client);
    Ok(())
}

fn expand_mapping(mapping: &FolderMapping, placeholders: &Placeholders<'_>) -> Result<FolderMapping> {
    let mut folder: Folder = mapping.folder.clone();
    if !folder.mapped_path.is_empty() {
        let path = placeholders.expand("mapped_path", &folder.mapped_path)?;
        folder.mapped_path = disk_path("mapped_path", &path)?;
    }
    expand_filesystem(&mut folder.filesystem, placeholders)?;
    let at = placeholders.expand("virtual_path", &mapping.virtual_path)?;
    Ok(FolderMapping {
        folder,
        virtual_path: virtual_path("virtual_path", &at)?,
        subpath: placeholders.expand("subpath", &mapping.subpath)?,
        ..mapping.clone()
    })
}

fn expand_filesystem(fs: &mut Filesystem, placeholders: &Placeholders<'_>) -> Result<()> {
    placeholders.fill("s3config.key_prefix", &mut fs.s3config.key_prefix)?;
    placeholders.fill("gcsconfig.key_prefix", &mut fs.gcsconfig.key_prefix)?;
    placeholders.fill("azblobconfig.key_prefix", &mut fs.azblobconfig.key_prefix)?;
    placeholders.fill("sftpconfig.prefix", &mut fs.sftpconfig.prefix)?;
    placeholders.fill("sftpconfig.username", &mut fs.sftpconfig.username)?;
    placeholders.fill("httpconfig.username", &mut fs.httpconfig.username)
}

/// A zero is no setting.
fn inherit<T: Copy + Default + PartialEq>(own: &mut T, group: T) {
    if *own == T::default() {
        *own = group;
    }
}

fn add(own: &mut Vec<String>, more: &[String]) {
    for value in more {
        if !own.contains(value) {
            own.push(value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(kinds: &[(&str, i32)]) -> User {
        User {
            username: "bob".into(),
            role: "r1".into(),
            status: 1,
            home_dir: "/srv/bob".into(),
            created_at: 1000,
            permissions: [("/".to_owned(), vec!["*".to_owned()])].into(),
            groups: kinds
                .iter()
                .map(|(name, kind)| GroupMapping { name: (*name).into(), kind: *kind })
                .collect(),
            ..User::default()
        }
    }

    fn group(name: &str, change: impl FnOnce(&mut Group)) -> Group {
        let mut group = Group { name: name.into(), ..Group::default() };
        change(&mut group);
        group
    }

    fn permissions(list: &[(&str, &str)]) -> std::collections::BTreeMap<String, Vec<String>> {
        list.iter().map(|(path, name)| ((*path).into(), vec![(*name).into()])).collect()
    }

    #[test]
    fn a_primary_group_gives_what_is_not_set() {
        let g = group("g", |g| {
            let s = &mut g.user_settings;
            s.home_dir = "/homes/%role%/%username%".into();
            (s.max_sessions, s.quota_files, s.quota_size, s.expires_in) = (3, 5, 7, 2);
            s.total_data_transfer = 9;
            s.permissions = permissions(&[("/", "list"), ("/p", "*"), ("/%username%", "upload")]);
            s.filters.start_directory = "/%username%".into();
            s.filters.password_strength = 60;
        });
        let mut bob = user(&[("g", 1)]);
        bob.quota_files = 1;
        bob.permissions.insert("/p".into(), vec!["list".into()]);
        bob.upload_data_transfer = 4;
        let merged = merge(bob, &[g]).unwrap();
        assert_eq!(merged.home_dir, "/homes/r1/bob");
        assert_eq!((merged.max_sessions, merged.quota_files, merged.quota_size), (3, 1, 7));
        assert_eq!((merged.upload_data_transfer, merged.total_data_transfer), (4, 0));
        assert_eq!(merged.expiration_date, 1000 + 2 * DAY);
        assert_eq!(merged.permissions, permissions(&[("/", "list"), ("/p", "list"), ("/bob", "upload")]));
        assert_eq!(merged.filters.base.start_directory, "/bob");
        assert_eq!(merged.filters.base.password_strength, 60);
    }

    #[test]
    fn secondary_groups_add_and_leave_the_root_alone() {
        let one = group("one", |g| {
            let s = &mut g.user_settings;
            s.home_dir = "/nope".into();
            s.quota_files = 1;
            s.permissions = permissions(&[("/", "list"), ("/ro", "list")]);
            s.filters.denied_protocols = vec!["FTP".into()];
            s.filters.file_patterns = ["/", "/ro"]
                .map(|path| PatternsFilter {
                    path: path.into(),
                    denied_patterns: vec!["*.s".into()],
                    ..Default::default()
                })
                .into();
        });
        let two =
            group("two", |g| g.user_settings.filters.denied_protocols = vec!["DAV".into(), "FTP".into()]);
        let merged = merge(user(&[("one", 2), ("two", 2)]), &[two, one]).unwrap();
        assert_eq!((merged.home_dir.as_str(), merged.quota_files), ("/srv/bob", 0));
        assert_eq!(merged.permissions, permissions(&[("/", "*"), ("/ro", "list")]));
        assert_eq!(merged.filters.base.file_patterns.len(), 1);
        assert_eq!(merged.filters.base.denied_protocols, ["FTP", "DAV"]);
    }

    #[test]
    fn a_membership_gives_nothing() {
        let g = group("g", |g| g.user_settings.permissions = permissions(&[("/x", "list")]));
        assert_eq!(merge(user(&[("g", 3)]), &[g]).unwrap(), user(&[("g", 3)]));
    }

    #[test]
    fn folders_are_mounted_per_user_and_never_above() {
        let mapping = |at: &str, path: &str, subpath: &str| FolderMapping {
            folder: Folder { name: "f".into(), mapped_path: path.into(), ..Folder::default() },
            virtual_path: at.into(),
            subpath: subpath.into(),
            ..FolderMapping::default()
        };
        let g = group("g", |g| {
            g.virtual_folders = vec![
                mapping("/priv/%username%", "/data/%username%", ""),
                mapping("/own", "/data", "/t/%username%"),
            ];
        });
        let mut bob = user(&[("g", 2)]);
        bob.virtual_folders = vec![mapping("/own", "/mine", "")];
        let merged = merge(bob, std::slice::from_ref(&g)).unwrap();
        let places: Vec<_> = merged
            .virtual_folders
            .iter()
            .map(|m| (m.virtual_path.as_str(), m.folder.mapped_path.as_str()))
            .collect();
        assert_eq!(places, [("/own", "/mine"), ("/priv/bob", "/data/bob")]);
        let escaping = User { username: "..".into(), ..user(&[("g", 2)]) };
        assert!(merge(escaping, &[g]).is_err());
    }
}

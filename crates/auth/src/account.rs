//! From a stored user to the account of its sessions.

use crate::{Refused, traffic};
use session::{
    Account, AccountSpec, Backend, Charge, DenyPolicy, DoneBefore, FolderSpec, Ledger, Limits, Paces,
    Patterns, Unavailable, Usage,
};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
    path::Path,
    sync::Arc,
};
use store::{Filesystem, Folder, FolderMapping, Share, User, model::PatternsFilter};
use types::{Permissions, VirtualPath};

/// Opens the storage of a user or folder: its settings, the path on disk, and the ids new files get (`None`
/// leaves them to the process). Given by the server, the only one that names a concrete backend.
#[derive(Clone)]
pub struct Backends {
    open: Arc<Open>,
    ledger: Ledger,
    tracking: Tracking,
    /// Where bandwidth is for all of a user's sessions together.
    paces: Option<Paces>,
}

/// Whose storage is counted, and held to limits (`data_provider.track_quota`). A folder that counts for its
/// user is counted where its user is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tracking {
    #[default]
    Nobody,
    Everybody,
    /// Users that have a limit, and folders.
    Limited,
}

type Open = dyn Fn(&Filesystem, &Path, Owner) -> Result<Arc<dyn Backend>, Box<dyn std::error::Error + Send + Sync>>
    + Send
    + Sync;

/// Whom new files belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    pub uid: Option<u32>,
    pub gid: Option<u32>,
}

impl Backends {
    pub fn new(
        open: impl Fn(
            &Filesystem,
            &Path,
            Owner,
        ) -> Result<Arc<dyn Backend>, Box<dyn std::error::Error + Send + Sync>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self { open: Arc::new(open), ledger: Ledger::default(), tracking: Tracking::default(), paces: None }
    }

    /// Counts what the accounts store in `ledger`.
    #[must_use]
    pub fn counting(self, ledger: Ledger, tracking: Tracking) -> Self {
        Self { ledger, tracking, ..self }
    }

    /// Limits the bandwidth of all of a user's sessions together instead of that of each transfer.
    #[must_use]
    pub fn sharing_bandwidth(self) -> Self {
        Self { paces: Some(Paces::default()), ..self }
    }

    /// The account of `user` for a session from `ip`.
    pub(crate) fn account(&self, user: &User, ip: IpAddr) -> Result<Arc<Account>, Refused> {
        Ok(Arc::new(Account::new(self.spec(user, ip)?)))
    }

    /// The account of `owner` for a visitor of its share from `ip`.
    pub(crate) fn share_account(
        &self,
        owner: &User,
        share: &Share,
        ip: IpAddr,
    ) -> Result<Arc<Account>, Refused> {
        let mut spec = self.spec(owner, ip)?;
        let open = open_through(owner, share);
        spec.permissions.iter_mut().for_each(|(_, granted)| *granted &= open);
        spec.share = Some(share.id.as_str().into());
        Ok(Arc::new(Account::new(spec)))
    }

    fn spec(&self, user: &User, ip: IpAddr) -> Result<AccountSpec, Refused> {
        let owner = Owner { uid: positive(user.uid), gid: positive(user.gid) };
        let home = self.open(&user.filesystem, &user.home_dir, owner)?;
        let charge = self.user_charge(user);
        let mount = |mapping: &FolderMapping| self.folder(mapping, owner, charge.as_ref());
        Ok(AccountSpec {
            charge: charge.clone(),
            max_upload_size: limit(user.filters.base.max_upload_file_size),
            role: (!user.role.is_empty()).then(|| user.role.as_str().into()),
            folders: user.virtual_folders.iter().map(mount).collect::<Result<_, _>>()?,
            permissions: permissions(user)?,
            patterns: user.filters.base.file_patterns.iter().map(patterns).collect::<Result<_, _>>()?,
            start_directory: path(&user.filters.base.start_directory)?,
            max_sessions: u32::try_from(user.max_sessions).unwrap_or(0),
            allowance: traffic::allowance(user, &self.ledger, self.tracking),
            bandwidth: traffic::bandwidth(user, ip, self.paces.clone()),
            done_before: DoneBefore { upload: user.first_upload > 0, download: user.first_download > 0 },
            ..AccountSpec::new(&user.username, home)
        })
    }

    /// Counts what is stored by `user`, in its home and in the folders that count for it.
    pub async fn stored_by(&self, user: &User) -> Result<Usage, Box<dyn std::error::Error + Send + Sync>> {
        // From where the user would come in has no part in what it has stored.
        let account = self.account(user, IpAddr::V4(Ipv4Addr::LOCALHOST))?;
        Ok(account.count_stored().await?)
    }

    /// Counts what is stored in `folder`.
    pub async fn stored_in(
        &self,
        folder: &Folder,
    ) -> Result<Usage, Box<dyn std::error::Error + Send + Sync>> {
        let storage = self.open(&folder.filesystem, &folder.mapped_path, Owner::default())?;
        Ok(session::count_stored(&*storage).await?)
    }

    fn user_charge(&self, user: &User) -> Option<Charge> {
        let limits = Limits { files: limit(user.quota_files), bytes: limit(user.quota_size) };
        let counted = match self.tracking {
            Tracking::Nobody => false,
            Tracking::Everybody => true,
            Tracking::Limited => limits != Limits::default(),
        };
        let stored = Usage { files: limit(user.used_quota_files), bytes: limit(user.used_quota_size) };
        let book = || self.ledger.book(session::Owner::User(user.username.as_str().into()), stored);
        counted.then(|| Charge { book: book(), limits })
    }

    fn folder_charge(&self, mapping: &FolderMapping, user: Option<&Charge>) -> Option<Charge> {
        if self.tracking == Tracking::Nobody {
            return None;
        }
        let FolderMapping { folder, quota_size, quota_files, .. } = mapping;
        if (*quota_size, *quota_files) == (-1, -1) {
            return user.cloned();
        }
        let stored = Usage { files: limit(folder.used_quota_files), bytes: limit(folder.used_quota_size) };
        let book = self.ledger.book(session::Owner::Folder(folder.name.as_str().into()), stored);
        Some(Charge { book, limits: Limits { files: limit(*quota_files), bytes: limit(*quota_size) } })
    }

    fn folder(
        &self,
        mapping: &FolderMapping,
        owner: Owner,
        user: Option<&Charge>,
    ) -> Result<FolderSpec, Refused> {
        let FolderMapping { folder, virtual_path, subpath, .. } = mapping;
        // Below the folder's own root: a leading slash must not lead out of it.
        let below = path(subpath)?;
        let root = format!("{}{below}", folder.mapped_path.trim_end_matches('/'));
        // A folder that cannot be opened must not keep its user from the others, nor leave its place to the
        // home below it.
        let opened = (self.open)(&folder.filesystem, Path::new(&root), owner);
        let storage = opened.unwrap_or_else(|error| {
            let provider = u8::try_from(folder.filesystem.provider).unwrap_or(0);
            Arc::new(Unavailable::new(provider, &root, &error.to_string()))
        });
        Ok(FolderSpec {
            name: folder.name.as_str().into(),
            at: path(virtual_path)?,
            storage,
            charge: self.folder_charge(mapping, user),
        })
    }

    fn open(&self, filesystem: &Filesystem, path: &str, owner: Owner) -> Result<Arc<dyn Backend>, Refused> {
        (self.open)(filesystem, Path::new(path), owner).map_err(Refused::Storage)
    }
}

impl fmt::Debug for Backends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Backends")
    }
}

/// Names were checked when they were stored. One that cannot be read all the same closes its directory rather
/// than leaving it to the rules of the one above.
fn permissions(user: &User) -> Result<Vec<(VirtualPath, Permissions)>, Refused> {
    let entry = |(dir, names): (&String, &Vec<String>)| {
        let granted = Permissions::from_api_names(names).unwrap_or(Permissions::empty());
        Ok((path(dir)?, granted))
    };
    user.permissions.iter().map(entry).collect()
}

/// What visitors may do at most. Into a share that is for writing alone files are dropped: none that is there can
/// be replaced. An owner who may change nothing over HTTP lets no others do it.
fn open_through(owner: &User, share: &Share) -> Permissions {
    let read = Permissions::LIST | Permissions::DOWNLOAD;
    let drop = Permissions::UPLOAD | Permissions::CHTIMES;
    let open = match share.scope {
        1 => read,
        2 => drop,
        3 => read | drop | Permissions::OVERWRITE,
        _ => Permissions::empty(),
    };
    let fixed = owner.filters.base.web_client.iter().any(|flag| flag == "write-disabled");
    if fixed { open & read } else { open }
}

fn patterns(filter: &PatternsFilter) -> Result<Patterns, Refused> {
    let policy = if filter.deny_policy == 1 { DenyPolicy::Hide } else { DenyPolicy::Deny };
    Patterns::new(path(&filter.path)?, &filter.allowed_patterns, &filter.denied_patterns, policy)
        .map_err(|error| Refused::Storage(error.into()))
}

/// Relative paths start at the root; an empty one is the root.
fn path(text: &str) -> Result<VirtualPath, Refused> {
    VirtualPath::parse(&VirtualPath::root(), text.as_bytes()).map_err(|error| Refused::Storage(error.into()))
}

/// 0 and -1 leave the owner alone.
fn positive(id: i32) -> Option<u32> {
    u32::try_from(id).ok().filter(|id| *id > 0)
}

/// Nothing, and what is below it, is no limit; a counter below nothing counts nothing.
pub(crate) fn limit(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::Folder;

    fn mapping(quota_size: i64, quota_files: i64) -> FolderMapping {
        let folder = Folder { name: "f".into(), used_quota_files: 7, ..Folder::default() };
        FolderMapping { folder, quota_size, quota_files, ..FolderMapping::default() }
    }

    fn backends(tracking: Tracking) -> Backends {
        Backends::new(|_, _, _| Err("not opened".into())).counting(Ledger::default(), tracking)
    }

    #[test]
    fn tracking_decides_who_is_counted() {
        let free = User { username: "free".into(), ..User::default() };
        let bound = User { username: "bound".into(), quota_files: 5, used_quota_size: -3, ..User::default() };
        for (tracking, free_counts, bound_counts, folder_counts) in [
            (Tracking::Nobody, false, false, false),
            (Tracking::Limited, false, true, true),
            (Tracking::Everybody, true, true, true),
        ] {
            let backends = backends(tracking);
            assert_eq!(backends.user_charge(&free).is_some(), free_counts, "{tracking:?}");
            assert_eq!(backends.user_charge(&bound).is_some(), bound_counts, "{tracking:?}");
            assert_eq!(backends.folder_charge(&mapping(0, 0), None).is_some(), folder_counts, "{tracking:?}");
        }
    }

    #[test]
    fn visitors_may_what_owner_and_scope_allow() {
        let backends = Backends::new(|_, _, _| Ok(Arc::new(storage::Memory::with_page(10))));
        let permissions =
            [("/".to_owned(), vec!["*".to_owned()]), ("/r".to_owned(), vec!["list".to_owned()])];
        let mut owner = User { permissions: permissions.into(), ..User::default() };
        let at = |owner: &User, scope, dir: &str| {
            let share = Share { scope, ..Share::default() };
            let account = backends.share_account(owner, &share, Ipv4Addr::LOCALHOST.into()).unwrap();
            account.permissions(&path(dir).unwrap())
        };
        let read = Permissions::LIST | Permissions::DOWNLOAD;
        let drop = Permissions::UPLOAD | Permissions::CHTIMES;
        assert_eq!(
            [1, 2, 3].map(|scope| at(&owner, scope, "/d")),
            [read, drop, read | drop | Permissions::OVERWRITE]
        );
        assert_eq!(at(&owner, 1, "/r"), Permissions::LIST);
        assert_eq!(at(&owner, 2, "/r"), Permissions::empty());
        owner.filters.base.web_client = vec!["write-disabled".into()];
        assert_eq!([1, 2, 3].map(|scope| at(&owner, scope, "/d")), [read, Permissions::empty(), read]);
    }

    #[test]
    fn a_folder_that_cannot_be_opened_keeps_nobody_out() {
        let open = |filesystem: &Filesystem, path: &Path, _| match filesystem.provider {
            0 => Ok(Arc::new(Unavailable::new(0, &path.display().to_string(), "")) as Arc<dyn Backend>),
            other => Err(format!("no provider {other}").into()),
        };
        let backends = Backends::new(open);
        let mut user = User { username: "u".into(), home_dir: "/home/u".into(), ..User::default() };
        let mut mount = mapping(0, 0);
        mount.virtual_path = "/v".into();
        mount.folder.filesystem.provider = 4;
        user.virtual_folders.push(mount);
        let ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
        assert!(backends.account(&user, ip).is_ok());
        user.filesystem.provider = 4;
        assert!(matches!(backends.account(&user, ip), Err(Refused::Storage(_))));
    }

    #[test]
    fn limits_and_counters_come_from_where_they_are_stored() {
        let backends = backends(Tracking::Limited);
        let user = User {
            username: "u".into(),
            quota_size: 100,
            quota_files: -1,
            used_quota_size: 30,
            used_quota_files: -2,
            ..User::default()
        };
        let charge = backends.user_charge(&user).unwrap();
        assert_eq!(charge.limits, Limits { files: 0, bytes: 100 });
        assert_eq!(charge.book.usage(), Usage { files: 0, bytes: 30 });
        let again = backends.user_charge(&user).unwrap();
        assert!(Arc::ptr_eq(&again.book, &charge.book), "one book for all sessions");

        let included = backends.folder_charge(&mapping(-1, -1), Some(&charge)).unwrap();
        assert!(Arc::ptr_eq(&included.book, &charge.book) && included.limits == charge.limits);
        let own = backends.folder_charge(&mapping(0, 9), Some(&charge)).unwrap();
        assert_eq!((own.limits, own.book.usage().files), (Limits { files: 9, bytes: 0 }, 7));
    }
}

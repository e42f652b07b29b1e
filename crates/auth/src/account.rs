//! From a stored user to the account of its sessions.

use crate::Refused;
use session::{Account, AccountSpec, Backend, DenyPolicy, FolderSpec, Patterns};
use std::{fmt, path::Path, sync::Arc};
use store::{Filesystem, FolderMapping, User, model::PatternsFilter};
use types::{Permissions, VirtualPath};

/// Opens the storage of a user or folder: its settings, the path on disk, and the ids new files get (`None`
/// leaves them to the process). Given by the server, the only one that names a concrete backend.
#[derive(Clone)]
pub struct Backends(Arc<Open>);

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
        Self(Arc::new(open))
    }

    /// The account of `user`.
    pub(crate) fn account(&self, user: &User) -> Result<Arc<Account>, Refused> {
        let owner = Owner { uid: positive(user.uid), gid: positive(user.gid) };
        let home = self.open(&user.filesystem, &user.home_dir, owner)?;
        let mount = |mapping: &FolderMapping| self.folder(mapping, owner);
        Ok(Arc::new(Account::new(AccountSpec {
            role: (!user.role.is_empty()).then(|| user.role.as_str().into()),
            folders: user.virtual_folders.iter().map(mount).collect::<Result<_, _>>()?,
            permissions: permissions(user)?,
            patterns: user.filters.base.file_patterns.iter().map(patterns).collect::<Result<_, _>>()?,
            start_directory: path(&user.filters.base.start_directory)?,
            max_sessions: u32::try_from(user.max_sessions).unwrap_or(0),
            ..AccountSpec::new(&user.username, home)
        })))
    }

    fn folder(&self, mapping: &FolderMapping, owner: Owner) -> Result<FolderSpec, Refused> {
        let FolderMapping { folder, virtual_path, subpath, .. } = mapping;
        // Below the folder's own root: a leading slash must not lead out of it.
        let below = path(subpath)?;
        let root = format!("{}{below}", folder.mapped_path.trim_end_matches('/'));
        Ok(FolderSpec {
            name: folder.name.as_str().into(),
            at: path(virtual_path)?,
            storage: self.open(&folder.filesystem, &root, owner)?,
        })
    }

    fn open(&self, filesystem: &Filesystem, path: &str, owner: Owner) -> Result<Arc<dyn Backend>, Refused> {
        (self.0)(filesystem, Path::new(path), owner).map_err(Refused::Storage)
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

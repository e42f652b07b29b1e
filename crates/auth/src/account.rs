//! From a stored user to the account of its sessions.

use crate::Refused;
use session::{Account, AccountSpec, Backend};
use std::{fmt, path::Path, sync::Arc};
use store::{Filesystem, User};
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
        let home = (self.0)(&user.filesystem, Path::new(&user.home_dir), owner).map_err(Refused::Storage)?;
        Ok(Arc::new(Account::new(AccountSpec {
            role: (!user.role.is_empty()).then(|| user.role.as_str().into()),
            permissions: permissions(user),
            start_directory: path(&user.filters.base.start_directory).unwrap_or_else(VirtualPath::root),
            max_sessions: u32::try_from(user.max_sessions).unwrap_or(0),
            ..AccountSpec::new(&user.username, home)
        })))
    }
}

impl fmt::Debug for Backends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Backends")
    }
}

/// Names and paths were checked when they were stored. One that cannot be read all the same closes its
/// directory rather than leaving it to the rules of the one above.
fn permissions(user: &User) -> Vec<(VirtualPath, Permissions)> {
    let entry = |(dir, names): (&String, &Vec<String>)| {
        let granted = Permissions::from_api_names(names).unwrap_or(Permissions::empty());
        path(dir).map(|dir| (dir, granted))
    };
    user.permissions.iter().filter_map(entry).collect()
}

fn path(text: &str) -> Option<VirtualPath> {
    VirtualPath::parse(&VirtualPath::root(), text.as_bytes()).ok()
}

/// 0 and -1 leave the owner alone.
fn positive(id: i32) -> Option<u32> {
    u32::try_from(id).ok().filter(|id| *id > 0)
}

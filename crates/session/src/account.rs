//! [`Account`]: everything a login settled about a user.

use crate::{
    Patterns,
    place::{Mount, Mounts, access::Access},
};
use std::{fmt, sync::Arc};
use storage::Backend;
use types::{Permissions, VirtualPath};

/// What `auth` knows after merging the stored user with its groups and folders. Turned into an [`Account`]
/// once per login; nothing in it is looked up again while the session lasts.
///
/// ```ignore
/// let spec = AccountSpec { permissions, start_directory, ..AccountSpec::new(&user.username, home) };
/// let account = Arc::new(Account::new(spec));
/// ```
#[derive(Clone, Debug)]
pub struct AccountSpec {
    pub name: Arc<str>,
    pub role: Option<Arc<str>>,
    /// The user's home; files created in it belong to whom the backend was told (uid, gid).
    pub home: Arc<dyn Backend>,
    /// Virtual folders. One at `/` takes the place of the home.
    pub folders: Vec<FolderSpec>,
    /// By virtual directory; the nearest one at or above a directory decides, nothing is merged. Without an
    /// entry for `/`, what no entry covers is closed.
    pub permissions: Vec<(VirtualPath, Permissions)>,
    /// Names that may not be touched, by virtual directory.
    pub patterns: Vec<Patterns>,
    /// Where relative paths start; made at login.
    pub start_directory: VirtualPath,
    /// Sessions at a time; 0 is no limit.
    pub max_sessions: u32,
}

/// A folder laid over the home.
#[derive(Clone, Debug)]
pub struct FolderSpec {
    pub name: Arc<str>,
    /// Where the user sees it.
    pub at: VirtualPath,
    pub storage: Arc<dyn Backend>,
}

/// A compiled [`AccountSpec`].
pub struct Account {
    name: Arc<str>,
    role: Option<Arc<str>>,
    access: Access,
    mounts: Mounts,
    start_directory: VirtualPath,
    max_sessions: u32,
}

impl AccountSpec {
    /// An account that may do nothing yet.
    pub fn new(name: &str, home: Arc<dyn Backend>) -> Self {
        Self {
            name: name.into(),
            role: None,
            home,
            folders: Vec::new(),
            permissions: Vec::new(),
            patterns: Vec::new(),
            start_directory: VirtualPath::root(),
            max_sessions: 0,
        }
    }
}

impl Account {
    pub fn new(spec: AccountSpec) -> Self {
        // The home last: at the same path the first one counts.
        let folders = spec.folders.into_iter().map(|folder| Mount { at: folder.at, backend: folder.storage });
        let home = Mount { at: VirtualPath::root(), backend: spec.home };
        Self {
            name: spec.name,
            role: spec.role,
            access: Access::new(spec.permissions, spec.patterns),
            mounts: Mounts::new(folders.chain([home]).collect()),
            start_directory: spec.start_directory,
            max_sessions: spec.max_sessions,
        }
    }

    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub fn role(&self) -> Option<&Arc<str>> {
        self.role.as_ref()
    }

    pub fn start_directory(&self) -> &VirtualPath {
        &self.start_directory
    }

    /// What the user may do in `dir`.
    pub fn permissions(&self, dir: &VirtualPath) -> Permissions {
        self.access.of(dir)
    }

    pub(crate) const fn access(&self) -> &Access {
        &self.access
    }

    pub(crate) const fn mounts(&self) -> &Mounts {
        &self.mounts
    }

    pub(crate) const fn max_sessions(&self) -> u32 {
        self.max_sessions
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("name", &self.name).finish_non_exhaustive()
    }
}

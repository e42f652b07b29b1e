//! [`Account`]: everything a login settled about a user.

use crate::{
    Allowance, Bandwidth, Charge, Direction, Patterns, Result,
    place::{Mount, Mounts, access::Access},
};
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use storage::{
    Backend, Key,
    tree::{self, At, Usage},
};
use types::{Permissions, VirtualPath};

/// What `auth` knows after merging the stored user with its groups and folders. Turned into an [`Account`]
/// once per login; nothing in it is looked up again while the session lasts.
/// Made from [`AccountSpec::new`] with the fields that differ: what is left out allows nothing more.
#[derive(Clone, Debug)]
pub struct AccountSpec {
    pub name: Arc<str>,
    pub role: Option<Arc<str>>,
    /// The user's home; files created in it belong to whom the backend was told (uid, gid).
    pub home: Arc<dyn Backend>,
    /// On whose account the home's files are stored, where they are counted.
    pub charge: Option<Charge>,
    /// The largest file that may be uploaded, in bytes; 0 is no limit.
    pub max_upload_size: u64,
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
    /// What may be moved in all; where it is `None` nothing is counted.
    pub allowance: Option<Allowance>,
    pub bandwidth: Bandwidth,
    /// The id of the share through which a stranger comes.
    pub share: Option<Arc<str>>,
    /// What it has done before and need not be noted again.
    pub done_before: DoneBefore,
}

/// Whether a user has uploaded and downloaded anything yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DoneBefore {
    pub upload: bool,
    pub download: bool,
}

/// A folder laid over the home.
#[derive(Clone, Debug)]
pub struct FolderSpec {
    pub name: Arc<str>,
    /// Where the user sees it.
    pub at: VirtualPath,
    pub storage: Arc<dyn Backend>,
    /// The folder's own account, or, where it counts for the user alone, the user's.
    pub charge: Option<Charge>,
}

/// A compiled [`AccountSpec`].
pub struct Account {
    name: Arc<str>,
    role: Option<Arc<str>>,
    access: Access,
    mounts: Mounts,
    start_directory: VirtualPath,
    max_sessions: u32,
    max_upload_size: u64,
    allowance: Option<Allowance>,
    bandwidth: Bandwidth,
    share: Option<Arc<str>>,
    uploaded: AtomicBool,
    downloaded: AtomicBool,
}

impl AccountSpec {
    /// An account that may do nothing yet.
    pub fn new(name: &str, home: Arc<dyn Backend>) -> Self {
        Self {
            name: name.into(),
            role: None,
            home,
            charge: None,
            max_upload_size: 0,
            folders: Vec::new(),
            permissions: Vec::new(),
            patterns: Vec::new(),
            start_directory: VirtualPath::root(),
            max_sessions: 0,
            allowance: None,
            bandwidth: Bandwidth::default(),
            share: None,
            done_before: DoneBefore::default(),
        }
    }
}

impl Account {
    pub fn new(spec: AccountSpec) -> Self {
        // The home last: at the same path the first one counts.
        let mount =
            |folder: FolderSpec| Mount { at: folder.at, backend: folder.storage, charge: folder.charge };
        let folders = spec.folders.into_iter().map(mount);
        let home = Mount { at: VirtualPath::root(), backend: spec.home, charge: spec.charge };
        Self {
            name: spec.name,
            role: spec.role,
            access: Access::new(spec.permissions, spec.patterns),
            mounts: Mounts::new(folders.chain([home]).collect()),
            start_directory: spec.start_directory,
            max_sessions: spec.max_sessions,
            max_upload_size: spec.max_upload_size,
            allowance: spec.allowance,
            bandwidth: spec.bandwidth,
            share: spec.share,
            uploaded: spec.done_before.upload.into(),
            downloaded: spec.done_before.download.into(),
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

    /// Counts what the account's own book should say: the regular files of the home, and of the folders that
    /// count for the user. Walks all of it.
    pub async fn count_stored(&self) -> Result<Usage> {
        let own = self.mounts.iter().last().and_then(|home| home.charge.as_ref());
        let mut sum = Usage::default();
        for mount in self.mounts.iter() {
            let counts = match (&mount.charge, own) {
                (Some(charge), Some(own)) => Arc::ptr_eq(&charge.book, &own.book),
                (None, None) => true,
                _ => false,
            };
            if counts {
                let usage = count_stored(&*mount.backend).await?;
                sum = Usage { files: sum.files + usage.files, bytes: sum.bytes + usage.bytes };
            }
        }
        Ok(sum)
    }

    pub(crate) const fn share(&self) -> Option<&Arc<str>> {
        self.share.as_ref()
    }

    /// Whether this transfer may be the user's first in its direction; says so once.
    pub(crate) fn may_be_first(&self, direction: Direction) -> bool {
        let done = match direction {
            Direction::Upload => &self.uploaded,
            Direction::Download => &self.downloaded,
        };
        // Asked for every file: a plain load, once it is known.
        !done.load(Ordering::Relaxed) && !done.swap(true, Ordering::Relaxed)
    }

    pub(crate) const fn access(&self) -> &Access {
        &self.access
    }

    pub(crate) const fn mounts(&self) -> &Mounts {
        &self.mounts
    }

    pub(crate) const fn allowance(&self) -> Option<&Allowance> {
        self.allowance.as_ref()
    }

    pub(crate) const fn bandwidth(&self) -> &Bandwidth {
        &self.bandwidth
    }

    pub(crate) const fn max_upload_size(&self) -> u64 {
        self.max_upload_size
    }

    pub(crate) const fn max_sessions(&self) -> u32 {
        self.max_sessions
    }
}

/// Counts the regular files of a folder; links are neither counted nor followed. One that is not there holds
/// none.
pub async fn count_stored(folder: &dyn Backend) -> Result<Usage> {
    match tree::usage(At { backend: folder, key: &Key::root() }).await {
        Err(storage::Error::NotFound) => Ok(Usage::default()),
        usage => Ok(usage?),
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("name", &self.name).finish_non_exhaustive()
    }
}

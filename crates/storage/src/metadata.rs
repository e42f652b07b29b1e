//! What is known of a file, and what may be changed about it.

/// A point in time: seconds since 1970 (may be negative) and nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    pub secs: i64,
    pub nanos: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Directory,
    Symlink,
    /// A socket, a device, a pipe: shown, never opened.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata {
    pub kind: Kind,
    pub size: u64,
    /// Permission bits with setuid, setgid and sticky; never the type bits.
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub links: u64,
    pub accessed: Time,
    pub modified: Time,
}

/// One name in a directory. `metadata` describes the node itself, links not followed.
#[derive(Clone, Debug)]
pub struct Entry {
    pub name: Box<[u8]>,
    pub metadata: Metadata,
}

/// What to set; `None` keeps. `size` is applied first, so that the times asked for are those that stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub size: Option<u64>,
    pub mode: Option<u32>,
    pub owner: Option<(u32, u32)>,
    /// Access and modification time.
    pub times: Option<(Time, Time)>,
}

impl Change {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Room on the file system under a path, in the words of `statvfs(3)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Space {
    pub block_size: u64,
    pub fragment_size: u64,
    pub blocks: u64,
    pub blocks_free: u64,
    pub blocks_available: u64,
    pub files: u64,
    pub files_free: u64,
    pub files_available: u64,
    pub fs_id: u64,
    pub read_only: bool,
    pub no_setuid: bool,
    pub name_max: u64,
}

//! What the server's configuration says about every session.

use storage::{OnAbort, Publish};

/// The part of `common` that decides how operations are carried out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// `common.umask`; the process's own where the key is empty.
    pub umask: u32,
    pub setstat: SetstatMode,
    pub symlinks: SymlinkMode,
    pub upload: UploadMode,
    pub durability: Durability,
}

/// `common.setstat_mode`: what becomes of mode, owner and times a client sets. Sizes are always set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SetstatMode {
    #[default]
    Execute,
    Ignore,
    /// Ignored where the backend keeps no attributes.
    IgnoreUnsupported,
}

/// `common.symlink_mode`: where clients may create symbolic links. Existing ones are followed everywhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SymlinkMode {
    /// Bit 1: on local disks, encrypted ones included.
    pub local: bool,
    /// Bit 2: on the SFTP backend.
    pub remote: bool,
}

/// `common.upload_mode`, the part that local storage follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UploadMode {
    /// The file grows under its own name; what a lost client sent stays.
    #[default]
    InPlace,
    /// Written beside and renamed when complete; a lost client leaves nothing.
    Atomic,
    /// As `Atomic`, but what a lost client sent is published, for the client to resume.
    AtomicResumable,
}

/// `common.durability`: when a success reply means "on stable storage".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    Never,
    /// For uploads that are published whole: file, rename and directory.
    #[default]
    Staged,
    Always,
}

impl Settings {
    /// The mode of a new file. What the client asks for is ignored, as SFTPGo does.
    pub(crate) const fn file_mode(&self) -> u32 {
        0o666 & !self.umask
    }

    pub(crate) const fn dir_mode(&self) -> u32 {
        0o777 & !self.umask
    }

    /// When an upload is seen, and what a lost client leaves. Where nothing can be resumed a part is worth
    /// nothing, so such uploads are published whole in every mode.
    pub(crate) const fn publishing(&self, resumable: bool) -> (Publish, OnAbort) {
        match (self.upload, resumable) {
            (UploadMode::InPlace, true) => (Publish::AsWritten, OnAbort::Keep),
            (UploadMode::AtomicResumable, true) => (Publish::WhenFinished, OnAbort::Keep),
            (UploadMode::Atomic, true) | (_, false) => (Publish::WhenFinished, OnAbort::Discard),
        }
    }

    pub(crate) const fn is_durable(&self, publish: Publish) -> bool {
        match self.durability {
            Durability::Never => false,
            Durability::Staged => matches!(publish, Publish::WhenFinished),
            Durability::Always => true,
        }
    }

    /// Whether a directory that was made, and a name that was changed, are on stable storage when the client
    /// hears of it: an upload that is safe must not be lost with the directory it is in.
    pub(crate) const fn are_names_durable(&self) -> bool {
        match self.durability {
            Durability::Never => false,
            Durability::Staged => !matches!(self.upload, UploadMode::InPlace),
            Durability::Always => true,
        }
    }

    /// Whether what is moved to another disk is on stable storage there before it goes here.
    pub(crate) const fn are_moves_durable(&self) -> bool {
        !matches!(self.durability, Durability::Never)
    }

    /// As [`are_names_durable`](Self::are_names_durable), for what nothing can be lost by: removals, attributes.
    pub(crate) const fn are_changes_durable(&self) -> bool {
        matches!(self.durability, Durability::Always)
    }
}

impl SetstatMode {
    /// From the configuration's number; `None` for one that means nothing.
    pub const fn from_number(number: u32) -> Option<Self> {
        match number {
            0 => Some(Self::Execute),
            1 => Some(Self::Ignore),
            2 => Some(Self::IgnoreUnsupported),
            _ => None,
        }
    }
}

impl Durability {
    /// From the configuration's number; `None` for one that means nothing.
    pub const fn from_number(number: u32) -> Option<Self> {
        match number {
            0 => Some(Self::Never),
            1 => Some(Self::Staged),
            2 => Some(Self::Always),
            _ => None,
        }
    }
}

impl SymlinkMode {
    /// From the configuration's bits.
    pub const fn from_bits(bits: u32) -> Self {
        Self { local: bits & 1 != 0, remote: bits & 2 != 0 }
    }
}

impl UploadMode {
    /// From the configuration's bits; those for cloud storage (4, 8, 16) are not looked at.
    pub const fn from_bits(bits: u32) -> Self {
        match bits & 3 {
            0 => Self::InPlace,
            1 => Self::Atomic,
            _ => Self::AtomicResumable,
        }
    }
}

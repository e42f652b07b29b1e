//! The contract between `session` and a backend.

use crate::{Change, Descriptor, Entry, Key, Metadata, Result, Space};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use std::{any::Any, fmt, io::IoSliceMut};

/// What a backend can do; data, so that nobody asks "is it S3?".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Writes at any offset, and into existing content ([`Writer::Random`]).
    pub random_write: bool,
    /// [`Backend::rename`] replaces a file in one step.
    pub atomic_rename: bool,
    /// Directories can be renamed.
    pub rename_directories: bool,
    /// Mode, owner and times can be set.
    pub attributes: bool,
    /// A [`Writer`] publishes nothing until it finishes (object stores).
    pub atomic_write: bool,
    /// A directory is there as soon as something is below it; parents need not be made.
    pub implied_directories: bool,
}

/// What an event or a log line says about where a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The number of the REST schema's `FsProviders` (0 local, 1 S3, …).
    pub provider: u8,
    pub endpoint: String,
    pub bucket: String,
}

/// What to do with a file that is already there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Fail with `AlreadyExists` (`O_EXCL`).
    CreateNew,
    /// Create it or empty it.
    Truncate,
    /// Create it or keep its content (`O_CREAT`).
    Keep,
    /// Keep its content; fail with `NotFound` when it is missing.
    Existing,
    /// Empty it; fail with `NotFound` when it is missing.
    TruncateExisting,
}

/// When a file is to be seen under its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publish {
    /// At once, as it grows.
    AsWritten,
    /// Whole, when it is finished; until then what was there before stays readable. What is written into an
    /// existing file goes to a copy. A link at the name is replaced, not followed.
    WhenFinished,
}

/// What a writer that is aborted leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnAbort {
    /// What was written stays, under its name.
    Keep,
    /// Nothing new stays; a backend that wrote in place cannot promise more than removing a new file.
    Discard,
}

/// How a file is opened for writing.
#[derive(Clone, Debug)]
pub struct OpenWrite {
    pub start: Start,
    /// The handle is read from as well ([`WriteAt::read_at`]).
    pub read: bool,
    /// Every write goes to the end the file has then, whatever its offset and whoever else writes (`O_APPEND`).
    pub append: bool,
    /// Mode of a file that is created; the backend applies no umask of its own.
    pub mode: u32,
    /// Where [`Capabilities::atomic_write`] says so, every file is published when finished.
    pub publish: Publish,
    pub on_abort: OnAbort,
    /// A finished file, and its name, are on stable storage.
    pub durable: bool,
}

/// An accepted write: done, or done later. Pending ones may be awaited in any order.
pub enum Pending {
    Ready(Result<()>),
    Later(BoxFuture<'static, Result<()>>),
}

/// Bytes asked for.
pub enum Read {
    /// So many bytes are in the caller's buffers, filled in order; 0 is the end of the file.
    Now(usize),
    /// The bytes come later, at most as many as the buffers hold; empty is the end of the file.
    Later(BoxFuture<'static, Result<Bytes>>),
}

/// An open file being written, by what its backend can bear.
pub enum Writer {
    /// Any offset, any order: local disks, remote SFTP.
    Random(Box<dyn WriteAt>),
    /// From the start, in order: object stores.
    Stream(Box<dyn Sink>),
}

/// A file open for writes at any offset. Dropped without `finish`, it behaves as aborted.
#[async_trait]
pub trait WriteAt: Send + Sync {
    /// Writes `data`, whole, at `offset`: the pieces one after the other, as one write. Taken from the
    /// vector, which is left empty for reuse. Several writes may be in flight; where they overlap, the
    /// later call wins.
    fn write_at(&mut self, offset: u64, data: &mut Vec<Bytes>) -> Pending;
    /// As [`ReadAt::read_at`]; `Unsupported` unless opened with `read`.
    fn read_at(&mut self, offset: u64, buffers: &mut [IoSliceMut<'_>]) -> Result<Read>;
    async fn stat(&self) -> Result<Metadata>;
    async fn change(&self, change: &Change) -> Result<()>;
    /// For copying inside the kernel, once no write is in flight; `None` where there is no such file.
    fn descriptor(&self) -> Option<Descriptor> {
        None
    }
    /// What was written so far is on stable storage afterwards.
    async fn sync(&self) -> Result<()>;
    /// Shows others what was written so far: the name, beside the file's own, under which they find it until it
    /// is finished; `None` where it is its own name, or where there is nothing to be shown.
    async fn reveal(&mut self) -> Result<Option<Box<[u8]>>> {
        Ok(None)
    }
    /// Closes the file. An error means that what is stored is not what was written.
    async fn finish(self: Box<Self>) -> Result<Metadata>;
    /// Gives up; the size of what stays, `None` where nothing of this writer does. Dropped, it does what
    /// `OpenWrite::on_abort` says.
    async fn abort(self: Box<Self>, on_abort: OnAbort) -> Option<u64>;
}

/// A file written from start to end. Dropped without `finish`, it behaves as aborted.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Appends `data`, whole: the pieces one after the other. Taken from the vector, which is left empty for
    /// reuse. Several may be in flight.
    fn push(&mut self, data: &mut Vec<Bytes>) -> Pending;
    async fn finish(self: Box<Self>) -> Result<Metadata>;
    /// As [`WriteAt::abort`]; an object store keeps nothing.
    async fn abort(self: Box<Self>, on_abort: OnAbort) -> Option<u64>;
}

/// A file open for reading.
#[async_trait]
pub trait ReadAt: Send + Sync {
    /// Reads at `offset` into `buffers`, in order, as many bytes as there are: a short answer means the end
    /// of the file.
    fn read_at(&mut self, offset: u64, buffers: &mut [IoSliceMut<'_>]) -> Result<Read>;
    async fn stat(&self) -> Result<Metadata>;
    async fn change(&self, change: &Change) -> Result<()>;
    /// As [`WriteAt::descriptor`].
    fn descriptor(&self) -> Option<Descriptor> {
        None
    }
}

/// A directory being read, page by page, so that a million names need no more memory than a hundred.
#[async_trait]
pub trait Listing: Send + Sync {
    /// The next entries, in the directory's own order; empty at the end.
    async fn next(&mut self) -> Result<Vec<Entry>>;
}

/// Whether a rename may replace a file at its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rename {
    Replace,
    /// `AlreadyExists` when the target is there, in one step with the rename.
    NoReplace,
}

/// One place to keep files. Keys are relative to its root; no operation reaches outside it, whatever links
/// are there and whoever changes them meanwhile.
#[async_trait]
pub trait Backend: Any + Send + Sync + fmt::Debug {
    fn capabilities(&self) -> Capabilities;
    fn describe(&self) -> Description;
    /// What `key` is called where it is stored (a path on disk), for logs and events; not UTF-8 is shown as
    /// U+FFFD.
    fn name_of(&self, key: &Key) -> String;
    /// The same, byte for byte.
    fn path_of(&self, key: &Key) -> Vec<u8> {
        self.name_of(key).into_bytes()
    }
    /// Makes the root if it is missing, parents included, with the given mode.
    async fn prepare(&self, mode: u32) -> Result<()>;
    /// Links followed.
    async fn stat(&self, key: &Key) -> Result<Metadata>;
    async fn list(&self, dir: &Key) -> Result<Box<dyn Listing>>;
    async fn read(&self, key: &Key) -> Result<Box<dyn ReadAt>>;
    async fn write(&self, key: &Key, open: &OpenWrite) -> Result<Writer>;
    async fn rename(&self, from: &Key, to: &Key, rename: Rename) -> Result<()>;
    /// As [`rename`](Self::rename), to a place in another backend, where both can do it in one step (two roots
    /// on one disk); [`CrossesDevices`](crate::Error::CrossesDevices) where not, and nothing was done.
    async fn rename_into(&self, _from: &Key, _other: &dyn Backend, _to: &Key, _rename: Rename) -> Result<()> {
        Err(crate::Error::CrossesDevices)
    }
    /// Removes a file or a link (never what it points to); `IsADirectory` for a directory.
    async fn remove_file(&self, key: &Key) -> Result<()>;
    /// Removes an empty directory.
    async fn remove_dir(&self, key: &Key) -> Result<()>;
    async fn make_dir(&self, key: &Key, mode: u32) -> Result<()>;
    /// Links followed.
    async fn change(&self, key: &Key, change: &Change) -> Result<()>;
    /// What is at `key` is on stable storage afterwards: the content and attributes of a file, the names in a
    /// directory. Nothing to do where every change is there when it is answered (object stores).
    async fn sync(&self, _key: &Key) -> Result<()> {
        Ok(())
    }
    async fn space(&self, key: &Key) -> Result<Space>;
    /// Symbolic and hard links, where the backend has them.
    fn links(&self) -> Option<&dyn Links> {
        None
    }
}

/// What backends with links add.
#[async_trait]
pub trait Links: Send + Sync {
    /// Whether another server keeps them, for which the configuration may have a rule of its own.
    fn are_remote(&self) -> bool {
        false
    }
    /// Links not followed at the last part.
    async fn stat_link(&self, key: &Key) -> Result<Metadata>;
    /// Sets attributes of the node itself, links not followed at the last part.
    async fn change_link(&self, key: &Key, change: &Change) -> Result<()>;
    /// The key a link leads to, one step: relative targets are resolved, absolute ones below the root are
    /// rewritten relative to it, and `Denied` answers a target outside.
    async fn read_link(&self, key: &Key) -> Result<Key>;
    /// Makes `link` lead to `target`, stored relative to the link's directory. The target may be missing.
    async fn make_link(&self, target: &Key, link: &Key) -> Result<()>;
    async fn hard_link(&self, from: &Key, to: &Key) -> Result<()>;
}

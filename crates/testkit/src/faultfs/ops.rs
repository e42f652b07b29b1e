//! The kernel's calls, each through its gate and then to the tree.

use super::{
    Shared,
    answer::Answer,
    rules::{Call, Gate},
    tree::{Attributes, Line, Tree},
};
use fuser::{
    BsdFileFlags, Errno, FileHandle, Filesystem, INodeNo, LockOwner, OpenFlags, RenameFlags, ReplyAttr,
    ReplyCreate, ReplyData, ReplyDirectory, ReplyEmpty, ReplyEntry, ReplyOpen, ReplyStatfs, ReplyWrite,
    Request, TimeOrNow, WriteFlags,
};
use std::{
    collections::HashMap,
    ffi::OsStr,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::SystemTime,
};

#[derive(Debug)]
pub(super) struct Ops {
    shared: Arc<Shared>,
    /// A listing is taken when the directory is opened, so that removals meanwhile shift nothing.
    listings: Arc<Mutex<HashMap<u64, Vec<Line>>>>,
    next_listing: Arc<AtomicU64>,
}

impl Ops {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, listings: Arc::default(), next_listing: Arc::default() }
    }

    /// Answers one call: at once, or from a thread of its own if it has to wait, so that a hung call delays
    /// no other.
    fn serve<A: Answer>(
        &self,
        call: Call,
        answer: A,
        work: impl FnOnce(&mut Tree) -> Result<A::Value, Errno> + Send + 'static,
    ) {
        let gate = self.shared.rules.gate(call);
        let shared = Arc::clone(&self.shared);
        let done = move || {
            let result = shared.rules.sit_out(gate).and_then(|()| work(&mut shared.tree()));
            match result {
                Ok(value) => answer.give(value),
                Err(errno) => answer.refuse(errno),
            }
        };
        match gate {
            Gate::Go | Gate::Fail(_) => done(),
            Gate::Late(_) | Gate::Hang => drop(thread::spawn(done)),
        }
    }
}

impl Filesystem for Ops {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let name = name.to_owned();
        self.serve(Call::Stat, reply, move |tree| tree.lookup(parent.0, &name));
    }

    fn getattr(&self, _: &Request, ino: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        self.serve(Call::Stat, reply, move |tree| tree.attributes(ino.0));
    }

    fn setattr(
        &self,
        _: &Request,
        ino: INodeNo,
        mode: Option<u32>,
        uid: Option<u32>,
        gid: Option<u32>,
        size: Option<u64>,
        atime: Option<TimeOrNow>,
        mtime: Option<TimeOrNow>,
        _ctime: Option<SystemTime>,
        _: Option<FileHandle>,
        _crtime: Option<SystemTime>,
        _chgtime: Option<SystemTime>,
        _bkuptime: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let change =
            Attributes { mode, uid, gid, size, atime: atime.map(resolve), mtime: mtime.map(resolve) };
        self.serve(Call::Change, reply, move |tree| tree.change(ino.0, &change));
    }

    fn readlink(&self, _: &Request, ino: INodeNo, reply: ReplyData) {
        self.serve(Call::Link, reply, move |tree| tree.target(ino.0));
    }

    fn mkdir(&self, _: &Request, parent: INodeNo, name: &OsStr, mode: u32, umask: u32, reply: ReplyEntry) {
        let name = name.to_owned();
        self.serve(Call::MakeDir, reply, move |tree| tree.make_dir(parent.0, &name, mode & !umask));
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        let name = name.to_owned();
        self.serve(Call::Remove, reply, move |tree| tree.remove_file(parent.0, &name));
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        let name = name.to_owned();
        self.serve(Call::Remove, reply, move |tree| tree.remove_dir(parent.0, &name));
    }

    fn symlink(&self, _: &Request, parent: INodeNo, name: &OsStr, target: &Path, reply: ReplyEntry) {
        let (name, target) = (name.to_owned(), target.to_owned());
        self.serve(Call::Link, reply, move |tree| tree.symlink(parent.0, &name, target));
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        into: INodeNo,
        as_name: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        let (name, as_name) = (name.to_owned(), as_name.to_owned());
        let replace = !flags.contains(RenameFlags::RENAME_NOREPLACE);
        self.serve(Call::Rename, reply, move |tree| {
            tree.rename((parent.0, &name), (into.0, &as_name), replace)
        });
    }

    fn link(&self, _: &Request, ino: INodeNo, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let name = name.to_owned();
        self.serve(Call::Link, reply, move |tree| tree.link(ino.0, parent.0, &name));
    }

    fn open(&self, _: &Request, ino: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        self.serve(Call::Open, reply, move |tree| tree.attributes(ino.0).map(|_| FileHandle(0)));
    }

    fn create(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        umask: u32,
        _flags: i32,
        reply: ReplyCreate,
    ) {
        let name = name.to_owned();
        self.serve(Call::Create, reply, move |tree| tree.create(parent.0, &name, mode & !umask));
    }

    fn read(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        self.serve(Call::Read, reply, move |tree| tree.read(ino.0, offset, size));
    }

    fn write(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let data = data.to_vec();
        self.serve(Call::Write, reply, move |tree| tree.write(ino.0, offset, &data));
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        self.serve(Call::Close, reply, |_| Ok(()));
    }

    fn fsync(&self, _: &Request, ino: INodeNo, _: FileHandle, _datasync: bool, reply: ReplyEmpty) {
        self.serve(Call::Sync, reply, move |tree| tree.sync(ino.0));
    }

    fn fsyncdir(&self, _: &Request, ino: INodeNo, _: FileHandle, _datasync: bool, reply: ReplyEmpty) {
        self.serve(Call::Sync, reply, move |tree| tree.sync(ino.0));
    }

    fn opendir(&self, _: &Request, ino: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        let (listings, next) = (Arc::clone(&self.listings), Arc::clone(&self.next_listing));
        self.serve(Call::List, reply, move |tree| {
            let lines = tree.list(ino.0)?;
            let handle = next.fetch_add(1, Ordering::Relaxed);
            listings.lock().unwrap_or_else(PoisonError::into_inner).insert(handle, lines);
            Ok(FileHandle(handle))
        });
    }

    fn readdir(&self, _: &Request, _: INodeNo, handle: FileHandle, offset: u64, reply: ReplyDirectory) {
        let listings = Arc::clone(&self.listings);
        self.serve(Call::List, reply, move |_| {
            let listings = listings.lock().unwrap_or_else(PoisonError::into_inner);
            let lines = listings.get(&handle.0).ok_or(Errno::EBADF)?;
            let from = usize::try_from(offset).map_err(|_| Errno::EINVAL)?;
            Ok((1..).zip(lines.iter().cloned()).skip(from).collect())
        });
    }

    fn releasedir(&self, _: &Request, _: INodeNo, handle: FileHandle, _: OpenFlags, reply: ReplyEmpty) {
        self.listings.lock().unwrap_or_else(PoisonError::into_inner).remove(&handle.0);
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        self.serve(Call::Space, reply, |tree| Ok(tree.space()));
    }
}

fn resolve(time: TimeOrNow) -> SystemTime {
    match time {
        TimeOrNow::SpecificTime(time) => time,
        TimeOrNow::Now => SystemTime::now(),
    }
}

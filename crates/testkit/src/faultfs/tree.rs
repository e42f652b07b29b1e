//! The files themselves, as they are and as they would be after a power cut.

use fuser::{Errno, FileAttr, FileType, INodeNo};
use std::{
    collections::{BTreeMap, HashMap},
    ffi::{OsStr, OsString},
    path::PathBuf,
    time::SystemTime,
};

type Result<T> = std::result::Result<T, Errno>;
type Names = BTreeMap<OsString, u64>;

const ROOT: u64 = INodeNo::ROOT.0;

/// What `df` shows when no limit is set.
const SPACE: u64 = 1 << 40;

/// Every inode there ever was. None is forgotten: an open file outlives its name, and tests are short.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: HashMap<u64, Node>,
    next: u64,
    limit: u64,
}

#[derive(Debug)]
struct Node {
    mode: u16,
    uid: u32,
    gid: u32,
    atime: SystemTime,
    mtime: SystemTime,
    body: Body,
}

#[derive(Debug)]
enum Body {
    File { data: Vec<u8>, synced: Vec<u8> },
    Dir { names: Names, synced: Names },
    Symlink(PathBuf),
}

/// One line of a listing.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) ino: u64,
    pub(super) kind: FileType,
    pub(super) name: OsString,
}

/// What setattr(2)'s relatives change; `None` leaves a field alone.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    pub(super) mode: Option<u32>,
    pub(super) uid: Option<u32>,
    pub(super) gid: Option<u32>,
    pub(super) size: Option<u64>,
    pub(super) atime: Option<SystemTime>,
    pub(super) mtime: Option<SystemTime>,
}

impl Tree {
    pub(super) fn new() -> Self {
        let root = Node::new(0o755, Body::Dir { names: Names::new(), synced: Names::new() });
        Self { nodes: HashMap::from([(ROOT, root)]), next: ROOT + 1, limit: SPACE }
    }

    pub(super) fn limit_space(&mut self, bytes: u64) {
        self.limit = bytes;
    }

    /// Everything that was not synced is gone.
    pub(super) fn lose_power(&mut self) {
        for node in self.nodes.values_mut() {
            match &mut node.body {
                Body::File { data, synced } => data.clone_from(synced),
                Body::Dir { names, synced } => names.clone_from(synced),
                Body::Symlink(_) => {}
            }
        }
    }

    /// fsync(2) of a file or a directory.
    pub(super) fn sync(&mut self, ino: u64) -> Result<()> {
        match &mut self.node(ino)?.body {
            Body::File { data, synced } => {
                synced.clone_from(data);
                self.sync_first_name(ino);
            }
            Body::Dir { names, synced } => synced.clone_from(names),
            Body::Symlink(_) => {}
        }
        Ok(())
    }

    /// A file that no synced directory knows gets the names it has now.
    fn sync_first_name(&mut self, ino: u64) {
        let known = self.nodes.values().any(
            |node| matches!(&node.body, Body::Dir { synced, .. } if synced.values().any(|&found| found == ino)),
        );
        if known {
            return;
        }
        for node in self.nodes.values_mut() {
            if let Body::Dir { names, synced } = &mut node.body {
                let fresh = names.iter().filter(|&(_, &found)| found == ino);
                synced.extend(fresh.map(|(name, &ino)| (name.clone(), ino)));
            }
        }
    }

    pub(super) fn lookup(&mut self, parent: u64, name: &OsStr) -> Result<FileAttr> {
        let ino = self.find(parent, name)?;
        self.attributes(ino)
    }

    pub(super) fn attributes(&mut self, ino: u64) -> Result<FileAttr> {
        let links = self.links(ino);
        let node = self.node(ino)?;
        let (kind, size) = match &node.body {
            Body::File { data, .. } => (FileType::RegularFile, data.len() as u64),
            Body::Dir { names, .. } => (FileType::Directory, names.len() as u64),
            Body::Symlink(target) => (FileType::Symlink, target.as_os_str().len() as u64),
        };
        Ok(FileAttr {
            ino: INodeNo(ino),
            size,
            blocks: size.div_ceil(512),
            atime: node.atime,
            mtime: node.mtime,
            ctime: node.mtime,
            crtime: node.mtime,
            kind,
            perm: node.mode,
            nlink: links,
            uid: node.uid,
            gid: node.gid,
            rdev: 0,
            blksize: 4096,
            flags: 0,
        })
    }

    pub(super) fn change(&mut self, ino: u64, change: &Attributes) -> Result<FileAttr> {
        if let Some(size) = change.size {
            self.resize(ino, size)?;
        }
        let node = self.node(ino)?;
        node.mode = change.mode.map_or(node.mode, |mode| (mode & 0o7777) as u16);
        node.uid = change.uid.unwrap_or(node.uid);
        node.gid = change.gid.unwrap_or(node.gid);
        node.atime = change.atime.unwrap_or(node.atime);
        node.mtime = change.mtime.unwrap_or(node.mtime);
        self.attributes(ino)
    }

    pub(super) fn create(&mut self, parent: u64, name: &OsStr, mode: u32) -> Result<FileAttr> {
        let body = Body::File { data: Vec::new(), synced: Vec::new() };
        self.add(parent, name, Node::new(mode, body))
    }

    pub(super) fn make_dir(&mut self, parent: u64, name: &OsStr, mode: u32) -> Result<FileAttr> {
        let body = Body::Dir { names: Names::new(), synced: Names::new() };
        self.add(parent, name, Node::new(mode, body))
    }

    pub(super) fn symlink(&mut self, parent: u64, name: &OsStr, target: PathBuf) -> Result<FileAttr> {
        self.add(parent, name, Node::new(0o777, Body::Symlink(target)))
    }

    pub(super) fn link(&mut self, ino: u64, parent: u64, name: &OsStr) -> Result<FileAttr> {
        let names = self.names(parent)?;
        if names.contains_key(name) {
            return Err(Errno::EEXIST);
        }
        names.insert(name.to_owned(), ino);
        self.attributes(ino)
    }

    pub(super) fn target(&mut self, ino: u64) -> Result<Vec<u8>> {
        match &self.node(ino)?.body {
            Body::Symlink(target) => Ok(target.as_os_str().as_encoded_bytes().to_vec()),
            _ => Err(Errno::EINVAL),
        }
    }

    pub(super) fn read(&mut self, ino: u64, offset: u64, size: u32) -> Result<Vec<u8>> {
        let Body::File { data, .. } = &self.node(ino)?.body else { return Err(Errno::EISDIR) };
        let start = usize::try_from(offset).map_or(data.len(), |at| at.min(data.len()));
        let end = (start + size as usize).min(data.len());
        Ok(data[start..end].to_vec())
    }

    pub(super) fn write(&mut self, ino: u64, offset: u64, bytes: &[u8]) -> Result<u32> {
        let end = offset + bytes.len() as u64;
        if end > self.size(ino)? {
            self.resize(ino, end)?;
        }
        let node = self.node(ino)?;
        node.mtime = SystemTime::now();
        let Body::File { data, .. } = &mut node.body else { return Err(Errno::EISDIR) };
        // The file has just been made large enough, so the offset fits.
        let start = usize::try_from(offset).map_err(|_| Errno::EFBIG)?;
        data[start..start + bytes.len()].copy_from_slice(bytes);
        Ok(bytes.len() as u32)
    }

    pub(super) fn list(&mut self, dir: u64) -> Result<Vec<Line>> {
        let names: Vec<_> = self.names(dir)?.iter().map(|(name, &ino)| (name.clone(), ino)).collect();
        let mut lines: Vec<_> = [".", ".."]
            .map(|name| Line { ino: dir, kind: FileType::Directory, name: OsString::from(name) })
            .into();
        for (name, ino) in names {
            let kind = self.attributes(ino)?.kind;
            lines.push(Line { ino, kind, name });
        }
        Ok(lines)
    }

    pub(super) fn remove_file(&mut self, parent: u64, name: &OsStr) -> Result<()> {
        let ino = self.find(parent, name)?;
        if matches!(self.node(ino)?.body, Body::Dir { .. }) {
            return Err(Errno::EISDIR);
        }
        self.names(parent)?.remove(name);
        Ok(())
    }

    pub(super) fn remove_dir(&mut self, parent: u64, name: &OsStr) -> Result<()> {
        let ino = self.find(parent, name)?;
        if !self.names(ino)?.is_empty() {
            return Err(Errno::ENOTEMPTY);
        }
        self.names(parent)?.remove(name);
        Ok(())
    }

    pub(super) fn rename(
        &mut self,
        (parent, name): (u64, &OsStr),
        (into, as_name): (u64, &OsStr),
        replace: bool,
    ) -> Result<()> {
        let ino = self.find(parent, name)?;
        if let Ok(there) = self.find(into, as_name) {
            match &self.node(there)?.body {
                _ if !replace => return Err(Errno::EEXIST),
                Body::Dir { names, .. } if !names.is_empty() => return Err(Errno::ENOTEMPTY),
                _ => {}
            }
        }
        self.names(parent)?.remove(name);
        self.names(into)?.insert(as_name.to_owned(), ino);
        Ok(())
    }

    /// Total and free bytes.
    pub(super) fn space(&self) -> (u64, u64) {
        (self.limit, self.limit.saturating_sub(self.used()))
    }

    fn add(&mut self, parent: u64, name: &OsStr, node: Node) -> Result<FileAttr> {
        let ino = self.next;
        let names = self.names(parent)?;
        if names.contains_key(name) {
            return Err(Errno::EEXIST);
        }
        names.insert(name.to_owned(), ino);
        self.next += 1;
        self.nodes.insert(ino, node);
        self.attributes(ino)
    }

    fn resize(&mut self, ino: u64, size: u64) -> Result<()> {
        let grown = size.saturating_sub(self.size(ino)?);
        if grown > 0 && self.used() + grown > self.limit {
            return Err(Errno::ENOSPC);
        }
        let length = usize::try_from(size).map_err(|_| Errno::EFBIG)?;
        match &mut self.node(ino)?.body {
            Body::File { data, .. } => data.resize(length, 0),
            _ => return Err(Errno::EISDIR),
        }
        Ok(())
    }

    fn size(&mut self, ino: u64) -> Result<u64> {
        match &self.node(ino)?.body {
            Body::File { data, .. } => Ok(data.len() as u64),
            _ => Err(Errno::EISDIR),
        }
    }

    /// The bytes of all files that have a name.
    fn used(&self) -> u64 {
        let size = |(&ino, node): (&u64, &Node)| match &node.body {
            Body::File { data, .. } if self.links(ino) > 0 => data.len() as u64,
            _ => 0,
        };
        self.nodes.iter().map(size).sum()
    }

    fn links(&self, ino: u64) -> u32 {
        let names = self.nodes.values().filter_map(|node| match &node.body {
            Body::Dir { names, .. } => Some(names.values()),
            _ => None,
        });
        let found = names.flatten().filter(|&&found| found == ino).count();
        u32::try_from(found).unwrap_or(u32::MAX)
    }

    fn find(&mut self, parent: u64, name: &OsStr) -> Result<u64> {
        self.names(parent)?.get(name).copied().ok_or(Errno::ENOENT)
    }

    fn names(&mut self, dir: u64) -> Result<&mut Names> {
        match &mut self.node(dir)?.body {
            Body::Dir { names, .. } => Ok(names),
            _ => Err(Errno::ENOTDIR),
        }
    }

    fn node(&mut self, ino: u64) -> Result<&mut Node> {
        self.nodes.get_mut(&ino).ok_or(Errno::ENOENT)
    }
}

impl Node {
    fn new(mode: u32, body: Body) -> Self {
        let now = SystemTime::now();
        Self { mode: (mode & 0o7777) as u16, uid: 0, gid: 0, atime: now, mtime: now, body }
    }
}

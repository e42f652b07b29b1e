//! Files in memory, with the manners of an object store: whole objects written from start to end and
//! published when complete, directories that are only prefixes, listings by page.
//!
//! For tests, and the second shape the contract is held against: what works on it and on a local disk will
//! work on cloud storage.

use crate::{
    Backend, Capabilities, Change, Description, Entry, Error, Key, Kind, Listing, Metadata, OnAbort,
    OpenWrite, Pending, Read, ReadAt, Rename, Result, Sink, Space, Start, Time, Writer,
};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    io::IoSliceMut,
    ops::Bound::{Excluded, Included, Unbounded},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

/// A [`Backend`] in memory. Clones share their content.
#[derive(Clone)]
pub struct Memory {
    objects: Arc<Mutex<Objects>>,
    page: usize,
}

/// By full name. A directory that was made is an object of its own; others are implied by what is below.
type Objects = BTreeMap<Box<[u8]>, Object>;

#[derive(Clone)]
struct Object {
    kind: Kind,
    data: Bytes,
    modified: Time,
}

impl Default for Memory {
    fn default() -> Self {
        Self::with_page(1000)
    }
}

impl Memory {
    /// Lists at most `page` names at a time.
    pub fn with_page(page: usize) -> Self {
        Self { objects: Arc::default(), page: page.max(1) }
    }

    fn objects(&self) -> MutexGuard<'_, Objects> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Backend for Memory {
    fn capabilities(&self) -> Capabilities {
        Capabilities { atomic_write: true, implied_directories: true, ..Capabilities::default() }
    }

    fn describe(&self) -> Description {
        Description { provider: 0, endpoint: String::new(), bucket: "memory".into() }
    }

    fn name_of(&self, key: &Key) -> String {
        String::from_utf8_lossy(key.as_bytes()).into_owned()
    }

    async fn prepare(&self, _mode: u32) -> Result<()> {
        Ok(())
    }

    async fn stat(&self, key: &Key) -> Result<Metadata> {
        stat(&self.objects(), key.as_bytes()).ok_or(Error::NotFound)
    }

    async fn list(&self, dir: &Key) -> Result<Box<dyn Listing>> {
        match stat(&self.objects(), dir.as_bytes()).map(|found| found.kind) {
            Some(Kind::Directory) => {}
            Some(_) => return Err(Error::NotADirectory),
            None => return Err(Error::NotFound),
        }
        Ok(Box::new(Pages { memory: self.clone(), prefix: prefix(dir.as_bytes()), after: None }))
    }

    async fn read(&self, key: &Key) -> Result<Box<dyn ReadAt>> {
        let metadata = self.stat(key).await?;
        let data = self.objects().get(key.as_bytes()).map(|object| object.data.clone());
        Ok(Box::new(Content { metadata, data: data.unwrap_or_default() }))
    }

    async fn write(&self, key: &Key, open: &OpenWrite) -> Result<Writer> {
        let there = stat(&self.objects(), key.as_bytes()).map(|found| found.kind);
        match (there, open.start) {
            (Some(Kind::Directory), _) => Err(Error::IsADirectory),
            (Some(_), Start::CreateNew) => Err(Error::AlreadyExists),
            (Some(_), Start::Keep | Start::Existing) => Err(Error::Unsupported),
            (None, Start::Existing | Start::TruncateExisting) => Err(Error::NotFound),
            _ if open.read => Err(Error::Unsupported),
            _ => Ok(Writer::Stream(Box::new(Upload {
                memory: self.clone(),
                key: key.clone(),
                exclusive: open.start == Start::CreateNew,
                data: BytesMut::new(),
            }))),
        }
    }

    async fn rename(&self, from: &Key, to: &Key, rename: Rename) -> Result<()> {
        let mut objects = self.objects();
        let moved = stat(&objects, from.as_bytes()).ok_or(Error::NotFound)?;
        match stat(&objects, to.as_bytes()).map(|found| found.kind) {
            Some(_) if rename == Rename::NoReplace => return Err(Error::AlreadyExists),
            Some(Kind::Directory) => return Err(Error::IsADirectory),
            Some(_) if moved.kind == Kind::Directory => return Err(Error::NotADirectory),
            _ => {}
        }
        if moved.kind == Kind::Directory && has_content(&objects, from.as_bytes()) {
            return Err(Error::Unsupported);
        }
        let object = objects.remove(from.as_bytes()).ok_or(Error::Unsupported)?;
        objects.insert(to.as_bytes().into(), object);
        Ok(())
    }

    async fn remove_file(&self, key: &Key) -> Result<()> {
        let mut objects = self.objects();
        match stat(&objects, key.as_bytes()).map(|found| found.kind) {
            None => Err(Error::NotFound),
            Some(Kind::Directory) => Err(Error::IsADirectory),
            Some(_) => {
                objects.remove(key.as_bytes());
                Ok(())
            }
        }
    }

    async fn remove_dir(&self, key: &Key) -> Result<()> {
        let mut objects = self.objects();
        match stat(&objects, key.as_bytes()).map(|found| found.kind) {
            None => Err(Error::NotFound),
            Some(Kind::Directory) if key.is_root() => Err(Error::Denied),
            Some(Kind::Directory) if has_content(&objects, key.as_bytes()) => Err(Error::NotEmpty),
            Some(Kind::Directory) => {
                objects.remove(key.as_bytes());
                Ok(())
            }
            Some(_) => Err(Error::NotADirectory),
        }
    }

    async fn make_dir(&self, key: &Key, _mode: u32) -> Result<()> {
        let mut objects = self.objects();
        if stat(&objects, key.as_bytes()).is_some() {
            return Err(Error::AlreadyExists);
        }
        let object = Object { kind: Kind::Directory, data: Bytes::new(), modified: now() };
        objects.insert(key.as_bytes().into(), object);
        Ok(())
    }

    async fn change(&self, key: &Key, change: &Change) -> Result<()> {
        self.stat(key).await?;
        if change.is_empty() { Ok(()) } else { Err(Error::Unsupported) }
    }

    async fn space(&self, _key: &Key) -> Result<Space> {
        Err(Error::Unsupported)
    }
}

struct Upload {
    memory: Memory,
    key: Key,
    exclusive: bool,
    data: BytesMut,
}

#[async_trait]
impl Sink for Upload {
    fn push(&mut self, data: &mut Vec<Bytes>) -> Pending {
        for piece in data.drain(..) {
            self.data.extend_from_slice(&piece);
        }
        Pending::Ready(Ok(()))
    }

    async fn finish(self: Box<Self>) -> Result<Metadata> {
        let object = Object { kind: Kind::File, data: self.data.freeze(), modified: now() };
        let metadata = object.metadata();
        let mut objects = self.memory.objects();
        match stat(&objects, self.key.as_bytes()).map(|found| found.kind) {
            Some(Kind::Directory) => return Err(Error::IsADirectory),
            // Someone else's object was published first.
            Some(_) if self.exclusive => return Err(Error::AlreadyExists),
            _ => {}
        }
        objects.insert(self.key.as_bytes().into(), object);
        Ok(metadata)
    }

    async fn abort(self: Box<Self>, _: OnAbort) -> Option<u64> {
        None
    }
}

struct Content {
    metadata: Metadata,
    data: Bytes,
}

#[async_trait]
impl ReadAt for Content {
    fn read_at(&mut self, offset: u64, buffers: &mut [IoSliceMut<'_>]) -> Result<Read> {
        if self.metadata.kind == Kind::Directory {
            return Err(Error::IsADirectory);
        }
        let wanted = buffers.iter().map(|buffer| buffer.len()).sum::<usize>();
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.data.len());
        let end = start.saturating_add(wanted).min(self.data.len());
        let data = self.data.slice(start..end);
        Ok(Read::Later(Box::pin(async { Ok(data) })))
    }

    async fn stat(&self) -> Result<Metadata> {
        Ok(self.metadata)
    }

    async fn change(&self, change: &Change) -> Result<()> {
        if change.is_empty() { Ok(()) } else { Err(Error::Unsupported) }
    }
}

struct Pages {
    memory: Memory,
    prefix: Vec<u8>,
    /// The last name given out.
    after: Option<Box<[u8]>>,
}

#[async_trait]
impl Listing for Pages {
    async fn next(&mut self) -> Result<Vec<Entry>> {
        let objects = self.memory.objects();
        let names: BTreeSet<&[u8]> = names(&objects, &self.prefix).collect();
        let from = self.after.as_deref().map_or(Unbounded, Excluded);
        let page: Vec<_> = names
            .range::<[u8], _>((from, Unbounded))
            .take(self.memory.page)
            .filter_map(|name| {
                let metadata = stat(&objects, &[&self.prefix[..], name].concat())?;
                Some(Entry { name: (*name).into(), metadata })
            })
            .collect();
        if let Some(last) = page.last() {
            self.after = Some(last.name.clone());
        }
        Ok(page)
    }
}

impl Object {
    fn metadata(&self) -> Metadata {
        let mode = if self.kind == Kind::Directory { 0o755 } else { 0o644 };
        Metadata {
            kind: self.kind,
            size: self.data.len() as u64,
            mode,
            uid: 0,
            gid: 0,
            links: 1,
            accessed: self.modified,
            modified: self.modified,
        }
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("objects", &self.objects().len()).finish()
    }
}

fn stat(objects: &Objects, key: &[u8]) -> Option<Metadata> {
    let implied = || Object { kind: Kind::Directory, data: Bytes::new(), modified: Time::default() };
    match objects.get(key) {
        Some(object) => Some(object.metadata()),
        None if key.is_empty() || has_content(objects, key) => Some(implied().metadata()),
        None => None,
    }
}

fn has_content(objects: &Objects, dir: &[u8]) -> bool {
    names(objects, &prefix(dir)).next().is_some()
}

/// The first parts of everything below `prefix`, some of them many times.
fn names<'a>(objects: &'a Objects, prefix: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let below = objects.range::<[u8], _>((Included(prefix), Unbounded));
    below.map_while(move |(key, _)| {
        let rest = key.strip_prefix(prefix)?;
        rest.split(|byte| *byte == b'/').next()
    })
}

fn prefix(dir: &[u8]) -> Vec<u8> {
    if dir.is_empty() { Vec::new() } else { [dir, b"/"].concat() }
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time { secs: since.as_secs() as i64, nanos: since.subsec_nanos() }
}

//! What is done to whole files and trees, written once for every backend: count, copy, move, remove.
//!
//! Without recursion: a tree is as deep as its user makes it.

use crate::{
    Backend, Change, Entry, Error, Key, Kind, Metadata, OnAbort, OpenWrite, Pending, Publish, Read, ReadAt,
    Rename, Result, Start, Writer,
};
use bytes::Bytes;
use std::io::IoSliceMut;

/// A place in a backend.
#[derive(Clone, Copy)]
pub struct At<'a> {
    pub backend: &'a dyn Backend,
    pub key: &'a Key,
}

/// What is stored below a directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Regular files; links are neither counted nor followed.
    pub files: u64,
    pub bytes: u64,
}

/// How something is moved.
#[derive(Clone, Copy, Debug)]
pub struct Relocation {
    pub rename: Rename,
    /// What was copied is on stable storage before the source goes.
    pub durable: bool,
}

/// How much is read before it is written.
const PIECE: usize = 256 * 1024;

/// Counts a file or a tree.
pub async fn usage(at: At<'_>) -> Result<Usage> {
    let mut usage = Usage::default();
    let node = node(at).await?;
    if node.kind != Kind::Directory {
        usage.add(&node);
        return Ok(usage);
    }
    let mut open = vec![at.key.clone()];
    while let Some(dir) = open.pop() {
        let mut listing = match at.backend.list(&dir).await {
            // Removed since it was listed.
            Err(Error::NotFound) if dir != *at.key => continue,
            listing => listing?,
        };
        loop {
            let page = listing.next().await?;
            if page.is_empty() {
                break;
            }
            for entry in page {
                match entry.metadata.kind {
                    Kind::Directory => open.extend(dir.join(&entry.name)),
                    _ => usage.add(&entry.metadata),
                }
            }
        }
    }
    Ok(usage)
}

/// Whether anything below `at` is of a kind that is `wanted`.
pub async fn holds(at: At<'_>, wanted: impl Fn(Kind) -> bool) -> Result<bool> {
    let mut open = vec![at.key.clone()];
    while let Some(dir) = open.pop() {
        let mut listing = at.backend.list(&dir).await?;
        loop {
            let page = listing.next().await?;
            if page.is_empty() {
                break;
            }
            for entry in page {
                if wanted(entry.metadata.kind) {
                    return Ok(true);
                }
                if entry.metadata.kind == Kind::Directory {
                    open.extend(dir.join(&entry.name));
                }
            }
        }
    }
    Ok(false)
}

/// Removes a file, a link, or a directory with all that is in it; links are not followed.
pub async fn remove(at: At<'_>) -> Result<()> {
    if node(at).await?.kind != Kind::Directory {
        return at.backend.remove_file(at.key).await;
    }
    // Each directory twice: to empty it, and, when all below it is gone, to remove it.
    let mut todo = vec![(at.key.clone(), false)];
    while let Some((dir, emptied)) = todo.pop() {
        if emptied {
            at.backend.remove_dir(&dir).await?;
            continue;
        }
        todo.push((dir.clone(), true));
        for entry in entries(at.backend, &dir).await? {
            let Some(key) = dir.join(&entry.name) else { return Err(Error::Invalid) };
            match entry.metadata.kind {
                Kind::Directory => todo.push((key, false)),
                Kind::File | Kind::Symlink | Kind::Other => at.backend.remove_file(&key).await?,
            }
        }
    }
    Ok(())
}

/// Moves a file or a tree to where no rename leads: copies it, with times and modes where the target keeps
/// them, and removes it when all is there. When that fails the source is whole and the copy is taken back.
///
/// A link that leads out of the moved tree cannot be carried over and makes the whole move
/// [`Unsupported`](Error::Unsupported).
pub async fn relocate(from: At<'_>, to: At<'_>, relocation: Relocation) -> Result<()> {
    let Relocation { rename, durable } = relocation;
    let source = node(from).await?;
    if source.kind == Kind::File {
        copy_file(from, &source, to, relocation).await?;
        return from.backend.remove_file(from.key).await;
    }
    if rename == Rename::NoReplace && node(to).await.is_ok() {
        return Err(Error::AlreadyExists);
    }
    let copied = async {
        copy_tree(from, &source, to).await?;
        if durable { sync(to, source.kind).await } else { Ok(()) }
    };
    if let Err(error) = copied.await {
        let _ = remove(to).await; // what is left of it; the error that matters is the first
        return Err(error);
    }
    remove(from).await
}

/// Everything at and below `at`, and its own name, is on stable storage afterwards. In one go when all is
/// written, so that what a journal commits for the first file is there for the others, too.
async fn sync(at: At<'_>, kind: Kind) -> Result<()> {
    let mut open = if kind == Kind::Directory { vec![at.key.clone()] } else { Vec::new() };
    while let Some(dir) = open.pop() {
        for entry in entries(at.backend, &dir).await? {
            let Some(key) = dir.join(&entry.name) else { return Err(Error::Invalid) };
            match entry.metadata.kind {
                Kind::Directory => open.push(key),
                Kind::File => at.backend.sync(&key).await?,
                Kind::Symlink | Kind::Other => {}
            }
        }
        at.backend.sync(&dir).await?;
    }
    at.backend.sync(&at.key.parent()).await
}

/// Copies a file, published when it is whole.
async fn copy_file(from: At<'_>, source: &Metadata, to: At<'_>, how: Relocation) -> Result<Metadata> {
    let open = OpenWrite {
        start: match how.rename {
            Rename::Replace => Start::Truncate,
            Rename::NoReplace => Start::CreateNew,
        },
        read: false,
        append: false,
        mode: source.mode & 0o777,
        publish: Publish::WhenFinished,
        on_abort: OnAbort::Discard,
        durable: how.durable,
    };
    let mut file = from.backend.read(from.key).await?;
    let mut writer = to.backend.write(to.key, &open).await?;
    let mut offset = 0;
    loop {
        let piece = read(&mut *file, offset).await?;
        if piece.is_empty() {
            break;
        }
        let len = piece.len() as u64;
        let mut pieces = vec![piece];
        let pending = match &mut writer {
            Writer::Random(file) => file.write_at(offset, &mut pieces),
            Writer::Stream(sink) => sink.push(&mut pieces),
        };
        match pending {
            Pending::Ready(result) => result?,
            Pending::Later(result) => result.await?,
        }
        offset += len;
    }
    match writer {
        Writer::Random(file) => {
            if to.backend.capabilities().attributes {
                file.change(&attributes(source)).await?;
            }
            file.finish().await
        }
        Writer::Stream(sink) => sink.finish().await,
    }
}

async fn copy_tree(from: At<'_>, source: &Metadata, to: At<'_>) -> Result<()> {
    copy_node(from, from.key, source, to).await?;
    if source.kind != Kind::Directory {
        return Ok(());
    }
    let mut open = vec![(from.key.clone(), to.key.clone(), *source)];
    let mut done = Vec::new();
    while let Some((source_dir, target_dir, metadata)) = open.pop() {
        for entry in entries(from.backend, &source_dir).await? {
            let (Some(source), Some(target)) = (source_dir.join(&entry.name), target_dir.join(&entry.name))
            else {
                return Err(Error::Invalid);
            };
            let at = At { key: &source, ..from };
            copy_node(at, from.key, &entry.metadata, At { key: &target, ..to }).await?;
            if entry.metadata.kind == Kind::Directory {
                open.push((source, target, entry.metadata));
            }
        }
        done.push((target_dir, metadata));
    }
    // Last, since filling a directory sets its time.
    if to.backend.capabilities().attributes {
        for (dir, metadata) in done.into_iter().rev() {
            to.backend.change(&dir, &attributes(&metadata)).await?;
        }
    }
    Ok(())
}

/// Copies one node of the tree at `tree`; of a directory the empty directory.
async fn copy_node(from: At<'_>, tree: &Key, source: &Metadata, to: At<'_>) -> Result<()> {
    match source.kind {
        Kind::File => {
            // Synced with the whole tree.
            let how = Relocation { rename: Rename::NoReplace, durable: false };
            copy_file(from, source, to, how).await.map(drop)
        }
        Kind::Directory => to.backend.make_dir(to.key, source.mode | 0o700).await,
        Kind::Other => Err(Error::Unsupported),
        Kind::Symlink => {
            let (Some(source), Some(target)) = (from.backend.links(), to.backend.links()) else {
                return Err(Error::Unsupported);
            };
            let leads_to = source.read_link(from.key).await.map_err(|_| Error::Unsupported)?;
            let moved = transplant(&leads_to, tree, from.key, to.key).ok_or(Error::Unsupported)?;
            target.make_link(&moved, to.key).await
        }
    }
}

/// Where a link into `tree` leads after the tree has moved; the link itself went from `from` to `to`.
fn transplant(target: &Key, tree: &Key, from: &Key, to: &Key) -> Option<Key> {
    let below = |key: &Key| -> Option<Vec<u8>> {
        let rest = key.as_bytes().strip_prefix(tree.as_bytes())?;
        (rest.is_empty() || rest.starts_with(b"/") || tree.is_root()).then(|| rest.to_vec())
    };
    let (inside, own) = (below(target)?, below(from)?);
    let root = to.as_bytes().strip_suffix(&own[..])?;
    Key::new(&[root, &inside].concat())
}

/// What a copy takes over: mode and times, not the owner.
fn attributes(source: &Metadata) -> Change {
    Change { mode: Some(source.mode), times: Some((source.accessed, source.modified)), ..Change::default() }
}

async fn node(at: At<'_>) -> Result<Metadata> {
    match at.backend.links() {
        Some(links) => links.stat_link(at.key).await,
        None => at.backend.stat(at.key).await,
    }
}

/// All entries of one directory. Read before anything in it is changed: what a listing shows of changes made
/// meanwhile is anyone's guess.
async fn entries(backend: &dyn Backend, dir: &Key) -> Result<Vec<Entry>> {
    let mut listing = backend.list(dir).await?;
    let mut all = Vec::new();
    loop {
        let page = listing.next().await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

async fn read(file: &mut dyn ReadAt, offset: u64) -> Result<Bytes> {
    let mut buffer = vec![0; PIECE];
    match file.read_at(offset, &mut [IoSliceMut::new(&mut buffer)])? {
        Read::Now(bytes) => {
            buffer.truncate(bytes);
            Ok(buffer.into())
        }
        Read::Later(bytes) => bytes.await,
    }
}

impl Usage {
    fn add(&mut self, metadata: &Metadata) {
        if metadata.kind == Kind::File {
            self.files += 1;
            self.bytes += metadata.size;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_inside_a_moved_tree_go_with_it() {
        let key = |raw: &str| Key::new(raw.as_bytes()).unwrap();
        let moved = |target, from, to| transplant(&key(target), &key("t"), &key(from), &key(to));
        assert_eq!(moved("t/x", "t/l", "v/t/l"), Some(key("v/t/x")));
        assert_eq!(moved("t/x", "t/a/l", "t2/a/l"), Some(key("t2/x")));
        assert_eq!(moved("t", "t/l", "n/l"), Some(key("n")));
        assert_eq!(moved("tx", "t/l", "n/l"), None);
        assert_eq!(moved("other", "t/l", "n/l"), None);
    }
}

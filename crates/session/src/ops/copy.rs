//! Copying files and trees.

use crate::{
    Error, Open, Result, Session,
    lines::Command,
    upload::{Announce, Opened, Why},
};
use bytes::Bytes;
use events::Action;
use std::{io::IoSliceMut, time::Instant};
use storage::{Entry, Kind, Pending, Read, ReadAt, Start, Writer};
use types::VirtualPath;

/// How much is read before it is written.
const PIECE: usize = 256 * 1024;
/// How much the kernel copies before others on the thread get their turn.
const IN_KERNEL: u64 = 4 << 20;

impl Session {
    /// Copies a file or a tree; into `to` when that is a directory. Directories missing above the target are
    /// made, and files there are replaced.
    ///
    /// Needs `copy` on both sides, what a download and an upload need, and for directories `list` at the source
    /// and `create_dirs` at the target; each entry is judged where it is. Links are refused, as are a
    /// directory onto a file, a path onto itself and into itself: [`Invalid`](Error::Invalid). A copy of a
    /// tree that fails leaves what was copied so far.
    pub async fn copy(&self, from: &VirtualPath, to: &VirtualPath) -> Result<()> {
        let started = Instant::now();
        let access = self.account().access();
        access.may_copy(from, to)?;
        if from.is_root() {
            return Err(Error::Invalid);
        }
        let source = self.locate(from)?.probe_node().await?.ok_or(Error::NotFound)?;
        let to = self.copy_target(from, to).await?;
        access.may_copy(from, &to)?;
        if to.strip(from).is_some() {
            return Err(Error::Invalid);
        }
        self.make_parents(&to).await?;
        let size = match source.kind {
            Kind::File => self.copy_file(from, &to).await?,
            Kind::Directory => self.copy_tree(from, &to).await.map(|()| 0)?,
            Kind::Symlink | Kind::Other => return Err(Error::Invalid),
        };
        let (from, to) = (self.locate(from)?, self.locate(&to)?);
        self.log(Command::Copy, started, &from, Some(&to));
        self.publish(Action::Copy, started, &from, Some(&to), size).await;
        Ok(())
    }

    /// Into a directory that is there; else the path itself.
    async fn copy_target(&self, from: &VirtualPath, to: &VirtualPath) -> Result<VirtualPath> {
        match self.locate(to)?.probe().await?.map(|there| there.kind) {
            Some(Kind::Directory) if to != from => to.join(from.name()).ok_or(Error::Invalid),
            _ => Ok(to.clone()),
        }
    }

    async fn make_parents(&self, path: &VirtualPath) -> Result<()> {
        let mut missing = Vec::new();
        for dir in path.ancestors().skip(1) {
            if dir.is_root() || self.locate(&dir)?.probe().await?.is_some() {
                break;
            }
            missing.push(dir);
        }
        for dir in missing.iter().rev() {
            self.make_dir(dir).await?;
        }
        Ok(())
    }

    /// Without recursion: the tree is as deep as its user made it.
    async fn copy_tree(&self, from: &VirtualPath, to: &VirtualPath) -> Result<()> {
        let mut open = vec![(from.clone(), to.clone())];
        while let Some((from, to)) = open.pop() {
            self.account().access().may_copy(&from, &to)?;
            let mut listing = self.list(&from).await?;
            self.copy_dir(&to).await?;
            loop {
                let page = listing.next().await?;
                if page.is_empty() {
                    break;
                }
                for Entry { name, metadata } in page {
                    let (Some(from), Some(to)) = (from.join(&name), to.join(&name)) else {
                        return Err(Error::Invalid);
                    };
                    match metadata.kind {
                        Kind::Directory => open.push((from, to)),
                        Kind::File => self.copy_file(&from, &to).await.map(drop)?,
                        Kind::Symlink | Kind::Other => return Err(Error::Invalid),
                    }
                }
            }
        }
        Ok(())
    }

    async fn copy_dir(&self, to: &VirtualPath) -> Result<()> {
        match self.make_dir(to).await {
            Err(Error::AlreadyExists) => {
                let there = self.locate(to)?.probe().await?.map(|there| there.kind);
                if there == Some(Kind::Directory) { Ok(()) } else { Err(Error::Invalid) }
            }
            made => made,
        }
    }

    /// Copies a file; its size. It is seen when it is complete.
    async fn copy_file(&self, from: &VirtualPath, to: &VirtualPath) -> Result<u64> {
        let access = self.account().access();
        access.may_copy(from, to)?;
        let mut source = access.read(self.locate(from)?)?.open().await?;
        let open = Open { resumable: false, ..Open::new(Start::Truncate) };
        let mut opened = match self.open_for_writing(to, &open, Announce::No).await {
            Err(Error::Unsupported) => return Err(Error::Invalid), // a directory
            opened => opened?,
        };
        match pump(&mut *source, &mut opened).await {
            Ok(size) => match opened.landing.finish(opened.writer, opened.slot).await {
                Ok(_) => Ok(size),
                Err(failed) => Err(failed.error.into()),
            },
            Err(error) => {
                opened.landing.abort(opened.writer, opened.slot, Why::of(&error)).await;
                Err(error)
            }
        }
    }
}

/// Moves all bytes, in the kernel where it can.
async fn pump(source: &mut dyn ReadAt, target: &mut Opened) -> Result<u64> {
    let mut offset = 0;
    if let (Some(from), Writer::Random(file)) = (source.descriptor(), &target.writer)
        && let Some(to) = file.descriptor()
    {
        let size = source.stat().await?.size;
        while offset < size {
            let want = IN_KERNEL.min(size - offset);
            target.slot.grow(offset + want)?;
            match from.copy(offset, &to, offset, want).await? {
                Some(0) | None => break,
                Some(copied) => offset += copied,
            }
            tokio::task::yield_now().await;
        }
    }
    // What is left: all of it, what the kernel does not copy, or nothing but the end.
    loop {
        let piece = read(source, offset).await?;
        if piece.is_empty() {
            return Ok(offset);
        }
        let end = offset + piece.len() as u64;
        target.slot.grow(end)?;
        let mut pieces = vec![piece];
        let pending = match &mut target.writer {
            Writer::Random(file) => file.write_at(offset, &mut pieces),
            Writer::Stream(sink) => sink.push(&mut pieces),
        };
        match pending {
            Pending::Ready(result) => result?,
            Pending::Later(result) => result.await?,
        }
        offset = end;
        // Storage may answer at once, and others on this thread want their turn.
        tokio::task::yield_now().await;
    }
}

async fn read(source: &mut dyn ReadAt, offset: u64) -> Result<Bytes> {
    let mut buffer = vec![0; PIECE];
    match source.read_at(offset, &mut [IoSliceMut::new(&mut buffer)])? {
        Read::Now(bytes) => {
            buffer.truncate(bytes);
            Ok(buffer.into())
        }
        Read::Later(bytes) => Ok(bytes.await?),
    }
}

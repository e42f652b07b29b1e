//! Copying between open files; the bytes never reach the client.

use super::Upload;
use crate::{Download, Error, Result};
use std::io::IoSliceMut;
use storage::{Descriptor, Pending, Read, Writer};

/// What bytes are copied from.
#[derive(Debug)]
pub enum Source<'a> {
    /// The very handle they are copied to.
    Itself,
    Download(&'a mut Download),
    Upload(&'a mut Upload),
}

/// How much is copied before others on the connection get their turn.
const PIECE: u64 = 1 << 20;
/// The same, where bytes have to be read and written; each copy holds one buffer of this size.
const BUFFER: u64 = 256 << 10;

impl Upload {
    /// Copies `len` bytes from offset `from` of `source` to offset `to`, or as many as the source has now;
    /// `None` is all of them. The bytes copied. Stored as a write of these bytes is, but nothing the user may
    /// only move so much of or so fast: they stay here.
    ///
    /// [`Invalid`](Error::Invalid) where both ranges are of one file and overlap: nothing is copied then.
    /// [`Denied`](Error::Denied) from a handle that may not be read.
    pub async fn copy_from(
        &mut self,
        mut source: Source<'_>,
        from: u64,
        len: Option<u64>,
        to: u64,
    ) -> Result<u64> {
        let size = match &source {
            Source::Itself => self.stat().await?,
            Source::Download(download) => download.stat().await?,
            Source::Upload(upload) => upload.stat().await?,
        }
        .size;
        // The end is settled now: a copy to the end of its own file would never reach it.
        let end = len.map_or(size, |len| from.saturating_add(len).min(size));
        let total = end.saturating_sub(from);
        let target_end = to.checked_add(total).ok_or(Error::Invalid)?;
        if !self.append && from < target_end && to < end && self.is_same_file(&source).await? {
            return Err(Error::Invalid);
        }
        // The kernel does not copy to where it appends.
        let mut kernel = if self.append { None } else { self.descriptor_of(&source).zip(self.descriptor()) };
        let mut copied = 0;
        while copied < total {
            let (from, to, left) = (from + copied, to + copied, total - copied);
            let moved = match &kernel {
                Some((source_file, target)) => {
                    self.copy_in_kernel(source_file, from, target, to, left.min(PIECE)).await?
                }
                None => Some(self.copy_through(&mut source, from, to, left.min(BUFFER)).await?),
            };
            match moved {
                Some(0) => break, // cut meanwhile
                Some(moved) => copied += moved,
                None => kernel = None,
            }
            tokio::task::yield_now().await;
        }
        Ok(copied)
    }

    async fn copy_in_kernel(
        &mut self,
        source_file: &Descriptor,
        from: u64,
        target: &Descriptor,
        to: u64,
        len: u64,
    ) -> Result<Option<u64>> {
        self.session.check_open()?;
        let opened = self.opened.as_mut().ok_or(Error::Aborted)?;
        if let Err(error) = opened.slot.grow(to + len) {
            return Err(self.fail(error));
        }
        match source_file.copy(from, target, to, len).await {
            Ok(Some(copied)) => {
                self.cursor = to + copied;
                self.transfer.count(copied);
                Ok(Some(copied))
            }
            Ok(None) => Ok(None),
            Err(error) => Err(self.fail(error.into())),
        }
    }

    async fn copy_through(&mut self, source: &mut Source<'_>, from: u64, to: u64, len: u64) -> Result<u64> {
        let mut buffer = vec![0; len as usize];
        let copied = match source {
            Source::Itself => self.read_here(from, &mut buffer).await?,
            Source::Download(download) => download.read_here(from, &mut buffer).await?,
            Source::Upload(upload) => upload.read_here(from, &mut buffer).await?,
        };
        buffer.truncate(copied);
        let copied = copied as u64;
        if copied > 0 {
            match self.store(to, copied, &mut vec![buffer.into()])? {
                Pending::Ready(written) => written?,
                Pending::Later(written) => written.await?,
            }
        }
        Ok(copied)
    }

    async fn read_here(&mut self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        match self.read_at(offset, &mut [IoSliceMut::new(buffer)])? {
            Read::Now(bytes) => Ok(bytes),
            Read::Later(bytes) => {
                let bytes = bytes.await?;
                buffer[..bytes.len()].copy_from_slice(&bytes);
                Ok(bytes.len())
            }
        }
    }

    /// Where the kernel cannot tell, by name.
    async fn is_same_file(&self, source: &Source<'_>) -> Result<bool> {
        match (source, self.descriptor_of(source).zip(self.descriptor())) {
            (Source::Itself, _) => Ok(true),
            (_, Some((one, other))) => Ok(one.is_same_file(&other).await?),
            (Source::Download(download), None) => Ok(*download.path() == self.path),
            (Source::Upload(upload), None) => Ok(upload.path == self.path),
        }
    }

    fn descriptor_of(&self, source: &Source<'_>) -> Option<Descriptor> {
        match source {
            Source::Itself => self.descriptor(),
            Source::Download(download) => download.descriptor(),
            Source::Upload(upload) => upload.descriptor(),
        }
    }

    fn descriptor(&self) -> Option<Descriptor> {
        match &self.opened.as_ref()?.writer {
            Writer::Random(file) => file.descriptor(),
            Writer::Stream(_) => None,
        }
    }
}

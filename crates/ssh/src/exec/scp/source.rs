//! Sending files.

use super::{
    Fatal, Wire, about,
    glob::{self, Matches},
};
use crate::read::Reader;
use futures_util::future::BoxFuture;
use scp_proto::{Command, Control, Times};
use session::{Error, Kind, Metadata, Session};
use types::VirtualPath;

/// Deeper trees are not sent: links that lead in a circle end here.
const MAX_DEPTH: usize = 200;

struct Sender<'a, 'b> {
    command: &'a Command,
    session: &'a Session,
    wire: &'a mut Wire<'b>,
    status: u32,
}

pub(super) async fn run(command: &Command, session: &Session, wire: &mut Wire<'_>) -> Result<u32, Fatal> {
    let mut sender = Sender { command, session, wire, status: 0 };
    if !sender.wire.satisfied().await? {
        return Err(Fatal::Gone);
    }
    for raw in &command.paths {
        match session.resolve(raw) {
            Ok(path) => sender.asked_for(path, raw).await?,
            Err(error) => sender.warn(raw, &error).await,
        }
    }
    Ok(sender.status)
}

impl Sender<'_, '_> {
    /// Sends what is at `path` or, where nothing is, what it matches as a pattern.
    async fn asked_for(&mut self, path: VirtualPath, raw: &[u8]) -> Result<(), Fatal> {
        let session = self.session;
        if !glob::is_pattern(&path) || session.stat_link(&path).await.is_ok() {
            return self.send(path, raw, 0).await;
        }
        let (mut matches, mut none) = (Matches::new(session, &path), true);
        loop {
            match matches.next().await {
                Ok(Some(path)) => {
                    none = false;
                    self.send(path.clone(), path.as_bytes(), 0).await?;
                }
                Ok(None) if none => {
                    self.warn(raw, &Error::NotFound).await;
                    return Ok(());
                }
                Ok(None) => return Ok(()),
                Err(error) => {
                    self.warn(raw, &error).await;
                    return Ok(());
                }
            }
        }
    }

    /// Sends a file or a tree. An entry that cannot be sent is told, and the next one follows.
    fn send<'c>(
        &'c mut self,
        path: VirtualPath,
        raw: &'c [u8],
        depth: usize,
    ) -> BoxFuture<'c, Result<(), Fatal>> {
        Box::pin(async move {
            match self.session.stat(&path).await {
                Ok(metadata) if metadata.kind == Kind::Directory && depth > MAX_DEPTH => {
                    self.warn(raw, &Error::Loop).await;
                }
                Ok(metadata) if metadata.kind == Kind::Directory && self.command.recursive => {
                    self.directory(&path, raw, metadata, depth).await?;
                }
                Ok(metadata) if metadata.kind == Kind::File => self.file(&path, raw).await?,
                Ok(_) => self.warn(raw, &Error::IsADirectory).await,
                Err(error) => self.warn(raw, &error).await,
            }
            Ok(())
        })
    }

    async fn file(&mut self, path: &VirtualPath, raw: &[u8]) -> Result<(), Fatal> {
        let opened = async {
            let file = Reader::new(self.session.download(path).await?);
            let metadata = file.download().stat().await?;
            session::Result::Ok((file, metadata))
        };
        let (mut file, metadata) = match opened.await {
            Ok(opened) => opened,
            Err(error) => {
                self.warn(raw, &error).await;
                return Ok(());
            }
        };
        self.times(&metadata).await?;
        let name = path.name().to_vec();
        let head = Control::File { mode: metadata.mode & 0o7777, size: metadata.size, name };
        if !self.accepted(&head).await? {
            return Ok(());
        }
        let failed = self.content(&mut file, metadata.size).await;
        let failed = failed.or(file.finish().await.err());
        match failed {
            None => self.wire.send(&Control::Ok).await,
            Some(error) => self.warn(raw, &error).await,
        }
        if !self.wire.satisfied().await? {
            self.status = 1;
        }
        Ok(())
    }

    /// Sends exactly `size` bytes, as announced; what cannot be read is made up with zeroes, and the error
    /// tells the client that the file is not whole.
    async fn content(&mut self, file: &mut Reader, size: u64) -> Option<Error> {
        let (mut left, mut failed) = (size, None);
        while left > 0 {
            match file.next().await {
                Ok(Some(data)) => {
                    let len = data.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    self.wire.pipe.write(&data[..len]).await;
                    left -= len as u64;
                }
                Ok(None) => {
                    failed = Some(Error::Aborted);
                    break;
                }
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        let zeroes = [0; 8192];
        while left > 0 {
            let len = zeroes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            self.wire.pipe.write(&zeroes[..len]).await;
            left -= len as u64;
        }
        failed
    }

    async fn directory(
        &mut self,
        path: &VirtualPath,
        raw: &[u8],
        metadata: Metadata,
        depth: usize,
    ) -> Result<(), Fatal> {
        let mut listing = match self.session.list(path).await {
            Ok(listing) => listing,
            Err(error) => {
                self.warn(raw, &error).await;
                return Ok(());
            }
        };
        self.times(&metadata).await?;
        let name = if path.is_root() { b"root".to_vec() } else { path.name().to_vec() };
        if !self.accepted(&Control::Directory { mode: metadata.mode & 0o7777, name }).await? {
            return Ok(());
        }
        loop {
            let page = match listing.next().await {
                Ok(page) if page.is_empty() => break,
                Ok(page) => page,
                Err(error) => {
                    self.warn(raw, &error).await;
                    break;
                }
            };
            for entry in page {
                if let Some(path) = path.join(&entry.name) {
                    self.send(path, &entry.name, depth + 1).await?;
                }
            }
        }
        self.accepted(&Control::EndDirectory).await.map(drop)
    }

    async fn times(&mut self, metadata: &Metadata) -> Result<(), Fatal> {
        if self.command.preserve {
            let times = Times { modified: metadata.modified.secs, accessed: metadata.accessed.secs };
            self.accepted(&Control::Times(times)).await?;
        }
        Ok(())
    }

    async fn accepted(&mut self, control: &Control) -> Result<bool, Fatal> {
        self.wire.send(control).await;
        let accepted = self.wire.satisfied().await?;
        if !accepted {
            self.status = 1;
        }
        Ok(accepted)
    }

    async fn warn(&mut self, raw: &[u8], error: &Error) {
        self.status = 1;
        self.wire.send(&Control::Warning(about(raw, error))).await;
    }
}

//! What takes two places: links and renames.

use super::{super::renaming, Place, links};
use crate::{
    Error, Result,
    quota::{Book, Charge},
    settings::Settings,
};
use std::sync::Arc;
use storage::{
    Rename,
    tree::{self, Relocation, Usage},
};
use types::Permissions;

/// A link that may be made.
pub struct Linkable {
    pub(in super::super) target: Place,
    pub(in super::super) link: Place,
}

/// Something that may be renamed.
pub struct Movable {
    pub(in super::super) from: Place,
    pub(in super::super) to: Place,
    pub(in super::super) replaces: bool,
    /// What may be renamed of that which is inside; nothing else may be there.
    pub(in super::super) inside: Permissions,
}

impl Linkable {
    pub async fn make_link(&self) -> Result<()> {
        let same = Arc::ptr_eq(&self.target.mount.backend, &self.link.mount.backend);
        if !same {
            return Err(Error::Unsupported);
        }
        Ok(links(&self.link)?.make_link(&self.target.key, &self.link.key).await?)
    }

    /// Counted by name, as every file is. What two names share grows and goes without the other's count
    /// knowing, which would be a way round a limit of bytes: under one there are no second names.
    pub async fn hard_link(&self) -> Result<()> {
        let same = Arc::ptr_eq(&self.target.mount.backend, &self.link.mount.backend);
        let links = links(&self.link)?;
        let link = || links.hard_link(&self.target.key, &self.link.key);
        match self.link.charge() {
            _ if !same => Err(Error::Unsupported),
            None => Ok(link().await?),
            Some(Charge { limits, .. }) if limits.bytes > 0 => Err(Error::Unsupported),
            Some(Charge { book, limits }) => {
                let _order = book.order(&self.link.file_id()).await;
                let more = Usage { files: 1, bytes: self.target.node_size().await?.unwrap_or(0) };
                book.add(more, *limits)?;
                link().await.inspect_err(|_| book.subtract(more))?;
                Ok(())
            }
        }
    }

    pub const fn target(&self) -> &Place {
        &self.target
    }

    pub const fn link(&self) -> &Place {
        &self.link
    }
}

impl Movable {
    /// Renames: in one step where the storage can, else by copying and removing. A target that appeared since
    /// it was looked for is [`AlreadyExists`](Error::AlreadyExists).
    pub async fn rename(&self, settings: &Settings) -> Result<()> {
        let durable = settings.are_moves_durable();
        let stays = |kind| !self.inside.contains(renaming(kind));
        if !self.inside.contains(Permissions::RENAME) && tree::holds(self.from.at(), stays).await? {
            return Err(Error::Denied);
        }
        match (self.from.charge(), self.to.charge()) {
            (None, None) => self.carry_out(durable).await,
            (Some(from), Some(to)) if Arc::ptr_eq(&from.book, &to.book) => {
                self.within(&from.book, durable).await
            }
            (from, to) => self.between(from, to, durable).await,
        }
    }

    /// Where both sides are on one account, only what is replaced changes the sum.
    async fn within(&self, book: &Book, durable: bool) -> Result<()> {
        let (from, to) = (self.from.file_id(), self.to.file_id());
        let _order = book.order_both(&from, &to).await;
        let replaced = self.to.node_size().await?;
        self.carry_out(durable).await?;
        book.renamed(&from, &to, replaced);
        Ok(())
    }

    /// What moves is counted on the other account before it moves, so that it can be refused.
    async fn between(&self, from: Option<&Charge>, to: Option<&Charge>, durable: bool) -> Result<()> {
        let moved = tree::usage(self.from.at()).await?;
        let replaced = match (to, self.to.node_size().await?) {
            (Some(_), Some(bytes)) => Usage { files: 1, bytes },
            _ => Usage::default(),
        };
        let more = Usage {
            files: moved.files.saturating_sub(replaced.files),
            bytes: moved.bytes.saturating_sub(replaced.bytes),
        };
        if let Some(Charge { book, limits }) = to {
            book.add(more, *limits)?;
        }
        let result = self.carry_out(durable).await;
        if let Some(Charge { book, .. }) = to {
            match result {
                Ok(()) => {
                    book.subtract(Usage { files: 0, bytes: replaced.bytes.saturating_sub(moved.bytes) })
                }
                Err(_) => book.subtract(more),
            }
        }
        if let (Some(Charge { book, .. }), Ok(())) = (from, &result) {
            book.subtract(moved);
        }
        result
    }

    async fn carry_out(&self, durable: bool) -> Result<()> {
        let (from, to) = (self.from.at(), self.to.at());
        let rename = if self.replaces { Rename::Replace } else { Rename::NoReplace };
        let renamed = if Arc::ptr_eq(&self.from.mount.backend, &self.to.mount.backend) {
            from.backend.rename(from.key, to.key, rename).await
        } else {
            from.backend.rename_into(from.key, to.backend, to.key, rename).await
        };
        match renamed {
            Err(storage::Error::CrossesDevices) => {
                Ok(tree::relocate(from, to, Relocation { rename, durable }).await?)
            }
            renamed => Ok(renamed?),
        }
    }

    pub const fn from(&self) -> &Place {
        &self.from
    }

    pub const fn to(&self) -> &Place {
        &self.to
    }
}

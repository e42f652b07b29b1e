//! Symbolic and hard links.

use crate::{Error, Result, Session, lines::Command};
use std::time::Instant;
use types::VirtualPath;

impl Session {
    /// The absolute virtual path a link leads to; [`Invalid`](Error::Invalid) when it is none,
    /// [`Denied`](Error::Denied) when it leads outside.
    pub async fn read_link(&self, path: &VirtualPath) -> Result<VirtualPath> {
        self.account().access().look(self.locate(path)?)?.read_link().await
    }

    /// Makes `link` point to `target`: bytes as the client sent them, absolute or relative to the directory
    /// of the link. The target may be missing.
    ///
    /// [`Unsupported`](Error::Unsupported) where the configuration keeps links from being made, whatever the
    /// permissions.
    pub async fn make_link(&self, target: &[u8], link: &VirtualPath) -> Result<()> {
        let started = Instant::now();
        let target = VirtualPath::parse(&link.parent(), target)?;
        let (target, link) = (self.locate(&target)?, self.locate(link)?);
        if !link.may_create_links(self.0.services.settings.symlinks) {
            return Err(Error::Unsupported);
        }
        let linkable = self.account().access().link(target, link)?;
        linkable.make_link().await?;
        self.log(Command::Symlink, started, linkable.target(), Some(linkable.link()));
        Ok(())
    }

    /// Makes `to` a second name of the file `from`. Judged as a symbolic link is: like one, it lets the file
    /// be reached under the rights of another directory.
    pub async fn hard_link(&self, from: &VirtualPath, to: &VirtualPath) -> Result<()> {
        let started = Instant::now();
        let (from, to) = (self.locate(from)?, self.locate(to)?);
        if !to.may_create_links(self.0.services.settings.symlinks) {
            return Err(Error::Unsupported);
        }
        let linkable = self.account().access().link(from, to)?;
        linkable.hard_link().await?;
        self.log(Command::Symlink, started, linkable.target(), Some(linkable.link()));
        Ok(())
    }
}

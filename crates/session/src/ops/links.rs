//! Symbolic and hard links.

use crate::{Error, Result, Session, lines::Command};
use std::time::Instant;
use storage::Kind;
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

    /// Makes `to` a second name of the file `from`; both have to be in one backend. `symlink_mode` has no say:
    /// unlike a symbolic link this one leads nowhere that it could not be followed to.
    ///
    /// [`Unsupported`](Error::Unsupported) between backends, where there are no hard links, and under a limit
    /// of bytes; [`IsADirectory`](Error::IsADirectory) and [`Invalid`](Error::Invalid) for what is no file.
    pub async fn hard_link(&self, from: &VirtualPath, to: &VirtualPath) -> Result<()> {
        let started = Instant::now();
        let linkable = self.account().access().hard_link(self.locate(from)?, self.locate(to)?)?;
        match linkable.target().probe_node().await?.map(|node| node.kind) {
            Some(Kind::File) => linkable.hard_link().await?,
            Some(Kind::Directory) => return Err(Error::IsADirectory),
            Some(Kind::Symlink | Kind::Other) => return Err(Error::Invalid),
            None => return Err(Error::NotFound),
        }
        self.log(Command::Symlink, started, linkable.target(), Some(linkable.link()));
        Ok(())
    }
}

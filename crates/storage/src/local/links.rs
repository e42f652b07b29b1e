//! Symbolic and hard links.

use super::{
    Local,
    attributes::{self, metadata},
    confine::Root,
    walk,
};
use crate::{Change, Error, Key, Links, Metadata, Result};
use async_trait::async_trait;
use rustix::fs::{AtFlags, Gid, Uid};

#[async_trait]
impl Links for Local {
    async fn stat_link(&self, key: &Key) -> Result<Metadata> {
        self.run(key, |local, key| stat_link(&local.root, key)).await
    }

    async fn change_link(&self, key: &Key, change: &Change) -> Result<()> {
        let change = *change;
        self.run(key, move |local, key| attributes::change_link(&local.root, key, &change)).await
    }

    async fn read_link(&self, key: &Key) -> Result<Key> {
        self.run(key, |local, key| read_link(&local.root, key)).await
    }

    async fn make_link(&self, target: &Key, link: &Key) -> Result<()> {
        let target = target.clone();
        self.run(link, move |local, link| make_link(local, &target, link)).await
    }

    async fn hard_link(&self, from: &Key, to: &Key) -> Result<()> {
        let to = to.clone();
        self.run(from, move |local, from| {
            let (from, to) = (local.root.spot(from)?, local.root.spot(&to)?);
            Ok(rustix::fs::linkat(&from.dir, from.name, &to.dir, to.name, AtFlags::empty())?)
        })
        .await
    }
}

fn stat_link(root: &Root, key: &Key) -> Result<Metadata> {
    if key.is_root() {
        return root.stat(key);
    }
    let spot = root.spot(key)?;
    Ok(metadata(&rustix::fs::statat(&spot.dir, spot.name, AtFlags::SYMLINK_NOFOLLOW)?))
}

fn read_link(root: &Root, key: &Key) -> Result<Key> {
    if key.is_root() {
        return Err(Error::Invalid);
    }
    let spot = root.spot(key)?;
    let target = rustix::fs::readlinkat(&spot.dir, spot.name, Vec::new())?.into_bytes();
    if !target.starts_with(b"/") {
        let dir = root.locate(&spot.dir).unwrap_or_else(|| key.parent().as_bytes().to_vec());
        return resolve(&dir, &target);
    }
    let names = root.names()?;
    let inside = names.iter().find_map(|name| walk::below(name, &target)).ok_or(Error::Denied)?;
    resolve(b"", inside)
}

fn make_link(local: &Local, target: &Key, link: &Key) -> Result<()> {
    let spot = local.root.spot(link)?;
    // From where the directory really is: `..` in a link counts from there, not from a link to it.
    let dir = local.root.locate(&spot.dir).unwrap_or_else(|| link.parent().as_bytes().to_vec());
    rustix::fs::symlinkat(relative(&dir, target.as_bytes()), &spot.dir, spot.name)?;
    if let Some((uid, gid)) = local.new.owner {
        let (uid, gid) = (Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)));
        rustix::fs::chownat(&spot.dir, spot.name, uid, gid, AtFlags::SYMLINK_NOFOLLOW)?;
    }
    Ok(())
}

/// Where `target`, read in the directory `dir`, leads; [`Denied`](Error::Denied) above the root.
fn resolve(dir: &[u8], target: &[u8]) -> Result<Key> {
    let mut way: Vec<&[u8]> = parts(dir).collect();
    for part in parts(target) {
        match part {
            b"." => {}
            b".." => drop(way.pop().ok_or(Error::Denied)?),
            part => way.push(part),
        }
    }
    Key::new(&way.join(&b'/')).ok_or(Error::Invalid)
}

/// The way from the directory `dir` to `target`, both relative to the root.
fn relative(dir: &[u8], target: &[u8]) -> Vec<u8> {
    let common = parts(dir).zip(parts(target)).take_while(|(a, b)| a == b).count();
    let up = parts(dir).skip(common).map(|_| &b".."[..]);
    let way: Vec<&[u8]> = up.chain(parts(target).skip(common)).collect();
    if way.is_empty() { b".".to_vec() } else { way.join(&b'/') }
}

fn parts(key: &[u8]) -> impl Iterator<Item = &[u8]> {
    key.split(|byte| *byte == b'/').filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_written_relative_to_their_directory() {
        for (dir, target, text) in [
            ("", "f", "f"),
            ("a/b", "f", "../../f"),
            ("a/b", "a/b/l1", "l1"),
            ("a/b", "a/c", "../c"),
            ("a/b", "a", ".."),
            ("a/b", "a/b", "."),
        ] {
            assert_eq!(relative(dir.as_bytes(), target.as_bytes()), text.as_bytes(), "{dir} {target}");
        }
    }

    #[test]
    fn links_are_read_where_they_stand() {
        let key = |raw: &str| Key::new(raw.as_bytes()).unwrap();
        assert_eq!(resolve(b"a/b", b"../c").unwrap(), key("a/c"));
        assert_eq!(resolve(b"a/b", b"./c//d/").unwrap(), key("a/b/c/d"));
        assert!(matches!(resolve(b"a", b"../.."), Err(Error::Denied)));
    }
}

//! Backups in files: below `data_provider.backups_path`, for their owner alone.

use crate::{Control, Error, Result};
use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Component, Path, PathBuf},
};

/// The largest backup that is read, in bytes.
const MAX: u64 = 512 << 20;

impl Control {
    /// Where a backup called `name` goes; it cannot lead out of the directory of backups.
    pub fn backup_path(&self, name: &str) -> Result<PathBuf> {
        below(&self.settings.backups_path, name)
    }

    /// Writes a backup; the file is whole or not there.
    pub async fn write_backup(&self, path: PathBuf, text: Vec<u8>) -> Result<()> {
        let written = self.passwords.handle().spawn_blocking(move || write(&path, &text));
        written.await.map_err(|_| Error::Stopped)?.map_err(failed)
    }

    /// Reads a backup: an absolute path, or one below the directory of backups.
    pub async fn read_backup(&self, name: &str) -> Result<Vec<u8>> {
        let path = match name.starts_with('/') {
            true => PathBuf::from(name),
            false => self.backup_path(name)?,
        };
        let read = self.passwords.handle().spawn_blocking(move || read(&path));
        read.await.map_err(|_| Error::Stopped)?.map_err(failed)
    }
}

fn below(dir: &Path, name: &str) -> Result<PathBuf> {
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    let path = Path::new(name);
    if name.is_empty() || name.contains('\0') || path.is_absolute() || !path.components().all(plain) {
        return Err(Error::Invalid(format!("{name:?} is no path below the directory of backups")));
    }
    Ok(dir.join(path))
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("/"));
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".part");
    let temporary = PathBuf::from(temporary);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    let written =
        file.write_all(text).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&temporary, path));
    written.inspect_err(|_| drop(fs::remove_file(&temporary)))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    fs::File::open(path)?.take(MAX + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MAX {
        return Err(io::Error::other("the file is too large for a backup"));
    }
    Ok(text)
}

fn failed(error: io::Error) -> Error {
    Error::Invalid(format!("the backup file cannot be used: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn no_name_leads_out() {
        let dir = Path::new("/b");
        assert_eq!(below(dir, "sub/a.json").unwrap(), Path::new("/b/sub/a.json"));
        for bad in ["", "/a.json", "../a.json", "sub/../../a.json", "a\0"] {
            assert!(below(dir, bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn files_are_their_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sub/a.json");
        write(&path, b"{}").unwrap();
        write(&path, b"{ }").unwrap();
        assert_eq!(read(&path).unwrap(), b"{ }");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}

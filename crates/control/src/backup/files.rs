//! Backups in files: below `data_provider.backups_path`, for their owner alone.

use crate::{Control, Error, Result, random};
use rustix::{
    fs::{self as at, AtFlags, Mode, OFlags, ResolveFlags},
    io::Errno,
};
use serde_json::Value;
use std::{
    ffi::{OsStr, OsString},
    fs::{DirBuilder, File},
    io::{self, BufWriter, Read, Seek, Write},
    os::{
        fd::OwnedFd,
        unix::fs::{DirBuilderExt, FileExt},
    },
    path::{Component, Path, PathBuf},
    sync::Arc,
};
use store::scratch;
use tokio::runtime::Handle;

/// The largest backup that is read, in bytes.
pub const MAX: u64 = 512 << 20;

/// How much is read at a time, in bytes.
const PIECE: usize = 256 << 10;

/// A backup as text, on disk. Cheap to clone.
#[derive(Clone, Debug)]
pub struct BackupFile {
    file: Arc<File>,
    handle: Handle,
}

/// A backup that is being received.
#[derive(Debug)]
pub struct Incoming {
    file: File,
    size: u64,
    handle: Handle,
}

/// A backup that is being written, and gets its name when it is complete. Dropped before, it is gone.
#[derive(Debug)]
pub struct NewBackup {
    dir: OwnedFd,
    name: OsString,
    temporary: OsString,
    file: File,
    handle: Handle,
    published: bool,
}

impl Control {
    /// A backup that was written before: an absolute path, or one below the directory of backups.
    pub async fn open_backup(&self, name: &str) -> Result<BackupFile> {
        let base = self.settings.backups_path.clone();
        let path = if name.starts_with('/') { PathBuf::from(name) } else { plain(name)? };
        let open = self.passwords.handle().spawn_blocking(move || open(&base, &path));
        let backup = self.backup_in(open.await.map_err(|_| Error::Stopped)?.map_err(unusable)?);
        match backup.size()? {
            0..=MAX => Ok(backup),
            _ => Err(unusable(io::Error::other("it is too large for a backup"))),
        }
    }

    /// The backup that is the whole of `file`.
    pub fn backup_in(&self, file: File) -> BackupFile {
        BackupFile { file: Arc::new(file), handle: self.passwords.handle().clone() }
    }

    /// The backup that `everything` is, which has the form of one already. Blocks.
    pub fn backup_of(&self, everything: &Value) -> Result<BackupFile> {
        let mut file = BufWriter::new(scratch(&self.settings.backups_path).map_err(Error::Scratch)?);
        serde_json::to_writer(&mut file, everything).map_err(|error| Error::Scratch(error.into()))?;
        Ok(self.backup_in(file.into_inner().map_err(|error| Error::Scratch(error.into_error()))?))
    }

    /// A backup that comes piece by piece.
    pub async fn receive_backup(&self) -> Result<Incoming> {
        let (base, handle) = (self.settings.backups_path.clone(), self.passwords.handle().clone());
        let made = handle.spawn_blocking(move || scratch(&base));
        let file = made.await.map_err(|_| Error::Stopped)?.map_err(Error::Scratch)?;
        Ok(Incoming { file, size: 0, handle })
    }

    /// A backup to be called `name`, which cannot lead out of the directory of backups.
    pub(super) async fn new_backup(&self, name: &str) -> Result<NewBackup> {
        let (base, handle, path) =
            (self.settings.backups_path.clone(), self.passwords.handle().clone(), plain(name)?);
        let suffix = random::text(random::LENGTH)?;
        let made = handle.clone().spawn_blocking(move || create(&base, &path, &suffix, handle));
        made.await.map_err(|_| Error::Stopped)?.map_err(unusable)
    }
}

impl BackupFile {
    /// Bytes.
    pub fn size(&self) -> Result<u64> {
        Ok(self.file.metadata().map_err(unusable)?.len())
    }

    /// What begins at `from`, as much as is good to have at a time; nothing at the end.
    pub async fn piece(&self, from: u64) -> io::Result<Vec<u8>> {
        let file = self.file.clone();
        let read = self.handle.spawn_blocking(move || {
            let mut piece = vec![0; PIECE];
            let length = file.read_at(&mut piece, from)?;
            piece.truncate(length);
            Ok(piece)
        });
        read.await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }

    /// All of it from the beginning, unless it is no file. Blocks. However large it is, one object of it is in memory
    /// at a time.
    pub(super) fn into_reader(mut self) -> Result<impl Read> {
        let metadata = self.file.metadata().map_err(unusable)?;
        if !metadata.is_file() {
            return Err(unusable(io::Error::other("it is no regular file")));
        }
        self.file.rewind().map_err(unusable)?;
        Ok(self.file)
    }
}

impl Incoming {
    /// Takes what came next; false once it is too much.
    pub async fn push(&mut self, piece: impl AsRef<[u8]> + Send + 'static) -> Result<bool> {
        self.size += piece.as_ref().len() as u64;
        if self.size > MAX {
            return Ok(false);
        }
        let mut file = self.file.try_clone().map_err(Error::Scratch)?;
        let written = self.handle.spawn_blocking(move || file.write_all(piece.as_ref()));
        written.await.map_err(|_| Error::Stopped)?.map_err(Error::Scratch)?;
        Ok(true)
    }

    pub fn finish(self) -> BackupFile {
        BackupFile { file: Arc::new(self.file), handle: self.handle }
    }
}

impl NewBackup {
    pub(super) fn file(&self) -> Result<File> {
        self.file.try_clone().map_err(Error::Scratch)
    }

    /// Puts it in place, in that of an older one too. It survives a power cut from here on.
    pub(super) async fn publish(mut self) -> Result<()> {
        let handle = self.handle.clone();
        let published = handle.spawn_blocking(move || {
            self.file.sync_all()?;
            at::renameat(&self.dir, &self.temporary, &self.dir, &self.name)?;
            self.published = true;
            Ok::<_, io::Error>(at::fsync(&self.dir)?)
        });
        published.await.map_err(|_| Error::Stopped)?.map_err(unusable)
    }
}

impl Drop for NewBackup {
    fn drop(&mut self) {
        if !self.published {
            let _ = at::unlinkat(&self.dir, &self.temporary, AtFlags::empty());
        }
    }
}

/// `name` as a path that goes down only.
fn plain(name: &str) -> Result<PathBuf> {
    let path = Path::new(name);
    let down = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    let sound = !name.contains('\0') && path.file_name().is_some() && !name.ends_with('/');
    if !sound || path.is_absolute() || !path.components().all(down) {
        return Err(Error::Invalid(format!("{name:?} is no path below the directory of backups")));
    }
    Ok(path.to_owned())
}

/// Waits for nobody: at a pipe nobody may be at the other end.
fn open(base: &Path, path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    if path.is_absolute() {
        return Ok(File::from(at::open(path, flags, Mode::empty())?));
    }
    let base = at::open(base, OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
    let file = at::openat2(&base, path, flags, Mode::empty(), ResolveFlags::BENEATH)?;
    Ok(File::from(file))
}

fn create(base: &Path, path: &Path, suffix: &str, handle: Handle) -> io::Result<NewBackup> {
    DirBuilder::new().recursive(true).mode(0o700).create(base)?;
    let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
    let mut dir = at::open(base, flags, Mode::empty())?;
    let parents = path.parent().into_iter().flat_map(Path::components);
    for part in parents.filter(|part| matches!(part, Component::Normal(_))) {
        match at::mkdirat(&dir, part.as_os_str(), Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        // No link is followed: it could lead anywhere.
        dir = at::openat(&dir, part.as_os_str(), flags | OFlags::NOFOLLOW, Mode::empty())?;
    }
    let name = path.file_name().unwrap_or_default().to_owned();
    let mut temporary = OsString::from(".");
    temporary.extend([name.as_os_str(), OsStr::new("."), OsStr::new(suffix)]);
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let file = File::from(at::openat(&dir, &temporary, flags, Mode::RUSR | Mode::WUSR)?);
    Ok(NewBackup { dir, name, temporary, file, handle, published: false })
}

fn unusable(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::Scratch(error),
        _ => Error::Invalid(format!("the backup file cannot be used: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        fs,
        os::unix::fs::{PermissionsExt, symlink},
    };

    #[test]
    fn no_name_leads_out() {
        assert_eq!(plain("sub/a.json").unwrap(), Path::new("sub/a.json"));
        for bad in ["", ".", "a/", "/a.json", "../a.json", "sub/../../a.json", "a\0"] {
            assert!(plain(bad).is_err(), "{bad:?}");
        }
    }

    #[tokio::test]
    async fn files_are_their_owners_alone_and_whole() {
        let dir = tempfile::tempdir().unwrap();
        let (base, path) = (dir.path().join("b"), Path::new("sub/a.json"));
        for text in ["{}", "{ }"] {
            let new = create(&base, path, "x", Handle::current()).unwrap();
            new.file().unwrap().write_all(text.as_bytes()).unwrap();
            new.publish().await.unwrap();
            assert_eq!(fs::read_to_string(base.join(path)).unwrap(), text);
        }
        drop(create(&base, path, "x", Handle::current()).unwrap());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&base.join(path)), mode(&base.join("sub")), mode(&base)), (0o600, 0o700, 0o700));
        assert_eq!(fs::read_dir(base.join("sub")).unwrap().count(), 1);
        assert_eq!(open(&base, path).unwrap().metadata().unwrap().len(), 3);
    }

    #[tokio::test]
    async fn no_link_leads_out() {
        let dir = tempfile::tempdir().unwrap();
        let (base, outside) = (dir.path().join("b"), dir.path().join("outside"));
        fs::create_dir_all(&base).unwrap();
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("f"), "theirs").unwrap();
        symlink(&outside, base.join("dir")).unwrap();
        symlink(outside.join("f"), base.join("file")).unwrap();
        assert!(create(&base, Path::new("dir/f"), "x", Handle::current()).is_err());
        let new = create(&base, Path::new("file"), "x", Handle::current()).unwrap();
        new.publish().await.unwrap();
        assert_eq!(fs::read_to_string(outside.join("f")).unwrap(), "theirs");
        symlink(outside.join("f"), base.join("again")).unwrap();
        for path in ["dir/f", "again"] {
            assert!(open(&base, Path::new(path)).is_err(), "{path}");
        }
    }
}

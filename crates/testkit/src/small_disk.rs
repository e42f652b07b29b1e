//! A disk that gets full: a file system of its own in memory. Mounting takes root.

use anyhow::{Result, bail};
use rustix::fs::statvfs;
use std::{
    fs::{self, File, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// Unmounted when dropped.
#[derive(Debug)]
pub struct SmallDisk {
    dir: TempDir,
}

impl SmallDisk {
    /// One of `mib` MiB that everybody may look into.
    pub fn mount(mib: u32) -> Result<Self> {
        let dir = TempDir::new()?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={mib}m,mode=755"), "tmpfs"]).arg(dir.path());
        let done = mount.status()?;
        if !done.success() {
            bail!("mount: {done}");
        }
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755))?;
        Ok(Self { dir })
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Leaves room for `bytes` more.
    pub fn fill_but(&self, bytes: u64) -> Result<()> {
        let disk = statvfs(self.path())?;
        let taken = (disk.f_bavail * disk.f_frsize).saturating_sub(bytes);
        let file = File::create(self.ballast())?;
        Ok(rustix::fs::fallocate(file, rustix::fs::FallocateFlags::empty(), 0, taken)?)
    }

    /// Makes room again.
    pub fn make_room(&self) -> Result<()> {
        Ok(fs::remove_file(self.ballast())?)
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Whoever still has a file open there keeps it until then.
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

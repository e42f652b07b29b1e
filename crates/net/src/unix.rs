//! Listening on a Unix socket: a name in the file system, and who may use it.

use rustix::fs::{Mode, fchmod};
use std::{
    fs, io,
    os::unix::{
        fs::{FileTypeExt, MetadataExt, PermissionsExt},
        net::{UnixListener as Std, UnixStream},
    },
    path::{Path, PathBuf},
};
use tokio::net::UnixListener;

/// Owner and group may connect, a web server in the same group say.
const MODE: u32 = 0o660;

/// A socket with a name, which it takes with it when it goes.
#[derive(Debug)]
pub struct Named {
    pub listener: UnixListener,
    pub path: PathBuf,
    /// Device and number of the file that was made here; another one in its place stays.
    file: (u64, u64),
}

impl Named {
    /// Listens on `path`. A socket there that nobody listens on any more is replaced; anything else stays, and is an
    /// error.
    pub fn bind(path: &Path, backlog: i32) -> io::Result<Self> {
        remove_stale(path)?;
        let socket = rustix::net::socket_with(
            rustix::net::AddressFamily::UNIX,
            rustix::net::SocketType::STREAM,
            rustix::net::SocketFlags::CLOEXEC | rustix::net::SocketFlags::NONBLOCK,
            None,
        )?;
        // Before it has a name: it must not be open to all until its mode is set. The umask takes some away again.
        fchmod(&socket, Mode::from_raw_mode(MODE))?;
        rustix::net::bind(&socket, &rustix::net::SocketAddrUnix::new(path)?)?;
        fs::set_permissions(path, fs::Permissions::from_mode(MODE))?;
        rustix::net::listen(&socket, backlog)?;
        let file = identity(path)?;
        Ok(Self { listener: UnixListener::from_std(Std::from(socket))?, path: path.to_owned(), file })
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|found| found == self.file) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let file = fs::symlink_metadata(path)?;
    Ok((file.dev(), file.ino()))
}

fn remove_stale(path: &Path) -> io::Result<()> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if !found.file_type().is_socket() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "something is there that is no socket"));
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(error) => Err(error),
        Ok(_) => Err(io::Error::new(io::ErrorKind::AddrInUse, "another process listens there")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    #[tokio::test]
    async fn a_name_is_taken_over_from_the_dead_alone() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("socket");
        drop(Std::bind(&path).unwrap());
        let named = Named::bind(&path, 8).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
        assert_eq!(Named::bind(&path, 8).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        UnixStream::connect(&path).unwrap();
        drop(named);
        assert!(!path.exists());
        fs::write(&path, "precious").unwrap();
        assert_eq!(Named::bind(&path, 8).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"precious");
    }

    #[tokio::test]
    async fn what_came_in_its_place_stays() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("socket");
        let named = Named::bind(&path, 8).unwrap();
        // Beside the old one at first, so that it cannot have its number.
        fs::write(dir.path().join("other"), "").unwrap();
        fs::rename(dir.path().join("other"), &path).unwrap();
        drop(named);
        assert!(path.exists());
    }
}

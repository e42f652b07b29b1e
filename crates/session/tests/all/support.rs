//! A user with a home, and what tests do with it.

use crate::log;
use bytes::Bytes;
use events::Bus;
use longshore_session::{
    Account, AccountSpec, Backend, Connection, Error, Open, Pending, Read, Result, Services, Session,
    Settings, Start, Stored, SymlinkMode, Upload,
};
use std::{fs, io::IoSliceMut, path::PathBuf, sync::Arc, time::SystemTime};
use storage::Local;
use tempfile::TempDir;
use tokio::runtime::Handle;
use types::{Permissions, Protocol, VirtualPath};

/// A home directory and the services a server would have.
pub struct World {
    dir: TempDir,
    pub services: Arc<Services>,
}

impl World {
    pub fn new() -> Self {
        let symlinks = SymlinkMode { local: true, remote: false };
        Self::with(Settings { umask: 0o022, symlinks, ..Settings::default() }, Bus::default())
    }

    pub fn with(settings: Settings, events: Bus) -> Self {
        log::install();
        let services = Arc::new(Services::new(settings, events, Handle::current()));
        let world = Self { dir: TempDir::new().unwrap(), services };
        fs::create_dir(world.home()).unwrap();
        world
    }

    pub fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    /// Files f, g, directories d (empty) and sub/x, a link l0 to f.
    pub fn tree(self) -> Self {
        let home = self.home();
        fs::write(home.join("f"), "0123456789").unwrap();
        fs::write(home.join("g"), "g").unwrap();
        fs::create_dir(home.join("d")).unwrap();
        fs::create_dir(home.join("sub")).unwrap();
        fs::write(home.join("sub/x"), "sub").unwrap();
        std::os::unix::fs::symlink("f", home.join("l0")).unwrap();
        self
    }

    /// A session of a user with these permissions.
    pub fn user(&self, permissions: &[(&str, &[&str])]) -> Session {
        self.session(AccountSpec { permissions: parse(permissions), ..self.spec() })
    }

    pub fn spec(&self) -> AccountSpec {
        let home: Arc<dyn Backend> = Arc::new(Local::new(self.home(), None));
        AccountSpec { permissions: parse(&[("/", &["*"])]), ..AccountSpec::new("ann", home) }
    }

    pub fn session(&self, spec: AccountSpec) -> Session {
        Session::new(Arc::new(Account::new(spec)), connection("SFTP_abc_1"), self.services.clone())
    }

    /// The lines of `sender` about files in this home.
    pub fn lines(&self, sender: &str) -> Vec<log::Line> {
        let home = self.home().to_str().unwrap().to_owned();
        let ours = |line: &log::Line| line.get("file_path").is_some_and(|path| path.starts_with(&home));
        log::lines(|line| line["sender"] == sender && ours(line))
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.home().join(name)).unwrap()
    }
}

pub fn connection(id: &str) -> Arc<Connection> {
    Arc::new(Connection {
        id: id.into(),
        protocol: Protocol::Sftp,
        client_version: "SSH-2.0-test".into(),
        remote: ([192, 0, 2, 1], 50_000).into(),
        local: ([127, 0, 0, 1], 2022).into(),
        started: SystemTime::now(),
    })
}

pub fn parse(permissions: &[(&str, &[&str])]) -> Vec<(VirtualPath, Permissions)> {
    let one = |(dir, names): &(&str, &[&str])| (at(dir), Permissions::from_api_names(*names).unwrap());
    permissions.iter().map(one).collect()
}

pub fn at(raw: &str) -> VirtualPath {
    VirtualPath::parse(&VirtualPath::root(), raw.as_bytes()).unwrap()
}

/// Uploads a file whole.
pub async fn put(session: &Session, name: &str, start: Start, data: &str) -> Result<Stored> {
    let mut upload = session.upload(&at(name), Open::new(start)).await?;
    upload.push(Bytes::copy_from_slice(data.as_bytes())).await?;
    upload.finish().await
}

pub async fn write(upload: &mut Upload, offset: u64, data: &str) -> Result<()> {
    match upload.write_at(offset, &mut vec![Bytes::copy_from_slice(data.as_bytes())])? {
        Pending::Ready(result) => Ok(result?),
        Pending::Later(result) => Ok(result.await?),
    }
}

/// Downloads a file whole.
pub async fn get(session: &Session, name: &str) -> Result<Vec<u8>> {
    let mut download = session.download(&at(name)).await?;
    let mut whole = Vec::new();
    loop {
        let mut buffer = [0; 1000];
        let read = download.read_at(whole.len() as u64, &mut [IoSliceMut::new(&mut buffer)])?;
        let piece = settle(read, &buffer).await?;
        if piece.is_empty() {
            download.finish().await?;
            return Ok(whole);
        }
        whole.extend(piece);
    }
}

pub async fn settle(read: Read, buffer: &[u8]) -> Result<Vec<u8>> {
    match read {
        Read::Now(bytes) => Ok(buffer[..bytes].to_vec()),
        Read::Later(bytes) => Ok(bytes.await?.to_vec()),
    }
}

pub async fn names(session: &Session, dir: &str) -> Result<Vec<String>> {
    let mut listing = session.list(&at(dir)).await?;
    let mut names = Vec::new();
    loop {
        let page = listing.next().await?;
        if page.is_empty() {
            names.sort();
            return Ok(names);
        }
        names.extend(page.iter().map(|entry| String::from_utf8_lossy(&entry.name).into_owned()));
    }
}

/// The error as a word, to compare whole tables of them.
pub fn word<T>(result: Result<T>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(Error::NotFound) => "missing",
        Err(Error::AlreadyExists) => "exists",
        Err(Error::Denied) => "denied",
        Err(Error::IsADirectory) => "is-dir",
        Err(Error::NotADirectory) => "not-dir",
        Err(Error::NotEmpty) => "not-empty",
        Err(Error::Unsupported) => "unsupported",
        Err(Error::Loop) => "loop",
        Err(Error::NameTooLong) => "long",
        Err(Error::Invalid | Error::InvalidPath(_)) => "invalid",
        Err(Error::Aborted) => "aborted",
        Err(Error::Rejected) => "rejected",
        Err(Error::TooManySessions) => "too-many",
        Err(Error::QuotaExceeded) => "quota",
        Err(Error::NoSpace) => "no-space",
        Err(Error::Storage(_)) => "storage",
    }
}

//! The servers that are measured.

use anyhow::Result;
use serde_json::{Value, json};
use std::{
    env, fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use testkit::{Builder, Login, Rest, Sshd, TestServer, clients::OpenSsh, process, until};

/// One server with one user, whose home is on the tmpfs.
pub struct Peer {
    name: String,
    pid: u32,
    login: Login,
    home: PathBuf,
    // Ends with the peer.
    _server: Server,
}

enum Server {
    Longshore { _server: TestServer },
    OpenSsh { _server: Sshd },
}

/// Server time and elapsed time per unit of work.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    pub cpu: f64,
    pub elapsed: f64,
}

impl Peer {
    /// Starts every server there is to measure, with homes below `dir`.
    pub fn all(dir: &Path) -> Result<Vec<Self>> {
        let mut peers = vec![Self::longshore(dir)?, Self::openssh(dir)?];
        peers.extend(Self::other(dir)?);
        Ok(peers)
    }

    fn longshore(dir: &Path) -> Result<Self> {
        Self::start("longshore", TestServer::builder(), dir)
    }

    fn openssh(dir: &Path) -> Result<Self> {
        let home = dir.join("openssh");
        fs::create_dir(&home)?;
        let server = Sshd::start(&home)?;
        let (pid, login) = (server.pid(), server.login());
        Ok(Self {
            name: "openssh".to_owned(),
            pid,
            login,
            home,
            _server: Server::OpenSsh { _server: server },
        })
    }

    /// What `LONGSHORE_BENCH_PEER` names, if anything.
    fn other(dir: &Path) -> Result<Option<Self>> {
        other().map(|builder| Self::start("peer", builder, dir)).transpose()
    }

    fn start(name: &str, builder: Builder, dir: &Path) -> Result<Self> {
        Self::with(name, builder, dir, |_| Ok(json!({})))
    }

    /// A server whose user has more `fields`.
    pub fn with(
        name: &str,
        builder: Builder,
        dir: &Path,
        fields: impl FnOnce(&Rest) -> Result<Value>,
    ) -> Result<Self> {
        let server =
            builder.set("common.max_per_host_connections", 0).arg("--log-level").arg("error").start()?;
        let home = dir.join(name);
        let mut fields = fields(server.admin()?)?;
        fields["home_dir"] = json!(home);
        let user = server.user_with("bench", fields)?;
        let (pid, login) = (server.pid(), server.login(&user));
        Ok(Self { name: name.to_owned(), pid, login, home, _server: Server::Longshore { _server: server } })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn home(&self) -> &Path {
        &self.home
    }

    /// OpenSSH's `sftp`, logged in by key.
    pub fn client(&self) -> OpenSsh {
        OpenSsh::new(self.login.clone())
    }

    /// Runs `work`, which says how many units it did, and returns what one of them cost this server.
    pub fn measure(&self, work: impl FnOnce() -> Result<f64>) -> Result<Figure> {
        self.settle()?;
        let (before, began) = (process::cpu_time(self.pid), Instant::now());
        let units = work()?;
        let elapsed = began.elapsed();
        self.settle()?;
        let cpu = process::cpu_time(self.pid).saturating_sub(before);
        Ok(Figure { cpu: cpu.as_secs_f64() / units, elapsed: elapsed.as_secs_f64() / units })
    }

    /// Whether it has processes of its own for each session.
    pub fn forks(&self) -> bool {
        matches!(self._server, Server::OpenSsh { .. })
    }

    /// Proportional memory of all its processes, in bytes.
    pub fn memory(&self) -> u64 {
        process::proportional(self.pid)
    }

    /// Waits until the last client's processes are gone, since their time counts only then.
    pub fn settle(&self) -> Result<()> {
        let held = || process::open_files(self.pid).unwrap_or_default();
        until("the server is at rest", Duration::from_secs(20), || {
            process::is_alone(self.pid) && !held().iter().any(|file| file.starts_with(&self.home))
        })
    }
}

/// Our server, and what `LONGSHORE_BENCH_PEER` names, not started yet.
pub fn builders() -> Vec<(&'static str, Builder)> {
    let other = other().map(|builder| ("peer", builder));
    [("longshore", TestServer::builder())].into_iter().chain(other).collect()
}

fn other() -> Option<Builder> {
    let binary = env::var_os("LONGSHORE_BENCH_PEER")?;
    let variables = env::var("LONGSHORE_BENCH_PEER_ENV").unwrap_or_default();
    let variables = variables.split_whitespace().filter_map(|variable| variable.split_once('='));
    let builder = TestServer::builder().compatible(binary);
    Some(variables.fold(builder, |builder, (name, value)| builder.env(name, value)))
}

//! Database servers for tests: PostgreSQL and MariaDB of the system's packages, each in a directory of its own
//! and gone with its value.

use crate::{free_port, until};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// How long a server may take to answer.
const START: Duration = Duration::from_secs(60);

/// A running server, with an empty database `longshore` of the user `longshore`.
#[derive(Debug)]
pub struct DatabaseServer {
    pub port: u16,
    /// The user's password.
    pub password: &'static str,
    child: Child,
    _dir: TempDir,
}

impl DatabaseServer {
    /// Starts PostgreSQL. It refuses to run as root, so there it runs as the package's own user.
    pub fn postgres() -> Result<Self> {
        let bin = postgres_bin()?;
        let dir = TempDir::new()?;
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700))?;
        let root = rustix::process::geteuid().is_root();
        if root {
            let (uid, gid) = ids_of("postgres")?;
            chown(dir.path(), Some(uid), Some(gid))?;
        }
        let as_owner = |program: &str| {
            let mut command = Command::new(if root { "runuser".into() } else { bin.join(program) });
            if root {
                command.args(["-u", "postgres", "--"]).arg(bin.join(program));
            }
            command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        let data = dir.path().join("data");
        let made = as_owner("initdb")
            .arg("-D")
            .arg(&data)
            .args(["-U", "longshore", "-A", "trust", "-N"])
            .status()?;
        if !made.success() {
            bail!("initdb failed: {made}");
        }
        let port = free_port()?;
        // The server itself, not a shell around it: it has to end with this value.
        let mut server = as_owner("postgres");
        server.arg("-D").arg(&data).args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        server.arg("-k").arg(dir.path()).args(["-c", "fsync=off", "-c", "shared_buffers=16MB"]);
        let child = server.spawn().context("cannot start postgres")?;
        let running = Self { port, password: "", child, _dir: dir };
        let create = || {
            let mut psql = Command::new(bin.join("psql"));
            psql.args(["-h", "127.0.0.1", "-p", &port.to_string(), "-U", "longshore", "-d", "postgres"]);
            psql.args(["-c", "CREATE DATABASE longshore"]).stdout(Stdio::null()).stderr(Stdio::null());
            psql.status().is_ok_and(|done| done.success())
        };
        until("PostgreSQL answers", START, create)?;
        Ok(running)
    }

    /// Starts MariaDB.
    pub fn mariadb() -> Result<Self> {
        let dir = TempDir::new()?;
        let data = dir.path().join("data");
        let socket = dir.path().join("s.sock");
        let user = if rustix::process::geteuid().is_root() { "--user=root" } else { "--skip-symbolic-links" };
        let made = Command::new("mariadb-install-db")
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", user])
            .arg(format!("--datadir={}", data.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .context("cannot run mariadb-install-db")?;
        if !made.success() {
            bail!("mariadb-install-db failed: {made}");
        }
        let port = free_port()?;
        let child = Command::new("mariadbd")
            .args(["--no-defaults", "--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0", user])
            .arg(format!("--datadir={}", data.display()))
            .arg(format!("--socket={}", socket.display()))
            .arg(format!("--pid-file={}", dir.path().join("pid").display()))
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start mariadbd")?;
        let running = Self { port, password: "db-pass", child, _dir: dir };
        // Its own default, so that nothing here depends on it.
        let statements =
            "CREATE DATABASE IF NOT EXISTS longshore CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
            CREATE OR REPLACE USER longshore@'127.0.0.1' IDENTIFIED BY 'db-pass';
            CREATE OR REPLACE USER longshore@localhost IDENTIFIED BY 'db-pass';
            GRANT ALL ON longshore.* TO longshore@'127.0.0.1';
            GRANT ALL ON longshore.* TO longshore@localhost;";
        let create = || {
            let mut client = Command::new("mariadb");
            client.args(["--no-defaults", "-u", "root", "-e", statements]);
            client.arg(format!("--socket={}", socket.display()));
            client.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            client.status().is_ok_and(|done| done.success())
        };
        until("MariaDB answers", START, create)?;
        Ok(running)
    }
}

impl Drop for DatabaseServer {
    fn drop(&mut self) {
        // runuser passes it on; SIGTERM lets the server take its processes along.
        if let Some(pid) = rustix::process::Pid::from_raw(self.child.id().cast_signed()) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let _ = self.child.wait();
    }
}

/// The programs of the newest PostgreSQL: the package keeps them out of the path.
fn postgres_bin() -> Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").context("PostgreSQL is not installed")?;
    let mut bins: Vec<PathBuf> = versions.flatten().map(|version| version.path().join("bin")).collect();
    bins.sort();
    bins.pop().context("PostgreSQL is not installed")
}

/// User and group id of a system user.
fn ids_of(name: &str) -> Result<(u32, u32)> {
    let users = fs::read_to_string(Path::new("/etc/passwd"))?;
    let line = users.lines().find(|line| line.split(':').next() == Some(name));
    let fields: Vec<&str> = line.with_context(|| format!("there is no user {name}"))?.split(':').collect();
    match (fields.get(2), fields.get(3)) {
        (Some(uid), Some(gid)) => Ok((uid.parse()?, gid.parse()?)),
        _ => bail!("/etc/passwd has no ids of {name}"),
    }
}

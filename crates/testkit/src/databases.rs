//! Database servers for tests: PostgreSQL and MariaDB of the system's packages, each in a directory of its own
//! and gone with its value.

use crate::{free_port, until};
use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    env, fs,
    net::TcpStream,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
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
    pub driver: &'static str,
    command: Command,
    pid_file: PathBuf,
    child: Child,
    dir: TempDir,
}

/// What a server shows of itself over TLS, as PEM, and whom it believes when clients do so.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    pub certificate: &'a str,
    pub key: &'a str,
    pub authority: &'a str,
}

/// Users of a server with an [`Identity`]: one that has to come over TLS, one that has to show a certificate, and one
/// whose sessions only read (PostgreSQL).
pub const OVER_TLS: &str = "over_tls";
pub const CERTIFIED: &str = "certified";
pub const READER: &str = "reader";

/// Who may come, and how.
const HBA: &str = "\
local all all trust
hostssl all certified 127.0.0.1/32 trust clientcert=verify-ca
hostnossl all certified,over_tls 127.0.0.1/32 reject
host all all 127.0.0.1/32 trust
";

/// The database that tests are told to use: `LONGSHORE_TEST_DATABASE` is `DRIVER:PORT:PASSWORD`. The example
/// `databases` of this crate sets it.
#[derive(Clone, Debug)]
pub struct TestDatabase {
    /// As in `data_provider.driver`.
    pub driver: String,
    pub port: u16,
    pub password: String,
    /// One that no other test has: they share a database.
    pub prefix: String,
}

impl TestDatabase {
    /// `None` is SQLite in a file of the test's own.
    pub fn from_env() -> Option<Self> {
        static TESTS: AtomicU32 = AtomicU32::new(0);
        let told = env::var("LONGSHORE_TEST_DATABASE").ok()?;
        let mut parts = told.split(':');
        let (driver, port) = (parts.next()?.to_owned(), parts.next()?.parse().ok()?);
        let password = parts.next().unwrap_or_default().to_owned();
        let prefix = format!("t{}_{}_", std::process::id(), TESTS.fetch_add(1, Ordering::Relaxed));
        Some(Self { driver, port, password, prefix })
    }
}

impl DatabaseServer {
    /// Ends it as for a restart: its clients are cut off, and nobody answers at its port.
    pub fn stop(&mut self) -> Result<()> {
        // The server's own, not that of what started it in another user's name.
        let pid = fs::read_to_string(&self.pid_file)?;
        let pid = pid.lines().next().and_then(|pid| pid.trim().parse().ok()).and_then(Pid::from_raw);
        // PostgreSQL waits for its clients on SIGTERM.
        let signal = if self.driver == "mysql" { Signal::TERM } else { Signal::INT };
        kill_process(pid.context("no process id")?, signal)?;
        self.child.wait()?;
        Ok(())
    }

    /// Starts it again, where it was.
    pub fn restart(&mut self) -> Result<()> {
        self.child = self.command.spawn()?;
        until("the database answers", START, || TcpStream::connect(("127.0.0.1", self.port)).is_ok())
    }

    /// Where it keeps everything; its socket among it: PostgreSQL's is told by the directory, MariaDB's is `s.sock`.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// What tells tests to use it.
    pub fn told(&self) -> String {
        format!("{}:{}:{}", self.driver, self.port, self.password)
    }

    /// Starts PostgreSQL. It refuses to run as root, so there it runs as the package's own user.
    pub fn postgres() -> Result<Self> {
        Self::postgres_in(TempDir::new()?, None)
    }

    /// As [`postgres`](Self::postgres), in `dir`; with an identity it speaks TLS.
    pub fn postgres_in(dir: TempDir, identity: Option<Identity<'_>>) -> Result<Self> {
        let bin = postgres_bin()?;
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
        if let Some(identity) = identity {
            for (setting, file) in identity.write(dir.path())? {
                if root {
                    let (uid, gid) = ids_of("postgres")?;
                    chown(&file, Some(uid), Some(gid))?;
                }
                server.arg("-c").arg(format!("{setting}={}", file.display()));
            }
            server.args(["-c", "ssl=on"]);
            fs::write(data.join("pg_hba.conf"), HBA)?;
        }
        server.arg("-D").arg(&data).args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        server.arg("-k").arg(dir.path()).args(["-c", "fsync=off", "-c", "shared_buffers=16MB"]);
        // Those who wait for each other are told so at once: by default only after a second.
        server.args(["-c", "deadlock_timeout=50ms"]);
        let child = server.spawn().context("cannot start postgres")?;
        let pid_file = data.join("postmaster.pid");
        let running =
            Self { port, password: "", driver: "postgresql", command: server, pid_file, child, dir };
        let psql = |statement: &str| {
            let mut psql = Command::new(bin.join("psql"));
            psql.args(["-h", "127.0.0.1", "-p", &port.to_string(), "-U", "longshore", "-d", "postgres"]);
            psql.args(["-c", statement]).stdout(Stdio::null()).stderr(Stdio::null());
            psql.status().is_ok_and(|done| done.success())
        };
        until("PostgreSQL answers", START, || psql("CREATE DATABASE longshore"))?;
        if identity.is_some() {
            let made = psql(
                "CREATE ROLE over_tls SUPERUSER LOGIN; CREATE ROLE certified SUPERUSER LOGIN; CREATE ROLE reader \
                 SUPERUSER LOGIN; ALTER ROLE reader SET default_transaction_read_only = on",
            );
            if !made {
                bail!("the users of PostgreSQL were not made");
            }
        }
        Ok(running)
    }

    /// Starts MariaDB.
    pub fn mariadb() -> Result<Self> {
        Self::mariadb_in(TempDir::new()?, None)
    }

    /// As [`mariadb`](Self::mariadb), in `dir`; with an identity it speaks TLS.
    pub fn mariadb_in(dir: TempDir, identity: Option<Identity<'_>>) -> Result<Self> {
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
        let pid_file = dir.path().join("pid");
        let mut server = Command::new("mariadbd");
        server
            .args(["--no-defaults", "--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0", user])
            .arg(format!("--datadir={}", data.display()))
            .arg(format!("--socket={}", socket.display()))
            .arg(format!("--pid-file={}", pid_file.display()))
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some(identity) = identity {
            for (setting, file) in identity.write(dir.path())? {
                server.arg(format!(
                    "--{}={}",
                    setting.replace("_file", "").replace('_', "-"),
                    file.display()
                ));
            }
        }
        let child = server.spawn().context("cannot start mariadbd")?;
        let running =
            Self { port, password: "db-pass", driver: "mysql", command: server, pid_file, child, dir };
        // Its own default, so that nothing here depends on it.
        let users = match identity {
            None => "",
            Some(_) => {
                "CREATE USER over_tls@'127.0.0.1' IDENTIFIED BY 'db-pass' REQUIRE SSL;
                CREATE USER certified@'127.0.0.1' IDENTIFIED BY 'db-pass' REQUIRE X509;
                GRANT ALL ON longshore.* TO over_tls@'127.0.0.1';
                GRANT ALL ON longshore.* TO certified@'127.0.0.1';"
            }
        };
        let statements =
            "CREATE DATABASE IF NOT EXISTS longshore CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
            CREATE OR REPLACE USER longshore@'127.0.0.1' IDENTIFIED BY 'db-pass';
            CREATE OR REPLACE USER longshore@localhost IDENTIFIED BY 'db-pass';
            GRANT ALL ON longshore.* TO longshore@'127.0.0.1';
            GRANT ALL ON longshore.* TO longshore@localhost;";
        let statements = format!("{statements}{users}");
        let create = || {
            let mut client = Command::new("mariadb");
            client.args(["--no-defaults", "-u", "root", "-e", &statements]);
            client.arg(format!("--socket={}", socket.display()));
            client.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            client.status().is_ok_and(|done| done.success())
        };
        until("MariaDB answers", START, create)?;
        Ok(running)
    }
}

impl Identity<'_> {
    /// Files of it in `dir`, by the names of PostgreSQL's settings.
    fn write(&self, dir: &Path) -> Result<[(&'static str, PathBuf); 3]> {
        let parts = [
            ("ssl_cert_file", self.certificate),
            ("ssl_key_file", self.key),
            ("ssl_ca_file", self.authority),
        ];
        let mut files = Vec::new();
        for (setting, text) in parts {
            let file = dir.join(setting);
            fs::write(&file, text)?;
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
            files.push((setting, file));
        }
        files.try_into().map_err(|_| anyhow::anyhow!("three parts make three files"))
    }
}

impl Drop for DatabaseServer {
    fn drop(&mut self) {
        // runuser passes it on; SIGTERM lets the server take its processes along.
        if let Some(pid) = Pid::from_raw(self.child.id().cast_signed()) {
            let _ = kill_process(pid, Signal::TERM);
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

//! One server process per test, in a directory of its own.

use crate::{
    KeyPair, Login, Proof, Rest, TestDatabase, free_port, launch::Launch, process, until_ok, wait::until,
};
use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::{
    env,
    ffi::OsString,
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus},
    time::Duration,
};
use tempfile::TempDir;

pub(crate) const ADMIN: &str = "admin";
pub(crate) const ADMIN_PASSWORD: &str = "adm1n-of-the-tests";
const USER_PASSWORD: &str = "pass-w0rd-of-the-tests";

/// A start on a loaded machine in the dev profile, host keys generated, takes a few seconds.
const START: Duration = Duration::from_secs(60);
const STOP: Duration = Duration::from_secs(20);

/// A running `longshore serve`; killed, and its directory removed, when dropped.
#[derive(Debug)]
pub struct TestServer {
    launch: Launch,
    child: Child,
    admin: Option<Rest>,
    sftp: u16,
    http: u16,
    dir: TempDir,
}

/// What to start, before it is started.
#[derive(Debug)]
pub struct Builder {
    binary: Binary,
    settings: Value,
    env: Vec<(OsString, OsString)>,
    args: Vec<OsString>,
}

#[derive(Debug)]
enum Binary {
    Ours,
    /// One that reads `sftpgo.json` and `SFTPGO_*`.
    Compatible(PathBuf),
}

/// A user of the server under test, with what a client needs to log in.
#[derive(Debug, Clone)]
pub struct User {
    pub name: String,
    pub password: String,
    pub key: KeyPair,
    pub home: PathBuf,
}

/// Name and password of the administrator of every server under test.
pub const ADMINISTRATOR: (&str, &str) = (ADMIN, ADMIN_PASSWORD);

impl Builder {
    /// Starts another program that takes the same command line and configuration, to be compared with.
    pub fn compatible(mut self, binary: impl Into<PathBuf>) -> Self {
        self.binary = Binary::Compatible(binary.into());
        self
    }

    /// Sets one key of the configuration file, named with dots: `sftpd.max_auth_tries`.
    pub fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        set(&mut self.settings, key, value.into());
        self
    }

    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Writes the configuration, starts the binary and waits until SSH and HTTP answer.
    pub fn start(self) -> Result<TestServer> {
        self.start_in(tempfile::Builder::new().prefix("longshore-").tempdir()?)
    }

    fn start_in(mut self, dir: TempDir) -> Result<TestServer> {
        let (sftp, http) = (free_port()?, free_port()?);
        for (key, value) in [
            ("sftpd.bindings", json!([{ "address": "127.0.0.1", "port": sftp }])),
            ("httpd.bindings", json!([{ "address": "127.0.0.1", "port": http }])),
            ("data_provider.create_default_admin", json!(true)),
        ] {
            set(&mut self.settings, key, value);
        }
        // Hashing is not what these tests wait for.
        if self.settings["data_provider"]["password_hashing"].is_null() {
            set(&mut self.settings, "data_provider.password_hashing.bcrypt_options.cost", json!(4));
        }
        if self.settings["data_provider"]["driver"].is_null() {
            self.settle_database();
        }
        let (binary, file, prefix) = match self.binary {
            Binary::Ours => (binary()?, "longshore.json", "LONGSHORE"),
            Binary::Compatible(path) => (path, "sftpgo.json", "SFTPGO"),
        };
        fs::write(dir.path().join(file), serde_json::to_vec_pretty(&self.settings)?)?;
        fs::create_dir(dir.path().join("homes"))?;

        let launch = Launch { binary, prefix, env: self.env, args: self.args };
        let child = launch.start(dir.path())?;
        let mut server = TestServer { launch, child, admin: None, sftp, http, dir };
        server.arrive()?;
        Ok(server)
    }
}

impl Builder {
    /// The database that tests are told to use.
    fn settle_database(&mut self) {
        let settings = match TestDatabase::from_env() {
            None => json!({ "driver": "sqlite", "name": "longshore.db" }),
            Some(database) => json!({
                "driver": database.driver,
                "name": "longshore",
                "host": "127.0.0.1",
                "port": database.port,
                "username": "longshore",
                "password": database.password,
                "sql_tables_prefix": database.prefix,
                "pool_size": 4,
            }),
        };
        for (key, value) in settings.as_object().into_iter().flatten() {
            set(&mut self.settings, &format!("data_provider.{key}"), value.clone());
        }
    }
}

impl TestServer {
    /// A server on the embedded defaults, but for its ports and its directory.
    pub fn builder() -> Builder {
        Builder { binary: Binary::Ours, settings: json!({}), env: Vec::new(), args: Vec::new() }
    }

    pub fn start() -> Result<Self> {
        Self::builder().start()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn sftp_port(&self) -> u16 {
        self.sftp
    }

    pub fn sftp_address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.sftp))
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.http)
    }

    /// The directory of the configuration, the database and the host keys.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The REST API, logged in as the first administrator.
    pub fn admin(&self) -> Result<&Rest> {
        self.admin.as_ref().context("the server never came up")
    }

    /// Creates a user with all permissions, a password, a key, and a home of its own.
    pub fn user(&self, name: &str) -> Result<User> {
        self.user_with(name, json!({}))
    }

    /// [`TestServer::user`] with some fields of the user object set otherwise, `home_dir` say.
    pub fn user_with(&self, name: &str, fields: Value) -> Result<User> {
        let home = match fields["home_dir"].as_str() {
            Some(home) => PathBuf::from(home),
            None => self.dir().join("homes").join(name),
        };
        let key = KeyPair::generate(self.dir(), &format!("key-{name}"), "ed25519")?;
        let mut user = json!({
            "username": name,
            "password": USER_PASSWORD,
            "public_keys": [key.public],
            "status": 1,
            "home_dir": home,
            "permissions": { "/": ["*"] },
        });
        if let (Some(user), Value::Object(fields)) = (user.as_object_mut(), fields) {
            user.extend(fields);
        }
        self.admin()?.post("/api/v2/users", &user)?.ok().with_context(|| format!("creating user {name}"))?;
        fs::create_dir_all(&home)?;
        Ok(User { name: name.to_owned(), password: USER_PASSWORD.to_owned(), key, home })
    }

    /// How clients log in as `user`.
    pub fn login(&self, user: &User) -> Login {
        self.login_through(user, self.sftp)
    }

    /// [`TestServer::login`] by way of another port, a relay's say.
    pub fn login_through(&self, user: &User, port: u16) -> Login {
        Login {
            port,
            user: user.name.clone(),
            password: user.password.clone(),
            key: user.key.clone(),
            proof: Proof::Key,
        }
    }

    /// Everything the process has printed and logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir().join("server.out")).unwrap_or_default()
    }

    /// True while the process holds a file open below `dir`.
    pub fn holds_open(&self, dir: &Path) -> bool {
        process::open_files(self.pid()).unwrap_or_default().iter().any(|path| path.starts_with(dir))
    }

    /// Another command of the server's binary, about its configuration.
    pub fn command(&self, args: &[&str]) -> Command {
        self.launch.command(self.dir.path(), args)
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw).context("no process id")?;
        Ok(kill_process(pid, signal)?)
    }

    /// Asks the server to stop, as a service manager does, and waits for it.
    pub fn stop(&mut self) -> Result<ExitStatus> {
        self.signal(Signal::TERM)?;
        until_ok("the server stops on SIGTERM", STOP, || self.child.try_wait()?.context("running"))
    }

    /// Ends the server as a crash would: nothing is flushed, nothing said good-bye to.
    pub fn crash(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Starts the server again where it was, after it [stopped](Self::stop) or [crashed](Self::crash).
    pub fn restart(&mut self) -> Result<()> {
        self.child = self.launch.start(self.dir.path())?;
        self.arrive()
    }

    /// Waits until the server answers, and logs the administrator in.
    fn arrive(&mut self) -> Result<()> {
        self.wait_until_up()?;
        self.admin = Some(Rest::new(self.url()).login(ADMIN, ADMIN_PASSWORD)?);
        Ok(())
    }

    fn wait_until_up(&mut self) -> Result<()> {
        let rest = Rest::new(self.url());
        let (address, dir) = (self.sftp_address(), self.dir.path().to_owned());
        let up = until_ok("the server answers", START, || {
            if let Some(status) = self.child.try_wait()? {
                let said = fs::read_to_string(dir.join("server.out")).unwrap_or_default();
                // Waiting longer would change nothing.
                return Ok(Err(anyhow::anyhow!("the server ended with {status}:\n{said}")));
            }
            rest.get("/healthz")?.ok()?;
            greeting(address)?;
            Ok(Ok(()))
        });
        up.with_context(|| self.log())?
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        // A process inside a hung file system call ends only when that call does; the disk's own drop ends
        // it, and it may come after this one.
        let gone = until("the server is gone", Duration::from_secs(2), || {
            matches!(self.child.try_wait(), Ok(Some(_)))
        });
        let log = self.log();
        if std::thread::panicking() || log.contains("panicked at") {
            let _ = writeln!(std::io::stderr(), "--- the server said:\n{log}\n--- {gone:?}");
        }
    }
}

/// Reads the start of the SSH version line.
fn greeting(address: SocketAddr) -> Result<()> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut start = [0; 8];
    stream.read_exact(&mut start)?;
    if &start != b"SSH-2.0-" {
        bail!("SSH greets with {start:?}");
    }
    Ok(())
}

/// The server's executable: `LONGSHORE_BIN`, else what Cargo built beside the running test.
pub fn binary() -> Result<PathBuf> {
    if let Some(path) = env::var_os("LONGSHORE_BIN") {
        return Ok(fs::canonicalize(path)?);
    }
    let test = env::current_exe()?;
    // target/<profile>/deps/<test> for tests, target/<profile>/<name> for the benchmarks.
    let near = test.ancestors().skip(1).take(2).map(|dir| dir.join("longshore"));
    near.into_iter()
        .find(|path| path.is_file())
        .context("no longshore binary: run `cargo build -p longshore-server` or set LONGSHORE_BIN")
}

fn set(settings: &mut Value, key: &str, value: Value) {
    let mut place = settings;
    for part in key.split('.') {
        if !place.is_object() {
            *place = json!({});
        }
        place = &mut place[part];
    }
    *place = value;
}

//! A server on a free port and the least a client needs: requests go out byte by byte as given.

use auth::{Authenticator, Backends};
use base64::{Engine, engine::general_purpose::STANDARD};
use control::{Control, Hashing, Passwords, Settings};
use longshore_http::{Api, Binding, Parts, Server, SigningKey, SshStatus, TokenRules, Tokens, Version};
use net::Admission;
use serde_json::{Value, json};
use session::{Registry, Services, Usage};
use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};
use store::{Driver, Options, Server as DatabaseServer, Store};
use tempfile::TempDir;
use testkit::TestDatabase;
use tokio::{
    runtime::{Handle, Runtime},
    sync::Semaphore,
};
use tokio_util::sync::CancellationToken;
use types::Secret;

pub const ADMIN: (&str, &str) = ("root", "Adm1n-pass-word");

/// A running server. Everything ends with it.
pub struct TestApi {
    pub address: SocketAddr,
    pub registry: Registry,
    /// A quota scan takes one of these to end, and finds 2 files of 1024 bytes.
    pub scans: Arc<Semaphore>,
    _runtime: Runtime,
    dir: TempDir,
}

pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl TestApi {
    pub fn start() -> Self {
        Self::with(|_| {})
    }

    /// Starts with a changed configuration.
    pub fn with(change: impl FnOnce(&mut config::Config)) -> Self {
        let dir = TempDir::new().unwrap();
        let mut config = config::Config { config_dir: dir.path().to_owned(), ..config::Config::default() };
        config.data_provider.users_base_dir = dir.path().join("homes");
        config.data_provider.backups_path = dir.path().join("backups");
        config.data_provider.password_hashing.bcrypt_options.cost = 4;
        change(&mut config);
        let runtime = Runtime::new().unwrap();
        let scans = Arc::new(Semaphore::new(0));
        let services =
            Services::new(session::Settings::default(), session::Bus::default(), runtime.handle().clone());
        let services = Arc::new(services);
        let start = start(config, dir.path().join("l.db"), services.clone(), scans.clone());
        let address = runtime.block_on(start);
        Self { address, registry: services.registry.clone(), scans, _runtime: runtime, dir }
    }

    /// As [`raw`](Self::raw), from a client that then says it sends no more.
    pub fn garbage(&self, bytes: &[u8]) -> Vec<u8> {
        self.exchange(bytes, true)
    }

    /// What the server answers to `request`, sent as it is; empty when it closes without a word.
    pub fn raw(&self, request: &[u8]) -> Vec<u8> {
        self.exchange(request, false)
    }

    fn exchange(&self, request: &[u8], end: bool) -> Vec<u8> {
        let mut socket = TcpStream::connect(self.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        // The server may answer and close before it has read everything.
        let _ = socket.write_all(request);
        if end {
            let _ = socket.shutdown(Shutdown::Write);
        }
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer);
        answer
    }

    /// A file in the directory of the configuration.
    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    /// A request of these lines, without a body.
    pub fn ask(&self, method: &str, path: &str, lines: &[&str]) -> Answer {
        let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        let request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n{lines}\r\n");
        Answer::parse(&self.raw(request.as_bytes()))
    }

    pub fn send(&self, method: &str, path: &str, authorization: &str, body: &[u8]) -> Answer {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n");
        if !authorization.is_empty() {
            request += &format!("Authorization: {authorization}\r\n");
        }
        request += &format!("Content-Length: {}\r\n\r\n", body.len());
        Answer::parse(&self.raw(&[request.as_bytes(), body].concat()))
    }

    /// A token for an admin (`/token`) or a user (`/user/token`).
    pub fn login(&self, path: &str, (name, password): (&str, &str)) -> Answer {
        let basic = format!("Basic {}", STANDARD.encode(format!("{name}:{password}")));
        self.send("GET", &format!("/api/v2{path}"), &basic, b"")
    }

    /// As [`login`](Self::login), with a code of the second factor.
    pub fn login_with_code(&self, path: &str, (name, password): (&str, &str), code: &str) -> Answer {
        let basic = STANDARD.encode(format!("{name}:{password}"));
        let headers = format!("Basic {basic}\r\nX-SFTPGO-OTP: {code}");
        self.send("GET", &format!("/api/v2{path}"), &headers, b"")
    }

    /// The header that makes calls in the name of an admin.
    pub fn bearer(&self, admin: (&str, &str)) -> String {
        let answer = self.login("/token", admin);
        assert_eq!(answer.status, 200, "{}", answer.text());
        format!("Bearer {}", answer.json()["access_token"].as_str().unwrap())
    }

    /// A call by the first admin.
    pub fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        let bearer = self.bearer(ADMIN);
        self.call_as(&bearer, method, path, body)
    }

    pub fn call_as(&self, bearer: &str, method: &str, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, &format!("/api/v2{path}"), bearer, body.as_bytes())
    }
}

impl Answer {
    pub fn parse(raw: &[u8]) -> Self {
        let end = raw.windows(4).position(|four| four == b"\r\n\r\n").expect("a complete head");
        let head = String::from_utf8(raw[..end].to_vec()).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let header =
            |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        let mut answer =
            Self { status, headers: lines.filter_map(header).collect(), body: raw[end + 4..].to_vec() };
        if answer.header("transfer-encoding") == Some("chunked") {
            answer.body = unchunked(&answer.body).expect("all chunks");
        }
        answer
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// The answer has this status, and a refusal says why.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        if (400..500).contains(&status) && status != 405 {
            let body = self.json();
            assert!(body["message"].is_string() && body["message"] != "", "{body}");
        }
        self
    }
}

/// The content of a chunked body (RFC 9112, section 7.1); `None` when the last chunk is missing.
fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        rest = &rest[end + 2..];
        if length == 0 {
            return Some(content);
        }
        content.extend_from_slice(rest.get(..length)?);
        rest = rest.get(length + 2..)?;
    }
}

/// A user that is valid and has every permission.
pub fn user(name: &str) -> Value {
    json!({"username": name, "password": "Us3r-pass-word", "status": 1, "permissions": {"/": ["*"]}})
}

/// SQLite at `path`, or the database that the tests are told to use.
fn database(path: std::path::PathBuf) -> Options {
    let Some(database) = TestDatabase::from_env() else { return Options::new(Driver::Sqlite(path)) };
    let server = DatabaseServer {
        host: "127.0.0.1".into(),
        port: database.port,
        username: "longshore".into(),
        password: Secret::new(database.password),
        database: "longshore".into(),
        ..DatabaseServer::default()
    };
    let driver = if database.driver == "mysql" { Driver::MySql(server) } else { Driver::Postgres(server) };
    Options { prefix: database.prefix, pool_size: 4, ..Options::new(driver) }
}

async fn start(
    config: config::Config,
    path: std::path::PathBuf,
    services: Arc<Services>,
    scans: Arc<Semaphore>,
) -> SocketAddr {
    let main = Handle::current();
    let options = database(path);
    let store = Store::open(&options, main.clone()).await.unwrap();
    let passwords = Passwords::new(Hashing::from(&config.data_provider.password_hashing), main);
    let settings = Settings { smtp: config.smtp.clone(), ..Settings::from(&config.data_provider) };
    let count = move |_| {
        let scans = scans.clone();
        Box::pin(async move {
            scans.acquire().await?.forget();
            Ok(Usage { files: 2, bytes: 1024 })
        }) as _
    };
    let control =
        Control::new(store.clone(), passwords.clone(), services.registry.clone(), settings).scanning(count);
    assert!(control.create_first_admin(ADMIN.0, Secret::new(ADMIN.1.into())).await.unwrap());
    // Nothing here touches a file.
    let backends = Backends::new(|_, _, _| Err("no storage".into()));
    let authenticator =
        Authenticator::new(&config.data_provider, store, control.clone(), passwords, backends);
    let key = SigningKey::from_passphrase(&config.httpd.signing_passphrase);
    let tokens = Tokens::new(&key, TokenRules::from(&config.httpd));
    let version = Version { version: "1.2.3".into(), ..Version::default() };
    let api = Api::new(Parts {
        authenticator,
        control,
        services,
        tokens,
        version,
        ssh: SshStatus::default(),
        server_header: "Longshore".into(),
        max_upload_size: config.httpd.max_upload_file_size,
        serves_document: !config.httpd.openapi_path.as_os_str().is_empty(),
    });
    let proxies = match config.httpd.bindings[0].proxy_mode {
        0 => None,
        _ => net::ProxyProtocol::new(&config.common).unwrap(),
    };
    let listener = net::Listener::port("127.0.0.1", 0).unwrap().behind(proxies);
    let net::Place::Port(address) = listener.place().unwrap() else { panic!("it has a port") };
    let binding = Binding::open(&config, 0).unwrap();
    tokio::spawn(async move {
        let server = Server::new(api, Admission::new(0, 0));
        server.serve(&binding, listener, CancellationToken::new()).await;
    });
    address
}

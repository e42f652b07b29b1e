//! How connections to servers are protected, and which of several servers is asked: with real servers, whose
//! certificate is for `localhost` and not for `127.0.0.1`.

use longshore_store::{Driver, Options, Server, Store, Tables, Tls, User};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use std::{
    fs,
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::PathBuf,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};
use tempfile::TempDir;
use testkit::{CERTIFIED, DatabaseServer, Identity, OVER_TLS, READER};
use tokio::runtime::{Handle, Runtime};
use types::Secret;

/// An authority, a server's and a client's certificate of it, and an authority that nobody asked.
pub struct Pki {
    dir: TempDir,
    server: (String, String),
    authority: String,
}

impl Pki {
    pub fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let authority = authority("ours");
        let signed = |name: &str| {
            let key = KeyPair::generate().unwrap();
            let certificate = named(name).signed_by(&key, &authority).unwrap();
            (certificate.pem(), key.serialize_pem())
        };
        let (server, client) = (signed("localhost"), signed("client"));
        for (file, text) in [
            ("ca.pem", &authority.pem()),
            ("other.pem", &self::authority("theirs").pem()),
            ("client.pem", &client.0),
            ("client.key", &client.1),
            ("none.pem", &"nothing at all".to_owned()),
        ] {
            fs::write(dir.path().join(file), text).unwrap();
        }
        Self { server, authority: authority.pem(), dir }
    }

    pub fn identity(&self) -> Identity<'_> {
        Identity { certificate: &self.server.0, key: &self.server.1, authority: &self.authority }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.dir.path().join(file)
    }

    /// `sslmode` with the authority in `file`, if one is named.
    fn tls(&self, mode: u8, file: &str) -> Tls {
        Tls { mode, root_cert: (!file.is_empty()).then(|| self.path(file)), ..Tls::default() }
    }

    fn with_client(&self, tls: Tls) -> Tls {
        Tls { client_cert: Some(self.path("client.pem")), client_key: Some(self.path("client.key")), ..tls }
    }
}

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

/// Whether it opens; if not, everything that is said about it.
fn opens(driver: Driver) -> Result<(), String> {
    let options = Options { prefix: "tls_".into(), ..Options::new(driver) };
    Runtime::new().unwrap().block_on(async {
        let opened = Store::open(&options, Handle::current()).await;
        opened.map(drop).map_err(|error| {
            let mut text = error.to_string();
            let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
            while let Some(error) = cause {
                text = format!("{text}: {error}");
                cause = error.source();
            }
            text
        })
    })
}

/// Runs every case, and says which of them did not come out as expected: `""` is that it opens.
fn check(cases: Vec<(&str, &str, Driver)>) {
    for (case, expected, driver) in cases {
        match opens(driver) {
            Ok(()) => assert!(expected.is_empty(), "{case}: it opened"),
            Err(text) => assert!(!expected.is_empty() && text.contains(expected), "{case}: {text}"),
        }
    }
}

pub fn postgresql(running: &DatabaseServer, pki: &Pki, plain: &Server) {
    let at = |host: &str, username: &str, tls: Tls| {
        Driver::Postgres(Server { host: host.into(), username: username.into(), tls, ..plain.clone() })
    };
    let (here, name) = ("127.0.0.1", "localhost");
    let tls = |mode, file: &str| pki.tls(mode, file);
    let no_sni = |mode| Tls { disable_sni: true, ..tls(mode, "ca.pem") };
    let dir = running.dir().display().to_string();
    check(vec![
        ("0 is in the clear", "no encryption", at(here, OVER_TLS, tls(0, ""))),
        ("1 encrypts", "", at(here, OVER_TLS, tls(1, ""))),
        ("1 with an authority asks it", "data_provider.root_cert", at(here, OVER_TLS, tls(1, "other.pem"))),
        ("2 takes any name", "", at(here, OVER_TLS, tls(2, "ca.pem"))),
        ("2 asks the authority", "data_provider.root_cert", at(here, OVER_TLS, tls(2, "other.pem"))),
        ("2 without one asks the system's", "data_provider.root_cert", at(here, OVER_TLS, tls(2, ""))),
        ("3 takes its name", "", at(name, OVER_TLS, tls(3, "ca.pem"))),
        ("3 takes no other", "data_provider.host", at(here, OVER_TLS, tls(3, "ca.pem"))),
        ("3 asks the authority", "data_provider.root_cert", at(name, OVER_TLS, tls(3, "other.pem"))),
        ("4 would rather encrypt", "", at(here, OVER_TLS, tls(4, ""))),
        ("5 encrypts when it must", "", at(here, OVER_TLS, tls(5, ""))),
        ("5 does not have to", "", at(here, "longshore", tls(5, ""))),
        ("6 is nothing", "data_provider.sslmode", at(here, OVER_TLS, tls(6, ""))),
        ("a file that is missing", "data_provider.root_cert", at(here, OVER_TLS, tls(2, "missing.pem"))),
        ("a file of something else", "data_provider.root_cert", at(here, OVER_TLS, tls(2, "none.pem"))),
        ("no certificate", "certificate", at(here, CERTIFIED, tls(2, "ca.pem"))),
        ("a certificate", "", at(here, CERTIFIED, pki.with_client(tls(2, "ca.pem")))),
        ("half a certificate", "data_provider.client_key", {
            let half = Tls { client_cert: Some(pki.path("client.pem")), ..tls(1, "") };
            at(here, CERTIFIED, half)
        }),
        ("no name told", "", at(name, OVER_TLS, no_sni(2))),
        ("a name checked and not told", "data_provider.disable_sni", at(name, OVER_TLS, no_sni(3))),
        ("a socket", "", at(&dir, "longshore", tls(3, ""))),
        ("the second host", "", at(&format!("/missing,{dir}"), "longshore", tls(0, ""))),
    ]);
    assert!(hello(|port| Driver::Postgres(Server {
        port,
        tls: tls(2, "ca.pem"),
        host: name.into(),
        ..plain.clone()
    })));
    assert!(!hello(|port| Driver::Postgres(Server {
        port,
        tls: no_sni(2),
        host: name.into(),
        ..plain.clone()
    })));
    sessions(plain);
    fails_over(plain);
}

/// `target_session_attrs` is about what sessions may do.
fn sessions(plain: &Server) {
    let with = |username: &str, attrs: &str| {
        let server = Server { username: username.into(), session_attrs: attrs.into(), ..plain.clone() };
        Options { prefix: "tls_".into(), tables: Tables::Require, ..Options::new(Driver::Postgres(server)) }
    };
    let runtime = Runtime::new().unwrap();
    for (username, attrs, expected) in [
        ("longshore", "read-write", true),
        ("longshore", "primary", true),
        ("longshore", "read-only", false),
        ("longshore", "standby", false),
        ("longshore", "prefer-standby", true),
        ("longshore", "any", true),
        ("longshore", "writable", false),
        (READER, "read-only", true),
        (READER, "read-write", false),
    ] {
        let opened = runtime.block_on(Store::open(&with(username, attrs), runtime.handle().clone()));
        assert_eq!(opened.is_ok(), expected, "{username} {attrs}: {opened:?}");
    }
}

/// When the host that is asked is gone, the next one is.
fn fails_over(plain: &Server) {
    let first = Wire::new(plain.port);
    let text = format!(
        "host=127.0.0.1,127.0.0.1 port={},{} user=longshore dbname=longshore sslmode=disable target_session_attrs=read-write",
        first.port, plain.port
    );
    let server = Server { connection_string: Secret::new(text), ..Server::default() };
    Runtime::new().unwrap().block_on(async {
        let options = Options { prefix: "tls_".into(), ..Options::new(Driver::Postgres(server)) };
        let store = Store::open(&options, Handle::current()).await.unwrap();
        store.count::<User>().await.unwrap();
        first.cut();
        let answered = async {
            while store.count::<User>().await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), answered).await.unwrap();
    });
}

/// A way to a local port, until it is cut.
struct Wire {
    port: u16,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Wire {
    fn new(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let streams = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&streams);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // The last one is whoever cut it.
                if Arc::strong_count(&kept) == 1 {
                    return;
                }
                let server = TcpStream::connect(("127.0.0.1", target)).unwrap();
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    thread::spawn(move || io::copy(&mut from, &mut to));
                }
                kept.lock().unwrap().extend([client, server]);
            }
        });
        Self { port, streams }
    }

    fn cut(self) {
        let streams = std::mem::take(&mut *self.streams.lock().unwrap());
        drop(self.streams);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        for stream in streams {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

pub fn mariadb(running: &DatabaseServer, pki: &Pki, plain: &Server) {
    let at = |host: &str, username: &str, tls: Tls| {
        Driver::MySql(Server { host: host.into(), username: username.into(), tls, ..plain.clone() })
    };
    let (here, name) = ("127.0.0.1", "localhost");
    let tls = |mode, file: &str| pki.tls(mode, file);
    let no_sni = |mode| Tls { disable_sni: true, ..tls(mode, "ca.pem") };
    let socket = running.dir().join("s.sock").display().to_string();
    let string = |parameters: &str| {
        let text =
            format!("{OVER_TLS}:{}@tcp(127.0.0.1:{})/longshore{parameters}", running.password, running.port);
        Driver::MySql(Server { connection_string: Secret::new(text), ..Server::default() })
    };
    check(vec![
        ("0 is in the clear", "denied", at(here, OVER_TLS, tls(0, ""))),
        ("1 takes its name", "", at(name, OVER_TLS, tls(1, "ca.pem"))),
        ("1 takes no other", "data_provider.host", at(here, OVER_TLS, tls(1, "ca.pem"))),
        ("1 asks the authority", "data_provider.root_cert", at(name, OVER_TLS, tls(1, "other.pem"))),
        ("1 without one asks the system's", "data_provider.root_cert", at(name, OVER_TLS, tls(1, ""))),
        ("2 asks nobody", "", at(here, OVER_TLS, tls(2, ""))),
        ("3 would rather encrypt", "", at(here, OVER_TLS, tls(3, ""))),
        ("4 is nothing", "data_provider.sslmode", at(here, OVER_TLS, tls(4, ""))),
        ("no certificate", "denied", at(name, CERTIFIED, tls(1, "ca.pem"))),
        ("a certificate", "", at(name, CERTIFIED, pki.with_client(tls(1, "ca.pem")))),
        ("no name told", "", at(name, OVER_TLS, no_sni(2))),
        ("a name checked and not told", "data_provider.disable_sni", at(name, OVER_TLS, no_sni(1))),
        ("a socket", "", at(&socket, "longshore", tls(0, ""))),
        ("two hosts", "data_provider.host", at("127.0.0.1,localhost", "longshore", tls(0, ""))),
        ("a string in the clear", "denied", string("")),
        ("a string that encrypts", "", string("?tls=skip-verify")),
    ]);
}

/// Whether a server at a port of `localhost` is told this name when it is asked for TLS.
fn hello(driver: impl Fn(u16) -> Driver) -> bool {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        // Whoever only looks whether somebody is there says nothing.
        let mut client = listener
            .incoming()
            .map(Result::unwrap)
            .find_map(|mut client| client.read_exact(&mut [0; 8]).is_ok().then_some(client))
            .unwrap();
        client.write_all(b"S").unwrap();
        let mut said = [0; 4096];
        let length = client.read(&mut said).unwrap();
        said[..length].windows(9).any(|window| window == b"localhost")
    });
    assert!(opens(driver(port)).is_err());
    server.join().unwrap()
}

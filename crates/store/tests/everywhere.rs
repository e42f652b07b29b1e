//! The same store on every database: SQLite, memory, PostgreSQL, MariaDB. The servers are real ones.

// A case that fails is named by what was printed last.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod cases;
mod protected;

use cases::CASES;
use longshore_store::{Driver, Options, Server, Store, Tables, User, reset, revert};
use protected::Pki;
use tempfile::TempDir;
use testkit::DatabaseServer;
use tokio::runtime::{Handle, Runtime};
use types::Secret;

/// Runs each case on an empty database. A prefix of its own makes one of a server's database.
fn run(driver: impl Fn(usize) -> Driver) {
    let runtime = Runtime::new().unwrap();
    for (at, (name, case)) in CASES.iter().enumerate() {
        let driver = driver(at);
        let kind = if matches!(driver, Driver::CockroachDb(_)) { "s" } else { "c" };
        let options = Options { prefix: format!("{kind}{at}_"), ..Options::new(driver) };
        println!("{name}");
        runtime.block_on(async {
            let store = Store::open(&options, Handle::current()).await.unwrap();
            case(store).await;
        });
    }
}

fn server(running: &DatabaseServer) -> Server {
    Server {
        host: "127.0.0.1".into(),
        port: running.port,
        username: "longshore".into(),
        password: Secret::new(running.password.into()),
        database: "longshore".into(),
        ..Server::default()
    }
}

#[test]
fn sqlite() {
    let dir = TempDir::new().unwrap();
    run(|at| Driver::Sqlite(dir.path().join(format!("{at}.db"))));
    migrates(Driver::Sqlite(dir.path().join("m.db")));
    Runtime::new().unwrap().block_on(async {
        let open = async |name: &str| {
            let options = Options::new(Driver::Sqlite(dir.path().join(name)));
            Store::open(&options, Handle::current()).await.unwrap()
        };
        cases::waiting::share_a_commit(open("w.db").await, &dir.path().join("w.db-wal")).await;
        cases::waiting::outlive_a_panic(open("p.db").await).await;
    });
}

/// From every version to this one in one step, and back to every version in one step; what both know stays.
fn migrates(driver: Driver) {
    let options = Options { prefix: "m_".into(), ..Options::new(driver) };
    Runtime::new().unwrap().block_on(async {
        let open = || async { Store::open(&options, Handle::current()).await.unwrap() };
        open().await.insert(cases::user("alice")).await.unwrap();
        let before = revert(&options, None).await.unwrap();
        open().await;
        for version in 1..=before {
            assert_eq!(revert(&options, Some(version)).await.unwrap(), version);
            assert!(revert(&options, Some(version)).await.is_err(), "{version} is where it is");
            let required = Options { tables: Tables::Require, ..options.clone() };
            assert!(Store::open(&required, Handle::current()).await.is_err(), "{version} is not this one");
            assert!(open().await.find::<User>("alice").await.unwrap().is_some(), "from {version}");
        }
        for none in [0, before + 1] {
            assert!(revert(&options, Some(none)).await.is_err(), "{none}");
        }
        reset(&options).await.unwrap();
        assert!(open().await.find::<User>("alice").await.unwrap().is_none());
    });
}

#[test]
fn memory() {
    run(|_| Driver::Memory);
}

#[test]
fn postgresql() {
    let pki = Pki::new();
    let running = DatabaseServer::postgres_in(TempDir::new().unwrap(), Some(pki.identity())).unwrap();
    run(|_| Driver::Postgres(server(&running)));
    let text =
        format!("host=127.0.0.1 port={} user=longshore dbname=longshore sslmode=disable", running.port);
    // CockroachDB refuses whatever would not come out as one after the other, and so does this: what is refused is
    // tried again.
    let serializable = format!("{text} default_transaction_isolation=serializable");
    run(|_| {
        let connection_string = Secret::new(serializable.clone());
        Driver::CockroachDb(Server { connection_string, ..Server::default() })
    });
    opens_again(Driver::Postgres(Server { connection_string: Secret::new(text), ..Server::default() }));
    migrates(Driver::Postgres(server(&running)));
    protected::postgresql(&running, &pki, &server(&running));
}

#[test]
fn mariadb() {
    let pki = Pki::new();
    let running = DatabaseServer::mariadb_in(TempDir::new().unwrap(), Some(pki.identity())).unwrap();
    run(|_| Driver::MySql(server(&running)));
    let text = format!("longshore:{}@tcp(127.0.0.1:{})/longshore", running.password, running.port);
    opens_again(Driver::MySql(Server { connection_string: Secret::new(text), ..Server::default() }));
    migrates(Driver::MySql(server(&running)));
    protected::mariadb(&running, &pki, &server(&running));
    let wrong = Server { password: Secret::new("wrong".into()), ..server(&running) };
    let runtime = Runtime::new().unwrap();
    let refused = runtime.block_on(async {
        Store::open(&Options::new(Driver::MySql(wrong)), Handle::current()).await.unwrap_err().to_string()
    });
    assert!(!refused.contains("wrong"), "{refused}");
}

/// Two servers that start at once find the same tables, and what one wrote the other reads.
fn opens_again(driver: Driver) {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let options = Options { prefix: "again_".into(), ..Options::new(driver) };
        let open = || Store::open(&options, Handle::current());
        let (one, other) = tokio::join!(open(), open());
        let (one, other) = (one.unwrap(), other.unwrap());
        one.insert(cases::user("alice")).await.unwrap();
        assert!(other.find::<User>("alice").await.unwrap().is_some());
    });
}

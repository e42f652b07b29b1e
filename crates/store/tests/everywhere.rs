//! The same store on every database: SQLite, memory, PostgreSQL, MariaDB. The servers are real ones.

// A case that fails is named by what was printed last.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod cases;

use cases::CASES;
use longshore_store::{Driver, Options, Server, Store};
use tempfile::TempDir;
use testkit::DatabaseServer;
use tokio::runtime::{Handle, Runtime};
use types::Secret;

/// Runs each case on an empty database. A prefix of its own makes one of a server's database.
fn run(driver: impl Fn(usize) -> Driver) {
    let runtime = Runtime::new().unwrap();
    for (at, (name, case)) in CASES.iter().enumerate() {
        let options = Options { prefix: format!("c{at}_"), ..Options::new(driver(at)) };
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
}

#[test]
fn memory() {
    run(|_| Driver::Memory);
}

#[test]
fn postgresql() {
    let running = DatabaseServer::postgres().unwrap();
    run(|_| Driver::Postgres(server(&running)));
    let text =
        format!("host=127.0.0.1 port={} user=longshore dbname=longshore sslmode=disable", running.port);
    opens_again(Driver::Postgres(Server { connection_string: Secret::new(text), ..Server::default() }));
}

#[test]
fn mariadb() {
    let running = DatabaseServer::mariadb().unwrap();
    run(|_| Driver::MySql(server(&running)));
    let text = format!("longshore:{}@tcp(127.0.0.1:{})/longshore", running.password, running.port);
    opens_again(Driver::MySql(Server { connection_string: Secret::new(text), ..Server::default() }));
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
        assert!(other.find::<longshore_store::User>("alice").await.unwrap().is_some());
    });
}

//! What `common.durability` costs: elapsed time, since it is a disk that is waited for.

use crate::report::Report;
use anyhow::{Result, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::Instant,
};
use testkit::{Client, TestServer, User, clients::OpenSsh, data};

pub const NAME: &str = "durable";

const FILES: u64 = 1000;
const FILE_SIZE: u64 = 4096;
/// Sessions that share the small files between them.
const SESSIONS: usize = 8;

/// Uploads files in the atomic mode with each setting, onto the disk that holds the working directory: all other
/// workloads are in memory, where a sync costs nothing. `LONGSHORE_BENCH_DISK` names another directory.
pub fn measure(report: &mut Report, mebibytes: u64) -> Result<()> {
    let disk = std::env::var_os("LONGSHORE_BENCH_DISK").map_or_else(|| PathBuf::from("."), PathBuf::from);
    let disk = tempfile::Builder::new().prefix("longshore-bench-").tempdir_in(disk)?;
    let sources = tempfile::Builder::new().prefix("longshore-bench-").tempdir_in("/dev/shm")?;
    let (small, large) = (sources.path().join("small"), sources.path().join("large"));
    fs::create_dir(&small)?;
    for number in 0..FILES {
        data::write(&small.join(format!("file-{number:04}")), FILE_SIZE, number)?;
    }
    data::write(&large, mebibytes * data::MIB, 1)?;
    for durability in 0..3 {
        let server = TestServer::builder()
            .set("common.upload_mode", 1)
            .set("common.durability", durability)
            .set("common.max_per_host_connections", 0)
            .start()?;
        let home =
            serde_json::json!({ "home_dir": fs::canonicalize(disk.path())?.join(durability.to_string()) });
        let user = server.user_with("bench", home)?;
        let of = durability.to_string();
        let times = [
            ("one-by-one", "s/1000", timed(|| one_by_one(&server, &user, &small))?),
            ("side-by-side", "s/1000", timed(|| side_by_side(&server, &user, &small))?),
            ("large", "s", timed(|| OpenSsh::new(server.login(&user)).upload(&large, "/large"))?),
        ];
        for (what, unit, seconds) in times {
            report.note(&format!("{NAME}-{what}"), &of, seconds, unit, None);
        }
        drop(server);
        fs::remove_dir_all(&user.home)?;
    }
    Ok(())
}

/// One session, which waits for each file before it begins the next.
fn one_by_one(server: &TestServer, user: &User, small: &Path) -> Result<()> {
    let client = OpenSsh::new(server.login(user));
    client.batch(&format!("put -r \"{}\" one\n", small.display()))?;
    ensure!(fs::read_dir(user.home.join("one"))?.count() as u64 == FILES);
    Ok(())
}

/// As many files, by several sessions at once.
fn side_by_side(server: &TestServer, user: &User, small: &Path) -> Result<()> {
    thread::scope(|scope| {
        let session = |number: u64| {
            let client = OpenSsh::new(server.login(user));
            scope.spawn(move || {
                let files = (number..FILES).step_by(SESSIONS);
                let lines: String = files
                    .map(|file| format!("put \"{}/file-{file:04}\" many-{file:04}\n", small.display()))
                    .collect();
                client.batch(&lines).map(drop)
            })
        };
        let sessions: Vec<_> = (0..SESSIONS as u64).map(session).collect();
        for session in sessions {
            session.join().map_err(|_| anyhow::anyhow!("a session panicked"))??;
        }
        Ok(())
    })
}

fn timed(work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let began = Instant::now();
    work()?;
    Ok(began.elapsed().as_secs_f64())
}

//! What other sessions feel while one session's disk hangs.

use crate::report::Report;
use anyhow::{Result, ensure};
use serde_json::json;
use std::time::{Duration, Instant};
use testkit::{Call, Client, FaultFs, TestServer, clients::OpenSsh, data, until};

pub const NAME: &str = "hung-disk";

const TRIES: usize = 100;
const CALLS: [(&str, Call, &str); 5] = [
    ("stat", Call::Stat, "ls -l /there\n"),
    ("open", Call::Open, "get /there /dev/null\n"),
    ("write", Call::Write, "put /etc/passwd /new\n"),
    ("fsync", Call::Sync, "put -f /etc/passwd /new\n"),
    ("readdir", Call::List, "ls -1 /\n"),
];

/// Times a login with an upload of 1 MiB: beside nothing, then beside a disk that hangs in each call.
pub fn measure(report: &mut Report) -> Result<()> {
    let server = TestServer::builder().set("common.max_per_host_connections", 0).start()?;
    let free = server.user("free")?;
    let sent = server.dir().join("sent");
    data::write(&sent, data::MIB, 1)?;
    let client = OpenSsh::new(server.login(&free));
    let times = || -> Result<Vec<Duration>> {
        let one = || {
            let began = Instant::now();
            client.upload(&sent, "/file").map(|()| began.elapsed())
        };
        (0..TRIES).map(|_| one()).collect()
    };

    latency(report, "nothing", times()?);
    for (name, call, batch) in CALLS {
        let disk = FaultFs::mount()?;
        let stuck = server.user_with(&format!("stuck-{name}"), json!({ "home_dir": disk.join("home") }))?;
        std::fs::write(stuck.home.join("there"), b"content")?;
        disk.hang(call);
        let hung = OpenSsh::new(server.login(&stuck)).start(batch)?;
        until("the disk hangs", Duration::from_secs(20), || disk.hanging() > 0)?;
        let beside = times()?;
        ensure!(disk.hanging() > 0, "the disk did not hang throughout");
        latency(report, name, beside);
        disk.heal();
        hung.wait(Duration::from_secs(20))?;
    }
    Ok(())
}

fn latency(report: &mut Report, beside: &str, mut times: Vec<Duration>) {
    times.sort();
    for (name, share) in [("p50", 50), ("p99", 99)] {
        let at = times[(times.len() - 1) * share / 100];
        report.note(&format!("{NAME}-{beside}"), name, at.as_secs_f64() * 1e3, "ms", None);
    }
}

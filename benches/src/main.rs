//! What the server costs, beside a local OpenSSH in the same run.
//!
//! Every workload runs on each peer in turn (A B, A B, ...) with the same client and the same files, all on a
//! tmpfs. The figure is the processor time of the server's whole process tree: on a small machine that the
//! clients share, elapsed time is mostly theirs. Figures from different runs do not compare; ratios do.
//!
//! `LONGSHORE_BENCH_PEER` names another server binary with the same command line to measure as well, with
//! variables for it in `LONGSHORE_BENCH_PEER_ENV` (`NAME=VALUE`, separated by blanks).
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool")]

mod arguments;
mod bulk;
mod durable;
mod floor;
mod hang;
mod idle;
mod peer;
mod policy;
mod provider;
mod report;
mod small;
mod wire;

use self::{arguments::Arguments, bulk::Bulk, peer::Peer, report::Report};
use anyhow::Result;
use std::{path::Path, process::ExitCode};

/// One thing to do on a peer, and what one unit of it is called.
struct Workload {
    name: String,
    unit: &'static str,
    target: Target,
    run: Box<Work>,
}

/// What our processor time per unit must not be above.
#[derive(Debug, Clone, Copy)]
enum Target {
    /// OpenSSH's times this.
    OpenSsh(f64),
    /// Our own in another workload times this.
    Own(&'static str, f64),
    Seconds(f64),
}

/// Does the work on a peer, given the directory of the files, and says how many units it was.
type Work = dyn Fn(&Peer, &Path) -> Result<f64>;

fn main() -> ExitCode {
    match Arguments::parse(std::env::args().skip(1)).and_then(|arguments| run(&arguments)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("longshore-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// False when `--strict` was asked for and a target was missed.
fn run(arguments: &Arguments) -> Result<bool> {
    let dir = tempfile::Builder::new().prefix("longshore-bench-").tempdir_in("/dev/shm")?;
    let bulk = Bulk::prepare(dir.path(), arguments.mebibytes)?;
    small::prepare(dir.path())?;
    let mut workloads = bulk.workloads();
    workloads.extend(small::workloads());
    workloads.retain(|workload| arguments.wants(&workload.name));
    if arguments.list {
        workloads.iter().for_each(|workload| println!("{}", workload.name));
        for name in [provider::NAME, policy::NAME, idle::NAME, hang::NAME, wire::NAME, durable::NAME] {
            println!("{name}");
        }
        return Ok(true);
    }

    let peers = Peer::all(dir.path())?;
    let mut report = Report::new(&peers);
    for workload in &workloads {
        measure(workload, &peers, dir.path(), arguments.runs, &mut report)?;
        if let Some(cipher) = bulk.floor_of(&workload.name) {
            let figures =
                (0..arguments.runs).map(|_| cipher.measure(dir.path(), &bulk)).collect::<Result<_>>()?;
            report.floor(&workload.name, figures);
        }
        report.print(workload);
    }
    drop(peers);
    if arguments.wants(provider::NAME) {
        provider::measure(&mut report)?;
    }
    if arguments.wants(policy::NAME) {
        policy::measure(&bulk, arguments.runs, dir.path(), &mut report)?;
    }
    if arguments.wants(idle::NAME) {
        idle::measure(&mut report, dir.path())?;
    }
    if arguments.wants(hang::NAME) {
        hang::measure(&mut report)?;
    }
    if arguments.wants(wire::NAME) {
        wire::measure(&mut report)?;
    }
    if arguments.wants(durable::NAME) {
        durable::measure(&mut report, arguments.mebibytes)?;
    }
    if let Some(path) = &arguments.json {
        report.write(path)?;
    }
    Ok(report.summary() || !arguments.strict)
}

fn measure(workload: &Workload, peers: &[Peer], dir: &Path, runs: usize, report: &mut Report) -> Result<()> {
    for _ in 0..runs {
        for peer in peers {
            let figure = peer.measure(|| (workload.run)(peer, dir))?;
            report.add(&workload.name, peer.name(), figure);
        }
    }
    Ok(())
}

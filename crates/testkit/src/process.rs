//! What the kernel knows of a process: processor time, memory, threads, open files.
//!
//! Figures are of a whole process tree where a peer forks per connection; OpenSSH would look free otherwise.

use anyhow::{Context, Result};
use std::{fs, path::PathBuf, time::Duration};

/// User and system time of `pid`, its living descendants, and every descendant they have waited for.
pub fn cpu_time(pid: u32) -> Duration {
    let ticks: u64 = tree(pid).into_iter().filter_map(ticks).sum();
    Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

/// Resident memory of the one process, in bytes.
pub fn resident(pid: u32) -> Result<u64> {
    field(&format!("/proc/{pid}/status"), "VmRSS:")
}

/// The most the one process ever had resident, in bytes.
pub fn peak(pid: u32) -> Result<u64> {
    field(&format!("/proc/{pid}/status"), "VmHWM:")
}

/// Proportional memory of the whole tree, in bytes: pages shared between forked processes count once.
pub fn proportional(pid: u32) -> u64 {
    tree(pid).into_iter().filter_map(|pid| field(&format!("/proc/{pid}/smaps_rollup"), "Pss:").ok()).sum()
}

pub fn threads(pid: u32) -> Result<usize> {
    Ok(fs::read_dir(format!("/proc/{pid}/task"))?.count())
}

/// The files, sockets and pipes that the process holds open, as the kernel names them.
pub fn open_files(pid: u32) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).context("listing the server's open files")?;
    // A descriptor may be closed between the listing and the look.
    Ok(entries.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok()).collect())
}

/// True when no descendant of `pid` lives.
pub fn is_alone(pid: u32) -> bool {
    tree(pid).len() == 1
}

/// `pid` and all its living descendants.
fn tree(pid: u32) -> Vec<u32> {
    let mut found = vec![pid];
    let mut next = 0;
    while let Some(&pid) = found.get(next) {
        next += 1;
        let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { continue };
        for task in tasks.flatten() {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            found.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        }
    }
    found
}

/// `utime`, `stime`, `cutime` and `cstime`: fields 14 to 17 of proc(5)'s stat.
fn ticks(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name and may hold blanks and brackets.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().skip(11).take(4).map(|field| field.parse::<u64>().ok()).sum()
}

/// A line `Name: 123 kB` of one of proc's tables, in bytes.
fn field(file: &str, name: &str) -> Result<u64> {
    let text = fs::read_to_string(file)?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .with_context(|| format!("no {name} in {file}"))?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{process, time::Instant};

    #[test]
    fn work_shows_as_processor_time() {
        let before = cpu_time(process::id());
        let began = Instant::now();
        let mut sum = 0u64;
        while began.elapsed() < Duration::from_millis(200) {
            sum = std::hint::black_box(sum.wrapping_mul(31) + 1);
        }
        assert!(cpu_time(process::id()) > before);
        assert!(resident(process::id()).unwrap() > 100 << 10);
        assert!(proportional(process::id()) > 100 << 10);
    }

    #[test]
    fn an_open_file_is_seen() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(open_files(process::id()).unwrap().iter().any(|path| path == file.path()));
    }
}

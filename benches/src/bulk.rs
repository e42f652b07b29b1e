//! One large file, both ways, once per cipher.

use crate::{
    Target, Workload,
    floor::{Direction, Floor},
};
use anyhow::{Result, ensure};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::Duration,
};
use testkit::data;

/// What `ssh -o Ciphers=` is told, what the tables say, and the ratios to OpenSSH that get and put must keep.
const CIPHERS: [(&str, &str, f64); 4] = [
    ("aes128-gcm", "Ciphers=aes128-gcm@openssh.com", 0.4),
    ("aes256-gcm", "Ciphers=aes256-gcm@openssh.com", 0.5),
    ("chacha20", "Ciphers=chacha20-poly1305@openssh.com", 0.5),
    ("aes256-ctr-etm", "Ciphers=aes256-ctr", 1.1),
];
/// Counts with the ctr ciphers alone; the others bring their own.
const MAC: &str = "MACs=hmac-sha2-256-etm@openssh.com";

const STREAMS: u64 = 8;
const LIMIT: Duration = Duration::from_secs(600);

/// The file that is moved.
pub struct Bulk {
    pub source: PathBuf,
    pub size: u64,
}

impl Bulk {
    pub fn prepare(dir: &Path, mebibytes: u64) -> Result<Self> {
        let (source, size) = (dir.join("source"), mebibytes * data::MIB);
        data::write(&source, size, 1)?;
        Ok(Self { source, size })
    }

    pub fn workloads(&self) -> Vec<Workload> {
        let mut workloads = Vec::new();
        for (cipher, option, target) in CIPHERS {
            workloads.push(self.get(cipher, option, target));
            workloads.push(self.put(cipher, option, target));
        }
        workloads.push(self.streams());
        workloads
    }

    /// The floor below a bulk workload, where one is measured.
    pub fn floor_of(&self, workload: &str) -> Option<Floor> {
        let (direction, cipher) = workload.split_once('-')?;
        let direction = match direction {
            "get" => Direction::Get,
            "put" => Direction::Put,
            _ => return None,
        };
        Floor::new(direction, cipher)
    }

    fn get(&self, cipher: &str, option: &'static str, target: f64) -> Workload {
        let (source, size) = (self.source.clone(), self.size);
        Workload {
            name: format!("get-{cipher}"),
            unit: "GiB",
            target: Target::OpenSsh(target),
            run: Box::new(move |peer, _| {
                present(&source, &peer.home().join("large"))?;
                peer.client().option(option).option(MAC).batch("get large /dev/null\n")?;
                Ok(gibibytes(size))
            }),
        }
    }

    fn put(&self, cipher: &str, option: &'static str, target: f64) -> Workload {
        let (source, size) = (self.source.clone(), self.size);
        Workload {
            name: format!("put-{cipher}"),
            unit: "GiB",
            target: Target::OpenSsh(target),
            run: Box::new(move |peer, _| {
                let there = peer.home().join("sent");
                let put = format!("put \"{}\" sent\n", source.display());
                peer.client().option(option).option(MAC).batch(&put)?;
                ensure!(there.metadata()?.len() == size, "the upload is not whole");
                fs::remove_file(there)?;
                Ok(gibibytes(size))
            }),
        }
    }

    /// Eight clients at once: what crowding costs per byte. Each moves half the file, so that eight logins are
    /// nothing beside it.
    fn streams(&self) -> Workload {
        let (source, size) = (self.source.clone(), self.size / 2);
        Workload {
            name: format!("get-{STREAMS}-streams"),
            unit: "GiB",
            target: Target::Own("get-aes128-gcm", 1.1),
            run: Box::new(move |peer, _| {
                let half = peer.home().join("half");
                present(&source, &half)?;
                File::options().write(true).open(&half)?.set_len(size)?;
                let client = peer.client().option(CIPHERS[0].1);
                let clients =
                    (0..STREAMS).map(|_| client.start("get half /dev/null\n")).collect::<Result<Vec<_>>>()?;
                for client in clients {
                    let said = client.wait(LIMIT)?;
                    ensure!(said.status.success(), "{}", said.stderr);
                }
                Ok(gibibytes(size * STREAMS))
            }),
        }
    }
}

fn present(source: &Path, there: &Path) -> Result<()> {
    if !there.exists() {
        fs::copy(source, there)?;
    }
    Ok(())
}

fn gibibytes(bytes: u64) -> f64 {
    bytes as f64 / (1 << 30) as f64
}

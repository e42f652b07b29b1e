//! Many small things: files, names, logins.

use crate::{Target, Workload};
use anyhow::{Result, ensure};
use std::{fs, path::Path};
use testkit::data;

const FILES: u64 = 1000;
const FILE_SIZE: u64 = 4096;
const NAMES: usize = 20_000;
/// Enough for processor time, which counts in hundredths of a second.
const LOGINS: usize = 100;

/// Makes the tree of small files that is sent.
pub fn prepare(dir: &Path) -> Result<()> {
    let small = dir.join("small");
    fs::create_dir(&small)?;
    for number in 0..FILES {
        data::write(&small.join(format!("file-{number:04}")), FILE_SIZE, number)?;
    }
    Ok(())
}

pub fn workloads() -> Vec<Workload> {
    vec![
        Workload {
            name: "small-put".to_owned(),
            unit: "1000 files",
            target: Target::OpenSsh(0.6),
            run: Box::new(|peer, dir| {
                peer.client().batch(&format!("put -r \"{}\" small\n", dir.join("small").display()))?;
                let there = peer.home().join("small");
                ensure!(fs::read_dir(&there)?.count() as u64 == FILES);
                fs::remove_dir_all(there)?;
                Ok(1.0)
            }),
        },
        Workload {
            name: "small-get".to_owned(),
            unit: "1000 files",
            target: Target::OpenSsh(0.6),
            run: Box::new(|peer, dir| {
                let (there, back) = (peer.home().join("stored"), dir.join("back"));
                if !there.exists() {
                    fs::create_dir(&there)?;
                    for file in fs::read_dir(dir.join("small"))? {
                        let file = file?;
                        fs::copy(file.path(), there.join(file.file_name()))?;
                    }
                }
                peer.client().batch(&format!("get -r stored \"{}\"\n", back.display()))?;
                ensure!(fs::read_dir(&back)?.count() as u64 == FILES);
                fs::remove_dir_all(back)?;
                Ok(1.0)
            }),
        },
        Workload {
            name: "list".to_owned(),
            unit: "20000 names",
            target: Target::OpenSsh(0.6),
            run: Box::new(|peer, _| {
                let there = peer.home().join("many");
                if !there.exists() {
                    fs::create_dir(&there)?;
                    for number in 0..NAMES {
                        fs::File::create(there.join(format!("entry-{number:06}.dat")))?;
                    }
                }
                let said = peer.client().batch("ls -1f many\n")?.stdout;
                ensure!(said.matches("entry-").count() == NAMES);
                Ok(1.0)
            }),
        },
        Workload {
            name: "login".to_owned(),
            unit: "login",
            target: Target::Seconds(0.004),
            run: Box::new(|peer, _| {
                let client = peer.client().option("KexAlgorithms=curve25519-sha256");
                for _ in 0..LOGINS {
                    client.batch("")?;
                }
                Ok(LOGINS as f64)
            }),
        },
    ]
}

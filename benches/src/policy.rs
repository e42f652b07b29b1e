//! What policy costs: the same work for a user with next to none of it and for one with a lot.

use crate::{Workload, bulk::Bulk, peer::Peer, report::Report, small};
use anyhow::Result;
use serde_json::{Map, Value, json};
use std::{fs, path::Path};
use testkit::{Rest, TestServer};

pub const NAME: &str = "policy";

/// What the work may cost then, as a multiple: where bytes are moved, and where files are opened.
const WORKLOADS: [(&str, f64); 4] =
    [("get-aes128-gcm", 1.05), ("put-aes128-gcm", 1.05), ("small-get", 1.15), ("small-put", 1.15)];
const PERMISSIONS: usize = 20;
const PATTERNS: usize = 10;
const FOLDERS: usize = 5;
/// Limits that nothing reaches, so that there is something to count and nothing to wait for.
const FAR: u64 = 1 << 50;
const FAST: u64 = 1 << 30;

pub fn measure(bulk: &Bulk, runs: usize, dir: &Path, report: &mut Report) -> Result<()> {
    let dir = dir.join(NAME);
    fs::create_dir(&dir)?;
    let peers = [
        Peer::with("plain", TestServer::builder(), &dir, |_| Ok(json!({})))?,
        Peer::with("strict", TestServer::builder(), &dir, |admin| policy(admin, &dir.join("folders")))?,
    ];
    let workloads: Vec<Workload> = bulk.workloads().into_iter().chain(small::workloads()).collect();
    for (name, target) in WORKLOADS {
        for workload in workloads.iter().filter(|workload| workload.name == name) {
            // Sums: processor time counts in hundredths of a second, which is much of a single run.
            let mut cpu = [0.0; 2];
            for _ in 0..runs {
                for (peer, cpu) in peers.iter().zip(&mut cpu) {
                    *cpu += peer.measure(|| (workload.run)(peer, dir.parent().unwrap_or(&dir)))?.cpu;
                }
            }
            let row = format!("{NAME}-{name}");
            report.note(&row, "longshore", cpu[1] / cpu[0], "x without", Some(target));
        }
    }
    Ok(())
}

/// Makes the folders, and says what the user has besides.
fn policy(admin: &Rest, folders: &Path) -> Result<Value> {
    let mut permissions = Map::from_iter([("/".to_owned(), json!(["*"]))]);
    permissions.extend((1..PERMISSIONS).map(|n| {
        let rights = json!(["list", "download", "upload", "overwrite", "create_dirs", "rename", "delete"]);
        (format!("/partner-{n}/in"), rights)
    }));
    let patterns: Vec<_> = (0..PATTERNS)
        .map(|n| match n {
            0 => json!({ "path": "/", "denied_patterns": ["*.exe", "*.bat", "~*"], "deny_policy": 1 }),
            _ => json!({ "path": format!("/partner-{n}"), "allowed_patterns": ["*.csv", "*.xml", "*.pdf"] }),
        })
        .collect();
    let mut mounted = Vec::new();
    for n in 0..FOLDERS {
        let (name, path) = (format!("folder-{n}"), folders.join(n.to_string()));
        admin.post("/api/v2/folders", &json!({ "name": name, "mapped_path": path }))?.ok()?;
        let at = format!("/folders/{n}");
        mounted.push(json!({ "name": name, "virtual_path": at, "quota_size": FAR, "quota_files": FAST }));
    }
    Ok(json!({
        "permissions": permissions,
        "filters": { "file_patterns": patterns },
        "virtual_folders": mounted,
        "quota_size": FAR, "quota_files": FAST,
        "upload_bandwidth": FAST, "download_bandwidth": FAST,
        "total_data_transfer": FAST,
    }))
}

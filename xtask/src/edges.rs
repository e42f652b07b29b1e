//! Which crate may depend on which.
//!
//! The edges are what keeps a front end from going around the session, and a protocol core from doing I/O.
//! `docs/ARCHITECTURE.md` says why each is there. Dependencies of tests alone are not restricted.

use crate::Finding;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::{
    collections::{HashMap, HashSet},
    path::Path,
    process::Command,
};

/// Every crate of the workspace, without `longshore-`, and the ones it may depend on.
const ALLOWED: &[(&str, &[&str])] = &[
    ("types", &[]),
    ("config", &["types"]),
    ("logs", &["types"]),
    ("net", &["types", "config", "proxy-proto"]),
    ("mail", &["types", "config"]),
    ("storage", &["types"]),
    ("events", &["types"]),
    ("store", &["types"]),
    ("hooks", &["types", "config", "events"]),
    ("session", &["types", "storage", "events", "store"]),
    ("control", &["types", "config", "events", "mail", "store", "session"]),
    ("auth", &["types", "config", "store", "session", "control", "hooks"]),
    ("ssh-proto", &["types"]),
    ("sftp-proto", &["types"]),
    ("scp-proto", &["types"]),
    ("proxy-proto", &[]),
    ("ssh", &["types", "config", "session", "auth", "net", "ssh-proto", "sftp-proto", "scp-proto"]),
    // `store` for the records that the API shows; it queries them through `control` alone.
    ("http", &["types", "config", "session", "auth", "control", "net", "store"]),
    (
        "server",
        &[
            "types", "config", "logs", "mail", "net", "storage", "events", "store", "session", "control",
            "auth", "ssh", "http", "hooks",
        ],
    ),
    // These know the server from outside.
    ("testkit", &[]),
    ("tests", &["testkit"]),
    ("benches", &["testkit"]),
    ("fuzz-targets", &["types", "ssh-proto", "sftp-proto", "scp-proto", "proxy-proto"]),
    ("xtask", &[]),
];

/// Crates of protocols: bytes in, bytes out, no I/O, no clock, no await.
const SANS_IO: &[&str] = &["ssh-proto", "sftp-proto", "scp-proto", "proxy-proto"];
/// Where an await would come from.
const RUNTIMES: &[&str] = &["tokio", "futures-util", "async-trait"];

pub fn check(root: &Path) -> Result<Vec<Finding>> {
    let metadata = metadata(root)?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    let ours: Vec<&Value> = packages.iter().filter(|package| package["source"].is_null()).collect();
    let mut found = Vec::new();
    for package in &ours {
        found.extend(check_edges(package)?);
    }
    found.extend(check_sans_io(&metadata, &ours)?);
    Ok(found)
}

fn check_edges(package: &Value) -> Result<Vec<Finding>> {
    let name = short(&package["name"]);
    let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == name) else {
        return Ok(vec![Finding::fatal(name, "a crate without a line in xtask/src/edges.rs")]);
    };
    let dependencies = package["dependencies"].as_array().context("no dependencies")?;
    let ours = dependencies
        .iter()
        .filter(|dependency| dependency["kind"] != "dev" && dependency["source"].is_null())
        .map(|dependency| short(&dependency["name"]));
    Ok(ours
        .filter(|dependency| !allowed.contains(&dependency.as_str()))
        .map(|dependency| Finding::fatal(&*name, format!("may not depend on `{dependency}`")))
        .collect())
}

/// Looks through everything that the protocol crates pull in, not only at what they name.
fn check_sans_io(metadata: &Value, ours: &[&Value]) -> Result<Vec<Finding>> {
    let nodes = metadata["resolve"]["nodes"].as_array().context("no resolved graph")?;
    let edges: HashMap<&str, Vec<&str>> =
        nodes.iter().filter_map(|node| Some((node["id"].as_str()?, normal_dependencies(node)))).collect();
    let mut found = Vec::new();
    for package in ours.iter().filter(|package| SANS_IO.contains(&short(&package["name"]).as_str())) {
        let mut seen = HashSet::new();
        let mut open = vec![package["id"].as_str().context("no id")?];
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                open.extend(edges.get(id).into_iter().flatten());
            }
        }
        let names = metadata["packages"].as_array().into_iter().flatten();
        let pulled = names.filter(|package| package["id"].as_str().is_some_and(|id| seen.contains(id)));
        for name in
            pulled.filter_map(|package| package["name"].as_str()).filter(|name| RUNTIMES.contains(name))
        {
            found
                .push(Finding::fatal(short(&package["name"]), format!("does no I/O, yet pulls in `{name}`")));
        }
    }
    Ok(found)
}

fn normal_dependencies(node: &Value) -> Vec<&str> {
    let normal = |dependency: &&Value| {
        let kinds = dependency["dep_kinds"].as_array();
        kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind["kind"].is_null()))
    };
    let dependencies = node["deps"].as_array().into_iter().flatten();
    dependencies.filter(normal).filter_map(|dependency| dependency["pkg"].as_str()).collect()
}

/// The graph for this platform: on others, libraries find their random numbers by other ways.
fn metadata(root: &Path) -> Result<Value> {
    let output = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
        .args(["metadata", "--format-version", "1", "--filter-platform", &host()?])
        .current_dir(root)
        .output()?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The triple of the compiler's own platform.
fn host() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not say what it runs on")?.to_owned())
}

fn short(name: &Value) -> String {
    let name = name.as_str().unwrap_or_default();
    name.strip_prefix("longshore-").unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_front_end_may_not_go_around_the_session() {
        let package = |kind: Value| {
            json!({ "name": "longshore-ssh", "dependencies": [
                { "name": "longshore-session", "kind": null, "source": null },
                { "name": "longshore-storage", "kind": kind, "source": null },
            ]})
        };
        assert_eq!(check_edges(&package(Value::Null)).unwrap().len(), 1);
        assert!(check_edges(&package(json!("dev"))).unwrap().is_empty());
    }

    #[test]
    fn a_new_crate_needs_a_line() {
        let found = check_edges(&json!({ "name": "longshore-surprise", "dependencies": [] })).unwrap();
        assert!(found[0].fatal);
    }

    #[test]
    fn the_table_has_no_circle() {
        let mut done: HashSet<&str> = HashSet::new();
        while done.len() < ALLOWED.len() {
            let before = done.len();
            for (name, needs) in ALLOWED {
                if needs.iter().all(|need| done.contains(need)) {
                    done.insert(name);
                }
            }
            assert!(done.len() > before, "{done:?}");
        }
    }
}

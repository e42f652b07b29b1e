//! `longshore import`: everything that SFTPGo keeps, brought in through the door for objects.

use crate::{app::App, cli::ImportArgs, maintenance::runtime};
use anyhow::{Context, Result, bail};
use control::{LoadScan, store};
use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
};
use store::{
    Server,
    sftpgo::{self, Source},
};
use types::Secret;

/// Brings in what `args` names: all of it, or nothing.
pub fn run(args: &ImportArgs) -> Result<()> {
    let config = config::load(&args.config.source())?.config;
    let name = || format!("cannot import {}", without_password(&args.source));
    runtime()?.block_on(async {
        let origin = read(args).await.with_context(name)?;
        let app = App::new(config, None).await?;
        let backup = match origin {
            Origin::Backup(file) => app.control.backup_in(file),
            Origin::Database(everything) => app.control.backup_of(&everything)?,
        };
        let counts = app.control.load(backup, args.mode.into(), LoadScan::Nobody).await.with_context(name)?;
        let counts: Vec<String> = counts
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(section, count)| format!("{}: {count}", section.title()))
            .collect();
        writeln!(io::stdout(), "imported {}", counts.join(", "))?;
        Ok(())
    })
}

/// Where everything comes from.
enum Origin {
    Backup(File),
    /// In the form of a backup.
    Database(serde_json::Value),
}

async fn read(args: &ImportArgs) -> Result<Origin> {
    Ok(match source(args)? {
        None => Origin::Backup(File::open(&args.source)?),
        Some(source) => Origin::Database(sftpgo::read(&source, &args.tables_prefix).await?),
    })
}

/// The database to read, if it is none but a backup. Told by how it begins: a URL by its scheme, a file by its
/// first bytes.
fn source(args: &ImportArgs) -> Result<Option<Source>> {
    let at = |url: &str| Server {
        connection_string: Secret::new(with_password(url, args.password.expose())),
        ..Server::default()
    };
    if let Some((scheme, _)) = args.source.split_once("://") {
        return match scheme {
            "postgresql" | "postgres" => Ok(Some(Source::Postgres(at(&args.source)))),
            "mysql" => Ok(Some(Source::MySql(at(&args.source)))),
            _ => bail!("{scheme} is no database that is read: postgresql and mysql are"),
        };
    }
    let path = Path::new(&args.source);
    let mut head = Vec::new();
    File::open(path)?.take(20).read_to_end(&mut head)?;
    if head.starts_with(b"SQLite format 3\0") {
        return Ok(Some(Source::Sqlite(path.to_owned())));
    }
    if head.get(16..20) == Some(&store::BOLT[..]) {
        bail!(
            "it is a bolt database: save a backup with the old server (GET /api/v2/dumpdata) and import that"
        );
    }
    Ok(None)
}

/// `url` with `password` for its user, if it has none.
fn with_password(url: &str, password: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    match rest.split_once('@') {
        Some((user, rest)) if !user.contains(':') && !password.is_empty() => {
            let encoded: String = password.bytes().map(|byte| format!("%{byte:02X}")).collect();
            format!("{scheme}://{user}:{encoded}@{rest}")
        }
        _ => url.to_owned(),
    }
}

/// For messages.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    format!("{scheme}://{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_go_into_the_url_and_out_of_messages() {
        assert_eq!(with_password("mysql://u@h:1/db", "p@"), "mysql://u:%70%40@h:1/db");
        assert_eq!(with_password("mysql://u:own@h/db", "other"), "mysql://u:own@h/db");
        assert_eq!(without_password("mysql://u:p@ss@h:1/db"), "mysql://h:1/db");
        assert_eq!(without_password("/var/lib/sftpgo.db"), "/var/lib/sftpgo.db");
    }
}

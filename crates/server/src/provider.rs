//! Opening the data provider that the configuration names.

use anyhow::{Context, Result, bail};
use config::{Config, Driver};
use control::{Store, store};
use std::fs;
use store::{Options, Safety, Server, Tables, Tls};
use tokio::runtime::Handle;
use types::Secret;

/// Opens the data provider as `data_provider` says.
pub async fn open(config: &Config) -> Result<Store> {
    let tables = if config.data_provider.update_mode == 1 { Tables::Require } else { Tables::Upgrade };
    open_with(config, tables).await
}

/// As [`open`], whatever `update_mode` says about the tables.
pub async fn open_with(config: &Config, tables: Tables) -> Result<Store> {
    Store::open(&options(config, tables)?, Handle::current()).await.context("data_provider")
}

/// What the keys of `data_provider` say about the database.
pub fn options(config: &Config, tables: Tables) -> Result<Options> {
    let provider = &config.data_provider;
    let driver = match provider.driver {
        Driver::Memory => store::Driver::Memory,
        Driver::Sqlite => store::Driver::Sqlite(sqlite_path(config)?),
        // The embedded database takes the place of SFTPGo's key-value file, which it never touches.
        Driver::Bolt => store::Driver::Bolt(sqlite_path(config)?),
        Driver::PostgreSql => store::Driver::Postgres(server(config)?),
        Driver::CockroachDb => store::Driver::CockroachDb(server(config)?),
        Driver::MySql => store::Driver::MySql(server(config)?),
    };
    let prefix = provider.sql_tables_prefix.clone();
    // Where the kernel may take its time with files, it may with this one.
    let safety = if config.common.durability == 0 { Safety::Later } else { Safety::Commit };
    Ok(Options { driver, pool_size: provider.pool_size, prefix, tables, safety })
}

/// `name`, or the path in a connection string: `file:path?…`.
fn sqlite_path(config: &Config) -> Result<std::path::PathBuf> {
    let text = config.data_provider.connection_string.expose();
    let path = match text.is_empty() {
        true => config.data_provider.name.as_str(),
        false => text.strip_prefix("file:").unwrap_or(text).split('?').next().unwrap_or_default(),
    };
    if path.is_empty() {
        bail!("data_provider.name: the database file has no name");
    }
    Ok(config.resolve(path))
}

fn server(config: &Config) -> Result<Server> {
    let provider = &config.data_provider;
    let password = match config.resolve_optional(&provider.password_file) {
        Some(path) => {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("data_provider.password_file: cannot read {}", path.display()))?;
            Secret::new(text.trim().to_owned())
        }
        None => provider.password.clone(),
    };
    Ok(Server {
        host: provider.host.clone(),
        port: provider.port,
        username: provider.username.clone(),
        password,
        database: provider.name.clone(),
        tls: Tls {
            mode: provider.sslmode,
            root_cert: config.resolve_optional(&provider.root_cert),
            client_cert: config.resolve_optional(&provider.client_cert),
            client_key: config.resolve_optional(&provider.client_key),
            disable_sni: provider.disable_sni,
        },
        session_attrs: provider.target_session_attrs.clone(),
        connection_string: provider.connection_string.clone(),
    })
}

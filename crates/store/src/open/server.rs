//! A database server: where it is, who logs in, and how the connection is protected.

use super::{
    OpenError,
    several::{Attrs, PATIENCE, Several},
    strings, trust,
};
use sea_orm::DatabaseConnection;
use sqlx::{
    ConnectOptions, Connection,
    mysql::{MySqlConnectOptions, MySqlConnection, MySqlPoolOptions, MySqlSslMode},
    postgres::{PgConnectOptions, PgSslMode},
};
use std::{net::IpAddr, path::PathBuf, time::Duration};
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};
use types::Secret;

/// How long to wait for a free connection, and for a new one to be made.
pub const ACQUIRE: Duration = Duration::from_secs(5);

/// As the keys of `data_provider` say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Server {
    /// Name, address, or absolute path of a socket (PostgreSQL: of its directory). Of PostgreSQL it may be several,
    /// separated by commas; empty is this machine.
    pub host: String,
    /// 0 is the driver's usual one.
    pub port: u16,
    pub username: String,
    pub password: Secret<String>,
    pub database: String,
    pub tls: Tls,
    /// `data_provider.target_session_attrs`, of PostgreSQL.
    pub session_attrs: String,
    /// Takes the place of everything above.
    pub connection_string: Secret<String>,
}

/// How a connection is encrypted and the server known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// `data_provider.sslmode`.
    pub mode: u8,
    pub root_cert: Option<PathBuf>,
    pub client_cert: Option<PathBuf>,
    pub client_key: Option<PathBuf>,
    /// The server is not told by which name it is asked.
    pub disable_sni: bool,
}

/// What is made of all this: one place for each host, and what is said when connected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// With a port of its own, where the string has one.
    pub hosts: Vec<(String, Option<u16>)>,
    pub username: String,
    pub password: Secret<String>,
    pub database: String,
    pub tls: Tls,
    pub session_attrs: String,
    /// Settings of the session.
    pub settings: Vec<(String, String)>,
}

impl Server {
    /// Connections to PostgreSQL or CockroachDB, and whatever looks for another host when the one they go to is gone.
    pub(crate) async fn postgres(
        &self,
        size: u32,
    ) -> Result<(DatabaseConnection, Option<Several>), OpenError> {
        let text = self.connection_string.expose();
        let parts = match text.is_empty() {
            true => self.parts(),
            false => strings::postgres(text)?,
        };
        let attrs = Attrs::parse(&parts.session_attrs)?;
        let ways = postgres_ways(&parts).await?;
        Several::connect(ways, attrs, size).await.map_err(|error| trust::explain(error, &parts.tls))
    }

    /// Connections to MySQL or MariaDB.
    pub(crate) async fn mysql(&self, size: u32) -> Result<DatabaseConnection, OpenError> {
        let text = self.connection_string.expose();
        let parts = match text.is_empty() {
            true => self.parts(),
            false => strings::mysql(text, &self.tls)?,
        };
        let options = mysql_options(&parts).await?.disable_statement_logging();
        let pool = MySqlPoolOptions::new().max_connections(size).min_connections(1).acquire_timeout(ACQUIRE);
        match pool.connect_with(options.clone()).await {
            Ok(pool) => Ok(pool.into()),
            Err(error) => Err(trust::explain(reason::<MySqlConnection>(error, &options).await, &parts.tls)),
        }
    }

    fn parts(&self) -> Parts {
        let port = Some(self.port).filter(|port| *port != 0);
        let hosts = self.host.split(',').map(|host| (host.trim().to_owned(), port));
        Parts {
            hosts: hosts.collect(),
            username: self.username.clone(),
            password: self.password.clone(),
            database: self.database.clone(),
            tls: self.tls.clone(),
            session_attrs: self.session_attrs.clone(),
            settings: Vec::new(),
        }
    }
}

/// Why no connection came in time: a pool tries again and again, and keeps what it hears to itself.
pub async fn reason<C: Connection>(error: sqlx::Error, way: &C::Options) -> sqlx::Error {
    if !matches!(error, sqlx::Error::PoolTimedOut) {
        return error;
    }
    match timeout(PATIENCE, C::connect_with(way)).await {
        Ok(Err(reason)) => reason,
        Ok(Ok(_)) | Err(_) => error,
    }
}

/// Every way to connect, in the order in which they are tried: each host, and for modes that leave a choice both
/// with and without encryption.
async fn postgres_ways(parts: &Parts) -> Result<Vec<PgConnectOptions>, OpenError> {
    use PgSslMode::{Disable, Prefer, Require, VerifyCa, VerifyFull};
    let modes: &[PgSslMode] = match parts.tls.mode {
        0 => &[Disable],
        // As libpq has it: whoever names an authority wants it asked.
        1 if parts.tls.root_cert.is_some() => &[VerifyCa],
        1 => &[Require],
        2 => &[VerifyCa],
        3 => &[VerifyFull],
        4 => &[Prefer, Disable],
        5 => &[Disable, Require],
        other => return Err(OpenError::Option(format!("data_provider.sslmode: {other} means nothing"))),
    };
    let mut ways = Vec::new();
    for (host, port) in &parts.hosts {
        let (port, socket) = (port.unwrap_or(5432), host.starts_with('/'));
        for mode in if socket { &[Disable][..] } else { modes } {
            let mut way = PgConnectOptions::new_without_pgpass()
                .port(port)
                .ssl_mode(*mode)
                .database(&parts.database)
                .application_name("longshore")
                .disable_statement_logging();
            way = match socket {
                true => way.socket(host),
                false => way.host(&said_to(host, port, &parts.tls, matches!(mode, VerifyFull)).await?),
            };
            if !parts.username.is_empty() {
                way = way.username(&parts.username);
            }
            if !parts.password.expose().is_empty() {
                way = way.password(parts.password.expose());
            }
            if !parts.settings.is_empty() {
                way = way.options(parts.settings.iter().map(|(name, value)| (name, value)));
            }
            if matches!(mode, VerifyCa | VerifyFull) {
                way = way.ssl_root_cert_from_pem(trust::authorities(&parts.tls)?);
            }
            if let (Some((cert, key)), false) = (trust::client(&parts.tls)?, matches!(mode, Disable)) {
                way = way.ssl_client_cert_from_pem(cert).ssl_client_key_from_pem(key);
            }
            ways.push(way);
        }
    }
    Ok(ways)
}

async fn mysql_options(parts: &Parts) -> Result<MySqlConnectOptions, OpenError> {
    let mode = match parts.tls.mode {
        0 => MySqlSslMode::Disabled,
        1 => MySqlSslMode::VerifyIdentity,
        // Encrypted, whoever the server is.
        2 => MySqlSslMode::Required,
        3 => MySqlSslMode::Preferred,
        other => {
            return Err(OpenError::Option(format!("data_provider.sslmode: {other} means nothing to MySQL")));
        }
    };
    let [(host, port)] = parts.hosts.as_slice() else {
        return Err(OpenError::Option("data_provider.host: of MySQL it is one".to_owned()));
    };
    if !parts.session_attrs.is_empty() {
        return Err(OpenError::Option("data_provider.target_session_attrs: MySQL has none".to_owned()));
    }
    let verifies = matches!(mode, MySqlSslMode::VerifyIdentity);
    let port = port.unwrap_or(3306);
    let mut options = MySqlConnectOptions::new().port(port).ssl_mode(mode).charset("utf8mb4");
    options = match host.starts_with('/') {
        true => options.socket(host),
        false => options.host(&said_to(host, port, &parts.tls, verifies).await?),
    };
    options = options.collation("utf8mb4_bin").database(&parts.database).username(&parts.username);
    if !parts.password.expose().is_empty() {
        options = options.password(parts.password.expose());
    }
    if verifies {
        options = options.ssl_ca_from_pem(trust::authorities(&parts.tls)?);
    }
    if let (Some((cert, key)), false) = (trust::client(&parts.tls)?, parts.tls.mode == 0) {
        options = options.ssl_client_cert_from_pem(cert).ssl_client_key_from_pem(key);
    }
    Ok(options)
}

/// What a host is connected to as. A server learns the name it is asked by from the TLS handshake, unless it is
/// asked by its address.
async fn said_to(host: &str, port: u16, tls: &Tls, by_name: bool) -> Result<String, OpenError> {
    let host = if host.is_empty() { "127.0.0.1" } else { host };
    if !tls.disable_sni || tls.mode == 0 || host.parse::<IpAddr>().is_ok() {
        return Ok(host.to_owned());
    }
    if by_name {
        return Err(OpenError::Option(format!(
            "data_provider.disable_sni: the certificate of {host} is checked for this name, which is not done without \
             telling it; take an sslmode that checks no name, or an address as data_provider.host"
        )));
    }
    let unknown = |why: &str| OpenError::Option(format!("data_provider.host: {host} has no address: {why}"));
    let found: Vec<_> =
        lookup_host((host, port)).await.map_err(|error| unknown(&error.to_string()))?.collect();
    // The first one that answers, as when it is asked by name.
    for address in &found {
        if matches!(timeout(PATIENCE, TcpStream::connect(address)).await, Ok(Ok(_))) {
            return Ok(address.ip().to_string());
        }
    }
    Ok(found.first().ok_or_else(|| unknown("none was found"))?.ip().to_string())
}

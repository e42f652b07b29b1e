//! A database server: where it is, who logs in, and how the connection is protected.

use super::OpenError;
use sea_orm::ConnectOptions;
use sqlx::{
    mysql::{MySqlConnectOptions, MySqlSslMode},
    postgres::{PgConnectOptions, PgSslMode},
};
use std::{collections::HashMap, path::PathBuf, str::FromStr};
use types::Secret;

/// As the keys of `data_provider` say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Server {
    /// Name, address, or absolute path of a socket.
    pub host: String,
    /// 0 is the driver's usual one.
    pub port: u16,
    pub username: String,
    pub password: Secret<String>,
    pub database: String,
    pub tls: Tls,
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
}

impl Server {
    pub(crate) fn postgres(&self) -> Result<ConnectOptions, OpenError> {
        let text = self.connection_string.expose();
        let options = match text.is_empty() {
            true => self.postgres_options()?,
            false if text.contains("://") => PgConnectOptions::from_str(text).map_err(|_| unreadable())?,
            false => self.with_words(text)?.postgres_options()?,
        };
        let mut connect = ConnectOptions::new("postgres://localhost");
        connect.map_sqlx_postgres_opts(move |_| options.clone());
        Ok(connect)
    }

    pub(crate) fn mysql(&self) -> Result<ConnectOptions, OpenError> {
        let text = self.connection_string.expose();
        let options = match text.is_empty() {
            true => self.mysql_options()?,
            false if text.contains("://") => MySqlConnectOptions::from_str(text).map_err(|_| unreadable())?,
            false => self.with_go_address(text)?.mysql_options()?,
        };
        let mut connect = ConnectOptions::new("mysql://localhost");
        connect.map_sqlx_mysql_opts(move |_| options.clone());
        Ok(connect)
    }

    fn postgres_options(&self) -> Result<PgConnectOptions, OpenError> {
        let mode = match self.tls.mode {
            0 => PgSslMode::Disable,
            1 => PgSslMode::Require,
            2 => PgSslMode::VerifyCa,
            3 => PgSslMode::VerifyFull,
            4 => PgSslMode::Prefer,
            5 => PgSslMode::Allow,
            other => return Err(OpenError::Option(format!("data_provider.sslmode: {other} means nothing"))),
        };
        let port = if self.port == 0 { 5432 } else { self.port };
        let mut options = PgConnectOptions::new_without_pgpass().port(port).ssl_mode(mode);
        options = match self.host.starts_with('/') {
            true => options.socket(&self.host),
            false => options.host(or(&self.host, "127.0.0.1")),
        };
        options = options.database(&self.database).application_name("longshore");
        if !self.username.is_empty() {
            options = options.username(&self.username);
        }
        if !self.password.expose().is_empty() {
            options = options.password(self.password.expose());
        }
        if let Some(root) = &self.tls.root_cert {
            options = options.ssl_root_cert(root);
        }
        if let (Some(cert), Some(key)) = (&self.tls.client_cert, &self.tls.client_key) {
            options = options.ssl_client_cert(cert).ssl_client_key(key);
        }
        Ok(options)
    }

    fn mysql_options(&self) -> Result<MySqlConnectOptions, OpenError> {
        let mode = match self.tls.mode {
            0 => MySqlSslMode::Disabled,
            1 => MySqlSslMode::VerifyIdentity,
            // Encrypted, whoever the server is.
            2 => MySqlSslMode::Required,
            3 => MySqlSslMode::Preferred,
            other => {
                return Err(OpenError::Option(format!(
                    "data_provider.sslmode: {other} means nothing to MySQL"
                )));
            }
        };
        let port = if self.port == 0 { 3306 } else { self.port };
        let mut options = MySqlConnectOptions::new().port(port).ssl_mode(mode).charset("utf8mb4");
        options = match self.host.starts_with('/') {
            true => options.socket(&self.host),
            false => options.host(or(&self.host, "127.0.0.1")),
        };
        options = options.collation("utf8mb4_bin").database(&self.database).username(&self.username);
        if !self.password.expose().is_empty() {
            options = options.password(self.password.expose());
        }
        if let Some(root) = &self.tls.root_cert {
            options = options.ssl_ca(root);
        }
        if let (Some(cert), Some(key)) = (&self.tls.client_cert, &self.tls.client_key) {
            options = options.ssl_client_cert(cert).ssl_client_key(key);
        }
        Ok(options)
    }

    /// A connection string of libpq: `host='…' port=… dbname='…'`.
    fn with_words(&self, text: &str) -> Result<Self, OpenError> {
        let words = shlex(text)?;
        let word = |name: &str| words.get(name).cloned().unwrap_or_default();
        let port = word("port");
        let mode = match word("sslmode").as_str() {
            "" | "prefer" => 4,
            "disable" => 0,
            "require" => 1,
            "verify-ca" => 2,
            "verify-full" => 3,
            "allow" => 5,
            _ => return Err(unreadable()),
        };
        let path = |name: &str| words.get(name).map(PathBuf::from);
        Ok(Self {
            host: word("host"),
            port: if port.is_empty() { 0 } else { port.parse().map_err(|_| unreadable())? },
            username: word("user"),
            password: Secret::new(word("password")),
            database: word("dbname"),
            tls: Tls {
                mode,
                root_cert: path("sslrootcert"),
                client_cert: path("sslcert"),
                client_key: path("sslkey"),
            },
            connection_string: Secret::default(),
        })
    }

    /// A data source name as Go's MySQL driver takes it: `user:password@tcp(host:port)/database?…`.
    fn with_go_address(&self, text: &str) -> Result<Self, OpenError> {
        let (before, after) = text.rsplit_once('/').ok_or_else(unreadable)?;
        let (database, _) = after.split_once('?').unwrap_or((after, ""));
        let (login, address) = before.rsplit_once('@').unwrap_or(("", before));
        let (username, password) = login.split_once(':').unwrap_or((login, ""));
        let (protocol, address) =
            address.strip_suffix(')').and_then(|address| address.split_once('(')).ok_or_else(unreadable)?;
        let (host, port) = match protocol {
            "unix" => (address, 0),
            _ => match address.rsplit_once(':') {
                Some((host, port)) => (host, port.parse().map_err(|_| unreadable())?),
                None => (address, 0),
            },
        };
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            username: username.to_owned(),
            password: Secret::new(password.to_owned()),
            database: database.to_owned(),
            tls: self.tls.clone(),
            connection_string: Secret::default(),
        })
    }
}

/// The text may hold a password, so it is not repeated.
fn unreadable() -> OpenError {
    OpenError::Option("data_provider.connection_string cannot be read".to_owned())
}

fn or<'a>(text: &'a str, default: &'a str) -> &'a str {
    if text.is_empty() { default } else { text }
}

/// `name=value` words; a value may be in single quotes, with backslashes before quotes in it.
fn shlex(text: &str) -> Result<HashMap<String, String>, OpenError> {
    let mut words = HashMap::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or_else(unreadable)?;
        let mut value = String::new();
        let mut letters = after.trim_start().chars();
        let quoted = letters.as_str().starts_with('\'');
        if quoted {
            letters.next();
        }
        loop {
            match letters.next() {
                Some('\\') => value.extend(letters.next()),
                Some('\'') if quoted => break,
                Some(letter) if !quoted && letter.is_whitespace() => break,
                Some(letter) => value.push(letter),
                None if quoted => return Err(unreadable()),
                None => break,
            }
        }
        words.insert(name.trim().to_owned(), value);
        rest = letters.as_str().trim_start();
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_strings_of_libpq() {
        let text = r"host='10.0.0.1' port=5433 dbname=ls user='a b' password='it\'s' sslmode=verify-full sslrootcert=/ca.pem";
        let server = Server::default().with_words(text).unwrap();
        assert_eq!((server.host.as_str(), server.port, server.database.as_str()), ("10.0.0.1", 5433, "ls"));
        assert_eq!((server.username.as_str(), server.password.expose().as_str()), ("a b", "it's"));
        assert_eq!((server.tls.mode, server.tls.root_cert), (3, Some("/ca.pem".into())));
        for bad in ["host", "host='x", "port=x", "sslmode=maybe"] {
            assert!(Server::default().with_words(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn reads_strings_of_go() {
        let of = |text: &str| Server::default().with_go_address(text);
        let server = of("u:p@ss:w@tcp([::1]:3307)/ls?charset=utf8mb4").unwrap();
        assert_eq!((server.host.as_str(), server.port, server.database.as_str()), ("::1", 3307, "ls"));
        assert_eq!((server.username.as_str(), server.password.expose().as_str()), ("u", "p@ss:w"));
        assert_eq!(of("u@unix(/run/my.sock)/ls").unwrap().host, "/run/my.sock");
        for bad in ["", "u@host/db", "u@tcp(h:x)/db"] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }
}

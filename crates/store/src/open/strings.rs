//! Connection strings, as the libraries of SFTPGo take them.

use super::{
    OpenError,
    server::{Parts, Tls},
};
use std::path::PathBuf;
use types::Secret;

/// `sslmode` of a server whose certificate and name are verified.
const VERIFY_FULL: u8 = 3;

/// A connection string of libpq: `host='…' port=… dbname='…'`, or a URL.
pub fn postgres(text: &str) -> Result<Parts, OpenError> {
    let words = if text.contains("://") { url(text)? } else { words(text)? };
    let mut parts = Parts { tls: Tls { mode: 4, ..Tls::default() }, ..Parts::default() };
    let (mut hosts, mut ports) = (String::new(), String::new());
    let (mut said, mut by_the_system) = (false, false);
    for (name, value) in words {
        match name.as_str() {
            "host" | "hostaddr" => hosts = value,
            "port" => ports = value,
            "user" => parts.username = value,
            "password" => parts.password = Secret::new(value),
            "dbname" | "database" => parts.database = value,
            "sslmode" => (parts.tls.mode, said) = (mode(&value)?, true),
            "sslrootcert" if value == "system" => by_the_system = true,
            "sslrootcert" => parts.tls.root_cert = path(value),
            "sslcert" => parts.tls.client_cert = path(value),
            "sslkey" => parts.tls.client_key = path(value),
            "sslsni" => parts.tls.disable_sni = value == "0",
            "target_session_attrs" => parts.session_attrs = value,
            // About the library, or how long it waits; the server has limits of its own for both.
            "connect_timeout" | "application_name" | "fallback_application_name" | "client_encoding" => {}
            protects if protects.starts_with("ssl") || protects.starts_with("gss") => {
                return Err(unknown(protects));
            }
            "channel_binding" | "require_auth" | "passfile" | "service" | "options" => {
                return Err(unknown(&name));
            }
            _ => parts.settings.push((name, value)),
        }
    }
    if by_the_system {
        // As libpq has it: the authorities of the system vouch for names alone.
        if said && parts.tls.mode != VERIFY_FULL {
            return Err(unknown("sslrootcert=system with a weaker sslmode than verify-full"));
        }
        parts.tls.mode = VERIFY_FULL;
    }
    parts.hosts = paired(&hosts, &ports)?;
    Ok(parts)
}

/// A data source name as Go's MySQL driver takes it, `user:password@tcp(host:port)/database?…`, or a URL.
pub fn mysql(text: &str, tls: &Tls) -> Result<Parts, OpenError> {
    let (text, is_url) = match text.split_once("://") {
        Some((_, rest)) => (rest, true),
        None => (text, false),
    };
    // A `/` in a parameter is none before the database; in a password of the other form a `?` may be.
    let (place, parameters) = match is_url {
        true => text.split_once('?').unwrap_or((text, "")),
        false => (text, ""),
    };
    let (before, after) = place.rsplit_once('/').ok_or_else(unreadable)?;
    let (database, parameters) = match is_url {
        true => (after, parameters),
        false => after.split_once('?').unwrap_or((after, "")),
    };
    let (login, address) = before.rsplit_once('@').unwrap_or(("", before));
    let (username, password) = login.split_once(':').unwrap_or((login, ""));
    let (protocol, address) = match is_url {
        true => ("tcp", address),
        false => {
            address.strip_suffix(')').and_then(|address| address.split_once('(')).ok_or_else(unreadable)?
        }
    };
    let host = match protocol {
        "unix" => (address.to_owned(), None),
        "tcp" => host_and_port(address)?,
        _ => return Err(unreadable()),
    };
    // A URL says all there is to say, and what it leaves out is up to the server.
    let url_tls = Tls { mode: 3, ..tls.clone() };
    let plain = |text: &str| if is_url { decoded(text) } else { Ok(text.to_owned()) };
    Ok(Parts {
        hosts: vec![host],
        username: plain(username)?,
        password: Secret::new(plain(password)?),
        database: plain(database)?,
        tls: mysql_tls(parameters, if is_url { &url_tls } else { tls })?,
        ..Parts::default()
    })
}

/// What the parameters of a data source name say about TLS. The files are those of the keys: the name has none.
fn mysql_tls(parameters: &str, tls: &Tls) -> Result<Tls, OpenError> {
    let mut tls = tls.clone();
    for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match (name, value) {
            ("tls", "true") => tls.mode = 1,
            ("tls", "false") => tls.mode = 0,
            ("tls", "skip-verify") => tls.mode = 2,
            ("tls", "preferred") => tls.mode = 3,
            ("ssl-mode", "DISABLED") => tls.mode = 0,
            ("ssl-mode", "PREFERRED") => tls.mode = 3,
            ("ssl-mode", "REQUIRED") => tls.mode = 2,
            ("ssl-mode", "VERIFY_IDENTITY") => tls.mode = 1,
            ("ssl-ca", file) => tls.root_cert = path(decoded(file)?),
            // A name that a program gives to what it made of its own settings.
            ("tls", _) if matches!(tls.mode, 0 | 3) => tls.mode = 1,
            ("tls", _) => {}
            (protects, _) if protects.starts_with("ssl") => return Err(unknown(protects)),
            _ => {}
        }
    }
    Ok(tls)
}

fn mode(text: &str) -> Result<u8, OpenError> {
    Ok(match text {
        "disable" => 0,
        "require" => 1,
        "verify-ca" => 2,
        "verify-full" => 3,
        "" | "prefer" => 4,
        "allow" => 5,
        _ => return Err(unreadable()),
    })
}

fn path(text: String) -> Option<PathBuf> {
    (!text.is_empty()).then(|| text.into())
}

/// Hosts with their ports: one port is for all of them.
fn paired(hosts: &str, ports: &str) -> Result<Vec<(String, Option<u16>)>, OpenError> {
    let hosts: Vec<&str> = hosts.split(',').collect();
    let ports: Vec<&str> = ports.split(',').collect();
    if ports.len() != 1 && ports.len() != hosts.len() {
        return Err(unreadable());
    }
    let port = |at: usize| match ports.get(at).or(ports.first()).copied().unwrap_or_default().trim() {
        "" => Ok(None),
        port => port.parse().map(Some).map_err(|_| unreadable()),
    };
    hosts.iter().enumerate().map(|(at, host)| Ok((host.trim().to_owned(), port(at)?))).collect()
}

/// `host`, `host:port`, `[address]:port`.
fn host_and_port(text: &str) -> Result<(String, Option<u16>), OpenError> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']').ok_or_else(unreadable)?;
            (host, rest.strip_prefix(':').unwrap_or(rest))
        }
        None => text.rsplit_once(':').unwrap_or((text, "")),
    };
    let port = if port.is_empty() { None } else { Some(port.parse().map_err(|_| unreadable())?) };
    Ok((host.to_owned(), port))
}

/// `postgresql://user:password@host:port,host:port/database?name=value`, as the words it stands for.
fn url(text: &str) -> Result<Vec<(String, String)>, OpenError> {
    let (_, rest) = text.split_once("://").ok_or_else(unreadable)?;
    let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let (server, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, addresses) = server.rsplit_once('@').unwrap_or(("", server));
    let (username, password) = login.split_once(':').unwrap_or((login, ""));
    let (mut hosts, mut ports) = (Vec::new(), Vec::new());
    for address in addresses.split(',') {
        let (host, port) = host_and_port(address)?;
        hosts.push(decoded(&host)?);
        ports.push(port.map(|port| port.to_string()).unwrap_or_default());
    }
    let mut words = vec![("host".to_owned(), hosts.join(",")), ("port".to_owned(), ports.join(","))];
    for (name, value) in [("user", username), ("password", password), ("dbname", database)] {
        if !value.is_empty() {
            words.push((name.to_owned(), decoded(value)?));
        }
    }
    for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').ok_or_else(unreadable)?;
        words.push((decoded(name)?, decoded(value)?));
    }
    Ok(words)
}

/// Percent-encoded text (RFC 3986 §2.1).
fn decoded(text: &str) -> Result<String, OpenError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16)).ok_or_else(unreadable);
        bytes.push((digit()? * 16 + digit()?) as u8);
    }
    String::from_utf8(bytes).map_err(|_| unreadable())
}

/// `name=value` words; a value may be in single quotes, with backslashes before quotes in it.
fn words(text: &str) -> Result<Vec<(String, String)>, OpenError> {
    let mut words = Vec::new();
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
        words.push((name.trim().to_owned(), value));
        rest = letters.as_str().trim_start();
    }
    Ok(words)
}

/// The text may hold a password, so it is not repeated.
fn unreadable() -> OpenError {
    OpenError::Option("data_provider.connection_string cannot be read".to_owned())
}

fn unknown(name: &str) -> OpenError {
    OpenError::Option(format!("data_provider.connection_string: {name} is not known here"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str, port: u16) -> (String, Option<u16>) {
        (name.to_owned(), Some(port))
    }

    #[test]
    fn reads_strings_of_libpq() {
        let text = r"host='10.0.0.1' port=5433 dbname=ls user='a b' password='it\'s' sslmode=verify-full sslrootcert=/ca.pem";
        let parts = postgres(text).unwrap();
        assert_eq!((parts.hosts.as_slice(), parts.database.as_str()), (&[host("10.0.0.1", 5433)][..], "ls"));
        assert_eq!((parts.username.as_str(), parts.password.expose().as_str()), ("a b", "it's"));
        assert_eq!((parts.tls.mode, parts.tls.root_cert), (3, Some("/ca.pem".into())));
        let parts = postgres("host=a,b port=1,2 target_session_attrs=primary search_path=x").unwrap();
        assert_eq!(parts.hosts, [host("a", 1), host("b", 2)]);
        assert_eq!((parts.session_attrs.as_str(), parts.tls.mode), ("primary", 4));
        assert_eq!(parts.settings, [("search_path".to_owned(), "x".to_owned())]);
        assert_eq!(postgres("host=a sslrootcert=system").unwrap().tls, Tls { mode: 3, ..Tls::default() });
        let weaker = "host=a sslmode=require sslrootcert=system";
        for bad in ["host", "host='x", "port=x", "sslmode=maybe", "host=a,b,c port=1,2", "sslcrl=/x", weaker]
        {
            assert!(postgres(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn reads_urls() {
        let parts =
            postgres("postgres://u:%70%40@[::1]:1,b:2/db?sslmode=verify-ca&sslrootcert=%2Fca").unwrap();
        assert_eq!(parts.hosts, [host("::1", 1), host("b", 2)]);
        assert_eq!((parts.username.as_str(), parts.password.expose().as_str()), ("u", "p@"));
        assert_eq!((parts.tls.mode, parts.tls.root_cert), (2, Some("/ca".into())));
        let parts = mysql("mysql://u:%70%40@h:1/db", &Tls::default()).unwrap();
        assert_eq!((parts.hosts.as_slice(), parts.database.as_str()), (&[host("h", 1)][..], "db"));
        assert_eq!(parts.password.expose(), "p@");
        let parts =
            mysql("mysql://u@h/db?ssl-mode=VERIFY_IDENTITY&ssl-ca=/etc/ca.pem", &Tls::default()).unwrap();
        assert_eq!((parts.hosts.as_slice(), parts.database.as_str()), (&[("h".to_owned(), None)][..], "db"));
        assert_eq!((parts.tls.mode, parts.tls.root_cert), (1, Some("/etc/ca.pem".into())));
        for bad in ["postgres://h:x/db", "postgres://h/db?x", "postgres://u:%7@h/db"] {
            assert!(postgres(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn reads_strings_of_go() {
        let of = |text: &str| mysql(text, &Tls { mode: 1, ..Tls::default() });
        let parts = of("u:p@ss:w@tcp([::1]:3307)/ls?charset=utf8mb4").unwrap();
        assert_eq!((parts.hosts.as_slice(), parts.database.as_str()), (&[host("::1", 3307)][..], "ls"));
        assert_eq!((parts.username.as_str(), parts.password.expose().as_str()), ("u", "p@ss:w"));
        assert_eq!(of("u@unix(/run/my.sock)/ls").unwrap().hosts, [("/run/my.sock".to_owned(), None)]);
        assert_eq!(of("u@tcp(h)/ls?tls=skip-verify").unwrap().tls.mode, 2);
        let or_plain = Tls { mode: 3, ..Tls::default() };
        for custom in [of("u@tcp(h)/ls?tls=custom"), mysql("u@tcp(h)/ls?tls=custom", &or_plain)] {
            assert_eq!(custom.unwrap().tls.mode, 1);
        }
        for bad in ["", "u@host/db", "u@tcp(h:x)/db"] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }
}

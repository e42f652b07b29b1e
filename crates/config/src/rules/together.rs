//! What keys must say together.

use std::fmt;

use super::Impossible;
use crate::{Config, DataProvider, Defender, Driver, Httpd, HttpdBinding, RateLimiter};

/// The first pair of values of `config` that do not go together.
pub fn check(config: &Config) -> Result<(), Impossible> {
    defender(&config.common.defender)?;
    for (index, limiter) in config.common.rate_limiters.iter().enumerate().filter(|(_, l)| l.average > 0) {
        rate_limiter(&format!("common.rate_limiters[{index}]"), limiter)?;
    }
    data_provider(&config.data_provider)?;
    for (index, binding) in config.httpd.bindings.iter().enumerate().filter(|(_, b)| b.is_served()) {
        let key = format!("httpd.bindings[{index}]");
        httpd_binding(&key, binding, &config.httpd)?;
        // Its proxies' headers would be read by nobody, and every client have the proxy's address.
        if binding.proxy_mode == 1 && config.common.proxy_protocol == 0 {
            return alone_not(&format!("{key}.proxy_mode"), "0, as common.proxy_protocol is 0", 1);
        }
    }
    let ports = &config.ftpd.passive_port_range;
    if ports.start > ports.end {
        return together_not("ftpd.passive_port_range", "end", ports.end, "at least", "start");
    }
    let http = &config.http;
    if http.retry_wait_min > http.retry_wait_max {
        return together_not("http", "retry_wait_max", http.retry_wait_max, "at least", "retry_wait_min");
    }
    let opkssh = !config.sftpd.opkssh_path.as_os_str().is_empty();
    if opkssh && !config.sftpd.trusted_user_ca_keys.is_empty() {
        return alone_not("sftpd.opkssh_path", "nothing, as trusted_user_ca_keys is set", "a path");
    }
    Ok(())
}

fn defender(defender: &Defender) -> Result<(), Impossible> {
    const SECTION: &str = "common.defender";
    if !defender.enabled {
        return Ok(());
    }
    if defender.ban_time == 0 {
        return alone_not("common.defender.ban_time", "1 or more", 0);
    }
    if defender.entries_hard_limit < defender.entries_soft_limit {
        let found = defender.entries_hard_limit;
        return together_not(SECTION, "entries_hard_limit", found, "at least", "entries_soft_limit");
    }
    let scores = [
        ("score_invalid", defender.score_invalid),
        ("score_valid", defender.score_valid),
        ("score_limit_exceeded", defender.score_limit_exceeded),
        ("score_no_auth", defender.score_no_auth),
    ];
    match scores.into_iter().find(|(_, score)| *score >= defender.threshold) {
        Some((name, score)) => together_not(SECTION, name, score, "less than", "threshold"),
        None => Ok(()),
    }
}

fn rate_limiter(section: &str, limiter: &RateLimiter) -> Result<(), Impossible> {
    if limiter.burst == 0 {
        return alone_not(&format!("{section}.burst"), "1 or more", 0);
    }
    if limiter.period < 2 {
        return alone_not(&format!("{section}.period"), "2 or more", limiter.period);
    }
    if limiter.entries_hard_limit < limiter.entries_soft_limit {
        let found = limiter.entries_hard_limit;
        return together_not(section, "entries_hard_limit", found, "at least", "entries_soft_limit");
    }
    Ok(())
}

/// What a binding needs to speak TLS, and to ask clients for certificates: a listener that fell back to less would be
/// more open than it was told to be.
fn httpd_binding(key: &str, binding: &HttpdBinding, section: &Httpd) -> Result<(), Impossible> {
    if !binding.enable_https {
        if binding.client_auth_type != 0 {
            let expected = "0, as enable_https is not set";
            return alone_not(&format!("{key}.client_auth_type"), expected, binding.client_auth_type);
        }
        return Ok(());
    }
    let own = !binding.certificate_file.as_os_str().is_empty();
    let (owner, certificate, private_key) = match own {
        true => (key, &binding.certificate_file, &binding.certificate_key_file),
        false => ("httpd", &section.certificate_file, &section.certificate_key_file),
    };
    for (name, path) in [("certificate_file", certificate), ("certificate_key_file", private_key)] {
        if path.as_os_str().is_empty() {
            let expected = format!("a file, as {key}.enable_https is set");
            return alone_not(&format!("{owner}.{name}"), &expected, "nothing");
        }
    }
    if binding.client_auth_type != 0 && section.ca_certificates.is_empty() {
        let expected = format!("a file, as {key}.client_auth_type is set");
        return alone_not("httpd.ca_certificates", &expected, "nothing");
    }
    Ok(())
}

fn data_provider(provider: &DataProvider) -> Result<(), Impossible> {
    let in_a_file = matches!(provider.driver, Driver::Sqlite | Driver::Bolt);
    if in_a_file && provider.name.is_empty() && provider.connection_string.expose().is_empty() {
        return alone_not("data_provider.name", "a file name, as the driver is sqlite", "nothing");
    }
    let argon2 = &provider.password_hashing.argon2_options;
    // RFC 9106, 3.1: 8 KiB for each lane.
    if argon2.memory < 8 * u32::from(argon2.parallelism) {
        let section = "data_provider.password_hashing.argon2_options";
        return together_not(section, "memory", argon2.memory, "at least 8 times", "parallelism");
    }
    Ok(())
}

fn alone_not(key: &str, expected: &str, found: impl fmt::Display) -> Result<(), Impossible> {
    Err(Impossible {
        key: key.to_owned(),
        against: None,
        expected: expected.to_owned(),
        found: found.to_string(),
    })
}

/// `<section>.<name>` should have been `<relation> <section>.<other>`.
fn together_not(
    section: &str,
    name: &str,
    found: impl fmt::Display,
    relation: &str,
    other: &str,
) -> Result<(), Impossible> {
    Err(Impossible {
        key: format!("{section}.{name}"),
        against: Some(format!("{section}.{other}")),
        expected: format!("{relation} {other}"),
        found: found.to_string(),
    })
}

//! `filters` of users and groups.

use super::{certificates, files, text};
use crate::{Error, Result};
use store::model::{BaseFilters, TimePeriod, UserFilters};

pub const LOGIN_METHODS: [&str; 8] = [
    "publickey",
    "password",
    "password-over-SSH",
    "keyboard-interactive",
    "publickey+password",
    "publickey+keyboard-interactive",
    "TLSCertificate",
    "TLSCertificate+password",
];
const PROTOCOLS: [&str; 4] = ["SSH", "FTP", "DAV", "HTTP"];
const MFA_PROTOCOLS: [&str; 3] = ["SSH", "FTP", "HTTP"];
const WEB_CLIENT: [&str; 10] = [
    "publickey-change-disabled",
    "tls-cert-change-disabled",
    "write-disabled",
    "mfa-disabled",
    "password-change-disabled",
    "api-key-auth-change-disabled",
    "info-change-disabled",
    "shares-disabled",
    "password-reset-disabled",
    "shares-without-password-disabled",
];

pub fn check_user(filters: &mut UserFilters) -> Result<()> {
    check(&mut filters.base)?;
    text::dedup(&mut filters.additional_emails);
    for address in &filters.additional_emails {
        text::email("additional_emails", address)?;
    }
    certificates::check("tls_certs", &mut filters.tls_certs)
}

pub fn check(filters: &mut BaseFilters) -> Result<()> {
    text::networks("allowed_ip", &mut filters.allowed_ip)?;
    text::networks("denied_ip", &mut filters.denied_ip)?;
    text::known("denied_login_methods", &mut filters.denied_login_methods, &LOGIN_METHODS)?;
    if filters.denied_login_methods.len() == LOGIN_METHODS.len() {
        return Err(Error::invalid("denied_login_methods: not all methods can be denied"));
    }
    text::known("denied_protocols", &mut filters.denied_protocols, &PROTOCOLS)?;
    if filters.denied_protocols.len() == PROTOCOLS.len() {
        return Err(Error::invalid("denied_protocols: not all protocols can be denied"));
    }
    files::patterns(&mut filters.file_patterns)?;
    text::known("web_client", &mut filters.web_client, &WEB_CLIENT)?;
    text::known("two_factor_protocols", &mut filters.two_factor_protocols, &MFA_PROTOCOLS)?;
    let no_mfa = filters.web_client.iter().any(|option| option == "mfa-disabled");
    if no_mfa && !filters.two_factor_protocols.is_empty() {
        return Err(Error::invalid("two_factor_protocols: needs MFA, which web_client disables"));
    }
    one_of("tls_username", &filters.tls_username, &["", "None", "CommonName"])?;
    one_of("user_type", &filters.user_type, &["", "LDAPUser", "OSUser"])?;
    if !matches!(filters.ftp_security, 0 | 1) {
        return Err(Error::Invalid(format!("ftp_security: invalid value {}", filters.ftp_security)));
    }
    bandwidth_limits(filters)?;
    filters.access_time.iter().try_for_each(time_period)?;
    filters.start_directory = match text::virtual_path("start_directory", &filters.start_directory)? {
        root if root == "/" => String::new(),
        path => path,
    };
    for (field, value) in [
        ("max_upload_file_size", filters.max_upload_file_size),
        ("external_auth_cache_time", filters.external_auth_cache_time),
        ("default_shares_expiration", filters.default_shares_expiration.into()),
        ("max_shares_expiration", filters.max_shares_expiration.into()),
        ("password_expiration", filters.password_expiration.into()),
        ("password_strength", filters.password_strength.into()),
    ] {
        text::not_negative(field, value)?;
    }
    let (default, max) = (filters.default_shares_expiration, filters.max_shares_expiration);
    if max > 0 && default > max {
        return Err(Error::invalid("default_shares_expiration: it exceeds max_shares_expiration"));
    }
    Ok(())
}

fn bandwidth_limits(filters: &mut BaseFilters) -> Result<()> {
    for limit in &mut filters.bandwidth_limits {
        if limit.sources.is_empty() {
            return Err(Error::invalid("bandwidth_limits: sources are mandatory"));
        }
        text::networks("bandwidth_limits: sources", &mut limit.sources)?;
        limit.upload_bandwidth = limit.upload_bandwidth.max(0);
        limit.download_bandwidth = limit.download_bandwidth.max(0);
    }
    Ok(())
}

fn time_period(period: &TimePeriod) -> Result<()> {
    if !(0..=6).contains(&period.day_of_week) {
        return Err(Error::Invalid(format!("access_time: invalid day_of_week {}", period.day_of_week)));
    }
    match (minutes(&period.from), minutes(&period.to)) {
        (Some(from), Some(to)) if from < to => Ok(()),
        _ => Err(Error::Invalid(format!("access_time: invalid period {:?} to {:?}", period.from, period.to))),
    }
}

/// Minutes since midnight of `HH:MM`.
fn minutes(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hours) || !digits(minutes) {
        return None;
    }
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

fn one_of(field: &str, value: &str, known: &[&str]) -> Result<()> {
    if known.contains(&value) {
        Ok(())
    } else {
        Err(Error::Invalid(format!("{field}: invalid value {value:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut BaseFilters)) -> bool {
        let mut filters = BaseFilters::default();
        change(&mut filters);
        check(&mut filters).is_err()
    }

    #[test]
    fn refuses_each_bad_field() {
        let text = |text: &str| vec![text.to_owned()];
        assert!(!refused(|_| {}));
        assert!(refused(|f| f.denied_ip = text("x")));
        assert!(refused(|f| f.denied_protocols = PROTOCOLS.map(String::from).into()));
        assert!(refused(|f| f.denied_protocols = text("GOPHER")));
        assert!(refused(|f| f.denied_login_methods = text("bogus")));
        assert!(refused(|f| f.denied_login_methods = LOGIN_METHODS.map(String::from).into()));
        assert!(refused(|f| f.two_factor_protocols = text("DAV")));
        assert!(refused(|f| f.tls_username = "zz".into()));
        assert!(refused(|f| f.max_upload_file_size = -1));
        assert!(refused(|f| {
            f.web_client = text("mfa-disabled");
            f.two_factor_protocols = text("SSH");
        }));
    }

    #[test]
    fn hours_are_hours() {
        let period =
            |day_of_week, from: &str, to: &str| TimePeriod { day_of_week, from: from.into(), to: to.into() };
        assert!(time_period(&period(0, "00:00", "23:59")).is_ok());
        for bad in [
            period(9, "00:00", "10:00"),
            period(1, "25:00", "26:00"),
            period(1, "10:00", "10:00"),
            period(1, "+1:00", "2:00"),
        ] {
            assert!(time_period(&bad).is_err(), "{bad:?}");
        }
    }
}

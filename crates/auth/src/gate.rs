//! The gate: may this user, known to be who it says, come in here, now, this way?

use crate::{Attempt, Policy, Refused};
use ipnet::IpNet;
use jiff::Zoned;
use std::net::IpAddr;
use store::{User, model::TimePeriod};
use types::LoginMethod;

/// Whether a code of the account's second factor was part of the login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondFactor {
    Shown,
    Missing,
}

/// Every rule about logins, in the order in which one is named when several refuse. `now` is in the zone that access
/// times are in.
pub fn can_login(
    user: &User,
    attempt: &Attempt,
    method: LoginMethod,
    second: SecondFactor,
    now: &Zoned,
) -> Result<(), Refused> {
    if !user.is_active() {
        return Err(Refused::Disabled);
    }
    if user.has_expired(now.timestamp().as_millisecond()) {
        return Err(Refused::Expired);
    }
    let filters = &user.filters.base;
    let family = attempt.protocol.family();
    if filters.denied_protocols.iter().any(|denied| denied == family) {
        return Err(Policy::Protocol(family).into());
    }
    if !is_method_allowed(user, attempt, method) {
        return Err(Policy::Method(method).into());
    }
    if !is_address_allowed(&filters.allowed_ip, &filters.denied_ip, attempt.ip) {
        return Err(Policy::Address(attempt.ip).into());
    }
    if !is_time_allowed(&filters.access_time, now) {
        return Err(Policy::Time.into());
    }
    // Over HTTP the user has to be let in to change it.
    if family != "HTTP"
        && method != LoginMethod::PublicKey
        && user.has_expired_password(now.timestamp().as_millisecond())
    {
        return Err(Policy::PasswordExpired.into());
    }
    second_factor(user, family, method, second)
}

/// Whether `user`, who logged in before or is stood for by an API key, may go on.
pub fn may_go_on(user: &User, attempt: &Attempt, now: &Zoned) -> Result<(), Refused> {
    let filters = &user.filters.base;
    let family = attempt.protocol.family();
    if user.has_expired(now.timestamp().as_millisecond()) {
        return Err(Refused::Expired);
    }
    if filters.denied_protocols.iter().any(|denied| denied == family) {
        return Err(Policy::Protocol(family).into());
    }
    if !is_address_allowed(&filters.allowed_ip, &filters.denied_ip, attempt.ip) {
        return Err(Policy::Address(attempt.ip).into());
    }
    if is_time_allowed(&filters.access_time, now) { Ok(()) } else { Err(Policy::Time.into()) }
}

/// Whether the rules about methods leave `method` open on this protocol.
pub fn is_method_allowed(user: &User, attempt: &Attempt, method: LoginMethod) -> bool {
    let denied = &user.filters.base.denied_login_methods;
    let closes = |name: &str| denied.iter().any(|denied| denied == name);
    let over_ssh = attempt.protocol.family() == "SSH";
    let closed_over_ssh = over_ssh && method == LoginMethod::Password && closes("password-over-SSH");
    !closes(method.as_str()) && !closed_over_ssh
}

/// What may complete a login that began with a public key: nothing, unless every way to log in by a single
/// step is closed.
pub fn after_key(user: &User, attempt: &Attempt) -> Vec<LoginMethod> {
    use LoginMethod::{
        KeyboardInteractive, Password, PublicKey, PublicKeyAndKeyboardInteractive, PublicKeyAndPassword,
    };
    let allowed = |method: &LoginMethod| is_method_allowed(user, attempt, *method);
    if [PublicKey, Password, KeyboardInteractive].iter().any(allowed) {
        return Vec::new();
    }
    [PublicKeyAndPassword, PublicKeyAndKeyboardInteractive].into_iter().filter(allowed).collect()
}

/// Whether `user` set up a second factor for `attempt`'s protocol.
pub fn has_second_factor(user: &User, attempt: &Attempt) -> bool {
    let totp = &user.filters.totp_config;
    totp.enabled && totp.protocols.iter().any(|protocol| protocol == attempt.protocol.family())
}

/// An address in `allowed` may come in whatever `denied` says; any other may not if there are allowed ones.
pub fn is_address_allowed(allowed: &[String], denied: &[String], ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    // A network that cannot be read matches nobody it would let in, and everybody it would keep out.
    let holds = |text: &String| network(text).map(|network| network.contains(&ip));
    if allowed.iter().any(|text| holds(text).unwrap_or(false)) {
        return true;
    }
    allowed.is_empty() && !denied.iter().any(|text| holds(text).unwrap_or(true))
}

/// A network of IPv4 addresses that is written as one of IPv6 addresses they are mapped into is the same network.
fn network(text: &str) -> Option<IpNet> {
    let network = text.parse().ok()?;
    if let IpNet::V6(mapped) = network
        && let (Some(address), Some(length)) =
            (mapped.addr().to_ipv4_mapped(), mapped.prefix_len().checked_sub(96))
    {
        return IpNet::new(address.into(), length).ok();
    }
    Some(network)
}

fn is_time_allowed(periods: &[TimePeriod], now: &Zoned) -> bool {
    let today = i64::from(now.weekday().to_sunday_zero_offset());
    let clock = format!("{:02}:{:02}", now.hour(), now.minute());
    // HH:MM sorts like the time it means.
    let holds = |period: &TimePeriod| {
        i64::from(period.day_of_week) == today && period.from <= clock && clock <= period.to
    };
    periods.is_empty() || periods.iter().any(holds)
}

/// A key is a second factor by itself: it is something the user has. What a password opens is not open
/// without a code. (SFTPGo lets SSH clients in by the password alone.)
fn second_factor(
    user: &User,
    family: &str,
    method: LoginMethod,
    second: SecondFactor,
) -> Result<(), Refused> {
    let set_up = &user.filters.totp_config;
    let covers = |protocols: &[String]| protocols.iter().any(|protocol| protocol == family);
    if set_up.enabled && covers(&set_up.protocols) {
        let by_key = matches!(method, LoginMethod::PublicKey | LoginMethod::PublicKeyAndPassword);
        return match second {
            SecondFactor::Missing if !by_key => Err(Policy::SecondFactorNeeded.into()),
            SecondFactor::Missing | SecondFactor::Shown => Ok(()),
        };
    }
    // Over HTTP the user has to be let in to set it up.
    if covers(&user.filters.base.two_factor_protocols) && family != "HTTP" {
        return Err(Policy::SecondFactorMissing.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{Timestamp, tz::TimeZone};
    use types::Protocol;

    fn attempt() -> Attempt {
        Attempt { username: "alice".into(), ip: [10, 0, 0, 1].into(), protocol: Protocol::Sftp }
    }

    fn user(change: impl FnOnce(&mut User)) -> User {
        let mut user = User { status: 1, username: "alice".into(), ..User::default() };
        change(&mut user);
        user
    }

    fn verdict(user: &User) -> Result<(), Refused> {
        can_login(user, &attempt(), LoginMethod::Password, SecondFactor::Missing, &Zoned::now())
    }

    fn text(text: &str) -> Vec<String> {
        vec![text.to_owned()]
    }

    #[test]
    fn each_rule_refuses() {
        assert!(verdict(&user(|_| {})).is_ok());
        let refused = |change: fn(&mut User)| verdict(&user(change)).unwrap_err();
        assert!(matches!(refused(|u| u.status = 0), Refused::Disabled));
        assert!(matches!(refused(|u| u.expiration_date = 1), Refused::Expired));
        let by_policy = |change: fn(&mut User)| match refused(change) {
            Refused::Policy(policy) => policy,
            other => panic!("{other}"),
        };
        assert_eq!(by_policy(|u| u.filters.base.denied_protocols = text("SSH")), Policy::Protocol("SSH"));
        let denied = Policy::Method(LoginMethod::Password);
        assert_eq!(by_policy(|u| u.filters.base.denied_login_methods = text("password")), denied);
        assert_eq!(by_policy(|u| u.filters.base.denied_login_methods = text("password-over-SSH")), denied);
        let address = Policy::Address([10, 0, 0, 1].into());
        assert_eq!(by_policy(|u| u.filters.base.denied_ip = text("10.0.0.0/8")), address);
        assert_eq!(by_policy(|u| u.filters.base.allowed_ip = text("192.168.0.0/16")), address);
        assert_eq!(
            by_policy(|u| u.filters.base.two_factor_protocols = text("SSH")),
            Policy::SecondFactorMissing
        );
        let expired = |u: &mut User| (u.has_password, u.filters.base.password_expiration) = (true, 1);
        assert_eq!(by_policy(expired), Policy::PasswordExpired);
    }

    #[test]
    fn rules_for_other_protocols_and_methods_do_not_count() {
        for open in [
            user(|u| u.filters.base.denied_protocols = text("FTP")),
            user(|u| u.filters.base.denied_login_methods = text("publickey")),
            user(|u| u.expiration_date = i64::MAX),
            user(|u| u.filters.base.password_expiration = 1),
        ] {
            assert!(verdict(&open).is_ok(), "{open:?}");
        }
    }

    #[test]
    fn a_second_factor_is_asked_of_who_has_only_a_password() {
        let on = user(|u| {
            u.filters.totp_config.enabled = true;
            u.filters.totp_config.protocols = text("SSH");
        });
        let login = |method, second| can_login(&on, &attempt(), method, second, &Zoned::now());
        for method in [
            LoginMethod::Password,
            LoginMethod::KeyboardInteractive,
            LoginMethod::PublicKeyAndKeyboardInteractive,
        ] {
            let refused = login(method, SecondFactor::Missing);
            assert!(matches!(refused, Err(Refused::Policy(Policy::SecondFactorNeeded))), "{method}");
            assert!(login(method, SecondFactor::Shown).is_ok(), "{method}");
        }
        assert!(login(LoginMethod::PublicKey, SecondFactor::Missing).is_ok());
        let over_http = Attempt { protocol: Protocol::Http, ..attempt() };
        assert!(has_second_factor(&on, &attempt()) && !has_second_factor(&on, &over_http));
    }

    #[test]
    fn two_steps_are_open_when_no_single_one_is() {
        let denied = |names: &[&str]| {
            let user = user(|u| {
                u.filters.base.denied_login_methods = names.iter().map(|name| (*name).to_owned()).collect();
            });
            after_key(&user, &attempt())
        };
        let (password, interactive) =
            (LoginMethod::PublicKeyAndPassword, LoginMethod::PublicKeyAndKeyboardInteractive);
        assert!(denied(&[]).is_empty() && denied(&["publickey", "password"]).is_empty());
        assert_eq!(denied(&["publickey", "password", "keyboard-interactive"]), [password, interactive]);
        assert_eq!(
            denied(&["publickey", "password-over-SSH", "keyboard-interactive"]),
            [password, interactive]
        );
        let three = ["publickey", "password", "keyboard-interactive"];
        assert_eq!(denied(&[&three[..], &["publickey+password"]].concat()), [interactive]);
        assert!(
            denied(&[&three[..], &["publickey+password", "publickey+keyboard-interactive"]].concat())
                .is_empty()
        );
    }

    #[test]
    fn an_allowed_address_wins() {
        let (ten, some) = (text("10.0.0.0/8"), text("10.0.0.1/32"));
        assert!(is_address_allowed(&some, &ten, [10, 0, 0, 1].into()));
        assert!(!is_address_allowed(&some, &[], [10, 0, 0, 2].into()));
        assert!(!is_address_allowed(&[], &ten, [10, 0, 0, 2].into()));
        assert!(!is_address_allowed(&[], &ten, "::ffff:10.0.0.2".parse().unwrap()));
        for mapped in [text("::ffff:10.0.0.0/104"), text("::ffff:a00:0/104")] {
            assert!(!is_address_allowed(&[], &mapped, [10, 0, 0, 2].into()));
            assert!(!is_address_allowed(&mapped, &[], [11, 0, 0, 2].into()));
        }
        let six = text("2001:db8::/32");
        assert!(is_address_allowed(&six, &[], "2001:db8::1".parse().unwrap()));
        assert!(!is_address_allowed(&six, &[], [10, 0, 0, 1].into()));
        assert!(!is_address_allowed(&text("10.1.2"), &[], [10, 1, 2, 3].into()));
        assert!(!is_address_allowed(&[], &text("nonsense"), [10, 1, 2, 3].into()));
    }

    #[test]
    fn windows_are_by_day_and_minute() {
        // A Sunday.
        let at = |zone: &str| {
            let now: Timestamp = "2026-11-22T17:46:00Z".parse().unwrap();
            now.to_zoned(TimeZone::get(zone).unwrap())
        };
        let now = &at("UTC");
        let period =
            |day_of_week, from: &str, to: &str| TimePeriod { day_of_week, from: from.into(), to: to.into() };
        assert!(is_time_allowed(&[], now));
        assert!(is_time_allowed(&[period(1, "00:00", "01:00"), period(0, "17:00", "17:46")], now));
        assert!(!is_time_allowed(&[period(0, "17:47", "23:59")], now));
        assert!(!is_time_allowed(&[period(6, "00:00", "23:59")], now));
        // Where the sun rises first it is Monday already.
        assert!(is_time_allowed(&[period(1, "07:46", "07:46")], &at("Pacific/Kiritimati")));
        assert!(!is_time_allowed(&[period(0, "00:00", "23:59")], &at("Pacific/Kiritimati")));
    }
}

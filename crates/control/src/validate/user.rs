//! Users.

use super::{files, filesystem, filters, keys, text};
use crate::{Error, Result, Settings, User};

/// Checks and cleans `user`, whose name is canonical already. The password is not looked at.
pub fn check(user: &mut User, settings: &Settings) -> Result<()> {
    settings.naming_rules.check("username", &user.username)?;
    if !matches!(user.status, 0 | 1) {
        return Err(Error::Invalid(format!("status: invalid value {}", user.status)));
    }
    if !user.email.is_empty() {
        text::email("email", &user.email)?;
    }
    user.home_dir = home_dir(user, settings)?;
    limits(user)?;
    files::permissions(&mut user.permissions)?;
    keys::check(&mut user.public_keys)?;
    if user.filters.base.is_anonymous {
        anonymous(user);
    }
    filters::check_user(&mut user.filters)?;
    filesystem::check(&mut user.filesystem)?;
    files::groups(&user.groups)?;
    files::mounts(&mut user.virtual_folders)?;
    Ok(())
}

fn home_dir(user: &User, settings: &Settings) -> Result<String> {
    if !user.home_dir.is_empty() {
        return text::disk_path("home_dir", &user.home_dir);
    }
    match settings.users_base_dir.as_ref().and_then(|base| base.to_str()) {
        Some(base) => text::disk_path("users_base_dir", &format!("{base}/{}", user.username)),
        None => Err(Error::invalid("home_dir is mandatory: there is no users_base_dir")),
    }
}

/// Whoever comes without credentials looks at files over FTP and WebDAV, and does nothing else.
fn anonymous(user: &mut User) {
    let open = ["list", "download"].map(str::to_owned);
    for names in user.permissions.values_mut() {
        match names.iter().any(|name| name == "*") {
            true => *names = open.to_vec(),
            false => names.retain(|name| open.contains(name)),
        }
    }
    let root = user.permissions.entry("/".to_owned()).or_default();
    if root.is_empty() {
        *root = open.to_vec();
    }
    let filters = &mut user.filters.base;
    filters.denied_login_methods = filters::LOGIN_METHODS
        .iter()
        .filter(|method| **method != "password")
        .map(|&m| m.to_owned())
        .collect();
    filters.denied_protocols.extend(["SSH".to_owned(), "HTTP".to_owned()]);
}

fn limits(user: &mut User) -> Result<()> {
    if user.uid < -1 || user.gid < -1 {
        return Err(Error::Invalid(format!("uid and gid: invalid values {} and {}", user.uid, user.gid)));
    }
    for (field, value) in [
        ("max_sessions", user.max_sessions.into()),
        ("quota_size", user.quota_size),
        ("quota_files", user.quota_files),
        ("expiration_date", user.expiration_date),
        ("upload_data_transfer", user.upload_data_transfer),
        ("download_data_transfer", user.download_data_transfer),
        ("total_data_transfer", user.total_data_transfer),
    ] {
        text::not_negative(field, value)?;
    }
    user.upload_bandwidth = user.upload_bandwidth.max(0);
    user.download_bandwidth = user.download_bandwidth.max(0);
    if user.total_data_transfer > 0 {
        user.upload_data_transfer = 0;
        user.download_data_transfer = 0;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NamingRules;

    fn settings() -> Settings {
        Settings {
            users_base_dir: Some("/srv/homes".into()),
            naming_rules: NamingRules::from_bits(5),
            ..Settings::default()
        }
    }

    fn user() -> User {
        User {
            username: "alice".into(),
            status: 1,
            permissions: [("/".into(), vec!["*".into()])].into(),
            ..User::default()
        }
    }

    #[test]
    fn a_home_is_made_up_below_the_base() {
        let mut alice = user();
        check(&mut alice, &settings()).unwrap();
        assert_eq!(alice.home_dir, "/srv/homes/alice");
        assert!(check(&mut user(), &Settings { users_base_dir: None, ..settings() }).is_err());
    }

    #[test]
    fn refuses_each_bad_field() {
        for (field, bad) in [
            ("username", User { username: "a/b".into(), ..user() }),
            ("status", User { status: 7, ..user() }),
            ("home_dir", User { home_dir: "rel".into(), ..user() }),
            ("email", User { email: "nomail".into(), ..user() }),
            ("quota_size", User { quota_size: -1, ..user() }),
            ("expiration_date", User { expiration_date: -1, ..user() }),
            ("max_sessions", User { max_sessions: -1, ..user() }),
            ("uid", User { uid: -2, ..user() }),
            ("permissions", User { permissions: Default::default(), ..user() }),
            ("public_keys", User { public_keys: vec!["garbage".into()], ..user() }),
        ] {
            let error = check(&mut bad.clone(), &settings()).unwrap_err().to_string();
            assert!(error.contains(field), "{field}: {error}");
        }
    }

    #[test]
    fn the_anonymous_look_and_do_nothing_else() {
        let mut guest = user();
        guest.permissions.insert("/in".into(), vec!["upload".into(), "list".into()]);
        guest.filters.base.is_anonymous = true;
        check(&mut guest, &settings()).unwrap();
        assert_eq!(guest.permissions["/"], ["list", "download"]);
        assert_eq!(guest.permissions["/in"], ["list"]);
        assert_eq!(guest.filters.base.denied_protocols, ["SSH", "HTTP"]);
        assert!(!guest.filters.base.denied_login_methods.contains(&"password".to_owned()));
        assert_eq!(guest.filters.base.denied_login_methods.len(), 7);
        guest.filters.base.denied_protocols = vec!["FTP".into(), "DAV".into()];
        assert!(check(&mut guest, &settings()).is_err());
    }

    #[test]
    fn a_total_takes_the_place_of_both_directions() {
        let mut alice =
            User { total_data_transfer: 5, upload_data_transfer: 1, upload_bandwidth: -3, ..user() };
        check(&mut alice, &settings()).unwrap();
        assert_eq!((alice.upload_data_transfer, alice.upload_bandwidth), (0, 0));
    }
}

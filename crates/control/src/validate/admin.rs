//! Administrators.

use super::text;
use crate::{Admin, Error, Result, Settings};

/// In `add_to_users_as`.
const PRIMARY: i32 = 1;
const PERMISSIONS: [&str; 19] = [
    "*",
    "add_users",
    "edit_users",
    "del_users",
    "view_users",
    "view_conns",
    "close_conns",
    "view_status",
    "manage_folders",
    "manage_groups",
    "quota_scans",
    "manage_defender",
    "view_defender",
    "view_events",
    "disable_mfa",
    "manage_admins",
    "manage_roles",
    "manage_event_rules",
    "manage_system",
];

/// What reaches beyond the users of one role.
const GLOBAL: [&str; 5] = ["*", "manage_admins", "manage_roles", "manage_event_rules", "manage_system"];

/// Checks and cleans `admin`, whose name is canonical already. The password is not looked at.
pub fn check(admin: &mut Admin, settings: &Settings) -> Result<()> {
    settings.naming_rules.check("username", &admin.username)?;
    if !matches!(admin.status, 0 | 1) {
        return Err(Error::Invalid(format!("status: invalid value {}", admin.status)));
    }
    if !admin.email.is_empty() {
        text::email("email", &admin.email)?;
    }
    text::known("permissions", &mut admin.permissions, &PERMISSIONS)?;
    if admin.permissions.is_empty() {
        return Err(Error::invalid("permissions: please grant some permissions to this admin"));
    }
    if admin.permissions.iter().any(|permission| permission == "*") {
        admin.permissions = vec!["*".to_owned()];
    }
    text::networks("allow_list", &mut admin.filters.allow_list)?;
    let preferences = &admin.filters.preferences;
    text::not_negative("preferences.hide_user_page_sections", preferences.hide_user_page_sections.into())?;
    text::not_negative("preferences.default_users_expiration", preferences.default_users_expiration.into())?;
    groups(admin)?;
    let global = admin.permissions.iter().find(|held| GLOBAL.contains(&held.as_str()));
    if let (Some(held), false) = (global, admin.role.is_empty()) {
        return Err(Error::Invalid(format!("permissions: an admin with a role cannot have {held:?}")));
    }
    Ok(())
}

fn groups(admin: &Admin) -> Result<()> {
    if let Some(at) = text::repeated(admin.groups.iter().map(|group| &group.name)) {
        return Err(Error::Invalid(format!("groups: {:?} is given twice", admin.groups[at].name)));
    }
    for group in &admin.groups {
        if group.name.is_empty() {
            return Err(Error::invalid("groups: a group name is mandatory"));
        }
        if !matches!(group.options.add_to_users_as, 0..=2) {
            return Err(Error::Invalid(format!(
                "groups: invalid add_to_users_as {}",
                group.options.add_to_users_as
            )));
        }
    }
    match admin.groups.iter().filter(|group| group.options.add_to_users_as == PRIMARY).count() {
        0 | 1 => Ok(()),
        _ => Err(Error::invalid("groups: only one primary group is allowed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NamingRules;

    #[test]
    fn permissions_are_known_and_some() {
        let settings = Settings { naming_rules: NamingRules::from_bits(5), ..Settings::default() };
        let admin = |permissions: &[&str]| Admin {
            username: "root".into(),
            status: 1,
            permissions: permissions.iter().map(|p| (*p).to_owned()).collect(),
            ..Admin::default()
        };
        let mut all = admin(&["view_users", "*"]);
        check(&mut all, &settings).unwrap();
        assert_eq!(all.permissions, ["*"]);
        assert!(check(&mut admin(&[]), &settings).is_err());
        assert!(check(&mut admin(&["manage_everything"]), &settings).is_err());
        assert!(check(&mut admin(&["manage_admins"]), &settings).is_ok());
        assert!(check(&mut Admin { role: "r".into(), ..admin(&["*"]) }, &settings).is_err());
        let groups = ["g", "h"].map(|name| store::model::AdminGroup {
            name: name.into(),
            options: store::model::AdminGroupOptions { add_to_users_as: PRIMARY },
        });
        assert!(check(&mut Admin { groups: groups.into(), ..admin(&["*"]) }, &settings).is_err());
        assert!(check(&mut Admin { role: "r".into(), ..admin(&["view_users"]) }, &settings).is_ok());
        assert!(check(&mut Admin { status: 3, ..admin(&["*"]) }, &settings).is_err());
    }
}

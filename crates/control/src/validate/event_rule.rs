//! Event rules: what each trigger needs. The conditions of other triggers are dropped.

use super::{cron, text};
use crate::{Error, Result, Settings};
use store::{
    EventRule,
    model::{ConditionOptions, ConditionPattern, EventConditions, RuleAction},
};

const FS_EVENTS: [&str; 13] = [
    "upload",
    "download",
    "delete",
    "rename",
    "mkdir",
    "rmdir",
    "copy",
    "ssh_cmd",
    "pre-upload",
    "pre-download",
    "pre-delete",
    "first-upload",
    "first-download",
];
const PROVIDER_EVENTS: [&str; 3] = ["add", "update", "delete"];
const PROVIDER_OBJECTS: [&str; 9] =
    ["user", "folder", "group", "admin", "api_key", "share", "event_action", "event_rule", "role"];
const PROTOCOLS: [&str; 8] = ["SFTP", "SCP", "SSH", "FTP", "DAV", "HTTP", "HTTPShare", "OIDC"];

/// Checks and cleans `rule`, whose name is canonical already. That its actions exist is checked when it is
/// stored.
pub fn check(rule: &mut EventRule, settings: &Settings) -> Result<()> {
    if !matches!(rule.status, 0 | 1) {
        return Err(Error::Invalid(format!("status: invalid value {}", rule.status)));
    }
    let mut sent = std::mem::take(&mut rule.conditions);
    let options = options(&mut sent.options, rule.trigger, settings)?;
    let mut kept = EventConditions { options, ..EventConditions::default() };
    match rule.trigger {
        EventRule::FS_EVENT => {
            some("conditions.fs_events", &sent.fs_events)?;
            text::known("conditions.fs_events", &mut sent.fs_events, &FS_EVENTS)?;
            kept.fs_events = sent.fs_events;
        }
        EventRule::PROVIDER_EVENT => {
            some("conditions.provider_events", &sent.provider_events)?;
            text::known("conditions.provider_events", &mut sent.provider_events, &PROVIDER_EVENTS)?;
            kept.provider_events = sent.provider_events;
        }
        EventRule::SCHEDULE => {
            some("conditions.schedules", &sent.schedules)?;
            sent.schedules.iter().try_for_each(cron::check)?;
            kept.schedules = sent.schedules;
        }
        EventRule::IDP_LOGIN => {
            if !(0..=2).contains(&sent.idp_login_event) {
                let value = sent.idp_login_event;
                return Err(Error::Invalid(format!("conditions.idp_login_event: invalid value {value}")));
            }
            kept.idp_login_event = sent.idp_login_event;
        }
        EventRule::IP_BLOCKED | EventRule::CERTIFICATE | EventRule::ON_DEMAND => {}
        other => return Err(Error::Invalid(format!("trigger: invalid value {other}"))),
    }
    rule.conditions = kept;
    actions(rule)
}

fn options(sent: &mut ConditionOptions, trigger: i32, settings: &Settings) -> Result<ConditionOptions> {
    for (field, list) in [
        ("names", &sent.names),
        ("group_names", &sent.group_names),
        ("role_names", &sent.role_names),
        ("fs_paths", &sent.fs_paths),
    ] {
        patterns(field, list)?;
    }
    text::known("conditions.options.protocols", &mut sent.protocols, &PROTOCOLS)?;
    text::known("conditions.options.provider_objects", &mut sent.provider_objects, &PROVIDER_OBJECTS)?;
    text::not_negative("conditions.options.min_size", sent.min_size)?;
    text::not_negative("conditions.options.max_size", sent.max_size)?;
    if sent.max_size > 0 && sent.max_size <= sent.min_size {
        return Err(Error::invalid("conditions.options.max_size: it has to be above min_size"));
    }
    if let Some(bad) = sent.event_statuses.iter().find(|status| !(1..=3).contains(*status)) {
        return Err(Error::Invalid(format!("conditions.options.event_statuses: invalid value {bad}")));
    }
    let mut kept = std::mem::take(sent);
    // Where one server alone uses the database, a rule never runs on two at once.
    kept.concurrent_execution &= settings.is_shared;
    if trigger != EventRule::FS_EVENT {
        kept.fs_paths.clear();
        (kept.min_size, kept.max_size) = (0, 0);
        kept.event_statuses.clear();
        kept.protocols.clear();
    }
    // A host that is blocked, a certificate and a login at a provider belong to nobody's group or role.
    if matches!(trigger, EventRule::IP_BLOCKED | EventRule::CERTIFICATE | EventRule::IDP_LOGIN) {
        kept.group_names.clear();
        kept.role_names.clear();
    }
    if matches!(trigger, EventRule::IP_BLOCKED | EventRule::CERTIFICATE) {
        kept.names.clear();
    }
    if trigger != EventRule::PROVIDER_EVENT {
        kept.provider_objects.clear();
    }
    Ok(kept)
}

fn patterns(field: &str, list: &[ConditionPattern]) -> Result<()> {
    match list.iter().find(|condition| !is_glob(&condition.pattern)) {
        Some(ConditionPattern { pattern, .. }) => {
            Err(Error::Invalid(format!("conditions.options.{field}: {pattern:?} is no pattern")))
        }
        None => Ok(()),
    }
}

/// Something, with every class closed and something behind every backslash.
fn is_glob(pattern: &str) -> bool {
    let mut rest = pattern.chars();
    // How many characters of the class, where one is open.
    let mut class: Option<usize> = None;
    let mut sound = !pattern.is_empty();
    while let Some(next) = rest.next() {
        match (next, class) {
            ('\\', _) => {
                sound &= rest.next().is_some();
                class = class.map(|count| count + 1);
            }
            ('[', None) => class = Some(0),
            ('^' | '!', Some(0)) => {}
            (']', Some(count)) => {
                sound &= count > 0;
                class = None;
            }
            (_, open) => class = open.map(|count| count + 1),
        }
    }
    sound && class.is_none()
}

fn actions(rule: &mut EventRule) -> Result<()> {
    some("actions", &rule.actions)?;
    for action in &rule.actions {
        if action.action.name.is_empty() {
            return Err(Error::invalid("actions: a name is empty"));
        }
        synchronous(rule, action)?;
    }
    if let Some(at) = text::repeated(rule.actions.iter().map(|action| &action.action.name)) {
        let name = &rule.actions[at].action.name;
        return Err(Error::Invalid(format!("actions: {name:?} is given twice")));
    }
    if let Some(at) = text::repeated(rule.actions.iter().map(|action| action.order)) {
        return Err(Error::Invalid(format!("actions: order {} is given twice", rule.actions[at].order)));
    }
    if rule.actions.iter().all(|action| action.relation_options.is_failure_action) {
        return Err(Error::invalid("actions: at least one that does not wait for a failure is mandatory"));
    }
    let asks = rule.conditions.fs_events.iter().any(|event| event.starts_with("pre-"));
    if asks && !rule.actions.iter().any(|action| action.relation_options.execute_sync) {
        return Err(Error::invalid("actions: a pre-* event needs one with execute_sync"));
    }
    rule.actions.sort_by_key(|action| action.order);
    Ok(())
}

/// An event can wait for its action where there is somebody to tell the outcome.
fn synchronous(rule: &EventRule, action: &RuleAction) -> Result<()> {
    let options = &action.relation_options;
    if !options.execute_sync {
        return Ok(());
    }
    if options.is_failure_action {
        return Err(Error::invalid("actions: a failure action cannot be execute_sync"));
    }
    let waits = |event: &String| event == "upload" || event.starts_with("pre-");
    let possible = match rule.trigger {
        EventRule::FS_EVENT => rule.conditions.fs_events.iter().all(waits),
        EventRule::IDP_LOGIN => true,
        _ => false,
    };
    if possible {
        Ok(())
    } else {
        Err(Error::invalid("actions: execute_sync is for upload and pre-* events only"))
    }
}

fn some<T>(field: &str, list: &[T]) -> Result<()> {
    if list.is_empty() { Err(Error::Invalid(format!("{field}: at least one is mandatory"))) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_whole() {
        for good in ["a", "a**", "/a/**/b", "{a,b}", "[!a]", "[^a-c]x", "\\*", "\\[a", "[\\]]"] {
            assert!(is_glob(good), "{good}");
        }
        for bad in ["", "[a", "[]", "[^]", "a\\", "[\\]"] {
            assert!(!is_glob(bad), "{bad}");
        }
    }
}

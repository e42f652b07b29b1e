//! Event actions: what each kind needs. The options of other kinds are dropped.

use super::text;
use crate::{Error, Result, Settings};
use store::{
    EventAction,
    model::{
        CommandActionConfig, EmailActionConfig, EventActionOptions, FilesystemActionConfig, HttpActionConfig,
        HttpPart, IdpAccountConfig, KeyValue, RetentionActionConfig, UserInactivityConfig,
    },
};

const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];

/// Checks and cleans `action`, whose name is canonical already.
pub fn check(action: &mut EventAction, settings: &Settings) -> Result<()> {
    let sent = std::mem::take(&mut action.options);
    let mut kept = EventActionOptions::default();
    match action.kind {
        1 => kept.http_config = http(sent.http_config)?,
        2 => kept.cmd_config = command(sent.cmd_config, settings)?,
        3 => kept.email_config = email(sent.email_config)?,
        8 => kept.retention_config = retention(sent.retention_config)?,
        9 => kept.fs_config = filesystem(sent.fs_config)?,
        11 if sent.pwd_expiration_config.threshold <= 0 => {
            return Err(Error::invalid("pwd_expiration_config.threshold has to be above 0"));
        }
        11 => kept.pwd_expiration_config = sent.pwd_expiration_config,
        13 => kept.idp_config = idp(sent.idp_config)?,
        14 => kept.user_inactivity_config = inactivity(sent.user_inactivity_config)?,
        4..=7 | 12 | 15 => {}
        other => return Err(Error::Invalid(format!("type: invalid value {other}"))),
    }
    action.options = kept;
    Ok(())
}

fn http(mut config: HttpActionConfig) -> Result<HttpActionConfig> {
    let place = config.endpoint.strip_prefix("http://").or(config.endpoint.strip_prefix("https://"));
    if place.is_none_or(|place| place.is_empty() || place.starts_with('/')) {
        return Err(Error::Invalid(format!("http_config.endpoint: {:?} is no URL", config.endpoint)));
    }
    match config.parts.is_empty() {
        true => within("http_config.timeout", config.timeout, 1, 180)?,
        // Files take the time they take.
        false => text::not_negative("http_config.timeout", config.timeout.into())?,
    }
    if !METHODS.contains(&config.method.as_str()) {
        return Err(Error::Invalid(format!("http_config.method: invalid value {:?}", config.method)));
    }
    pairs("http_config.headers", &config.headers)?;
    pairs("http_config.query_parameters", &config.query_parameters)?;
    parts(&mut config.parts)?;
    Ok(config)
}

/// Parts of a form: each a file, or a text.
fn parts(parts: &mut [HttpPart]) -> Result<()> {
    for part in &mut *parts {
        if part.name.is_empty() {
            return Err(Error::invalid("http_config.parts: a name is mandatory"));
        }
        pairs("http_config.parts: headers", &part.headers)?;
        match (part.filepath.is_empty(), part.body.is_empty()) {
            (true, true) => {
                return Err(Error::invalid("http_config.parts: a filepath or a body is mandatory"));
            }
            (true, false) => {}
            (false, _) => part.filepath = text::virtual_path("http_config.parts: filepath", &part.filepath)?,
        }
    }
    let files = parts.iter().map(|part| &part.filepath).filter(|path| !path.is_empty());
    match text::repeated(files) {
        Some(_) => Err(Error::invalid("http_config.parts: one file is given twice")),
        None => Ok(()),
    }
}

fn command(config: CommandActionConfig, settings: &Settings) -> Result<CommandActionConfig> {
    if !settings.enabled_commands.contains(&config.cmd) {
        return Err(Error::Invalid(format!(
            "cmd_config.cmd: {:?} is not one of common.event_manager.enabled_commands",
            config.cmd
        )));
    }
    within("cmd_config.timeout", config.timeout, 1, 120)?;
    if config.args.iter().any(|arg| arg.trim().is_empty()) {
        return Err(Error::invalid("cmd_config.args: one is empty"));
    }
    pairs("cmd_config.env_vars", &config.env_vars)?;
    Ok(config)
}

fn email(config: EmailActionConfig) -> Result<EmailActionConfig> {
    let empty = |list: &[String]| list.iter().any(|text| text.trim().is_empty());
    if config.recipients.is_empty() || empty(&config.recipients) || empty(&config.bcc) {
        return Err(Error::invalid("email_config.recipients: at least one, and none that is empty"));
    }
    if config.subject.is_empty() || config.body.is_empty() {
        return Err(Error::invalid("email_config: subject and body are mandatory"));
    }
    within("email_config.content_type", config.content_type, 0, 1)?;
    let mut config = config;
    text::dedup(&mut config.recipients);
    text::dedup(&mut config.bcc);
    if !config.attachments.is_empty() {
        config.attachments = paths("email_config.attachments", config.attachments)?;
    }
    Ok(config)
}

fn retention(mut config: RetentionActionConfig) -> Result<RetentionActionConfig> {
    if config.folders.is_empty() {
        return Err(Error::invalid("retention_config.folders: at least one is mandatory"));
    }
    for folder in &mut config.folders {
        folder.path = text::virtual_path("retention_config.folders: path", &folder.path)?;
        text::not_negative("retention_config.folders: retention", folder.retention.into())?;
    }
    if let Some(at) = text::repeated(config.folders.iter().map(|folder| &folder.path)) {
        let path = &config.folders[at].path;
        return Err(Error::Invalid(format!("retention_config.folders: {path:?} is given twice")));
    }
    if config.folders.iter().all(|folder| folder.retention == 0) {
        return Err(Error::invalid("retention_config.folders: nothing is to be deleted from any"));
    }
    Ok(config)
}

fn filesystem(sent: FilesystemActionConfig) -> Result<FilesystemActionConfig> {
    let mut kept = FilesystemActionConfig { kind: sent.kind, ..FilesystemActionConfig::default() };
    match sent.kind {
        1 => {
            let pairs = sent.renames.iter().map(|rename| (&rename.key, &rename.value));
            distinct("fs_config.renames", pairs)?;
            kept.renames = sent.renames;
            for rename in &mut kept.renames {
                rename.key = text::virtual_path("fs_config.renames", &rename.key)?;
                rename.value = text::virtual_path("fs_config.renames", &rename.value)?;
            }
        }
        2 => kept.deletes = paths("fs_config.deletes", sent.deletes)?,
        3 => kept.mkdirs = paths("fs_config.mkdirs", sent.mkdirs)?,
        4 => kept.exist = paths("fs_config.exist", sent.exist)?,
        5 => {
            if sent.compress.name.trim().is_empty() {
                return Err(Error::invalid("fs_config.compress.name is mandatory"));
            }
            kept.compress.name = text::virtual_path("fs_config.compress.name", &sent.compress.name)?;
            kept.compress.paths = paths("fs_config.compress.paths", sent.compress.paths)?;
        }
        6 => {
            distinct("fs_config.copy", sent.copy.iter().map(|copy| (&copy.key, &copy.value)))?;
            kept.copy = sent.copy;
            for copy in &mut kept.copy {
                // A slash at the end says: into that directory.
                let into = copy.value.ends_with('/') && copy.value.len() > 1;
                copy.key = text::virtual_path("fs_config.copy", &copy.key)?;
                copy.value = text::virtual_path("fs_config.copy", &copy.value)?;
                if into && copy.value != "/" {
                    copy.value.push('/');
                }
            }
        }
        other => return Err(Error::Invalid(format!("fs_config.type: invalid value {other}"))),
    }
    Ok(kept)
}

fn idp(config: IdpAccountConfig) -> Result<IdpAccountConfig> {
    within("idp_config.mode", config.mode, 0, 1)?;
    if config.template_user.trim().is_empty() && config.template_admin.trim().is_empty() {
        return Err(Error::invalid("idp_config: a template for users or for admins is mandatory"));
    }
    Ok(config)
}

fn inactivity(config: UserInactivityConfig) -> Result<UserInactivityConfig> {
    let (disable, delete) = (config.disable_threshold, config.delete_threshold);
    if disable < 0 || delete < 0 || (disable == 0 && delete == 0) {
        return Err(Error::invalid("user_inactivity_config: a threshold above 0 is mandatory"));
    }
    if disable > 0 && delete > 0 && delete <= disable {
        return Err(Error::invalid(
            "user_inactivity_config.delete_threshold: it has to come after disabling",
        ));
    }
    Ok(config)
}

fn within(field: &str, value: i32, min: i32, max: i32) -> Result<()> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(Error::Invalid(format!("{field}: {value} is not within {min} and {max}")))
}

fn pairs(field: &str, pairs: &[KeyValue]) -> Result<()> {
    match pairs.iter().any(|pair| pair.key.trim().is_empty() || pair.value.is_empty()) {
        true => Err(Error::Invalid(format!("{field}: a key or a value is empty"))),
        false => Ok(()),
    }
}

fn paths(field: &str, sent: Vec<String>) -> Result<Vec<String>> {
    if sent.is_empty() || sent.iter().any(|path| path.trim().is_empty()) {
        return Err(Error::Invalid(format!("{field}: at least one path, and none that is empty")));
    }
    let mut paths = sent.iter().map(|path| text::virtual_path(field, path)).collect::<Result<Vec<_>>>()?;
    text::dedup(&mut paths);
    Ok(paths)
}

fn distinct<'a>(field: &str, pairs: impl Iterator<Item = (&'a String, &'a String)>) -> Result<()> {
    let mut none = true;
    for (source, target) in pairs {
        none = false;
        if source.trim().is_empty() || target.trim().is_empty() || source == target {
            return Err(Error::Invalid(format!(
                "{field}: source {source:?} and target {target:?} have to differ"
            )));
        }
    }
    if none { Err(Error::Invalid(format!("{field}: at least one is mandatory"))) } else { Ok(()) }
}

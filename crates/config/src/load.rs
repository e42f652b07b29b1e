//! Finding, reading, overlaying and judging: from a directory and an environment to a [`Config`].

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    Config, Driver, Environment, Error, Origin, Setting, UnknownKey, Warning,
    effects::{self, Verdict},
    format::{self, EXTENSIONS, Format},
    keys,
    read::{self, Unread},
    rules::{self, Impossible},
    tree::Node,
};

/// Where to look.
#[derive(Clone, Debug)]
pub struct Source {
    /// The directory of the configuration file, of `env.d`, and of everything named by a relative path.
    pub config_dir: PathBuf,
    /// This file instead of `longshore.*` and `sftpgo.*`; relative to `config_dir`.
    pub config_file: Option<PathBuf>,
    /// The variables of the process.
    pub environment: Environment,
    /// An unknown key is an error instead of a warning.
    pub strict: bool,
}

/// What was found.
#[derive(Debug)]
pub struct Loaded {
    pub config: Config,
    pub warnings: Vec<Warning>,
    /// The configuration files read, the strongest last.
    pub files: Vec<PathBuf>,
    /// The variables of the process and of `env.d`.
    pub environment: Environment,
}

/// Reads the configuration; each layer covers those before it, key by key: the built-in defaults,
/// `sftpgo.*`, `longshore.*`, `SFTPGO_*`, `LONGSHORE_*`. Variables of `env.d` count where the process has
/// none of the same name.
///
/// A list in a file replaces the list below it; a variable changes the entry whose index it names.
pub fn load(source: &Source) -> Result<Loaded, Error> {
    let mut warnings = Vec::new();
    let files = match &source.config_file {
        Some(file) => vec![source.config_dir.join(file)],
        None => find(&source.config_dir, &mut warnings),
    };
    let mut environment = source.environment.clone();
    environment.read_env_d(&source.config_dir, &mut warnings)?;

    let mut root = defaults();
    for file in &files {
        root.overlay(format::read(file)?);
    }
    environment.overlay(&mut root);

    let (mut config, unread) = typed(&root)?;
    config.config_dir.clone_from(&source.config_dir);
    choose_database(&mut config, &root, &files);
    report(unread, source.strict, &mut warnings)?;
    rules::check(&config).map_err(|impossible| impossible_at(impossible, &root))?;
    judge(&config, &root, &mut warnings)?;
    Ok(Loaded { config, warnings, files, environment })
}

/// `sftpgo.*`, then `longshore.*`: what is there of them.
fn find(dir: &Path, warnings: &mut Vec<Warning>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for stem in ["sftpgo", "longshore"] {
        let candidates = EXTENSIONS.iter().map(|(extension, _)| dir.join(format!("{stem}.{extension}")));
        let mut present = candidates.filter(|path| path.is_file());
        let Some(taken) = present.next() else { continue };
        // A file of variables beside another is what a service manager reads.
        let ignored = present.filter(|file| Format::of(file) != Some(Format::Env));
        warnings.extend(ignored.map(|file| Warning::Ignored { file, taken: taken.clone() }));
        files.push(taken);
    }
    files
}

fn defaults() -> Node {
    let defaults = serde_json::to_value(Config::default()).unwrap_or_default();
    Node::from_json(&Origin::Default, defaults)
}

fn typed(root: &Node) -> Result<(Config, Vec<Unread>), Error> {
    read::read(root).map_err(|misfit| Error::Value {
        key: misfit.key,
        origin: misfit.origin,
        expected: misfit.expected,
        found: misfit.found,
    })
}

fn impossible_at(impossible: Impossible, root: &Node) -> Error {
    let Impossible { key, against, expected, found } = impossible;
    let origin = match root.origin_of(&key) {
        // Of two keys that do not go together, the one somebody set is to blame.
        Origin::Default => against.map_or(Origin::Default, |other| root.origin_of(&other)),
        origin => origin,
    };
    Error::Value { key, origin, expected, found }
}

/// A database nobody named is `longshore.db`, but `sftpgo.db` where SFTPGo was at home: an existing
/// installation must be met, not silently passed by with an empty database. A dump for `memory` has to be
/// named.
fn choose_database(config: &mut Config, root: &Node, files: &[PathBuf]) {
    if root.origin_of("data_provider.name") != Origin::Default {
        return;
    }
    let of_sftpgo = |file: &PathBuf| file.file_stem().is_some_and(|stem| stem == "sftpgo");
    let exists = |name: &str| config.resolve(name).exists();
    let moved_in = files.iter().any(of_sftpgo) || exists("sftpgo.db") && !exists("longshore.db");
    config.data_provider.name = match config.data_provider.driver {
        Driver::Memory => String::new(),
        _ if moved_in => "sftpgo.db".to_owned(),
        _ => "longshore.db".to_owned(),
    };
}

fn report(unread: Vec<Unread>, strict: bool, warnings: &mut Vec<Warning>) -> Result<(), Error> {
    if unread.is_empty() {
        return Ok(());
    }
    let known = keys::all();
    let unknown = unread.into_iter().map(|Unread { key, origin }| {
        let nearest = keys::nearest(&key, &known).map(str::to_owned);
        UnknownKey { key, origin, nearest }
    });
    if strict {
        return Err(Error::Unknown { unknown: unknown.collect() });
    }
    warnings.extend(unknown.map(Warning::Unknown));
    Ok(())
}

/// Refuses what would leave a door open that the configuration closes; lists what has no effect yet.
fn judge(config: &Config, root: &Node, warnings: &mut Vec<Warning>) -> Result<(), Error> {
    let defaults: HashMap<String, Value> = keys::leaves(&Config::default())
        .into_iter()
        .map(|(key, value)| (keys::pattern(&key), value))
        .collect();
    let (mut unguarded, mut later) = (Vec::new(), Vec::new());
    for (key, value) in keys::leaves(config) {
        let pattern = keys::pattern(&key);
        let unchanged = match defaults.get(&pattern) {
            Some(default) => value == *default,
            // A key of a list that is empty by default.
            None => is_empty(&value),
        };
        if unchanged {
            continue;
        }
        let setting = Setting { origin: root.origin_of(&key), key };
        match effects::judge(&pattern, &value) {
            Verdict::Effective => {}
            Verdict::Protects => unguarded.push(setting),
            Verdict::Later => later.push(setting),
        }
    }
    if !unguarded.is_empty() {
        return Err(Error::Unguarded { settings: unguarded });
    }
    if !later.is_empty() {
        warnings.push(Warning::NotAvailable(later));
    }
    if config.data_provider.driver == Driver::Bolt {
        warnings.push(Warning::EmbeddedInstead { file: config.resolve(&config.data_provider.name) });
    }
    Ok(())
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

#[cfg(test)]
mod tests;

//! The environment: variables given by the system and by the files of `env.d`.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    Error, Origin, Warning,
    dotenv::{self, Line},
    format,
    tree::{Node, Tree},
};

/// Prefixes of the variables that concern us; a later one wins.
const PREFIXES: [&str; 2] = ["SFTPGO_", "LONGSHORE_"];

/// Variables that stand for flags of the command line.
const FLAGS: [&str; 16] = [
    "CONFIG_DIR",
    "CONFIG_FILE",
    "GRACE_TIME",
    "LOADDATA_CLEAN",
    "LOADDATA_FROM",
    "LOADDATA_MODE",
    "LOADDATA_QUOTA_SCAN",
    "LOG_COMPRESS",
    "LOG_FILE_PATH",
    "LOG_LEVEL",
    "LOG_MAX_AGE",
    "LOG_MAX_BACKUPS",
    "LOG_MAX_SIZE",
    "LOG_UTC_TIME",
    "LOG_VERBOSE",
    "STRICT",
];

/// Variables that are neither keys nor flags.
const OTHERS: [&str; 2] = ["DEFAULT_ADMIN_USERNAME", "DEFAULT_ADMIN_PASSWORD"];

/// The variables of the process and of `env.d`.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, Variable>,
}

#[derive(Clone)]
struct Variable {
    value: String,
    file: Option<Arc<Path>>,
}

impl Environment {
    /// The variables given; a name that comes again replaces the first.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name, Variable { value, file: None }));
        Self { variables: variables.collect() }
    }

    /// The value of the variable `name`, prefix included.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|variable| variable.value.as_str())
    }

    /// The value of `LONGSHORE_<name>` or else of `SFTPGO_<name>`.
    pub fn ours(&self, name: &str) -> Option<&str> {
        PREFIXES.iter().rev().find_map(|prefix| self.get(&format!("{prefix}{name}")))
    }

    /// Whether any variable is set under SFTPGo's prefix.
    pub fn has_sftpgos(&self) -> bool {
        self.variables.keys().any(|name| name.starts_with("SFTPGO_"))
    }

    /// The name under which [`ours`](Self::ours) finds `name`; with our prefix when it finds nothing.
    pub fn name_of(&self, name: &str) -> String {
        let names = PREFIXES.iter().rev().map(|prefix| format!("{prefix}{name}"));
        let mut set = names.filter(|name| self.get(name).is_some());
        set.next().unwrap_or_else(|| format!("LONGSHORE_{name}"))
    }

    /// Every variable, for programs that inherit some.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, variable)| (name.as_str(), variable.value.as_str()))
    }

    /// Adds the variables of the files in `<config_dir>/env.d` that are not set yet, in the order of the
    /// files' names, so that of two files the first wins.
    pub(crate) fn read_env_d(&mut self, config_dir: &Path, warnings: &mut Vec<Warning>) -> Result<(), Error> {
        for file in files(&config_dir.join("env.d"))? {
            let text = format::text(&file)?;
            let origin: Arc<Path> = Arc::from(file.as_path());
            let lines = dotenv::parse(&text, &|name| self.get(name).map(str::to_owned));
            for line in lines {
                match line {
                    Line::Invalid { number } => {
                        warnings.push(Warning::NotAVariable { file: file.clone(), line: number });
                    }
                    Line::Variable { name, .. } if is_flag(&name) => {
                        warnings.push(Warning::TooLate { variable: name, file: file.clone() });
                    }
                    Line::Variable { name, value } => {
                        let variable = Variable { value, file: Some(origin.clone()) };
                        self.variables.entry(name).or_insert(variable);
                    }
                }
            }
        }
        Ok(())
    }

    /// Lays the variables that are keys over `root`.
    pub(crate) fn overlay(&self, root: &mut Node) {
        for prefix in PREFIXES {
            // Sorted by name: a table given as a whole comes before its fields.
            for (name, variable) in &self.variables {
                let Some(bare) = name.strip_prefix(prefix) else { continue };
                if bare.is_empty() || !is_key(bare) {
                    continue;
                }
                let origin = Origin::Variable { name: Arc::from(name.as_str()), file: variable.file.clone() };
                root.put(bare, "__", Node::new(&origin, Tree::Text(variable.value.clone())));
            }
        }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names only: a value may be a password.
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

/// Whether the variable `bare`, its prefix left out, should be a key. `PLUGIN_*` belongs to the plugins,
/// which get it passed on.
pub fn is_key(bare: &str) -> bool {
    !FLAGS.contains(&bare) && !OTHERS.contains(&bare) && !bare.starts_with("PLUGIN_")
}

/// `name` without the prefix that makes it ours.
pub fn bare(name: &str) -> Option<&str> {
    PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix))
}

fn is_flag(name: &str) -> bool {
    bare(name).is_some_and(|bare| FLAGS.contains(&bare))
}

/// The plain files of `dir`, by name; none when there is no such directory. Hidden files are left out:
/// editors and package managers keep copies there.
fn files(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let list = || -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            if !hidden && entry.path().is_file() {
                found.push(entry.path());
            }
        }
        found.sort();
        Ok(found)
    };
    match list() {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        listed => listed.map_err(|source| Error::Read { path: dir.to_owned(), source }),
    }
}

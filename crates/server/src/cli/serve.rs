//! What `serve` was told, defaults filled in.

use std::{
    fmt::Display,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use config::{Environment, Source};
use logs::{Console, FileSettings, Level, LogSettings};

use super::{
    Fault,
    flags::{self, Switch},
};

/// How to serve.
#[derive(Debug)]
pub struct ServeArgs {
    pub config: ConfigArgs,
    /// What running transfers get to end when the server is stopped. Zero ends them at once.
    pub grace_time: Duration,
    pub log: LogArgs,
    pub load_data: Option<LoadData>,
}

/// Where the configuration is.
#[derive(Debug)]
pub struct ConfigArgs {
    pub config_dir: PathBuf,
    pub config_file: Option<PathBuf>,
    /// Unknown keys are errors.
    pub strict: bool,
    pub environment: Environment,
}

/// Where the log goes.
#[derive(Debug, PartialEq, Eq)]
pub struct LogArgs {
    /// Relative to the configuration directory; empty is standard output.
    pub file_path: PathBuf,
    /// MiB.
    pub max_size: u32,
    /// Files. 0 = all.
    pub max_backups: u32,
    /// Days. 0 = for ever.
    pub max_age: u32,
    pub compress: bool,
    pub level: Level,
    pub utc: bool,
}

/// A dump to load before serving.
#[derive(Debug, PartialEq, Eq)]
pub struct LoadData {
    /// Absolute.
    pub from: PathBuf,
    pub mode: LoadMode,
    pub scan: QuotaScan,
    /// Remove the dump once it is loaded.
    pub clean: bool,
}

/// What becomes of objects that exist already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadMode {
    Update,
    Keep,
}

/// Whose quota is scanned after loading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaScan {
    Nobody,
    Everybody,
    UsersWithQuota,
}

/// Files by which SFTPGo is configured.
const CONFIGURATIONS: [&str; 6] =
    ["sftpgo.json", "sftpgo.toml", "sftpgo.yaml", "sftpgo.yml", "sftpgo.hcl", "sftpgo.properties"];

impl ServeArgs {
    pub(super) fn new(flags: flags::Serve, environment: &Environment) -> Result<Self, Fault> {
        let variables = Variables(environment);
        let config = ConfigArgs::new(flags.config, environment)?;
        Ok(Self {
            grace_time: Duration::from_secs(variables.or("GRACE_TIME", flags.grace_time, 0_u32)?.into()),
            log: LogArgs::new(flags.log, variables, config.log_file())?,
            load_data: LoadData::new(flags.load_data, variables)?,
            config,
        })
    }
}

impl ConfigArgs {
    pub(super) fn new(flags: flags::Config, environment: &Environment) -> Result<Self, Fault> {
        let variables = Variables(environment);
        let file: PathBuf = variables.or("CONFIG_FILE", flags.config_file, PathBuf::new())?;
        Ok(Self {
            config_dir: variables.or("CONFIG_DIR", flags.config_dir, PathBuf::from("."))?,
            config_file: (!file.as_os_str().is_empty()).then_some(file),
            strict: variables.or("STRICT", flags.strict, Switch(false))?.0,
            environment: environment.clone(),
        })
    }

    /// The log file nobody named: that of SFTPGo where it is configured, for what reads its log (fail2ban, log
    /// rotation) knows that name.
    fn log_file(&self) -> &'static str {
        let is_sftpgos = |path: &Path| path.file_stem().is_some_and(|stem| stem == "sftpgo");
        let given = self.config_file.as_deref().is_some_and(is_sftpgos);
        let found = || CONFIGURATIONS.iter().any(|name| self.config_dir.join(name).exists());
        match given || self.environment.has_sftpgos() || found() {
            true => "sftpgo.log",
            false => "longshore.log",
        }
    }

    /// What [`config::load`] takes.
    pub fn source(&self) -> Source {
        Source {
            config_dir: self.config_dir.clone(),
            config_file: self.config_file.clone(),
            environment: self.environment.clone(),
            strict: self.strict,
        }
    }
}

impl LogArgs {
    fn new(flags: flags::Log, variables: Variables<'_>, usual_file: &'static str) -> Result<Self, Fault> {
        let verbose = variables.or("LOG_VERBOSE", flags.log_verbose, Switch(true))?.0;
        let usual = if verbose { Level::Debug } else { Level::Info };
        // An empty variable says "standard output", unlike those of other flags, which say nothing.
        let default = if variables.0.ours("LOG_FILE_PATH").is_some() { "" } else { usual_file };
        Ok(Self {
            file_path: variables.or("LOG_FILE_PATH", flags.log_file_path, PathBuf::from(default))?,
            max_size: variables.or("LOG_MAX_SIZE", flags.log_max_size, 10)?,
            max_backups: variables.or("LOG_MAX_BACKUPS", flags.log_max_backups, 5)?,
            max_age: variables.or("LOG_MAX_AGE", flags.log_max_age, 28)?,
            compress: variables.or("LOG_COMPRESS", flags.log_compress, Switch(false))?.0,
            level: variables.or("LOG_LEVEL", flags.log_level, usual)?,
            utc: variables.or("LOG_UTC_TIME", flags.log_utc_time, Switch(false))?.0,
        })
    }

    /// What [`logs::init`] takes. `console` is what people see beside a log file.
    pub fn settings(&self, config_dir: &Path, console: Console) -> LogSettings {
        let to_file = !self.file_path.as_os_str().is_empty();
        let file = to_file.then(|| FileSettings {
            path: config_dir.join(&self.file_path),
            max_size: self.max_size.into(),
            max_backups: usize::try_from(self.max_backups).unwrap_or(usize::MAX),
            max_age: self.max_age,
            compress: self.compress,
        });
        let console = if to_file { console } else { Console::Off };
        LogSettings { file, level: self.level, utc: self.utc, console }
    }
}

impl LoadData {
    pub(super) fn read(flags: flags::LoadData, environment: &Environment) -> Result<Option<Self>, Fault> {
        Self::new(flags, Variables(environment))
    }

    fn new(flags: flags::LoadData, variables: Variables<'_>) -> Result<Option<Self>, Fault> {
        let data = Self {
            from: variables.or("LOADDATA_FROM", flags.loaddata_from, PathBuf::new())?,
            mode: variables.or("LOADDATA_MODE", flags.loaddata_mode, LoadMode::Keep)?,
            scan: variables.or("LOADDATA_QUOTA_SCAN", flags.loaddata_scan, QuotaScan::Nobody)?,
            clean: variables.or("LOADDATA_CLEAN", flags.loaddata_clean, Switch(false))?.0,
        };
        if data.from.as_os_str().is_empty() {
            return Ok(None);
        }
        if data.from.is_absolute() {
            return Ok(Some(data));
        }
        Err(Fault::Variable {
            variable: "--loaddata-from".to_owned(),
            expected: "an absolute path".to_owned(),
            found: data.from.display().to_string(),
        })
    }
}

impl From<LoadMode> for control::LoadMode {
    fn from(mode: LoadMode) -> Self {
        match mode {
            LoadMode::Update => Self::Update,
            LoadMode::Keep => Self::Keep,
        }
    }
}

impl FromStr for LoadMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "0" => Ok(Self::Update),
            "1" => Ok(Self::Keep),
            _ => Err("expected 0 or 1".to_owned()),
        }
    }
}

impl FromStr for QuotaScan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "0" => Ok(Self::Nobody),
            "1" => Ok(Self::Everybody),
            "2" => Ok(Self::UsersWithQuota),
            _ => Err("expected 0, 1 or 2".to_owned()),
        }
    }
}

/// The variables that stand for flags.
#[derive(Clone, Copy)]
struct Variables<'a>(&'a Environment);

impl Variables<'_> {
    /// The flag, or else the variable `name` unless it is empty, or else the default.
    fn or<T: FromStr<Err: Display>>(self, name: &str, flag: Option<T>, default: T) -> Result<T, Fault> {
        if let Some(flag) = flag {
            return Ok(flag);
        }
        match self.0.ours(name) {
            None | Some("") => Ok(default),
            Some(text) => text.parse().map_err(|e: T::Err| {
                let e = e.to_string();
                Fault::Variable {
                    variable: self.0.name_of(name),
                    // The standard library's integers say "invalid digit found in string".
                    expected: e
                        .strip_prefix("expected ")
                        .unwrap_or("a whole number, not negative")
                        .to_owned(),
                    found: text.to_owned(),
                }
            }),
        }
    }
}

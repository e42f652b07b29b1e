//! What can be typed. The comments are the help texts.

use std::path::PathBuf;

use clap::{
    ArgAction, Args, Parser, Subcommand,
    builder::{OsStringValueParser, TypedValueParser},
};

const EXIT_CODES: &str = "\
Exit codes:
   0  done, or ended by SIGINT or SIGTERM
   1  something failed: a port is taken, the database cannot be opened, ...
   2  the command line, or a variable that stands for a flag, makes no sense
  78  the configuration cannot be used; starting again will not help";

const SERVE_HELP: &str = "\
Flags win over variables, LONGSHORE_* over SFTPGO_*. Every key of the configuration can be set by a variable
too: LONGSHORE_SFTPD__BINDINGS__0__PORT=22 sets sftpd.bindings[0].port.

Signals:
  SIGINT, SIGTERM  stop; running transfers get --grace-time to end
  SIGHUP           read certificates, revoked keys and the dump of a provider in memory again
  SIGUSR1          start a new log file";

/// A file transfer server: SFTP, SCP and HTTP.
#[derive(Debug, Parser)]
#[command(name = "longshore", version, disable_version_flag = true, arg_required_else_help = true, after_help = EXIT_CODES)]
pub struct Cli {
    /// Print the version
    #[arg(short = 'v', short_alias = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the server
    #[command(after_help = SERVE_HELP)]
    Serve(Box<Serve>),
    /// Look after the configuration
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Look after admins
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// Create or upgrade the tables of the data provider, and load a dump if one is named
    #[command(name = "initprovider")]
    InitProvider(Box<InitProvider>),
    /// Take the tables of the data provider back to an earlier version
    #[command(name = "revertprovider")]
    RevertProvider(RevertProvider),
    /// Delete everything the data provider holds
    #[command(name = "resetprovider")]
    ResetProvider(ResetProvider),
    /// Give an admin another password and switch its second factor off
    #[command(name = "resetpwd")]
    ResetPassword(ResetPassword),
    /// Send a test mail by the configured mail server
    #[command(name = "smtptest")]
    SmtpTest(SmtpTest),
    /// Bring in everything that SFTPGo keeps, from its database or from a backup it made
    ///
    /// What is read stays as it is. All of it is brought in, or nothing.
    Import(Box<Import>),
    /// Ask the running server whether it is well
    Ping(Config),
    /// Make manual pages, or what makes a shell complete commands
    Gen {
        #[command(subcommand)]
        command: GenCommand,
    },
    /// Print the version
    Version,
}

#[derive(Debug, Subcommand)]
pub enum GenCommand {
    /// Write a manual page for each command
    Man {
        /// Directory to write them to
        #[arg(short, long, value_name = "DIR", default_value = "man")]
        dir: PathBuf,
    },
    /// Print a script that makes a shell complete commands
    Completion { shell: clap_complete::Shell },
}

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Load the configuration as `serve` would and say what is wrong with it, without starting
    Check(Config),
}

#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Create an admin with all permissions
    ///
    /// The password comes from the variable LONGSHORE_DEFAULT_ADMIN_PASSWORD or
    /// SFTPGO_DEFAULT_ADMIN_PASSWORD, from standard input, or is asked for at the terminal. It is never
    /// taken from the command line, where every user of the machine could read it.
    Create(CreateAdmin),
}

#[derive(Args, Debug)]
pub struct Config {
    /// Directory of the configuration file and of everything named by a relative path
    ///
    /// Without --config-file, sftpgo.* and then longshore.* are read from it, with the extension json, toml,
    /// yaml, yml, properties, hcl or env, and the variables in the files of its directory env.d.
    /// [env: LONGSHORE_CONFIG_DIR, SFTPGO_CONFIG_DIR] [default: .]
    #[arg(short, long, value_name = "DIR")]
    pub config_dir: Option<PathBuf>,

    /// Configuration file, absolute or relative to the configuration directory
    ///
    /// It is read instead of sftpgo.* and longshore.*. [env: LONGSHORE_CONFIG_FILE, SFTPGO_CONFIG_FILE]
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub config_file: Option<PathBuf>,

    /// Refuse unknown keys instead of reporting them [env: LONGSHORE_STRICT]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub strict: Option<Switch>,
}

#[derive(Args, Debug)]
pub struct Serve {
    #[command(flatten)]
    pub config: Config,

    /// Seconds that running transfers get to end when the server is stopped
    ///
    /// 0 ends them at once. [env: LONGSHORE_GRACE_TIME, SFTPGO_GRACE_TIME] [default: 0]
    #[arg(long, value_name = "SECONDS")]
    pub grace_time: Option<u32>,

    #[command(flatten)]
    pub log: Log,

    #[command(flatten)]
    pub load_data: LoadData,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Log")]
pub struct Log {
    /// Log file, absolute or relative to the configuration directory; empty for standard output
    ///
    /// [env: LONGSHORE_LOG_FILE_PATH, SFTPGO_LOG_FILE_PATH] [default: longshore.log; sftpgo.log where SFTPGo's files or variables configure it]
    #[arg(short, long, value_name = "FILE", value_parser = path())]
    pub log_file_path: Option<PathBuf>,

    /// MiB the log file never exceeds
    ///
    /// [env: LONGSHORE_LOG_MAX_SIZE, SFTPGO_LOG_MAX_SIZE] [default: 10]
    #[arg(long, value_name = "MIB")]
    pub log_max_size: Option<u32>,

    /// Rotated log files to keep; 0 keeps all
    ///
    /// [env: LONGSHORE_LOG_MAX_BACKUPS, SFTPGO_LOG_MAX_BACKUPS] [default: 5]
    #[arg(long, value_name = "FILES")]
    pub log_max_backups: Option<u32>,

    /// Days to keep rotated log files; 0 keeps them for ever
    ///
    /// [env: LONGSHORE_LOG_MAX_AGE, SFTPGO_LOG_MAX_AGE] [default: 28]
    #[arg(long, value_name = "DAYS")]
    pub log_max_age: Option<u32>,

    /// Compress rotated log files with gzip
    ///
    /// [env: LONGSHORE_LOG_COMPRESS, SFTPGO_LOG_COMPRESS]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub log_compress: Option<Switch>,

    /// Lowest level to log: debug, info, warn or error
    ///
    /// [env: LONGSHORE_LOG_LEVEL, SFTPGO_LOG_LEVEL] [default: debug]
    #[arg(long, value_name = "LEVEL")]
    pub log_level: Option<logs::Level>,

    /// Old form of --log-level: false is info
    ///
    /// [env: LONGSHORE_LOG_VERBOSE, SFTPGO_LOG_VERBOSE]
    #[arg(long, hide = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub log_verbose: Option<Switch>,

    /// Log times in UTC instead of local time
    ///
    /// [env: LONGSHORE_LOG_UTC_TIME, SFTPGO_LOG_UTC_TIME]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub log_utc_time: Option<Switch>,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Initial data")]
pub struct LoadData {
    /// Dump to load before serving; an absolute path
    ///
    /// [env: LONGSHORE_LOADDATA_FROM, SFTPGO_LOADDATA_FROM]
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub loaddata_from: Option<PathBuf>,

    /// 0 updates objects that exist, 1 leaves them as they are
    ///
    /// [env: LONGSHORE_LOADDATA_MODE, SFTPGO_LOADDATA_MODE] [default: 1]
    #[arg(long, value_name = "MODE")]
    pub loaddata_mode: Option<super::LoadMode>,

    /// Scan of quotas after loading: 0 none, 1 all users, 2 users with a quota
    ///
    /// [env: LONGSHORE_LOADDATA_QUOTA_SCAN, SFTPGO_LOADDATA_QUOTA_SCAN] [default: 0]
    #[arg(long, value_name = "SCAN")]
    pub loaddata_scan: Option<super::QuotaScan>,

    /// Remove the dump once it is loaded
    ///
    /// [env: LONGSHORE_LOADDATA_CLEAN, SFTPGO_LOADDATA_CLEAN]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub loaddata_clean: Option<Switch>,
}

#[derive(Args, Debug)]
pub struct InitProvider {
    #[command(flatten)]
    pub config: Config,

    #[command(flatten)]
    pub load_data: LoadData,
}

#[derive(Args, Debug)]
pub struct Import {
    #[command(flatten)]
    pub config: Config,

    /// A backup, a SQLite database, or the URL of a database
    ///
    /// postgresql://USER@HOST:PORT/DATABASE or mysql://USER@HOST:PORT/DATABASE. The password is taken from the
    /// variable LONGSHORE_IMPORT_PASSWORD, where not every user of the machine can read it.
    #[arg(value_name = "SOURCE")]
    pub source: String,

    /// What the names of SFTPGo's tables begin with: its data_provider.sql_tables_prefix
    #[arg(long, value_name = "PREFIX", default_value = "")]
    pub tables_prefix: String,

    /// 0 updates objects that exist, 1 leaves them as they are
    #[arg(long, value_name = "MODE", default_value = "0")]
    pub mode: super::LoadMode,
}

#[derive(Args, Debug)]
pub struct RevertProvider {
    #[command(flatten)]
    pub config: Config,

    /// The version to go back to [default: the one before]
    #[arg(long, value_name = "VERSION")]
    pub to_version: Option<u32>,
}

#[derive(Args, Debug)]
pub struct ResetProvider {
    #[command(flatten)]
    pub config: Config,

    /// Do not ask
    #[arg(long)]
    pub force: bool,
}

#[derive(Args, Debug)]
pub struct ResetPassword {
    #[command(flatten)]
    pub config: Config,

    /// Name of the admin
    #[arg(long, value_name = "NAME")]
    pub admin: String,
}

#[derive(Args, Debug)]
pub struct SmtpTest {
    #[command(flatten)]
    pub config: Config,

    /// Address to send to
    #[arg(long, value_name = "ADDRESS")]
    pub recipient: String,
}

#[derive(Args, Debug)]
pub struct CreateAdmin {
    #[command(flatten)]
    pub config: Config,

    /// Name of the admin
    ///
    /// [env: LONGSHORE_DEFAULT_ADMIN_USERNAME, SFTPGO_DEFAULT_ADMIN_USERNAME] [default: asked for]
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,

    /// Read the password from the first line of standard input, whatever the variables say
    #[arg(long)]
    pub password_stdin: bool,
}

/// A boolean as flags and variables write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switch(pub bool);

impl std::str::FromStr for Switch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "1" | "t" | "true" => Ok(Self(true)),
            "0" | "f" | "false" => Ok(Self(false)),
            _ => Err("expected true or false".to_owned()),
        }
    }
}

/// A path that may be empty, which clap's own parser refuses.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

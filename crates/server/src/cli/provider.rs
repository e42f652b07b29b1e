//! Commands about the data provider, as they were typed.

use config::Environment;

use super::{ConfigArgs, Fault, LoadMode, flags, serve::LoadData};
use types::Secret;

/// `initprovider`.
#[derive(Debug)]
pub struct InitArgs {
    pub config: ConfigArgs,
    pub load_data: Option<LoadData>,
}

/// `import`.
#[derive(Debug)]
pub struct ImportArgs {
    pub config: ConfigArgs,
    /// A file, or the URL of a database.
    pub source: String,
    /// For a URL without one.
    pub password: Secret<String>,
    pub tables_prefix: String,
    pub mode: LoadMode,
}

/// `revertprovider`.
#[derive(Debug)]
pub struct RevertArgs {
    pub config: ConfigArgs,
    /// `None` is the one before this.
    pub to_version: Option<u32>,
}

/// `resetprovider`.
#[derive(Debug)]
pub struct ResetArgs {
    pub config: ConfigArgs,
    /// Without asking.
    pub force: bool,
}

/// `resetpwd`.
#[derive(Debug)]
pub struct ResetPasswordArgs {
    pub config: ConfigArgs,
    pub admin: String,
}

/// `smtptest`.
#[derive(Debug)]
pub struct SmtpTestArgs {
    pub config: ConfigArgs,
    pub recipient: String,
}

impl InitArgs {
    pub(super) fn new(flags: flags::InitProvider, environment: &Environment) -> Result<Self, Fault> {
        Ok(Self {
            load_data: LoadData::read(flags.load_data, environment)?,
            config: ConfigArgs::new(flags.config, environment)?,
        })
    }
}

impl ImportArgs {
    pub(super) fn new(flags: flags::Import, environment: &Environment) -> Result<Self, Fault> {
        Ok(Self {
            config: ConfigArgs::new(flags.config, environment)?,
            source: flags.source,
            password: Secret::new(environment.ours("IMPORT_PASSWORD").unwrap_or_default().to_owned()),
            tables_prefix: flags.tables_prefix,
            mode: flags.mode,
        })
    }
}

impl RevertArgs {
    pub(super) fn new(flags: flags::RevertProvider, environment: &Environment) -> Result<Self, Fault> {
        Ok(Self { config: ConfigArgs::new(flags.config, environment)?, to_version: flags.to_version })
    }
}

impl ResetArgs {
    pub(super) fn new(flags: flags::ResetProvider, environment: &Environment) -> Result<Self, Fault> {
        Ok(Self { config: ConfigArgs::new(flags.config, environment)?, force: flags.force })
    }
}

impl ResetPasswordArgs {
    pub(super) fn new(flags: flags::ResetPassword, environment: &Environment) -> Result<Self, Fault> {
        Ok(Self { config: ConfigArgs::new(flags.config, environment)?, admin: flags.admin })
    }
}

impl SmtpTestArgs {
    pub(super) fn new(flags: flags::SmtpTest, environment: &Environment) -> Result<Self, Fault> {
        Ok(Self { config: ConfigArgs::new(flags.config, environment)?, recipient: flags.recipient })
    }
}

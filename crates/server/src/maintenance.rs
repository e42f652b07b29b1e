//! Commands about the data provider, which run without serving.

use crate::{
    app::App,
    cli::{InitArgs, LoadData, QuotaScan, ResetArgs, ResetPasswordArgs, RevertArgs, prompt},
    provider,
};
use anyhow::{Context, Result, bail};
use config::{Config, Driver, Loaded};
use control::{Control, store};
use std::{
    fs,
    io::{self, BufRead, IsTerminal, Write},
    path::Path,
};
use store::Tables;
use tokio::runtime::{Builder, Runtime};
use types::Secret;

/// Creates or upgrades the tables, and loads a backup if one is named.
pub fn init(args: &InitArgs) -> Result<()> {
    let Loaded { config, warnings, .. } = config::load(&args.config.source())?;
    for warning in warnings {
        writeln!(io::stderr(), "{warning}")?;
    }
    runtime()?.block_on(async {
        drop(provider::open_with(&config, Tables::Upgrade).await?);
        if let Some(data) = &args.load_data {
            let app = App::new(config, None).await?;
            load(&app.control, data).await?;
        }
        writeln!(io::stdout(), "the data provider is ready")?;
        Ok(())
    })
}

/// Takes the tables back to an earlier version.
pub fn revert(args: &RevertArgs) -> Result<()> {
    let config = config::load(&args.config.source())?.config;
    lasting(&config)?;
    runtime()?.block_on(async {
        let options = provider::options(&config, Tables::Require)?;
        let version = store::revert(&options, args.to_version).await.context("data_provider")?;
        writeln!(io::stdout(), "the tables are those of version {version}")?;
        Ok(())
    })
}

/// Deletes every object. Asks first, unless it is forced.
pub fn reset(args: &ResetArgs) -> Result<()> {
    let config = config::load(&args.config.source())?.config;
    lasting(&config)?;
    if !args.force && !confirmed()? {
        bail!("nothing was deleted");
    }
    runtime()?.block_on(async {
        let options = provider::options(&config, Tables::Upgrade)?;
        store::reset(&options).await.context("data_provider")?;
        writeln!(io::stdout(), "the data provider is empty")?;
        Ok(())
    })
}

/// Gives an admin a new password, asked for at the terminal, and switches its second factor off.
pub fn reset_password(args: &ResetPasswordArgs) -> Result<()> {
    let config = config::load(&args.config.source())?.config;
    lasting(&config)?;
    if !io::stdin().is_terminal() {
        bail!("a password is typed at a terminal, and there is none");
    }
    runtime()?.block_on(async {
        let app = App::new(config, None).await?;
        // A name nobody has is told before anything is asked.
        app.control.admin(&args.admin).await?;
        let terminal: &dyn prompt::Ask = &prompt::Terminal;
        let first = terminal.ask_hidden("Enter Password: ")?;
        if first != terminal.ask_hidden("Confirm Password: ")? {
            bail!("the passwords differ");
        }
        app.control.reset_admin_password(&args.admin, &Secret::new(first)).await?;
        writeln!(io::stdout(), "the password of admin {:?} was changed", args.admin)?;
        Ok(())
    })
}

/// Loads the backup that the command line names, and removes it afterwards if that was asked for.
pub async fn load(control: &Control, data: &LoadData) -> Result<()> {
    let name = || format!("--loaddata-from {}", data.from.display());
    let file = fs::File::open(&data.from).with_context(name)?;
    let mode = data.mode.into();
    let scan = match data.scan {
        QuotaScan::Nobody => control::LoadScan::Nobody,
        QuotaScan::Everybody => control::LoadScan::Everybody,
        QuotaScan::UsersWithQuota => control::LoadScan::UsersWithQuota,
    };
    control.load(control.backup_in(file), mode, scan).await.with_context(name)?;
    tracing::info!(target: "service", "loaded {}", data.from.display());
    if data.clean {
        fs::remove_file(&data.from).with_context(name)?;
    }
    Ok(())
}

/// Makes what is kept in memory what the dump at `path` says now.
pub async fn reload(control: &Control, path: &Path) -> Result<()> {
    let name = || format!("data_provider.name: {}", path.display());
    let backup = control.backup_in(fs::File::open(path).with_context(name)?);
    control.mirror(backup).await.with_context(name)?;
    tracing::info!(target: "service", "reloaded {}", path.display());
    Ok(())
}

/// What is in memory is gone when the command ends: there is nothing to do about it.
fn lasting(config: &Config) -> Result<()> {
    match config.data_provider.driver {
        Driver::Memory => bail!("data_provider.driver is memory: nothing outlives its process"),
        _ => Ok(()),
    }
}

fn confirmed() -> Result<bool> {
    write!(io::stdout(), "Every user, admin and other object will be deleted. Type Y to go on: ")?;
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim_end(), "Y" | "y"))
}

pub fn runtime() -> Result<Runtime> {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().context("cannot start the runtime")
}

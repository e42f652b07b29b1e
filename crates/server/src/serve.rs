//! `longshore serve`: load, open, bind, tell, wait, drain.

use crate::{
    app::{App, Running},
    backends,
    cli::{CreateAdminArgs, ServeArgs},
    http, maintenance,
};
use anyhow::{Context, Result, bail};
use config::{Environment, Loaded};
use control::Control;
use logs::{Console, Rotation};
use net::Place;
use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{
    runtime::Builder,
    signal::unix::{SignalKind, signal},
};
use types::Secret;

/// Serves until the process is told to stop.
pub fn run(args: &ServeArgs, console: Console) -> Result<()> {
    // Before the log: what is wrong with the configuration is told to whoever started the server.
    let loaded = config::load(&args.config.source())?;
    let log = logs::init(&args.log.settings(&args.config.config_dir, console))?;
    for warning in &loaded.warnings {
        tracing::warn!(target: "service", "{warning}");
    }
    for file in &loaded.files {
        tracing::info!(target: "service", "configuration read from {}", file.display());
    }
    let runtime = Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")?;
    let served = runtime.block_on(serve(loaded, args, log.rotation()));
    if let Err(error) = &served {
        tracing::error!(target: "service", "{}", crate::told(error));
    }
    // What still runs on the blocking pool (a disk that hangs) must not keep the process.
    runtime.shutdown_timeout(Duration::from_secs(1));
    drop(log);
    served
}

async fn serve(loaded: Loaded, args: &ServeArgs, rotation: Rotation) -> Result<()> {
    let first_admin = first_admin(&loaded.environment);
    let create_default_admin = loaded.config.data_provider.create_default_admin;
    let config_dir = loaded.config.config_dir.clone();
    let memory_dump = memory_dump(&loaded.config);
    let journal = backends::journal(&loaded.config);
    let app = App::new(loaded.config, journal).await?;
    // A server without the data is of more use than none; what failed stays where it is.
    if let Some(dump) = &memory_dump
        && let Err(error) = maintenance::reload(&app.control, dump).await
    {
        tracing::error!(target: "service", "not loaded: {}", crate::told(&error));
    }
    if let Some(data) = &args.load_data
        && let Err(error) = maintenance::load(&app.control, data).await
    {
        tracing::error!(target: "service", "not loaded: {}", crate::told(&error));
    }
    if create_default_admin {
        make_first_admin(&app.control, first_admin).await?;
    }
    let running = app.start().await?;
    announce(&app.control, &running, &config_dir).await;
    until_stopped(&app.control, &running, memory_dump.as_deref(), &rotation).await?;
    tracing::info!(target: "service", "stopping");
    running.shut_down(args.grace_time).await;
    tracing::info!(target: "service", "stopped");
    Ok(())
}

/// The dump that a data provider in memory begins with: `data_provider.name`.
fn memory_dump(config: &config::Config) -> Option<PathBuf> {
    let provider = &config.data_provider;
    let named = provider.driver == config::Driver::Memory && !provider.name.is_empty();
    named.then(|| config.resolve(&provider.name))
}

/// `DEFAULT_ADMIN_USERNAME` and `DEFAULT_ADMIN_PASSWORD`, under either prefix.
fn first_admin(environment: &Environment) -> Option<(String, Secret<String>)> {
    let username = environment.ours("DEFAULT_ADMIN_USERNAME")?;
    let password = environment.ours("DEFAULT_ADMIN_PASSWORD")?;
    Some((username.to_owned(), Secret::new(password.to_owned())))
}

async fn make_first_admin(control: &Control, first: Option<(String, Secret<String>)>) -> Result<()> {
    if control.has_admin().await? {
        return Ok(());
    }
    let Some((username, password)) = first else {
        bail!(
            "data_provider.create_default_admin: set LONGSHORE_DEFAULT_ADMIN_USERNAME and \
             LONGSHORE_DEFAULT_ADMIN_PASSWORD to create the first admin"
        );
    };
    if control.create_first_admin(&username, password).await? {
        tracing::info!(target: "service", "first admin {username:?} created");
    }
    Ok(())
}

/// Where it listens and what to do first.
async fn announce(control: &Control, running: &Running, config_dir: &Path) {
    let version = http::version().version;
    tracing::info!(target: "service", "Longshore {version} is ready");
    for place in &running.ssh {
        tracing::info!(target: "service", "SFTP  {}", reachable("sftp", place));
    }
    for (encrypted, place) in &running.http {
        let address = reachable(if *encrypted { "https" } else { "http" }, place);
        tracing::info!(target: "service", "HTTP  {address}/api/v2");
    }
    if !control.has_admin().await.unwrap_or(true) {
        tracing::info!(
            target: "service",
            "there is no admin yet; create the first one with: longshore admin create --config-dir {}",
            config_dir.display()
        );
    }
}

/// An address to try: one that stands for all interfaces is reached at this machine's own.
fn reachable(scheme: &str, place: &Place) -> String {
    match place {
        Place::Port(all) if all.ip().is_unspecified() => format!("{scheme}://localhost:{}", all.port()),
        Place::Port(address) => format!("{scheme}://{address}"),
        Place::Path(path) => format!("{scheme}+unix:{}:", path.display()),
    }
}

/// Waits for SIGTERM or SIGINT. SIGHUP reloads, SIGUSR1 begins a new log file.
async fn until_stopped(
    control: &Control,
    running: &Running,
    memory_dump: Option<&Path>,
    rotation: &Rotation,
) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut rotate = signal(SignalKind::user_defined1())?;
    let mut reload = signal(SignalKind::hangup())?;
    loop {
        tokio::select! {
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
            _ = reload.recv() => {
                running.reload().await;
                if let Some(dump) = memory_dump
                    && let Err(error) = maintenance::reload(control, dump).await
                {
                    tracing::error!(target: "service", "not reloaded: {}", crate::told(&error));
                }
            }
            _ = rotate.recv() => rotation.rotate(),
        }
    }
}

/// Creates the first admin without serving.
pub fn create_admin(args: &CreateAdminArgs) -> Result<()> {
    let loaded = config::load(&args.config.source())?;
    let credentials = args.credentials(&loaded.environment)?;
    let runtime = Builder::new_current_thread().enable_all().build().context("cannot start the runtime")?;
    runtime.block_on(async {
        let app = App::new(loaded.config, None).await?;
        if !app.control.create_first_admin(&credentials.username, credentials.password).await? {
            bail!("there is an admin already; more are created over the REST API");
        }
        writeln!(io::stdout(), "admin {:?} created", credentials.username)?;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_can_be_tried() {
        let port = |text: &str| Place::Port(text.parse().unwrap());
        assert_eq!(reachable("sftp", &port("[::]:2022")), "sftp://localhost:2022");
        assert_eq!(reachable("https", &port("127.0.0.1:22")), "https://127.0.0.1:22");
        assert_eq!(reachable("http", &Place::Path("/run/l".into())), "http+unix:/run/l:");
    }
}

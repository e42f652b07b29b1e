//! The server put together: what it is made of, how it starts and how it ends.

use crate::{backends, outside::Outside, provider, usage};
use anyhow::{Context, Result, anyhow, bail};
use auth::Authenticator;
use config::{Config, SftpdBinding};
use control::{Control, Passwords, Store};
use http_api::Binding;
use jiff::tz::TimeZone;
use net::{Admission, Listener, Place, ProxyProtocol};
use session::{Ledger, Registry, Services, SetstatMode, SymlinkMode, UploadMode};
use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};
use storage::Journal;
use tokio::runtime::Handle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use types::Secret;

/// How long connections may take to end when they are told to.
const CLOSE: Duration = Duration::from_secs(5);
/// How often a shutdown looks whether transfers are still running.
const DRAIN_STEP: Duration = Duration::from_millis(100);

/// Everything that is shared by the front ends.
pub struct App {
    config: Config,
    pub control: Control,
    authenticator: Authenticator,
    store: Store,
    services: Arc<Services>,
    admission: Arc<Admission>,
    hooks: Outside,
}

/// Services that accept connections.
pub struct Running {
    pub ssh: Vec<Place>,
    /// Whether it speaks TLS, and where.
    pub http: Vec<(bool, Place)>,
    ssh_server: Arc<ssh::Server>,
    http_server: Arc<http_api::Server>,
    bindings: Vec<Arc<Binding>>,
    services: Arc<Services>,
    store: Store,
    hooks: Outside,
    /// Stops accepting.
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl App {
    /// Opens the data provider and prepares what all services need. Nothing is served yet.
    /// Temporary files are noted in `journal`.
    pub async fn new(config: Config, journal: Option<Journal>) -> Result<Self> {
        let main = Handle::current();
        let store = provider::open(&config).await?;
        let common = &config.common;
        let hooks = Outside::new(&config, main.clone())?;
        let mut services = Services::new(session_settings(&config)?, hooks.bus(), main.clone());
        services.ledger = Ledger::marking(usage::marks(&store, &usage::node_name(&config)));
        services.firsts = usage::firsts(&store);
        hooks.watch(&services.registry);
        let passwords = Passwords::new((&config.data_provider.password_hashing).into(), main);
        let mut settings = control::Settings::from(&config.data_provider);
        settings.users_base_dir = settings.users_base_dir.map(|dir| config.resolve(dir));
        settings.totp = config.mfa.totp.clone();
        settings.smtp = config.smtp.clone();
        settings.smtp.templates_path = config.resolve(&config.smtp.templates_path);
        settings.master_key = master_key(&config)?;
        settings.secret_min_entropy = common.secret_min_entropy;
        settings.enabled_commands.clone_from(&common.event_manager.enabled_commands);
        settings.backups_path = config.resolve(&settings.backups_path);
        let registry: Registry = services.registry.clone();
        let backends = backends::open(services.ledger.clone(), journal, &config);
        let control = Control::new(store.clone(), passwords.clone(), registry, settings)
            .counting(services.ledger.clone())
            .telling(hooks.objects())
            .scanning(backends::counting(backends.clone()));
        let authenticator =
            Authenticator::new(&config.data_provider, store.clone(), control.clone(), passwords, backends)
                .with_hooks(hooks.logins())
                .in_zone(zone(&common.tz)?);
        let limit = |value: u32| value as usize;
        let admission =
            Admission::new(limit(common.max_total_connections), limit(common.max_per_host_connections));
        Ok(Self { control, authenticator, store, services: Arc::new(services), admission, hooks, config })
    }

    /// Binds every port, then serves; when one cannot be had nothing is served.
    pub async fn start(&self) -> Result<Running> {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let settings = ssh::Settings::new(&self.config)?;
        let api = crate::http::api(
            &self.config,
            self.authenticator.clone(),
            self.control.clone(),
            self.services.clone(),
            settings.status(),
        )?;
        api.remember_ended_tokens().await?;
        let ssh_server = Arc::new(ssh::Server::new(
            settings,
            self.authenticator.clone(),
            self.services.clone(),
            self.admission.clone(),
        ));
        let bindings = open_bindings(&self.config)?;
        let proxies = proxies(&self.config)?;
        let ssh_listeners = ssh_listeners(&self.config, proxies.as_ref())?;
        let http_listeners = http_listeners(&bindings, proxies.as_ref())?;
        if ssh_listeners.is_empty() && http_listeners.is_empty() {
            bail!("no service is enabled: every binding has port 0");
        }
        let ssh = ssh_listeners.iter().map(Listener::place).collect::<Result<_, _>>()?;
        let mut http = Vec::new();
        for (binding, listener) in &http_listeners {
            http.push((binding.tls().is_some(), listener.place()?));
        }
        for listener in ssh_listeners {
            let (server, stop) = (ssh_server.clone(), stop.clone());
            tasks.spawn(async move { server.serve(listener, stop).await });
        }
        let http_server = Arc::new(http_api::Server::new(api, self.admission.clone()));
        for (binding, listener) in http_listeners {
            let (server, stop) = (http_server.clone(), stop.clone());
            tasks.spawn(async move { server.serve(&binding, listener, stop).await });
        }
        let node = usage::node_name(&self.config);
        if node.is_empty() {
            self.control.recount_marked(&node).await?;
        } else {
            let mut watch = self.control.watch_nodes(&node).await?;
            watch.tick().await?;
            tasks.spawn(usage::watch(watch, stop.clone()));
        }
        let (services, store) = (self.services.clone(), self.store.clone());
        let delay = Duration::from_secs(self.config.data_provider.delayed_quota_update.into());
        tasks.spawn(usage::keep_writing(services.ledger.clone(), store.clone(), delay, stop.clone()));
        self.hooks.started();
        let hooks = self.hooks.clone();
        Ok(Running { ssh, http, ssh_server, http_server, bindings, services, store, hooks, stop, tasks })
    }
}

impl Running {
    /// Reads again what may change while the server runs. What cannot be read stays as it was.
    pub async fn reload(&self) {
        let (ssh, bindings) = (self.ssh_server.clone(), self.bindings.clone());
        let reload = move || {
            if let Err(error) = ssh.reload() {
                tracing::error!(target: "service", "not reloaded: sftpd.{error}");
            }
            for binding in bindings {
                if let Err(error) = binding.reload() {
                    tracing::error!(target: "service", "not reloaded: {:#}", anyhow::Error::from(error));
                }
            }
        };
        match tokio::task::spawn_blocking(reload).await {
            Ok(()) => tracing::info!(target: "service", "reloaded"),
            Err(error) => tracing::error!(target: "service", %error, "not reloaded"),
        }
    }

    /// Stops accepting, lets running transfers end within `grace`, then closes every connection and waits
    /// for what they leave to be done.
    pub async fn shut_down(self, grace: Duration) {
        self.stop.cancel();
        let end = Instant::now() + grace;
        while Instant::now() < end && self.has_transfers() {
            tokio::time::sleep(DRAIN_STEP).await;
        }
        // A disk that hangs holds its session's thread; the process ends all the same.
        if tokio::time::timeout(CLOSE, self.close()).await.is_err() {
            tracing::warn!(target: "service", "some sessions did not end in time");
        }
        usage::close(&self.services.ledger, &self.store).await;
    }

    async fn close(&self) {
        self.ssh_server.close().await;
        self.http_server.close().await;
        self.tasks.close();
        self.tasks.wait().await;
        self.services.background.idle().await;
        self.hooks.idle().await;
    }

    fn has_transfers(&self) -> bool {
        self.services.registry.list().iter().any(|session| !session.transfers.is_empty())
    }
}

/// `common.tz`: the zone that access times are in.
fn zone(name: &str) -> Result<TimeZone> {
    match name {
        "" => Ok(TimeZone::UTC),
        "local" => TimeZone::try_system().context("common.tz: the machine's own zone cannot be told"),
        name => TimeZone::get(name).with_context(|| {
            format!("common.tz: {name:?} is neither local nor UTC nor a zone such as Europe/Rome")
        }),
    }
}

/// The key that stored secrets are sealed with; a file wins over the key itself.
fn master_key(config: &Config) -> Result<Secret<String>> {
    let secrets = &config.kms.secrets;
    let Some(path) = config.resolve_optional(&secrets.master_key_path) else {
        return Ok(secrets.master_key.clone());
    };
    let key = fs::read_to_string(&path)
        .with_context(|| format!("kms.secrets.master_key_path: cannot read {}", path.display()))?;
    Ok(Secret::new(key.trim().to_owned()))
}

fn session_settings(config: &Config) -> Result<session::Settings> {
    let common = &config.common;
    let umask = if common.umask.is_empty() {
        process_umask()
    } else {
        u32::from_str_radix(&common.umask, 8)
            .with_context(|| format!("common.umask: {:?} is not an octal number", common.umask))?
    };
    Ok(session::Settings {
        umask: umask & 0o777,
        setstat: SetstatMode::from_number(common.setstat_mode.into()).unwrap_or_default(),
        symlinks: SymlinkMode::from_bits(common.symlink_mode.into()),
        upload: UploadMode::from_bits(common.upload_mode.into()),
        durability: session::Durability::from_number(common.durability.into()).unwrap_or_default(),
    })
}

/// The process's umask. It can only be read by setting it; no other thread creates files this early.
fn process_umask() -> u32 {
    let umask = rustix::process::umask(rustix::fs::Mode::empty());
    rustix::process::umask(umask);
    umask.bits()
}

/// The bindings of the HTTP server, each with its files read.
fn open_bindings(config: &Config) -> Result<Vec<Arc<Binding>>> {
    let served = config.httpd.bindings.iter().enumerate().filter(|(_, binding)| binding.is_served());
    served.map(|(at, _)| Ok(Arc::new(Binding::open(config, at)?))).collect()
}

/// Proxies that name their clients; one of them is for all listeners, and so are its limits.
fn proxies(config: &Config) -> Result<Option<Arc<ProxyProtocol>>> {
    let proxies = ProxyProtocol::new(&config.common);
    proxies.map_err(|text| anyhow!("common.proxy_allowed, proxy_skipped: {text:?} is no address or network"))
}

fn ssh_listeners(config: &Config, proxies: Option<&Arc<ProxyProtocol>>) -> Result<Vec<Listener>> {
    let served = config.sftpd.bindings.iter().enumerate().filter(|(_, binding)| binding.port != 0);
    let listen = |(at, binding): (usize, &SftpdBinding)| {
        let listener = on_port(&format!("sftpd.bindings[{at}]"), &binding.address, binding.port)?;
        Ok(listener.behind(proxies.filter(|_| binding.apply_proxy_config).cloned()))
    };
    served.map(listen).collect()
}

fn http_listeners(
    bindings: &[Arc<Binding>],
    proxies: Option<&Arc<ProxyProtocol>>,
) -> Result<Vec<(Arc<Binding>, Listener)>> {
    let listen = |binding: &Arc<Binding>| {
        let settings = binding.settings();
        let listener = match settings.unix_socket() {
            Some(path) => Listener::path(path)
                .with_context(|| format!("{}: cannot listen on {}", binding.name(), path.display()))?,
            None => on_port(binding.name(), &settings.address, settings.port)?,
        };
        let proxies = proxies.filter(|_| settings.proxy_mode == 1).cloned();
        Ok((binding.clone(), listener.behind(proxies)))
    };
    bindings.iter().map(listen).collect()
}

fn on_port(name: &str, address: &str, port: u16) -> Result<Listener> {
    Listener::port(address, port).with_context(|| format!("{name}: cannot listen on {address}:{port}"))
}

//! The configured hooks, put where they are called.

use anyhow::{Context, Result};
use auth::LoginHooks;
use config::Config;
use events::{Bus, ObjectBus, ObjectObserver, Observer};
use hooks::{Connections, FileHook, Hooks, ObjectHook, Purpose};
use session::{Ended, Registry};
use std::{sync::Arc, time::SystemTime};
use tokio::runtime::Handle;
use types::Protocol;

/// All hooks but the one that asks questions. Cheap to clone.
#[derive(Clone)]
pub struct Outside {
    hooks: Hooks,
    files: Option<Arc<FileHook>>,
    objects: Option<Arc<ObjectHook>>,
    connections: Connections,
    logins: LoginHooks,
}

impl Outside {
    /// A hook that cannot be used keeps the server from starting: it may be there to refuse.
    pub fn new(config: &Config, main: Handle) -> Result<Self> {
        let hooks = Hooks::new(config, main)?;
        let files = FileHook::new(&hooks, &config.common.actions).context(Purpose::FileActions.key())?;
        let objects = ObjectHook::new(&hooks, &config.data_provider.actions);
        let objects = objects.context(Purpose::ProviderActions.key())?;
        let named = |(purpose, invalid): (Purpose, hooks::InvalidHook)| {
            anyhow::Error::from(invalid).context(purpose.key())
        };
        let connections = Connections::new(&hooks, &config.common).map_err(named)?;
        let logins = LoginHooks::new(&hooks, config).map_err(named)?;
        Ok(Self { files: files.map(Arc::new), objects: objects.map(Arc::new), connections, logins, hooks })
    }

    /// Who wants to know of what happens to files.
    pub fn bus(&self) -> Bus {
        Bus::new(self.files.iter().map(|files| files.clone() as Arc<dyn Observer>).collect())
    }

    /// Who wants to know of what happens to objects.
    pub fn objects(&self) -> ObjectBus {
        ObjectBus::new(
            self.objects.iter().map(|objects| objects.clone() as Arc<dyn ObjectObserver>).collect(),
        )
    }

    pub fn logins(&self) -> LoginHooks {
        self.logins.clone()
    }

    /// Tells the hook of sessions that end. Requests over HTTP are none: they come and go all the time.
    pub fn watch(&self, registry: &Registry) {
        let connections = self.connections.clone();
        registry.watch(move |Ended { username, connection }| match connection.protocol {
            Protocol::Sftp | Protocol::Scp | Protocol::Ssh | Protocol::Ftp => {
                let lasted = SystemTime::now().duration_since(connection.started).unwrap_or_default();
                connections.ended(connection.remote.ip(), connection.protocol.as_str(), &username, lasted);
            }
            Protocol::Dav | Protocol::Http | Protocol::HttpShare => {}
        });
    }

    /// The server is up.
    pub fn started(&self) {
        self.connections.started();
    }

    /// Waits until no hook is running.
    pub async fn idle(&self) {
        self.hooks.idle().await;
    }
}

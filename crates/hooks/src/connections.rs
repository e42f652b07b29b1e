//! [`Connections`]: hooks about clients that come and go, and the one at start.

use crate::{Call, Hook, Hooks, InvalidHook, Method, Purpose};
use std::{net::IpAddr, time::Duration};

/// `common.startup_hook`, `common.post_connect_hook` and `common.post_disconnect_hook`. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Connections {
    startup: Option<Hook>,
    connected: Option<Hook>,
    disconnected: Option<Hook>,
}

impl Connections {
    /// Fails with the hook that cannot be used.
    pub fn new(hooks: &Hooks, common: &config::Common) -> Result<Self, (Purpose, InvalidHook)> {
        let hook = |purpose, target| hooks.hook(purpose, target).map_err(|invalid| (purpose, invalid));
        Ok(Self {
            startup: hook(Purpose::Startup, &common.startup_hook)?,
            connected: hook(Purpose::PostConnect, &common.post_connect_hook)?,
            disconnected: hook(Purpose::PostDisconnect, &common.post_disconnect_hook)?,
        })
    }

    /// The server is up. Nobody waits for this hook, and nothing follows from its failure.
    pub fn started(&self) {
        if let Some(hook) = &self.startup {
            hook.tell(Call::default());
        }
    }

    /// Whether a connection that was just made may stay; `protocol` is `SSH`, `FTP`, `DAV` or `HTTP`.
    pub async fn may_stay(&self, ip: IpAddr, protocol: &'static str) -> bool {
        let Some(hook) = &self.connected else { return true };
        let ip = ip.to_canonical().to_string();
        let variables =
            vec![("SFTPGO_CONNECTION_IP", (&ip).into()), ("SFTPGO_CONNECTION_PROTOCOL", protocol.into())];
        let query = vec![("ip", ip.clone()), ("protocol", protocol.to_owned())];
        let call = Call { variables, method: Method::Get, query, ..Call::default() };
        match hook.allows(call).await {
            Ok(()) => true,
            Err(failed) => {
                tracing::info!(
                    target: "hooks", hook = Purpose::PostConnect.name(), ip, protocol, error = %failed,
                    "connection denied by the hook"
                );
                false
            }
        }
    }

    /// A session over SSH or FTP has ended; `username` is empty where there was no login.
    pub fn ended(&self, ip: IpAddr, protocol: &'static str, username: &str, lasted: Duration) {
        let Some(hook) = &self.disconnected else { return };
        let (ip, lasted) = (ip.to_canonical().to_string(), lasted.as_millis().to_string());
        let variables = vec![
            ("SFTPGO_CONNECTION_IP", (&ip).into()),
            ("SFTPGO_CONNECTION_PROTOCOL", protocol.into()),
            ("SFTPGO_CONNECTION_USERNAME", username.into()),
            ("SFTPGO_CONNECTION_DURATION", (&lasted).into()),
        ];
        let query = vec![
            ("ip", ip),
            ("protocol", protocol.to_owned()),
            ("username", username.to_owned()),
            ("connection_duration", lasted),
        ];
        hook.tell(Call { variables, method: Method::Get, query, ..Call::default() });
    }
}

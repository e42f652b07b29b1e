//! Which services run, and how.

use crate::{
    caller::Caller,
    error::{ApiError, Result},
    permission::ViewStatus,
    routes::second_factor::{self, TotpChoice},
};
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// The SSH service; told by the server when it starts.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[schema(as = SSHServiceStatus)]
pub struct SshStatus {
    pub is_active: bool,
    pub bindings: Vec<SshBinding>,
    pub host_keys: Vec<SshHostKey>,
    pub ssh_commands: Vec<String>,
    pub authentications: Vec<String>,
    pub public_key_algorithms: Vec<String>,
    pub macs: Vec<String>,
    pub kex_algorithms: Vec<String>,
    pub ciphers: Vec<String>,
}

#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[schema(as = SSHBinding)]
pub struct SshBinding {
    pub address: String,
    pub port: u16,
    pub apply_proxy_config: bool,
}

#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[schema(as = SSHHostKey)]
pub struct SshHostKey {
    /// Where the private key is kept.
    pub path: String,
    /// `SHA256:…`
    pub fingerprint: String,
    pub algorithms: Vec<String>,
}

#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(example = json!({
    "ssh": {
        "is_active": true,
        "bindings": [{"address": "", "port": 2022, "apply_proxy_config": true}],
        "host_keys": [{
            "path": "/var/lib/longshore/id_ed25519",
            "fingerprint": "SHA256:uXyPMzTqkQ2RkYdJZ8cN5w4vXhL3fTrWq8ZyKcB6mN2",
            "algorithms": ["ssh-ed25519"],
        }],
        "ssh_commands": ["md5sum", "sha256sum"],
        "authentications": ["publickey", "password"],
        "public_key_algorithms": ["ssh-ed25519"],
        "macs": ["hmac-sha2-256-etm@openssh.com"],
        "kex_algorithms": ["mlkem768x25519-sha256"],
        "ciphers": ["aes128-gcm@openssh.com"],
    },
    "ftp": {"is_active": false, "bindings": [], "passive_port_range": {"start": 0, "end": 0}},
    "webdav": {"is_active": false, "bindings": []},
    "data_provider": {"is_active": true, "driver": "sqlite", "error": ""},
    "defender": {"is_active": false},
    "mfa": {"is_active": true, "totp_configs": [{"name": "Default", "issuer": "Longshore", "algo": "sha1"}]},
    "allow_list": {"is_active": false},
    "rate_limiters": {"is_active": false, "protocols": []},
}))]
pub struct ServicesStatus {
    ssh: SshStatus,
    ftp: FtpStatus,
    webdav: WebDavStatus,
    data_provider: DataProviderStatus,
    defender: Activity,
    mfa: MfaStatus,
    allow_list: Activity,
    rate_limiters: RateLimitersStatus,
}

/// Second factors, and the configurations accounts can choose from.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = MFAStatus)]
pub struct MfaStatus {
    is_active: bool,
    totp_configs: Vec<TotpChoice>,
}

/// This server speaks no FTP yet.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[schema(as = FTPServiceStatus)]
pub struct FtpStatus {
    is_active: bool,
    bindings: Vec<ServiceBinding>,
    passive_port_range: PortRange,
}

#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[schema(as = FTPPassivePortRange)]
pub struct PortRange {
    start: u16,
    end: u16,
}

/// This server speaks no WebDAV yet.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[schema(as = WebDAVServiceStatus)]
pub struct WebDavStatus {
    is_active: bool,
    bindings: Vec<ServiceBinding>,
}

/// Where a service listens.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct ServiceBinding {
    address: String,
    port: u16,
}

/// A service that has nothing more to tell.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[schema(as = ServiceActivity)]
pub struct Activity {
    is_active: bool,
}

#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct RateLimitersStatus {
    is_active: bool,
    protocols: Vec<String>,
}

#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct DataProviderStatus {
    is_active: bool,
    driver: String,
    error: String,
}

/// The state of every service.
#[utoipa::path(
    get,
    path = "/status",
    tag = "maintenance",
    operation_id = "get_status",
    responses((status = 200, body = ServicesStatus), ApiError)
)]
pub async fn get(caller: Caller<ViewStatus>) -> Result<Json<ServicesStatus>> {
    let control = caller.control();
    let reached = control.reach_provider().await;
    let totp_configs = second_factor::choices(control);
    Ok(Json(ServicesStatus {
        ssh: caller.parts().ssh.clone(),
        mfa: MfaStatus { is_active: !totp_configs.is_empty(), totp_configs },
        data_provider: DataProviderStatus {
            is_active: reached.is_ok(),
            driver: control.provider_driver().to_owned(),
            error: reached.err().map(|error| error.to_string()).unwrap_or_default(),
        },
        ..ServicesStatus::default()
    }))
}

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
pub struct ServicesStatus {
    ssh: SshStatus,
    ftp: Activity,
    webdav: Activity,
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

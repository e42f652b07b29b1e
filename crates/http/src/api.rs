//! [`Api`]: what the handlers share.

use crate::{routes::status::SshStatus, token::Tokens};
use auth::Authenticator;
use control::Control;
use serde::Serialize;
use session::Registry;
use std::sync::Arc;
use utoipa::ToSchema;

/// What answers requests. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Api(Arc<Parts>);

#[derive(Debug)]
pub struct Parts {
    pub authenticator: Authenticator,
    pub(crate) control: Control,
    pub registry: Registry,
    pub tokens: Tokens,
    pub version: Version,
    pub ssh: SshStatus,
    /// What `Server` headers say.
    pub server_header: String,
}

/// Which build this is.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[schema(as = VersionInfo)]
pub struct Version {
    pub version: String,
    pub build_date: String,
    pub commit_hash: String,
    pub features: Vec<String>,
}

impl Api {
    /// `ssh` is what `/status` tells of the SSH service; `server_header` goes into every answer.
    pub fn new(
        authenticator: Authenticator,
        control: Control,
        registry: Registry,
        tokens: Tokens,
        version: Version,
        ssh: SshStatus,
        server_header: String,
    ) -> Self {
        Self(Arc::new(Parts { authenticator, control, registry, tokens, version, ssh, server_header }))
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.0
    }
}

//! [`Api`]: what the handlers share.

use crate::{routes::status::SshStatus, token::Tokens};
use auth::Authenticator;
use control::Control;
use serde::Serialize;
use session::Services;
use std::sync::Arc;
use utoipa::ToSchema;

/// What answers requests. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Api(Arc<Parts>);

#[derive(Debug)]
pub struct Parts {
    pub authenticator: Authenticator,
    pub control: Control,
    /// What sessions share.
    pub services: Arc<Services>,
    pub tokens: Tokens,
    pub version: Version,
    pub ssh: SshStatus,
    /// What `Server` headers say.
    pub server_header: String,
    /// `httpd.max_upload_file_size`: bytes of the largest upload; 0 is no limit.
    pub max_upload_size: u64,
    /// `httpd.openapi_path` is not empty.
    pub serves_document: bool,
}

/// Which build this is.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[schema(as = VersionInfo, example = json!({
    "version": "1.0.0",
    "build_date": "2027-01-31T12:00:00Z",
    "commit_hash": "0123abc",
    "features": ["+sqlite", "+pgsql", "+mysql"],
}))]
pub struct Version {
    pub version: String,
    pub build_date: String,
    pub commit_hash: String,
    pub features: Vec<String>,
}

impl Api {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Learns which tokens were ended before this start; to be called before anything is served.
    pub async fn remember_ended_tokens(&self) -> control::Result<()> {
        let Parts { tokens, control, .. } = self.parts();
        if tokens.outlive_the_server() {
            for (id, until) in control.ended_tokens().await? {
                tokens.revoke_by_id(id, until);
            }
        }
        Ok(())
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.0
    }
}

//! Secrets inside objects: keys of storage backends, TOTP seeds, recovery codes.

use super::is_default;
use serde::{Deserialize, Serialize};
use types::Secret;
use utoipa::ToSchema;

/// A secret as SFTPGo's key management describes it.
///
/// `Plain` and `Redacted` are what a client may send; the other states are stored forms. An empty status
/// means that there is no secret.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = Secret)]
pub struct KmsSecret {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub status: String,
    #[serde(with = "text", skip_serializing_if = "is_default")]
    #[schema(value_type = String, default = "")]
    pub payload: Secret<String>,
    #[serde(with = "text", skip_serializing_if = "is_default")]
    #[schema(value_type = String, default = "")]
    pub key: Secret<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub additional_data: String,
    #[serde(skip_serializing_if = "is_default")]
    pub mode: i32,
}

impl KmsSecret {
    /// The client sent a secret in the clear.
    pub fn is_plain(&self) -> bool {
        self.status == "Plain"
    }

    /// The client asks to keep what is stored.
    pub fn is_redacted(&self) -> bool {
        self.status == "Redacted"
    }

    pub fn is_empty(&self) -> bool {
        self.status.is_empty() && self.payload.expose().is_empty()
    }

    /// What may be shown: without the means to decrypt it.
    pub fn redact(&mut self) {
        self.key = Secret::default();
        self.additional_data.clear();
        self.mode = 0;
    }
}

/// Serialises a [`Secret`] as its text. Named where it is used, so that every place that writes a secret
/// out can be found.
pub mod text {
    use serde::{Deserialize, Deserializer, Serializer};
    use types::Secret;

    pub fn serialize<S: Serializer>(secret: &Secret<String>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.expose())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret<String>, D::Error> {
        String::deserialize(deserializer).map(Secret::new)
    }
}

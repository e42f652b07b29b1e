//! How a [`Secret`] is read and shown in the configuration: read as text, shown as `[secret]`.

use serde::{Deserialize, Deserializer, Serializer};
use types::Secret;

/// For `#[serde(with)]`. An empty value stays visible, so that "not set" can be told from "set".
pub fn serialize<S: Serializer>(secret: &Secret<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(if secret.expose().is_empty() { "" } else { "[secret]" })
}

/// For `#[serde(with)]`.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret<String>, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}

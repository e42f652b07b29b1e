//! How a [`Secret`] is read and shown in the configuration: read as text, shown as `[secret]`.

use serde::{Deserialize, Deserializer, Serializer};
use types::Secret;

/// For `#[serde(with)]`, one value. An empty value stays visible, so that "not set" can be told from "set".
pub fn serialize<S: Serializer>(secret: &Secret<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(if secret.expose().is_empty() { "" } else { "[secret]" })
}

/// For `#[serde(with)]`, one value.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret<String>, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}

/// For `#[serde(with)]`, a list.
pub mod list {
    use super::{Deserialize, Deserializer, Secret, Serializer};

    /// As many `[secret]` as there are values.
    pub fn serialize<S: Serializer>(secrets: &[Secret<String>], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(secrets.iter().map(|_| "[secret]"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Secret<String>>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        Ok(texts.into_iter().map(Secret::new).collect())
    }
}

//! IP lists: networks that are let in, kept out, or not slowed down.

use super::is_default;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = IPListEntry, example = json!({
    "ipornet": "192.0.2.0/24",
    "description": "Guesses passwords",
    "type": 2,
    "mode": 2,
    "protocols": 0,
    "created_at": 1_801_396_800_000_i64,
    "updated_at": 1_801_396_800_000_i64,
}))]
pub struct IpListEntry {
    /// A network in CIDR notation.
    pub ipornet: String,
    #[serde(skip_serializing_if = "is_default")]
    pub description: String,
    /// 1 allow list, 2 defender, 3 rate limiter safe list.
    #[serde(rename = "type")]
    pub kind: i32,
    /// 1 allow, 2 deny.
    pub mode: i32,
    /// Bit mask: 1 SSH, 2 FTP, 4 WebDAV, 8 HTTP; 0 is all.
    pub protocols: i32,
    /// Milliseconds since the epoch.
    pub created_at: i64,
    pub updated_at: i64,
}

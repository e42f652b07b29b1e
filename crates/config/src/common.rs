//! Section `common`: what every protocol shares.

use serde::{Deserialize, Serialize};

use crate::{Defender, RateLimiter};

/// Section `common`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Common {
    /// `idle_timeout`: minutes without activity after which a client is disconnected. 0 = never. Default 15.
    pub idle_timeout: u32,
    /// `upload_mode`: bit mask. 0 writes in place; 1 atomic (temporary file, renamed on success); 2 atomic
    /// that keeps the part on error; 4, 8, 16 keep parts on S3, GCS, Azure. Default 0.
    pub upload_mode: u8,
    /// `durability`: whether an upload that was acknowledged (file, rename, directory) is on stable storage.
    /// 0 never, 1 where uploads are published whole (the atomic modes, HTTP), 2 always. Default 1.
    /// Longshore's own key.
    pub durability: u8,
    /// `shared_bandwidth`: a user's upload and download bandwidth is for all its transfers together, not for
    /// each. Default false. Longshore's own key.
    pub shared_bandwidth: bool,
    pub actions: FsActions,
    /// `setstat_mode`: 0 executes changes of mode, owner and times, 1 ignores them, 2 ignores them where the
    /// backend has none. Default 0.
    pub setstat_mode: u8,
    /// `rename_mode`: 1 allows renaming directories that are not empty on object stores. Default 0.
    pub rename_mode: u8,
    /// `symlink_mode`: bit mask of backends on which links may be created: 1 local, 2 SFTP. Default 0.
    pub symlink_mode: u8,
    /// `resume_max_size`: bytes up to which an upload to an object store may be resumed. 0 = never. Default 0.
    pub resume_max_size: u64,
    /// `secret_min_entropy`: entropy, in bits, asked of secrets given as text. Default 80.
    pub secret_min_entropy: f64,
    /// `proxy_protocol`: PROXY header before anything else on a connection. 0 off, 1 accepted, 2 required. Default 0.
    pub proxy_protocol: u8,
    /// `proxy_allowed`: addresses and networks whose PROXY header is believed; with 2, nobody else may connect.
    /// Default empty.
    pub proxy_allowed: Vec<String>,
    /// `proxy_skipped`: addresses and networks whose connections are taken as they are. Default empty.
    pub proxy_skipped: Vec<String>,
    /// `startup_hook`: absolute path or URL called once at start. Default empty.
    pub startup_hook: String,
    /// `post_connect_hook`: absolute path or URL asked whether a connection may stay. Default empty.
    pub post_connect_hook: String,
    /// `post_disconnect_hook`: absolute path or URL told when a connection has ended. Default empty.
    pub post_disconnect_hook: String,
    /// `max_total_connections`: concurrent client connections. 0 = no limit. Default 0.
    pub max_total_connections: u32,
    /// `max_per_host_connections`: concurrent client connections from one address. 0 = no limit. Default 20.
    pub max_per_host_connections: u32,
    /// `allowlist_status`: 1 admits listed addresses only. Default 0.
    pub allowlist_status: u8,
    /// `allow_self_connections`: 1 lets a storage backend point at this very server. Default 0.
    pub allow_self_connections: u8,
    /// `umask`: octal text such as `027`; empty keeps the process's own. Default empty.
    pub umask: String,
    /// `server_version`: `short` hides the version number in banners; anything else shows it. Default empty.
    pub server_version: String,
    /// `tz`: the zone that access times are in: `local`, `UTC`, or a name such as `Europe/Rome`. Default empty: UTC.
    pub tz: String,
    pub metadata: ObjectMetadata,
    pub defender: Defender,
    /// `rate_limiters`. Default: one that is off.
    pub rate_limiters: Vec<RateLimiter>,
    pub event_manager: EventManager,
}

/// `common.actions`: hooks for operations on files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FsActions {
    /// `execute_on`: the operations that call the hook; `pre-*` ask it for leave. Default empty.
    pub execute_on: Vec<String>,
    /// `execute_sync`: those of `execute_on` whose hook is awaited; that of an upload may still refuse it.
    /// Default empty.
    pub execute_sync: Vec<String>,
    /// `hook`: absolute path or URL. Default empty.
    pub hook: String,
}

/// `common.metadata`: metadata of objects in object stores.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ObjectMetadata {
    /// `read`: 1 reads an object's metadata before a download, for its notifications. Default 0.
    pub read: u8,
}

/// `common.event_manager`: what rules may do outside the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventManager {
    /// `enabled_commands`: absolute paths of the programs a rule may run. Default empty.
    pub enabled_commands: Vec<String>,
}

impl Common {
    /// `umask` as bits; `None` keeps the process's own. Only octal text gets past loading.
    pub fn umask_bits(&self) -> Option<u32> {
        u32::from_str_radix(&self.umask, 8).ok()
    }
}

impl Default for Common {
    fn default() -> Self {
        Self {
            idle_timeout: 15,
            upload_mode: 0,
            durability: 1,
            shared_bandwidth: false,
            actions: FsActions::default(),
            setstat_mode: 0,
            rename_mode: 0,
            symlink_mode: 0,
            resume_max_size: 0,
            secret_min_entropy: 80.0,
            proxy_protocol: 0,
            proxy_allowed: Vec::new(),
            proxy_skipped: Vec::new(),
            startup_hook: String::new(),
            post_connect_hook: String::new(),
            post_disconnect_hook: String::new(),
            max_total_connections: 0,
            max_per_host_connections: 20,
            allowlist_status: 0,
            allow_self_connections: 0,
            umask: String::new(),
            server_version: String::new(),
            tz: String::new(),
            metadata: ObjectMetadata::default(),
            defender: Defender::default(),
            rate_limiters: vec![RateLimiter::default()],
            event_manager: EventManager::default(),
        }
    }
}

//! The rule of each key that has one.

use std::net::{IpAddr, Ipv4Addr};

use super::Rule::{self, OneOf, Private, Range, Shape};

const SWITCH: Rule = Range(0, 1);
const TLS_VERSION: Rule = OneOf(&["10", "11", "12", "13"]);
const TLS_PROTOCOLS: Rule = OneOf(&["http/1.1", "h2"]);
const PROXIES: Rule = Shape("an IP address or a network such as 10.0.0.0/8", is_network);
/// A URL may hold a password.
const HOOK: Rule = Private("an absolute path or an HTTP URL", is_hook);
const MINUTES: Rule = Range(1, 720);
const HEADER_DEPTH: Rule = Shape("-1 or more", |text| text.parse().is_ok_and(|depth: i32| depth >= -1));
const FILE_EVENTS: Rule = OneOf(&[
    "pre-download",
    "download",
    "first-download",
    "pre-upload",
    "upload",
    "first-upload",
    "pre-delete",
    "delete",
    "rename",
    "mkdir",
    "rmdir",
    "ssh_cmd",
    "copy",
]);
const PROVIDER_EVENTS: Rule = OneOf(&["add", "update", "delete"]);
const PROVIDER_OBJECTS: Rule = OneOf(&[
    "user",
    "folder",
    "group",
    "admin",
    "api_key",
    "share",
    "event_action",
    "event_rule",
    "role",
    "ip_list_entry",
    "configs",
]);

/// Key patterns and their rules.
pub const RULES: &[(&str, Rule)] = &[
    ("common.upload_mode", Range(0, 31)),
    ("common.durability", Range(0, 2)),
    ("common.actions.execute_on", FILE_EVENTS),
    ("common.actions.execute_sync", FILE_EVENTS),
    ("common.actions.hook", HOOK),
    ("common.setstat_mode", Range(0, 2)),
    ("common.rename_mode", SWITCH),
    ("common.symlink_mode", Range(0, 3)),
    ("common.secret_min_entropy", Range(0, 1024)),
    ("common.proxy_protocol", Range(0, 2)),
    ("common.proxy_allowed", PROXIES),
    ("common.proxy_skipped", PROXIES),
    ("common.startup_hook", HOOK),
    ("common.post_connect_hook", HOOK),
    ("common.post_disconnect_hook", HOOK),
    ("common.allowlist_status", SWITCH),
    ("common.allow_self_connections", SWITCH),
    ("common.umask", Shape("octal text from 0 to 777", is_umask)),
    ("common.metadata.read", SWITCH),
    ("common.defender.driver", OneOf(&["memory", "provider"])),
    ("common.rate_limiters[].type", Range(1, 2)),
    ("common.rate_limiters[].protocols", OneOf(&["SSH", "FTP", "DAV", "HTTP"])),
    ("common.event_manager.enabled_commands", Shape("an absolute path", |path| path.starts_with('/'))),
    ("sftpd.login_grace_time", Range(1, 3600)),
    ("sftpd.keepalive_interval", Range(0, 3600)),
    ("sftpd.max_penalty", Shape("0, or 15 to 86400 seconds", is_penalty)),
    ("sftpd.max_startups_per_source", Range(0, 10_000)),
    ("acme.key_type", OneOf(&["2048", "3072", "4096", "8192", "P256", "P384"])),
    ("ftpd.bindings[].tls_mode", Range(0, 2)),
    ("ftpd.bindings[].min_tls_version", TLS_VERSION),
    ("ftpd.bindings[].force_passive_ip", Shape("an IPv4 address", |ip| ip.parse::<Ipv4Addr>().is_ok())),
    ("ftpd.bindings[].passive_ip_overrides[].networks", PROXIES),
    (
        "ftpd.bindings[].passive_ip_overrides[].ip",
        Shape("an IPv4 address", |ip| ip.parse::<Ipv4Addr>().is_ok()),
    ),
    ("ftpd.bindings[].client_auth_type", Range(0, 2)),
    ("ftpd.bindings[].passive_connections_security", SWITCH),
    ("ftpd.bindings[].active_connections_security", SWITCH),
    ("ftpd.hash_support", SWITCH),
    ("ftpd.combine_support", SWITCH),
    ("webdavd.bindings[].min_tls_version", TLS_VERSION),
    ("webdavd.bindings[].client_auth_type", Range(0, 2)),
    ("webdavd.bindings[].tls_protocols", TLS_PROTOCOLS),
    ("webdavd.bindings[].prefix", Shape("a path that starts with /", |path| path.starts_with('/'))),
    ("webdavd.bindings[].proxy_mode", SWITCH),
    ("webdavd.bindings[].proxy_allowed", PROXIES),
    ("webdavd.bindings[].client_ip_header_depth", HEADER_DEPTH),
    ("data_provider.sslmode", Range(0, 5)),
    (
        "data_provider.target_session_attrs",
        OneOf(&["", "any", "read-write", "read-only", "primary", "standby", "prefer-standby"]),
    ),
    ("data_provider.track_quota", Range(0, 2)),
    ("data_provider.actions.execute_on", PROVIDER_EVENTS),
    ("data_provider.actions.execute_for", PROVIDER_OBJECTS),
    ("data_provider.actions.hook", HOOK),
    ("data_provider.external_auth_hook", HOOK),
    ("data_provider.external_auth_scope", Range(0, 15)),
    ("data_provider.pre_login_hook", HOOK),
    ("data_provider.post_login_hook", HOOK),
    ("data_provider.post_login_scope", Range(0, 2)),
    ("data_provider.check_password_hook", HOOK),
    ("data_provider.check_password_scope", Range(0, 7)),
    ("data_provider.password_hashing.bcrypt_options.cost", Range(4, 31)),
    ("data_provider.password_hashing.argon2_options.iterations", Range(1, u32::MAX)),
    ("data_provider.password_hashing.argon2_options.parallelism", Range(1, 255)),
    ("data_provider.password_validation.admins.min_entropy", Range(0, 1024)),
    ("data_provider.password_validation.users.min_entropy", Range(0, 1024)),
    ("data_provider.update_mode", SWITCH),
    ("data_provider.naming_rules", Range(0, 7)),
    ("data_provider.is_shared", SWITCH),
    ("data_provider.node.proto", OneOf(&["http", "https"])),
    ("httpd.bindings[].enabled_login_methods", Range(0, 15)),
    ("httpd.bindings[].min_tls_version", TLS_VERSION),
    ("httpd.bindings[].client_auth_type", Range(0, 2)),
    ("httpd.bindings[].tls_protocols", TLS_PROTOCOLS),
    ("httpd.bindings[].proxy_mode", SWITCH),
    ("httpd.bindings[].proxy_allowed", PROXIES),
    ("httpd.bindings[].client_ip_header_depth", HEADER_DEPTH),
    ("httpd.bindings[].hide_login_url", Range(0, 3)),
    ("httpd.bindings[].languages", OneOf(&["en", "it", "de", "fr", "es", "zh-CN"])),
    ("httpd.cors.options_success_status", Shape("0 or a status from 200 to 299", is_success)),
    ("httpd.token_validation", Range(0, 3)),
    ("httpd.cookie_lifetime", MINUTES),
    ("httpd.share_cookie_lifetime", MINUTES),
    ("httpd.jwt_lifetime", MINUTES),
    ("telemetry.min_tls_version", TLS_VERSION),
    ("telemetry.tls_protocols", TLS_PROTOCOLS),
    ("http.timeout", Range(1, 86_400)),
    ("command.timeout", Range(1, 300)),
    ("command.commands[].timeout", Range(1, 300)),
    (
        "command.commands[].hook",
        OneOf(&[
            "",
            "fs_actions",
            "provider_actions",
            "startup",
            "post_connect",
            "post_disconnect",
            "check_password",
            "pre_login",
            "post_login",
            "external_auth",
            "keyboard_interactive",
        ]),
    ),
    ("mfa.totp[].algo", OneOf(&["sha1", "sha256", "sha512"])),
    ("smtp.auth_type", Range(0, 3)),
    ("smtp.encryption", Range(0, 2)),
    ("smtp.debug", SWITCH),
    ("smtp.oauth2.provider", SWITCH),
    ("plugins[].type", OneOf(&["notifier", "kms", "auth", "eventsearcher", "ipfilter"])),
    (
        "plugins[].notifier_options.fs_events",
        OneOf(&[
            "download",
            "upload",
            "first-upload",
            "first-download",
            "delete",
            "rename",
            "mkdir",
            "rmdir",
            "copy",
            "ssh_cmd",
        ]),
    ),
    ("plugins[].notifier_options.provider_events", PROVIDER_EVENTS),
    ("plugins[].notifier_options.provider_objects", PROVIDER_OBJECTS),
    ("plugins[].notifier_options.log_events", Range(1, 5)),
    ("plugins[].kms_options.scheme", OneOf(&["", "awskms", "gcpkms", "hashivault", "azurekeyvault"])),
    ("plugins[].kms_options.encrypted_status", OneOf(&["", "AWS", "GCP", "VaultTransit", "AzureKeyVault"])),
    ("plugins[].auth_options.scope", Range(0, 15)),
];

fn is_network(text: &str) -> bool {
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let most = if address.is_ipv4() { 32 } else { 128 };
    bits.is_none_or(|bits| bits.parse::<u8>().is_ok_and(|bits| bits <= most))
}

fn is_hook(text: &str) -> bool {
    ["/", "http://", "https://"].iter().any(|start| text.starts_with(start))
}

fn is_umask(text: &str) -> bool {
    u32::from_str_radix(text, 8).is_ok_and(|bits| bits <= 0o777) && !text.starts_with('+')
}

fn is_success(text: &str) -> bool {
    text.parse().is_ok_and(|status: u16| status == 0 || (200..300).contains(&status))
}

fn is_penalty(text: &str) -> bool {
    text.parse().is_ok_and(|seconds: u32| seconds == 0 || (15..=86_400).contains(&seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        for good in ["1.2.3.4", "10.0.0.0/8", "::1", "2001:db8::/32", "0.0.0.0/0"] {
            assert!(is_network(good), "{good}");
        }
        for bad in ["10.0.0.0/33", "::/129", "10.0.0/8", "host", "1.2.3.4/", "1.2.3.4/-1"] {
            assert!(!is_network(bad), "{bad}");
        }
    }
}

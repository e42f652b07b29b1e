//! Which keys this version acts on: the one place to change when a feature lands.

use serde_json::Value;

use self::Effect::{Effective, EffectiveUnless, Later, LaterUnless, Protects};

/// What setting a key away from its default leads to.
#[derive(Clone, Copy, Debug)]
enum Effect {
    /// The server does as it is told.
    Effective,
    /// It guards or decides access and is not available yet: the server does not start.
    Protects,
    /// Not available yet and nothing is less safe without it: listed once at start.
    Later,
    /// `Protects` for the values picked out, `Effective` for the others.
    EffectiveUnless(fn(&Value) -> bool),
    /// `Protects` for the values picked out, `Later` for the others.
    LaterUnless(fn(&Value) -> bool),
}

/// What becomes of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Effective,
    Protects,
    Later,
}

/// What becomes of the key `pattern` (`httpd.bindings[].port`) when it is set to `value`.
pub fn judge(pattern: &str, value: &Value) -> Verdict {
    // What is not in the table counts as a guard: better no start than a false sense of safety.
    match entry(pattern).map_or(Protects, |(_, effect)| effect) {
        Effective => Verdict::Effective,
        Later => Verdict::Later,
        EffectiveUnless(guards) if !guards(value) => Verdict::Effective,
        LaterUnless(guards) if !guards(value) => Verdict::Later,
        Protects | EffectiveUnless(_) | LaterUnless(_) => Verdict::Protects,
    }
}

/// First match wins; a trailing `*` matches the rest of a key.
///
/// A feature's switch is its guard; its parameters follow `Later`, since they mean nothing while the switch
/// is off. A whole service that is not built yet opens nothing, so all of it is `Later`.
const EFFECTS: &[(&str, Effect)] = &[
    ("common.idle_timeout", Effective),
    ("common.max_total_connections", Effective),
    ("common.max_per_host_connections", Effective),
    ("common.umask", Effective),
    ("common.setstat_mode", Effective),
    ("common.upload_mode", Effective),
    ("common.durability", Effective),
    ("common.shared_bandwidth", Effective),
    ("common.symlink_mode", Effective),
    ("common.server_version", Effective),
    ("common.tz", Effective),
    ("common.actions.execute_on", Effective),
    ("common.actions.execute_sync", Effective),
    ("common.actions.hook", Effective),
    ("common.startup_hook", Effective),
    ("common.proxy_protocol", Effective),
    ("common.proxy_allowed", Effective),
    ("common.proxy_skipped", Effective),
    ("common.post_connect_hook", Effective),
    ("common.post_disconnect_hook", Effective),
    ("common.allowlist_status", Protects),
    ("common.defender.enabled", Protects),
    ("common.rate_limiters[].average", Protects),
    ("common.*", Later),
    ("sftpd.bindings[].port", Effective),
    ("sftpd.bindings[].address", Effective),
    ("sftpd.bindings[].apply_proxy_config", Effective),
    ("sftpd.max_auth_tries", Effective),
    ("sftpd.host_keys", Effective),
    ("sftpd.host_certificates", Effective),
    ("sftpd.host_key_algorithms", Effective),
    ("sftpd.kex_algorithms", Effective),
    ("sftpd.ciphers", Effective),
    ("sftpd.macs", Effective),
    ("sftpd.public_key_algorithms", Effective),
    ("sftpd.login_banner_file", Effective),
    ("sftpd.password_authentication", Effective),
    ("sftpd.enabled_ssh_commands", Effective),
    ("sftpd.keyboard_interactive_authentication", Effective),
    ("sftpd.keyboard_interactive_auth_hook", Effective),
    ("sftpd.trusted_user_ca_keys", Effective),
    ("sftpd.revoked_user_certs_file", Effective),
    ("sftpd.opkssh_path", Effective),
    ("sftpd.opkssh_checksum", Effective),
    ("sftpd.login_grace_time", Effective),
    ("sftpd.keepalive_interval", Effective),
    ("sftpd.max_penalty", Effective),
    ("sftpd.max_startups_per_source", Effective),
    ("ftpd.*", Later),
    ("webdavd.*", Later),
    ("telemetry.*", Later),
    ("data_provider.driver", Effective),
    ("data_provider.name", Effective),
    ("data_provider.users_base_dir", Effective),
    ("data_provider.create_default_admin", Effective),
    ("data_provider.naming_rules", Effective),
    ("data_provider.pool_size", Effective),
    ("data_provider.host", Effective),
    ("data_provider.port", Effective),
    ("data_provider.username", Effective),
    ("data_provider.password", Effective),
    ("data_provider.password_file", Effective),
    ("data_provider.sslmode", Effective),
    ("data_provider.root_cert", Effective),
    ("data_provider.client_cert", Effective),
    ("data_provider.client_key", Effective),
    ("data_provider.connection_string", Effective),
    ("data_provider.sql_tables_prefix", Effective),
    ("data_provider.update_mode", Effective),
    ("data_provider.target_session_attrs", Effective),
    ("data_provider.disable_sni", Effective),
    ("data_provider.password_caching", Effective),
    ("data_provider.track_quota", Effective),
    ("data_provider.delayed_quota_update", Effective),
    ("data_provider.backups_path", Effective),
    // Nothing that another server changes is kept in memory: an account is read at every login.
    ("data_provider.is_shared", Effective),
    ("data_provider.password_hashing.*", Effective),
    ("data_provider.password_validation.*", Effective),
    ("data_provider.external_auth_hook", Effective),
    ("data_provider.external_auth_scope", Effective),
    ("data_provider.pre_login_hook", Effective),
    ("data_provider.post_login_hook", Effective),
    ("data_provider.post_login_scope", Effective),
    ("data_provider.check_password_hook", Effective),
    ("data_provider.check_password_scope", Effective),
    ("data_provider.actions.*", Effective),
    ("data_provider.*", Later),
    ("httpd.bindings[].port", Effective),
    ("httpd.bindings[].address", Effective),
    ("httpd.bindings[].enable_rest_api", Effective),
    // Off is what they are: the web interface is not built yet.
    ("httpd.bindings[].enable_web_admin", Effective),
    ("httpd.bindings[].enable_web_client", Effective),
    ("httpd.bindings[].enabled_login_methods", Effective),
    // Bits 16 to 128 concern the REST API; the others what is not built yet.
    ("httpd.bindings[].disabled_login_methods", Effective),
    ("httpd.bindings[].render_openapi", Effective),
    ("httpd.bindings[].enable_https", Effective),
    ("httpd.bindings[].certificate_file", Effective),
    ("httpd.bindings[].certificate_key_file", Effective),
    ("httpd.bindings[].min_tls_version", Effective),
    ("httpd.bindings[].client_auth_type", Effective),
    ("httpd.bindings[].tls_cipher_suites", Effective),
    ("httpd.bindings[].tls_protocols", Effective),
    ("httpd.bindings[].proxy_allowed", Effective),
    ("httpd.bindings[].client_ip_proxy_header", Effective),
    ("httpd.bindings[].client_ip_header_depth", Effective),
    ("httpd.bindings[].proxy_mode", Effective),
    ("httpd.bindings[].oidc.config_url", Protects),
    ("httpd.bindings[].security.*", Effective),
    ("httpd.certificate_file", Effective),
    ("httpd.certificate_key_file", Effective),
    ("httpd.ca_certificates", Effective),
    ("httpd.ca_revocation_lists", Effective),
    ("httpd.cors.*", Effective),
    // The document is in the program; none is served where the directory has no name.
    ("httpd.openapi_path", Effective),
    // Of what there is for browsers: the document.
    ("httpd.web_root", Effective),
    ("httpd.signing_passphrase", Effective),
    ("httpd.signing_passphrase_file", Effective),
    ("httpd.jwt_lifetime", Effective),
    ("httpd.max_upload_file_size", Effective),
    ("httpd.token_validation", Effective),
    ("httpd.*", Later),
    // Only the local keys: secrets must not be kept under another protection than the one asked for.
    ("kms.secrets.url", EffectiveUnless(is_key_service)),
    ("kms.secrets.*", Effective),
    ("mfa.totp[].*", Effective),
    ("plugins[].type", LaterUnless(is_guarding_plugin)),
    ("plugins*", Later),
    ("acme.*", Later),
    ("http.*", Effective),
    ("command.*", Effective),
    ("smtp.*", Effective),
];

fn entry(pattern: &str) -> Option<(&'static str, Effect)> {
    let mut entries = EFFECTS.iter();
    entries
        .find(|(known, _)| {
            known.strip_suffix('*').map_or(pattern == *known, |stem| pattern.starts_with(stem))
        })
        .copied()
}

fn is_key_service(url: &Value) -> bool {
    !matches!(url.as_str(), Some("" | "local://"))
}

fn is_guarding_plugin(kind: &Value) -> bool {
    matches!(kind.as_str(), Some("auth" | "ipfilter" | "kms"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys;

    #[test]
    fn every_key_is_judged() {
        for key in keys::all() {
            assert!(entry(&key).is_some(), "{key} has no effect");
        }
    }

    #[test]
    fn every_entry_matches_a_key() {
        let keys = keys::all();
        for (known, _) in EFFECTS {
            let used = keys.iter().any(|key| entry(key).is_some_and(|(used, _)| used == *known));
            assert!(used, "{known} matches no key, or an entry above it hides it");
        }
    }

    #[test]
    fn an_unjudged_key_counts_as_a_guard() {
        assert_eq!(judge("new.section", &Value::from(1)), Verdict::Protects);
    }
}

//! `httpd.bindings[].security`: response headers and host checks.

use serde::{Deserialize, Serialize};

/// `httpd.bindings[].security`. An empty header value sends no header.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Security {
    /// `enabled`: everything below. Default false.
    pub enabled: bool,
    /// `allowed_hosts`: host names answered; empty = all. Default empty.
    pub allowed_hosts: Vec<String>,
    /// `allowed_hosts_are_regex`. Default false.
    pub allowed_hosts_are_regex: bool,
    /// `hosts_proxy_headers`: headers that may carry the host name. Default empty.
    pub hosts_proxy_headers: Vec<String>,
    /// `https_redirect`: sends plain HTTP to HTTPS. Default false.
    pub https_redirect: bool,
    /// `https_host`: the host it is sent to. Default empty: the same.
    pub https_host: String,
    /// `https_proxy_headers`: headers that prove HTTPS. Default empty.
    pub https_proxy_headers: Vec<HttpsProxyHeader>,
    /// `sts_seconds`: `max-age` of Strict-Transport-Security. 0 = not sent. Default 0.
    pub sts_seconds: u64,
    /// `sts_include_subdomains`. Default false.
    pub sts_include_subdomains: bool,
    /// `sts_preload`. Default false.
    pub sts_preload: bool,
    /// `content_type_nosniff`: X-Content-Type-Options. Default false.
    pub content_type_nosniff: bool,
    /// `content_security_policy`: Content-Security-Policy. Default empty.
    pub content_security_policy: String,
    /// `permissions_policy`: Permissions-Policy. Default empty.
    pub permissions_policy: String,
    /// `cross_origin_opener_policy`: Cross-Origin-Opener-Policy. Default empty.
    pub cross_origin_opener_policy: String,
    /// `cross_origin_resource_policy`: Cross-Origin-Resource-Policy. Default empty.
    pub cross_origin_resource_policy: String,
    /// `cross_origin_embedder_policy`: Cross-Origin-Embedder-Policy. Default empty.
    pub cross_origin_embedder_policy: String,
    /// `referrer_policy`: Referrer-Policy. Default empty.
    pub referrer_policy: String,
    /// `cache_control`: Cache-Control; `private` keeps pages out of caches. Default empty.
    pub cache_control: String,
}

/// An entry of `httpd.bindings[].security.https_proxy_headers`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HttpsProxyHeader {
    /// `key`: for example `X-Forwarded-Proto`.
    pub key: String,
    /// `value`: for example `https`.
    pub value: String,
}

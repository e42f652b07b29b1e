//! `httpd.bindings[].branding`: names and looks of the web interface.

use serde::{Deserialize, Serialize};

/// `httpd.bindings[].branding`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Branding {
    pub web_admin: Brand,
    pub web_client: Brand,
}

/// One interface's brand. Paths are relative to `httpd.static_files_path`. All default to empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Brand {
    /// `name` of the interface.
    pub name: String,
    /// `short_name`: beside the logo.
    pub short_name: String,
    /// `favicon_path`.
    pub favicon_path: String,
    /// `logo_path`: 256 by 256 pixels.
    pub logo_path: String,
    /// `disclaimer_name`: text of the link.
    pub disclaimer_name: String,
    /// `disclaimer_path`: a page or an absolute URL.
    pub disclaimer_path: String,
    /// `default_css`: files instead of the default ones.
    pub default_css: Vec<String>,
    /// `extra_css`: files besides the default ones.
    pub extra_css: Vec<String>,
}

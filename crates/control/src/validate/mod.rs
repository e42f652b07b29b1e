//! What a valid object is. Each check also cleans: paths are made canonical, duplicates go.

pub mod admin;
pub mod certificates;
mod cron;
pub mod event_action;
pub mod event_rule;
mod files;
pub mod filesystem;
mod filters;
pub mod group;
pub mod keys;
mod private_key;
pub mod secrets;
pub mod text;
pub mod user;

pub use self::text::email;

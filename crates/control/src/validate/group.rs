//! Groups.

use super::{files, filesystem, filters, text};
use crate::Result;
use store::Group;

/// Checks and cleans `group`, whose name is canonical already. Placeholders are looked at when they are
/// expanded: only then is it known what for.
pub fn check(group: &mut Group) -> Result<()> {
    let settings = &mut group.user_settings;
    if !settings.home_dir.is_empty() {
        settings.home_dir = text::disk_path("home_dir", &settings.home_dir)?;
    }
    for (field, value) in [
        ("max_sessions", settings.max_sessions.into()),
        ("quota_size", settings.quota_size),
        ("quota_files", settings.quota_files),
        ("upload_data_transfer", settings.upload_data_transfer),
        ("download_data_transfer", settings.download_data_transfer),
        ("total_data_transfer", settings.total_data_transfer),
        ("expires_in", settings.expires_in),
    ] {
        text::not_negative(field, value)?;
    }
    settings.upload_bandwidth = settings.upload_bandwidth.max(0);
    settings.download_bandwidth = settings.download_bandwidth.max(0);
    if settings.total_data_transfer > 0 {
        settings.upload_data_transfer = 0;
        settings.download_data_transfer = 0;
    }
    files::group_permissions(&mut settings.permissions)?;
    // What a user is, is nothing a group can say.
    settings.filters.user_type.clear();
    filters::check(&mut settings.filters)?;
    filesystem::check(&mut settings.filesystem)?;
    files::mounts(&mut group.virtual_folders)
}

//! Virtual folders.

use crate::{
    Control, Error, Expected, Kind, Result,
    managed::{Managed, Rules},
    milliseconds,
    validate::{filesystem, secrets, text},
};
use session::Owner;
use store::{Filesystem, Folder};

impl Managed for Folder {
    const KIND: Kind = Kind::Folder;

    fn set_name(&mut self, name: String) {
        self.name = name;
    }

    fn settle(mut self, before: Option<&Self>, rules: &Rules) -> Result<Self> {
        rules.settings.naming_rules.check("name", &self.name)?;
        filesystem::check(&mut self.filesystem)?;
        match (self.filesystem.provider, self.mapped_path.is_empty()) {
            (Filesystem::LOCAL | Filesystem::LOCAL_ENCRYPTED, true) => {
                return Err(Error::invalid("mapped_path is mandatory"));
            }
            (_, true) => {}
            (_, false) => self.mapped_path = text::disk_path("mapped_path", &self.mapped_path)?,
        }
        let context = format!("folder_{}", self.name);
        secrets::settle_all(&mut self.filesystem, before.map(|before| &before.filesystem), &context, rules)?;
        let counted = before.cloned().unwrap_or_default();
        Ok(Self {
            used_quota_size: counted.used_quota_size,
            used_quota_files: counted.used_quota_files,
            last_quota_update: counted.last_quota_update,
            ..self
        })
    }
}

impl Control {
    /// Deletes a folder: whoever mounts it does so no more. Its files stay.
    pub async fn delete_folder(&self, name: &str, expected: Expected) -> Result<()> {
        let folder: Folder = self.remove(name, expected).await?;
        // One of the same name that is made later begins with nothing.
        self.ledger.forget(&Owner::Folder(folder.name.as_str().into()));
        Ok(())
    }

    /// The folder's counters as they are, where they are being counted.
    pub fn show_folder_usage(&self, folder: &mut Folder) {
        let owner = Owner::Folder(folder.name.as_str().into());
        let changed = self.ledger.changed_at(&owner).map_or(0, milliseconds);
        folder.last_quota_update = folder.last_quota_update.max(changed);
        if let Some(usage) = self.ledger.usage(&owner) {
            folder.used_quota_files = i64::try_from(usage.files).unwrap_or(i64::MAX);
            folder.used_quota_size = i64::try_from(usage.bytes).unwrap_or(i64::MAX);
        }
    }
}

//! Virtual folders.

use crate::{
    error::Result,
    permission::ManageFolders,
    resource::{Names, Operations, Plain},
};
use control::{Control, Expected, Folder};
use serde_json::{Value, json};

impl Plain for Folder {
    const NAMES: Names = Names {
        path: "folders",
        parameter: "name",
        tag: "folders",
        one: "a folder",
        many: "folders, by name",
        title: "Folder",
        operations: Operations {
            list: "get_folders",
            add: "add_folder",
            get: "get_folder_by_name",
            update: "update_folder",
            patch: "patch_folder",
            delete: "delete_folder",
        },
        has_secrets: true,
        has_id: false,
    };

    type Takes = ManageFolders;

    fn example() -> Value {
        json!({"name": "media", "description": "Pictures and films", "mapped_path": "/srv/media"})
    }

    fn count(&mut self, control: &Control) {
        control.show_folder_usage(self);
    }

    async fn delete(control: &Control, name: &str, expected: Expected) -> Result<()> {
        Ok(control.delete_folder(name, expected).await?)
    }

    fn redacted(self) -> Self {
        self.redacted()
    }
}

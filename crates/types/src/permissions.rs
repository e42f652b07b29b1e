//! What a user may do in a directory.

bitflags::bitflags! {
    /// The permissions of one virtual directory, under the names of the REST API.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Permissions: u32 {
        const LIST = 1;
        const DOWNLOAD = 1 << 1;
        const UPLOAD = 1 << 2;
        const OVERWRITE = 1 << 3;
        const DELETE_FILES = 1 << 4;
        const DELETE_DIRS = 1 << 5;
        const RENAME_FILES = 1 << 6;
        const RENAME_DIRS = 1 << 7;
        const CREATE_DIRS = 1 << 8;
        const CREATE_SYMLINKS = 1 << 9;
        const CHMOD = 1 << 10;
        const CHOWN = 1 << 11;
        const CHTIMES = 1 << 12;
        const COPY = 1 << 13;
        /// `delete`: files and directories.
        const DELETE = Self::DELETE_FILES.bits() | Self::DELETE_DIRS.bits();
        /// `rename`: files and directories.
        const RENAME = Self::RENAME_FILES.bits() | Self::RENAME_DIRS.bits();
    }
}

/// A permission name nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown permission {0:?}")]
pub struct UnknownPermission(pub String);

/// Every name the REST API accepts. `*` stands for all of them.
const NAMES: [(&str, Permissions); 17] = [
    ("*", Permissions::all()),
    ("list", Permissions::LIST),
    ("download", Permissions::DOWNLOAD),
    ("upload", Permissions::UPLOAD),
    ("overwrite", Permissions::OVERWRITE),
    ("delete", Permissions::DELETE),
    ("delete_files", Permissions::DELETE_FILES),
    ("delete_dirs", Permissions::DELETE_DIRS),
    ("rename", Permissions::RENAME),
    ("rename_files", Permissions::RENAME_FILES),
    ("rename_dirs", Permissions::RENAME_DIRS),
    ("create_dirs", Permissions::CREATE_DIRS),
    ("create_symlinks", Permissions::CREATE_SYMLINKS),
    ("chmod", Permissions::CHMOD),
    ("chown", Permissions::CHOWN),
    ("chtimes", Permissions::CHTIMES),
    ("copy", Permissions::COPY),
];

impl Permissions {
    /// The permissions named by `names`, as the REST API and the database store them.
    pub fn from_api_names<S: AsRef<str>>(
        names: impl IntoIterator<Item = S>,
    ) -> Result<Self, UnknownPermission> {
        names.into_iter().try_fold(Self::empty(), |all, name| {
            let name = name.as_ref();
            let found = NAMES.iter().find(|(known, _)| *known == name);
            found.map(|(_, permission)| all | *permission).ok_or_else(|| UnknownPermission(name.to_owned()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_add_up() {
        let both = Permissions::from_api_names(["delete_files", "delete_dirs"]).unwrap();
        assert_eq!(both, Permissions::from_api_names(["delete"]).unwrap());
        assert_eq!(Permissions::from_api_names(["*"]).unwrap(), Permissions::all());
        assert_eq!(Permissions::from_api_names(["lst"]), Err(UnknownPermission("lst".into())));
    }
}

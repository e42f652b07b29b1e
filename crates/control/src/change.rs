//! What is made of an object, and of which version of it.

use crate::{Error, Kind, Result, strict::Strict};
use aws_lc_rs::digest;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use store::{
    Admin, ApiKey, EventAction, EventRule, Folder, Group, IpListEntry, Role, Share, User, model::drop_nulls,
};

/// The largest object that a patch may make, in bytes. Somewhat more than what fits in a body, since what is stored
/// holds more than what is sent.
const MAX_MERGED: usize = 2 << 20;

/// What an object becomes.
#[derive(Clone, Debug)]
pub enum Change<T> {
    /// What was sent takes its place; what was left out is cleared.
    Replace(T),
    /// It stays what it is but for this merge patch (RFC 7396): `null` clears a field, a list is replaced whole.
    Merge(Value),
}

/// The versions of an object that a change is meant for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Expected {
    /// Whatever it is now.
    #[default]
    Any,
    /// One of these; another one has changed since the caller looked.
    OneOf(Vec<Version>),
}

/// What an object is, in one word that is another one after any change of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(pub String);

/// An object whose changes do not get lost when two callers make them at once.
pub trait Versioned: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Fields that the server counts by itself or that other objects decide: no change of this one.
    const COUNTED: &'static [&'static str];

    fn version(&self) -> Version {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        forget(&mut value, Self::COUNTED);
        // A mounted folder is shown with what it is; the mapping is what belongs to the object.
        for mapping in value.get_mut("virtual_folders").and_then(Value::as_array_mut).into_iter().flatten() {
            forget(mapping, MAPPED);
        }
        let digest = digest::digest(&digest::SHA256, value.to_string().as_bytes());
        Version(digest.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }
}

/// The fields of a mapping that are its folder's.
const MAPPED: &[&str] = &[
    "id",
    "mapped_path",
    "description",
    "used_quota_size",
    "used_quota_files",
    "last_quota_update",
    "users",
    "groups",
    "filesystem",
];

impl Versioned for User {
    const COUNTED: &'static [&'static str] = &[
        "used_quota_size",
        "used_quota_files",
        "last_quota_update",
        "used_upload_data_transfer",
        "used_download_data_transfer",
        "last_login",
        "first_download",
        "first_upload",
    ];
}
impl Versioned for Admin {
    const COUNTED: &'static [&'static str] = &["last_login"];
}
impl Versioned for Folder {
    const COUNTED: &'static [&'static str] =
        &["used_quota_size", "used_quota_files", "last_quota_update", "users", "groups"];
}
impl Versioned for Group {
    const COUNTED: &'static [&'static str] = &["users", "admins"];
}
impl Versioned for Role {
    const COUNTED: &'static [&'static str] = &["users", "admins"];
}
impl Versioned for EventAction {
    const COUNTED: &'static [&'static str] = &["rules"];
}
impl Versioned for EventRule {
    const COUNTED: &'static [&'static str] = &[];
}
impl Versioned for ApiKey {
    const COUNTED: &'static [&'static str] = &["last_use_at"];
}
impl Versioned for Share {
    const COUNTED: &'static [&'static str] = &["last_use_at", "used_tokens"];
}
impl Versioned for IpListEntry {
    const COUNTED: &'static [&'static str] = &[];
}

impl<T: Versioned> Change<T> {
    /// What `before` becomes, not checked yet.
    pub fn apply(&self, before: &T) -> Result<T> {
        match self {
            Self::Replace(after) => Ok(after.clone()),
            Self::Merge(patch) => {
                let mut value =
                    serde_json::to_value(before).map_err(|fault| Error::invalid(fault.to_string()))?;
                merge(&mut value, patch.clone());
                // Else one could grow without a bound, patch by patch.
                if value.to_string().len() > MAX_MERGED {
                    return Err(Error::Invalid(format!(
                        "the object would be larger than {MAX_MERGED} bytes"
                    )));
                }
                from_json(value)
            }
        }
    }

    /// The text that is sent for a field of the object itself; empty when there is none.
    pub(crate) fn sent<'a>(&'a self, field: &str, of: impl Fn(&'a T) -> &'a str) -> &'a str {
        match self {
            Self::Replace(after) => of(after),
            Self::Merge(patch) => patch.get(field).and_then(Value::as_str).unwrap_or_default(),
        }
    }
}

impl Expected {
    /// Fails when `now` is none of the versions that were expected.
    pub(crate) fn check<T: Versioned>(&self, kind: Kind, name: &str, now: &T) -> Result<()> {
        match self {
            Self::Any => Ok(()),
            Self::OneOf(versions) if versions.contains(&now.version()) => Ok(()),
            Self::OneOf(_) => Err(Error::Outdated(kind, name.to_owned())),
        }
    }
}

/// The object in `value`. A field that is `null` is one left out, as clients written in Go mean it; a fault names the
/// field that it is in.
pub fn from_json<T: DeserializeOwned>(mut value: Value) -> Result<T> {
    // serde would take an array for a struct, field by field.
    if !value.is_object() {
        return Err(Error::invalid("a JSON object is expected"));
    }
    drop_nulls(&mut value);
    serde_path_to_error::deserialize(Strict(value)).map_err(|fault| Error::Invalid(fault.to_string()))
}

/// RFC 7396, section 2. JSON that was parsed is at most 128 levels deep, which bounds the recursion.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(fields) = target else { return };
    for (name, change) in patch {
        match change {
            Value::Null => drop(fields.remove(&name)),
            change => merge(fields.entry(name).or_insert(Value::Null), change),
        }
    }
}

fn forget(value: &mut Value, fields: &[&str]) {
    if let Value::Object(object) = value {
        object.retain(|name, _| !fields.contains(&name.as_str()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The examples of RFC 7396, appendix A.
    #[test]
    fn merges_as_the_rfc_does() {
        for (target, patch, merged) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            let mut value = target.clone();
            merge(&mut value, patch.clone());
            assert_eq!(value, merged, "{target} {patch}");
        }
    }

    #[test]
    fn patches_do_not_make_an_object_grow_for_ever() {
        let mut user = User::default();
        for n in 0..9 {
            let patch = Change::Merge(json!({"oidc_custom_fields": {format!("f{n}"): "x".repeat(900_000)}}));
            match patch.apply(&user) {
                Ok(after) => user = after,
                Err(fault) => return assert!(n == 2 && fault.to_string().contains("larger"), "{n}: {fault}"),
            }
        }
        panic!("it grew");
    }

    #[test]
    fn a_version_is_about_the_object_alone() {
        let user = User { username: "a".into(), ..User::default() };
        let used = User { used_quota_size: 7, last_login: 9, ..user.clone() };
        assert_eq!(user.version(), used.version());
        let changed = User { description: "b".into(), ..user.clone() };
        assert_ne!(user.version(), changed.version());
        let password = User { password: types::Secret::new("hash".into()), ..user.clone() };
        assert_ne!(user.version(), password.version());
    }

    #[test]
    fn faults_name_their_field() {
        let fault = |value| from_json::<User>(value).unwrap_err().to_string();
        let text = fault(json!({"filesystem": {"s3config": {"upload_part_size": "x"}}}));
        assert!(text.contains("filesystem.s3config.upload_part_size"), "{text}");
        // What is merged of two structures hides the rest of the way.
        let text = fault(json!({"filters": {"bandwidth_limits": [{"upload_bandwidth": "x"}]}}));
        assert!(text.contains("filters"), "{text}");
        assert!(fault(json!([])).contains("object"));
        // An array is no object, wherever it stands.
        for (value, field) in [
            (json!({"filters": []}), "filters"),
            (json!({"filesystem": {"s3config": []}}), "filesystem.s3config"),
            (json!({"filesystem": {"s3config": {"access_secret": ["Plain", "x"]}}}), "access_secret"),
            (json!({"groups": [["g", 1]]}), "groups[0]"),
            (json!({"permissions": []}), "permissions"),
        ] {
            let text = fault(value);
            assert!(text.contains(field), "{text}");
        }
    }
}

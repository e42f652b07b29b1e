//! `null` in JSON that clients write.

use serde_json::Value;

/// Leaves out fields that are `null`, as clients written in Go mean it; but a directory whose permissions are
/// `null` has none, and is not left to the rules of the one above.
///
/// serde_json stops at a depth of 128, so the recursion is bounded.
pub fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::Object(dirs)) = fields.get_mut("permissions") {
                dirs.values_mut()
                    .filter(|names| names.is_null())
                    .for_each(|names| *names = Value::Array(Vec::new()));
            }
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

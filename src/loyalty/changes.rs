//! How a JSON merge patch (RFC 7396) is applied; `json::diff` makes them.
//! `apply(before, diff(before, after)) == after` for documents without null members, which ours are.

use serde_json::{Map, Value};

/// Applies a merge patch in place.
pub fn apply(document: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *document = patch.clone();
        return;
    };
    if !document.is_object() {
        *document = Value::Object(Map::new());
    }
    let Value::Object(document) = document else { return };
    for (key, value) in patch {
        if value.is_null() {
            document.remove(key);
        } else {
            apply(document.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

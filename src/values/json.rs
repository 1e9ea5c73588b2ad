//! JSON texts of our own making, compared and put in order as they stand: no trees of values are built for it.
//! Only for what `serde_json` wrote: no spaces, and each key once.

use std::cmp::Ordering;

/// A member of an object: its key as written, without the quotes, and the text of its value.
type Member<'a> = (&'a str, &'a str);

/// The merge patch (RFC 7396) that turns `before` into `after`, keys in order.
pub fn diff(before: &str, after: &str) -> String {
    let mut patch = String::with_capacity(after.len());
    write_diff(before, after, &mut patch);
    patch
}

/// The same text with the keys of every object in order.
pub fn sorted(text: &str) -> String {
    let mut sorted = String::with_capacity(text.len());
    write_sorted(text, &mut sorted);
    sorted
}

fn write_diff(before: &str, after: &str, patch: &mut String) {
    let (Some(old), Some(new)) = (members(before), members(after)) else { return write_sorted(after, patch) };
    patch.push('{');
    for (key, old, new) in merged(old.into_iter(), new.into_iter(), |a, b| by_key(a, b)) {
        if old == new {
            continue;
        }
        write_key(key, patch);
        match (old, new) {
            (Some(old), Some(new)) => write_diff(old, new, patch),
            (None, Some(new)) => write_sorted(new, patch),
            (_, None) => patch.push_str("null"),
        }
    }
    patch.push('}');
}

/// Two lists in the order of their keys as one: each key with what stands there in the first and in the second.
pub(super) fn merged<K: Copy, V>(
    old: impl Iterator<Item = (K, V)>,
    new: impl Iterator<Item = (K, V)>,
    order: impl Fn(&K, &K) -> Ordering,
) -> impl Iterator<Item = (K, Option<V>, Option<V>)> {
    let (mut old, mut new) = (old.peekable(), new.peekable());
    std::iter::from_fn(move || {
        let order = match (old.peek(), new.peek()) {
            (Some((a, _)), Some((b, _))) => order(a, b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return None,
        };
        let was = if order.is_le() { old.next() } else { None };
        let is = if order.is_ge() { new.next() } else { None };
        let (key, _) = was.as_ref().or(is.as_ref())?;
        Some((*key, was.map(|(_, value)| value), is.map(|(_, value)| value)))
    })
}

/// Writes the text with the keys of every object in order.
pub(super) fn write_sorted(text: &str, out: &mut String) {
    if let Some(members) = members(text) {
        out.push('{');
        for (key, value) in members {
            write_key(key, out);
            write_sorted(value, out);
        }
        out.push('}');
    } else if text.starts_with('[') && text.contains('{') {
        let mut rest = &text[1..];
        out.push('[');
        while !rest.starts_with(']') {
            let (element, after) = rest.split_at(value_length(rest.as_bytes()));
            write_sorted(element, out);
            rest = after.strip_prefix(',').inspect(|_| out.push(',')).unwrap_or(after);
        }
        out.push(']');
    } else {
        out.push_str(text);
    }
}

fn write_key(key: &str, out: &mut String) {
    if !out.ends_with('{') {
        out.push(',');
    }
    out.push('"');
    out.push_str(key);
    out.push_str("\":");
}

/// The members of an object in the order of their keys; `None` for anything else.
fn members(text: &str) -> Option<Vec<Member<'_>>> {
    let mut rest = text.strip_prefix('{')?;
    let mut members = Vec::with_capacity(16);
    while rest.starts_with('"') {
        let (key, after) = rest.split_at(string_length(rest.as_bytes()));
        let after = &after[1..]; // the colon
        let (value, after) = after.split_at(value_length(after.as_bytes()));
        members.push((&key[1..key.len() - 1], value));
        rest = after.strip_prefix(',').unwrap_or(after);
    }
    let order: fn(&str, &str) -> Ordering = if text.contains('\\') { by_key } else { str::cmp };
    if !members.is_sorted_by(|(a, _), (b, _)| order(a, b).is_lt()) {
        members.sort_unstable_by(|(a, _), (b, _)| order(a, b));
    }
    Some(members)
}

/// As the keys are sorted once they are read: a key with an escape in it is not what it looks like.
fn by_key(a: &str, b: &str) -> Ordering {
    if !a.contains('\\') && !b.contains('\\') {
        return a.cmp(b);
    }
    let read = |key: &str| serde_json::from_str(&format!("\"{key}\"")).unwrap_or_else(|_| key.to_owned());
    read(a).cmp(&read(b))
}

/// Bytes of the value that `bytes` begins with.
fn value_length(bytes: &[u8]) -> usize {
    match bytes.first() {
        Some(b'"') => string_length(bytes),
        Some(b'{' | b'[') => {
            let (mut at, mut depth) = (0, 0_usize);
            while let Some(byte) = bytes.get(at) {
                match byte {
                    b'"' => at += string_length(&bytes[at..]) - 1,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
                at += 1;
                if depth == 0 {
                    break;
                }
            }
            at
        }
        _ => bytes.iter().position(|byte| matches!(byte, b',' | b'}' | b']')).unwrap_or(bytes.len()),
    }
}

/// Bytes of the string that `bytes` begins with, quotes included.
fn string_length(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Whether a field says nothing, and is left out.
pub fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;
    use crate::values::changes::apply;

    fn document() -> impl Strategy<Value = Value> {
        let word = "[a-c \"\\\\{\\[é,:]{0,4}";
        let leaf = prop_oneof![any::<i64>().prop_map(Value::from), word.prop_map(Value::from), Just(Value::from(true))];
        let inner = leaf.prop_recursive(3, 24, 4, move |inner| {
            prop_oneof![
                proptest::collection::btree_map(word, inner.clone(), 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
                proptest::collection::vec(inner, 0..3).prop_map(Value::Array),
            ]
        });
        proptest::collection::btree_map("[a-d]", inner, 0..5).prop_map(|map| Value::Object(map.into_iter().collect()))
    }

    /// The same text with the keys of its objects the other way round, as a struct may declare its fields.
    fn written(value: &Value) -> String {
        match value {
            Value::Object(map) => {
                let members =
                    map.iter().rev().map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), written(value)));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }
            Value::Array(all) => format!("[{}]", all.iter().map(written).collect::<Vec<_>>().join(",")),
            other => other.to_string(),
        }
    }

    /// What [`diff`] must say, by trees.
    fn by_trees(before: &Value, after: &Value) -> Value {
        let (Value::Object(before), Value::Object(after)) = (before, after) else { return after.clone() };
        let gone = before.keys().filter(|key| !after.contains_key(*key)).map(|key| (key.clone(), Value::Null));
        let mut patch: Map<_, _> = gone.collect();
        for (key, value) in after.iter().filter(|(key, value)| before.get(*key) != Some(value)) {
            let old = before.get(key).filter(|old| old.is_object() && value.is_object());
            patch.insert(key.clone(), old.map_or_else(|| value.clone(), |old| by_trees(old, value)));
        }
        Value::Object(patch)
    }

    proptest! {
        #[test]
        fn recorded_changes_rebuild_the_document(before in document(), after in document()) {
            let patch = diff(&written(&before), &written(&after));
            prop_assert_eq!(&patch, &by_trees(&before, &after).to_string());
            let mut rebuilt = before;
            apply(&mut rebuilt, &serde_json::from_str(&patch).unwrap());
            prop_assert_eq!(rebuilt, after);
        }

        #[test]
        fn a_text_is_put_in_the_order_a_tree_would_have(document in document()) {
            prop_assert_eq!(sorted(&written(&document)), document.to_string());
        }
    }
}

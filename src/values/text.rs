//! The one reader of texts from outside: bodies, paths, queries, forms, webhooks, cells of programmes and files.
//! Guarantees: what passed holds no U+0000 and nothing that nobody sees, so that two texts that look alike are alike, on
//! every store. Cleaning what is clean changes nothing.

use std::borrow::Cow;

use serde_json::Value;

/// What no text has: it comes from broken data, and not every store could keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("holds the character U+0000, which no text has")]
pub struct Nul;

/// Join the letters of some scripts and the parts of an emoji; between others they are only invisible.
const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// Whether nobody sees it: control characters but tabs and line breaks, marks of direction, characters without a width.
fn is_invisible(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => false,
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{fffe}'
        | '\u{ffff}'
        | '\u{e0000}'..='\u{e007f}' => true,
        _ => c.is_control(),
    }
}

/// Whether there is nothing to clean and nothing to refuse.
pub fn is_clean(text: &str) -> bool {
    let plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    // To the end without a stop, which goes by many bytes at once.
    text.as_bytes().iter().fold(true, |all, byte| all & plain(byte))
        || !text.chars().any(|c| is_invisible(c) || JOINERS.contains(&c))
}

/// The text as it is kept: without what nobody sees.
pub fn clean(text: &str) -> Result<Cow<'_, str>, Nul> {
    if is_clean(text) {
        return Ok(Cow::Borrowed(text));
    }
    if text.contains('\0') {
        return Err(Nul);
    }
    let (mut seen, mut joiner) = (String::with_capacity(text.len()), None);
    for c in text.chars().filter(|c| !is_invisible(*c)) {
        if JOINERS.contains(&c) {
            joiner = Some(c);
            continue;
        }
        let joins = joiner.take().filter(|_| !c.is_ascii() && seen.ends_with(|before: char| !before.is_ascii()));
        seen.extend(joins);
        seen.push(c);
    }
    Ok(Cow::Owned(seen))
}

/// Whether no text in this JSON can need cleaning: texts written with `\u....` are looked at one by one.
pub fn is_clean_json(json: &str) -> bool {
    let escapes = |json: &str| json.as_bytes().windows(2).any(|pair| matches!(pair, [b'\\', b'u' | b'b' | b'f']));
    is_clean(json) && !(json.contains('\\') && escapes(json))
}

/// Cleans every text and every name in a JSON value. What cannot be is named by its JSON pointer.
pub fn clean_json(value: &mut Value) -> Result<(), (String, Nul)> {
    let below = |step: &dyn std::fmt::Display, (pointer, nul): (String, Nul)| (format!("/{step}{pointer}"), nul);
    match value {
        Value::String(text) => {
            if let Cow::Owned(seen) = clean(text).map_err(|nul| (String::new(), nul))? {
                *text = seen;
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                clean_json(item).map_err(|found| below(&index, found))?;
            }
        }
        Value::Object(fields) => {
            for (name, mut field) in std::mem::take(fields) {
                let name = clean(&name).map_err(|nul| (String::new(), nul))?.into_owned();
                let step = name.replace('~', "~0").replace('/', "~1");
                clean_json(&mut field).map_err(|found| below(&step, found))?;
                fields.insert(name, field);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_nobody_sees_is_taken_out_and_what_joins_stays() {
        for (text, seen) in [
            ("Anna", "Anna"),
            ("\u{feff}Anna\u{200b}", "Anna"),
            ("a\u{200d}nna@example.com", "anna@example.com"),
            ("\u{202e}gnp.exe", "gnp.exe"),
            ("RUN\u{1d}42\u{7f}\u{85}", "RUN42"),
            ("two\nlines\tand a tab", "two\nlines\tand a tab"),
            ("👩\u{200d}🍳", "👩\u{200d}🍳"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("õ\u{200d}\u{200b}\u{200d}n", "õn"),
            ("ignore\u{e0069}\u{e0067}", "ignore"),
        ] {
            assert_eq!(clean(text).unwrap(), seen);
        }
        assert_eq!(clean("A\0B"), Err(Nul));
    }

    #[test]
    fn a_value_is_cleaned_to_its_last_name_and_the_place_of_a_nul_is_told() {
        let mut value = json!({"na\u{200b}me": ["A\u{200e}", 1.50, null], "x": {"y/z": true}});
        clean_json(&mut value).unwrap();
        assert_eq!(value, json!({"name": ["A", 1.50, null], "x": {"y/z": true}}));
        let mut value = json!({"x": {"y/z": ["", "h\0"]}});
        assert_eq!(clean_json(&mut value), Err(("/x/y~1z/1".to_owned(), Nul)));
        assert_eq!(clean_json(&mut json!({"x": {"\0": 1}})), Err(("/x".to_owned(), Nul)));
    }

    proptest! {
        #[test]
        fn cleaning_what_is_clean_changes_nothing(text in "[a\u{f5}\u{200b}-\u{200f}\u{202e}👩\u{1}\u{feff} ]{0,12}") {
            let once = clean(&text).unwrap().into_owned();
            prop_assert_eq!(clean(&once).unwrap().into_owned(), once.clone());
            prop_assert!(once.chars().all(|c| !is_invisible(c)));
        }

        #[test]
        fn json_that_passes_as_clean_is_clean(text in "[a\u{f5}\u{0}-\u{2}\u{200b}\"\\\\ ]{0,8}") {
            let json = json!([text]).to_string();
            if is_clean_json(&json) {
                let mut value: Value = serde_json::from_str(&json).unwrap();
                let before = value.clone();
                prop_assert_eq!(clean_json(&mut value), Ok(()));
                prop_assert_eq!(value, before);
            }
        }
    }
}

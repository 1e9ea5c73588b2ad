//! Personal texts of an event are sealed with the member's own key before the event is written; each kind of event says which
//! of its texts they are.

use super::{
    Fact,
    event::{Kind, TextWritten},
};
use crate::values::seal::{open, seal_text};

/// Encrypts the personal parts of a fact with the member's key. `identity` names the event: with the field it makes the
/// nonce, so the same event always seals to the same bytes and no nonce is used for two texts.
pub fn seal(fact: &mut Fact, key: &[u8; 32], identity: &str) {
    fact.each_text(&mut |field, text| *text = seal_text(key, identity, field, text));
}

/// Whether a fact has anything to seal.
pub fn is_personal(fact: &mut Fact) -> bool {
    let mut personal = false;
    fact.each_text(&mut |_, _| personal = true);
    personal
}

/// A written text as it can be read; `None` once its member's key is gone.
pub fn open_written(mut text: TextWritten, key: Option<&[u8; 32]>) -> Option<TextWritten> {
    let mut opened_all = true;
    text.each_text(&mut |field, text| match open(text, key, field) {
        Some(opened) => *text = opened,
        None => opened_all = false,
    });
    opened_all.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_texts_of_an_event_are_sealed_under_one_name() {
        let data = serde_json::json!({ "a.b": "x", "a": { "b": "x", "0": "x" }, "a.0": "x", "a~1b": "x", "c": ["x"], "c.0": "x" });
        let mut fact = Fact::Other { kind: "review".into(), data };
        let (mut names, mut texts) = (std::collections::BTreeSet::new(), 0);
        fact.each_text(&mut |name, _| {
            names.insert(name.to_owned());
            texts += 1;
        });
        assert_eq!((texts, names.len()), (7, 7), "{names:?}");
    }

    #[test]
    fn a_sealed_text_opens_only_with_its_key() {
        let data = serde_json::json!({ "rating": 5, "text": "lovely shoes", "answers": [{ "said": "by Anna" }] });
        let mut fact = Fact::Other { kind: "review".into(), data };
        seal(&mut fact, &[7; 32], "main/shop/rev-1");
        let Fact::Other { data, .. } = &fact else { panic!("still a review") };
        let sealed = data["text"].as_str().unwrap();
        assert!(sealed.starts_with("sealed:1:") && !sealed.contains("lovely"));
        assert_eq!(data["rating"], 5);
        let said = data["answers"][0]["said"].as_str().unwrap();
        assert_eq!(open(said, Some(&[7; 32]), "answers.0.said").as_deref(), Some("by Anna"));
        assert_eq!(open(sealed, Some(&[7; 32]), "text").as_deref(), Some("lovely shoes"));
        assert_eq!(open(sealed, Some(&[8; 32]), "text"), None);
        assert_eq!(open(sealed, None, "text"), None);
        assert_eq!(open(sealed, Some(&[7; 32]), "comment"), None);
    }
}

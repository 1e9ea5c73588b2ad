//! Which texts of an event are personal: they are sealed with the member's own key before the event is written.

use serde_json::Value;

use super::{
    Fact,
    event::{Adjustment, Membership, Merged, Reactivated, Restricted, TextWritten, TierGranted, Unmerged},
};
use crate::values::seal::{open, seal_text};

/// Shows every personal text of a fact with the name under which it is sealed. Each kind of event says here which of its texts
/// are personal; of an event that only the caller knows, every text is, at any depth.
fn each_text(fact: &mut Fact, see: &mut dyn FnMut(&str, &mut String)) {
    match fact {
        Fact::Adjustment(Adjustment { reason, .. })
        | Fact::Reactivated(Reactivated { reason, .. })
        | Fact::TierGranted(TierGranted { reason, .. })
        | Fact::Merged(Merged { reason, .. })
        | Fact::Unmerged(Unmerged { reason, .. })
        | Fact::Membership(Membership { reason, .. })
        | Fact::Restricted(Restricted { reason, .. }) => see("reason", reason),
        Fact::Order { state, .. } => state.operator.iter_mut().for_each(|who| see("operator", who)),
        Fact::OrderImported(past) => past.state.operator.iter_mut().for_each(|who| see("operator", who)),
        Fact::ClaimFulfilled(step) | Fact::ClaimCancelled(step) => {
            step.note.iter_mut().for_each(|note| see("note", note));
        }
        Fact::TextWritten(text) => each_of_text(text, see),
        Fact::MessageRequested(message) => {
            see("subject", &mut message.subject);
            see("body", &mut message.body);
        }
        Fact::Other { data, .. } => each_of_value(data, "", see),
        // Numbers, instants, and names that rules, counts and other members' events go by.
        Fact::OrderLeft(_)
        | Fact::Joined(_)
        | Fact::Changed(_)
        | Fact::Segments(_)
        | Fact::TimePassed(_)
        | Fact::HoldMade(_)
        | Fact::HoldCaptured(_)
        | Fact::HoldReleased(_)
        | Fact::Claimed(_)
        | Fact::Converted(_)
        | Fact::Savings(_)
        | Fact::Birthday(_)
        | Fact::CodeRedeemed(_)
        | Fact::CodeReleased(_)
        | Fact::Absorbed(_)
        | Fact::Restored(_)
        | Fact::MemberImported(_)
        | Fact::Opening(_) => {}
    }
}

fn each_of_text(text: &mut TextWritten, see: &mut dyn FnMut(&str, &mut String)) {
    see("subject", &mut text.subject);
    see("body", &mut text.body);
    text.fallback_reason.iter_mut().for_each(|reason| see("fallback_reason", reason));
    for (name, value) in &mut text.facts {
        see(&format!("facts.{name}"), value);
    }
}

/// Fields of one object are named, items of a list numbered: `answers.2.text`. A dot within a field's name is written `~1` (and
/// `~` as `~0`), so that no two texts of an event have one name: the nonce is made of it.
fn each_of_value(value: &mut Value, name: &str, see: &mut dyn FnMut(&str, &mut String)) {
    let below = |part: &str| {
        let part = part.replace('~', "~0").replace('.', "~1");
        if name.is_empty() { part } else { format!("{name}.{part}") }
    };
    match value {
        Value::String(text) => see(name, text),
        Value::Array(items) => {
            for (number, item) in items.iter_mut().enumerate() {
                each_of_value(item, &below(&number.to_string()), see);
            }
        }
        Value::Object(fields) => {
            for (field, value) in fields {
                each_of_value(value, &below(field), see);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Encrypts the personal parts of a fact with the member's key. `identity` names the event: with the field it makes the
/// nonce, so the same event always seals to the same bytes and no nonce is used for two texts.
pub fn seal(fact: &mut Fact, key: &[u8; 32], identity: &str) {
    each_text(fact, &mut |field, text| *text = seal_text(key, identity, field, text));
}

/// Whether a fact has anything to seal.
pub fn is_personal(fact: &mut Fact) -> bool {
    let mut personal = false;
    each_text(fact, &mut |_, _| personal = true);
    personal
}

/// A written text as it can be read; `None` once its member's key is gone.
pub fn open_written(mut text: TextWritten, key: Option<&[u8; 32]>) -> Option<TextWritten> {
    let mut opened_all = true;
    each_of_text(&mut text, &mut |field, text| match open(text, key, field) {
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
        each_text(&mut fact, &mut |name, _| {
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

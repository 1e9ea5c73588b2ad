//! What a kind of event says of its data. Everything but its personal texts has a default that says nothing, so that no kind
//! can forget them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    loyalty::{Member, Order, Programmes},
    values::bounds::TooLarge,
};

/// Is shown each personal text with the name under which it is sealed.
pub type EachText<'a> = &'a mut dyn FnMut(&str, &mut String);

/// What there is to know before an event is decided, to find the counts that it looks at.
pub struct About<'a> {
    pub programmes: &'a Programmes,
    /// The order that it is about, as it was kept.
    pub order: Option<&'a Order>,
    pub now: Timestamp,
}

pub trait Kind {
    /// Shows every personal text: it is sealed with the member's own key before the event is written.
    fn each_text(&mut self, see: EachText<'_>);

    /// The order that it is about.
    fn order_id(&self) -> Option<&str> {
        None
    }

    /// Where its points or its money stand in what was sent, as a JSON pointer.
    fn amount_at(&self) -> &'static str {
        "/points"
    }

    /// It tells of the past, so that nobody is to hear of it.
    fn is_past(&self) -> bool {
        false
    }

    /// What was sent can be decided: every number is within its bounds.
    fn bounded(&self) -> Result<(), TooLarge> {
        Ok(())
    }

    /// Keys of the shared counts that deciding it looks at.
    fn counts(&self, _about: &About<'_>, _keys: &mut BTreeSet<String>) {}

    /// The same, as far as the member's document names them.
    fn counts_of(&self, _member: &Member, _keys: &mut BTreeSet<String>) {}

    /// Keys of those that its own rules may add to, up to a limit.
    fn limits(&self, _about: &About<'_>, _keys: &mut BTreeSet<String>) {}

    /// What the accepting side adds, which is no part of what was asked: with `code`, a code that nobody can guess. Whether there
    /// was anything to add.
    fn complete(&mut self, _programmes: &Programmes, _code: &dyn Fn() -> String) -> bool {
        false
    }
}

/// An event that only the caller knows: every text of it is personal, at any depth. Fields of one object are named, items of a
/// list numbered: `answers.2.text`. A dot within a field's name is written `~1` (and `~` as `~0`), so that no two texts of an
/// event have one name: the nonce is made of it.
pub fn each_of_value(value: &mut Value, name: &str, see: EachText<'_>) {
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

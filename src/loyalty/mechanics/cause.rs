//! What a reward or a code is given for: it is there exactly while its cause stands. It needs stock or a code, so it follows as an
//! event of its own; what is to be done is looked up when that is decided.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    loyalty::{
        Fact, Member,
        decide::intents::intent,
        deciding::Deciding,
        intent::{Action, Intent},
        mechanics::ALL,
    },
    values::id::derived,
};

/// One cause. It has one name for ever, so what it gives again is the same again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Cause {
    /// The challenge that gives, or the tier, or the rule.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub challenge: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Of a tier the instant at which it was reached, of a rule the order or event.
    pub period: String,
    /// The how manieth in its period.
    pub n: i64,
    /// Whose doing reached it.
    pub owner: String,
}

impl Cause {
    /// The kind of row that gives, and which.
    pub fn row(&self) -> (&'static str, &str) {
        match (&self.tier, &self.rule) {
            (Some(tier), _) => ("tier", tier),
            (None, Some(rule)) => ("rule", rule),
            (None, None) => ("challenge", &self.challenge),
        }
    }

    /// The name of what it gives.
    pub fn names(&self, kind: &str, brand: &str) -> String {
        let (n, (of, row)) = (self.n.to_string(), self.row());
        derived(kind, &[brand, of, &self.owner, row, &self.period, &n])
    }

    /// Like `challenge coffee-card`.
    pub fn words(&self) -> String {
        let (of, row) = self.row();
        format!("{of} {row}")
    }

    pub(in crate::loyalty) fn stands(&self, member: &Member) -> bool {
        ALL.iter().any(|listed| listed.mechanic.gives(member, self))
    }
}

/// Where an event that gives stands in what waits for a person.
const AGAIN: &str = "again";

/// What waits for a person, of a cause whose event could give nothing.
pub(super) fn to_be_given(cause: &Cause, event: &Fact) -> Value {
    let (of, row) = cause.row();
    json!({ of: row, AGAIN: { "type": event.kind(), "data": event.data() } })
}

/// The event that is to give once more, by what waits.
pub fn given_again(waits: &Value) -> Option<Fact> {
    let again = &waits[AGAIN];
    Fact::parse(again["type"].as_str()?, &again["data"].to_string()).ok()
}

impl Deciding<'_> {
    /// Lets the event follow that brings what a cause gives to what stands; `key` tells causes apart that one event changes.
    pub(in crate::loyalty) fn bring_about(&mut self, fact: &Fact, key: &[&str]) {
        let key = [&["follow", self.event.source.as_str(), self.event.id.as_str(), fact.kind()], key].concat();
        let member = self.books.member.id.clone();
        let action = Action::Follow { member, event: fact.kind().to_owned(), data: fact.data(), at: None };
        let follows = Intent { valid_until: Timestamp::MAX, ..intent(self, &key, action) };
        self.intents.push(follows);
    }
}

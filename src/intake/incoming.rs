//! What the room gives: an event as it came in, and who it is about.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::fields::FieldError;
use crate::loyalty::Fact;

/// An event as it came in: canonical, but without a resolved member.
#[derive(Debug, Clone)]
pub struct Incoming {
    pub brand: String,
    pub source: String,
    pub id: String,
    /// The instant of arrival when the caller did not say.
    pub occurred_at: Option<Timestamp>,
    pub fact: Fact,
    pub who: Who,
}

/// Who an event is about: identities, and facts to remember.
#[derive(Debug, Clone, Default)]
pub struct Who {
    /// The member's own id, if the caller knows it.
    pub id: Option<String>,
    /// Exactly this member, even if it turned out to be another one.
    pub exact: bool,
    /// `(kind, normalised value)`, strongest first: external_id, card, phone, email, visitor.
    pub identities: Vec<(&'static str, String)>,
    /// Forms under which the same identities may be known from before: looked up, and not kept.
    pub former: Vec<(&'static str, String)>,
    pub facts: Person,
    /// The caller may name a member that is known, and change nothing of it: no fact, and no way to be found but a visitor's.
    pub only_named: bool,
    /// Identities that are given up, `(kind, form, member they lead to)`: what comes by them later is about somebody else.
    pub released: Vec<(&'static str, String, String)>,
    /// What was said beside and could not be used.
    pub left_out: Vec<FieldError>,
}

/// Personal facts, kept in the clear only in `person`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Person {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birthday: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

impl Person {
    /// The identities among these facts, in the form that their hashes are made of: of a phone, its digits.
    pub fn known_by(&self) -> Vec<(&'static str, String)> {
        let phone = self.phone.as_ref().map(|phone| phone.trim_start_matches('+').to_owned());
        let all = [("external_id", self.external_id.clone()), ("phone", phone), ("email", self.email.clone())];
        all.into_iter().filter_map(|(kind, value)| Some((kind, value?))).collect()
    }

    /// Without the identity of this kind, when it is this one.
    pub fn forget(&mut self, kind: &str, shown: &str) {
        let fact = match kind {
            "external_id" => &mut self.external_id,
            "email" => &mut self.email,
            "phone" => &mut self.phone,
            _ => return,
        };
        let digits = |text: &str| text.trim_start_matches('+').to_owned();
        if fact.as_deref().is_some_and(|known| digits(known) == digits(shown)) {
            *fact = None;
        }
    }

    /// These facts, with what `newer` says on top.
    #[must_use]
    pub fn updated(&self, newer: &Self) -> Self {
        let pick = |old: &Option<String>, new: &Option<String>| new.clone().or_else(|| old.clone());
        Self {
            name: pick(&self.name, &newer.name),
            email: pick(&self.email, &newer.email),
            phone: pick(&self.phone, &newer.phone),
            external_id: pick(&newer.external_id, &self.external_id), // the first one stays, also after a merge
            language: pick(&self.language, &newer.language),
            birthday: pick(&self.birthday, &newer.birthday),
            test: self.test || newer.test,
        }
    }
}

//! What is known of a person by name: the only facts that are kept in the clear.

use serde::{Deserialize, Serialize};

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

//! Receipts and carts in the language of their member: what the ledger says without one is said here, names as they are translated.

use jiff::tz::TimeZone;

use super::App;
use crate::{
    loyalty::{
        Refusal,
        explain::{Sentence, Value, named},
        quote::Limit,
        receipt::Receipt,
        subject::Subject,
    },
    programme::{Core, Translations},
    words::say::{Speech, say},
    writer::Accepted,
};

/// How a member is spoken to.
pub(super) struct Spoken<'a> {
    language: &'a str,
    names: &'a Translations,
}

impl<'a> Spoken<'a> {
    /// In this language; in the programme's own where none is known.
    pub fn to(language: Option<&'a str>, programme: &'a Core) -> Self {
        Self { language: language.unwrap_or(&programme.settings.language), names: &programme.translations }
    }

    fn says(&self, sentence: &Sentence) -> String {
        say(sentence, Speech::of(self.language, &TimeZone::UTC).with(self.names)) // none of these names an instant
    }

    pub fn limit(&self, limit: Limit) -> String {
        self.says(&limit.sentence())
    }

    pub fn refusal(&self, refusal: &Refusal) -> String {
        refusal.sentence().map_or_else(|| refusal.to_string(), |sentence| self.says(&sentence))
    }

    fn receipt(&self, receipt: &mut Receipt) {
        for entry in &mut receipt.entries {
            if let Some((text_id, name)) = &entry.says {
                entry.text = self.says(&named(*text_id, name));
            }
        }
        if let Some(missing) = &mut receipt.tier.missing {
            *missing = self.counted(missing);
        }
        if let Some(Subject::CodeUsed { name, .. }) = &mut receipt.subject {
            *name = self.names.of(self.language, name).to_owned();
        }
    }

    /// `222 points`, `3 orders`; an amount of money is the same in any language.
    fn counted(&self, missing: &str) -> String {
        let read = missing.split_once(' ').and_then(|(number, word)| {
            let id = match word {
                "point" | "points" => "points",
                "order" | "orders" => "orders",
                _ => return None,
            };
            Some((number.parse().ok()?, id))
        });
        read.map_or_else(
            || missing.to_owned(),
            |(number, id)| self.says(&Sentence { id, facts: vec![(id, Value::Number(number))] }),
        )
    }
}

impl App {
    /// A receipt in the language of its member.
    pub(super) fn spoken(&self, brand: &str, accepted: Accepted) -> Receipt {
        let Accepted { mut receipt, language } = accepted;
        if let Some(programmes) = self.programmes.of(brand) {
            Spoken::to(language.as_deref(), &programmes.live().programme).receipt(&mut receipt);
        }
        receipt
    }
}

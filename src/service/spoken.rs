//! What a cart is told in the language of its member: what the ledger says without one is said here, names as they are translated.
//! Receipts have none: what comes again is answered word for word, whatever the member reads meanwhile.

use jiff::tz::TimeZone;

use crate::{
    loyalty::{Refusal, explain::Sentence, quote::Limit},
    programme::{Core, Translations},
    words::say::{Speech, say},
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
}

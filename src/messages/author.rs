//! Texts: a model writes them, the guard passes them, and whatever goes wrong ends in the programme's own template with the
//! reason kept. Without a model every text is its template, at once.

use super::{Ask, Model, NoText};
use crate::{
    delivery::{Outcome, cause, turns::Turns},
    loyalty::event::WrittenBy,
    programme::Text,
    values::{person::Person, seal::keyed_hash},
    words::{Draft, Facts, compose, facts, guard},
};

/// Writes texts.
pub struct Author {
    model: Option<Box<dyn Model>>,
    secret: [u8; 32],
    /// Keyed by brand, member, cause and text: hold one while looking for a text and writing it.
    pub turns: Turns,
}

/// What is to be written, for whom.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub text: &'a Text,
    pub facts: &'a Facts,
    pub member: &'a str,
    pub person: &'a Person,
}

/// A text and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub draft: Draft,
    pub written_by: WrittenBy,
    pub fallback_reason: Option<String>,
}

/// Why a text could not be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unwritten {
    /// The template itself cannot be filled; says which cell and why.
    Template(String),
    /// The model's server is in trouble; later it may write.
    Later(Outcome),
}

impl Author {
    /// `secret` keys the hash that stands for a member at the model's server.
    pub fn new(model: Option<Box<dyn Model>>, secret: [u8; 32]) -> Self {
        Self { model, secret, turns: Turns::default() }
    }

    pub fn has_model(&self) -> bool {
        self.model.is_some()
    }

    /// Writes a text. The template is filled first: it is what everything falls back to.
    pub async fn write(&self, wanted: Wanted<'_>) -> Result<Written, Unwritten> {
        let template = self.from_template(wanted, None)?;
        let Some(model) = self.model.as_ref().filter(|_| !wanted.text.prompt.trim().is_empty()) else {
            return Ok(template);
        };
        let facts = impersonal(wanted);
        let language = wanted.text.language.as_str();
        let ask = Ask { prompt: &wanted.text.prompt, language, facts: &facts };
        let member_hash = keyed_hash(&self.secret, &["safety", wanted.member]);
        let reason = match model.ask(&ask, &member_hash).await {
            Ok(answer) => match compose::from_model(&answer, &template.draft.subject, language, &facts) {
                Ok(draft) => return Ok(Written { draft, written_by: WrittenBy::Model, fallback_reason: None }),
                Err(reason) => reason,
            },
            Err(NoText::Later(outcome)) => return Err(Unwritten::Later(outcome)),
            Err(NoText::Never(reason)) => reason,
        };
        let (text, cause) = (&wanted.text.id, cause(&reason));
        tracing::warn!(text.id = text, member.id = wanted.member, cause, "text {text} is made from its template");
        Ok(Written { fallback_reason: Some(reason), ..template })
    }

    /// A draft of words of the programme in another language, for a person to read.
    pub async fn translate(&self, words: &str, language: &str) -> Result<String, NoText> {
        let Some(model) = &self.model else { return Err(NoText::Never("no model is connected".to_owned())) };
        let text = model.translate(words, language).await?.trim().to_owned();
        match guard::translation(words, &text, language) {
            Ok(()) => Ok(text),
            Err(refused) => Err(NoText::Never(refused.to_string())),
        }
    }

    /// The template, filled; with the reason when a model should have written.
    pub fn from_template(&self, wanted: Wanted<'_>, reason: Option<String>) -> Result<Written, Unwritten> {
        let draft = compose::from_template(wanted.text, wanted.facts).map_err(Unwritten::Template)?;
        Ok(Written { draft, written_by: WrittenBy::Template, fallback_reason: reason })
    }
}

fn impersonal(wanted: Wanted<'_>) -> Facts {
    let Person { name, email, phone, external_id, birthday, .. } = wanted.person;
    let personal: Vec<&str> =
        [name, email, phone, external_id, birthday].into_iter().flatten().map(String::as_str).collect();
    facts::impersonal(wanted.facts, &personal)
}

//! What members are told: texts are written (author, texts), messages go out (send). Who writes and who sends are traits: the
//! programme's template and the preview mailbox always can.

pub mod author;
pub mod send;
pub mod texts;

use jiff::SignedDuration;

use crate::{
    delivery::{Outcome, Sending},
    words::{Facts, mail::Mail},
};

/// Somebody who writes texts.
pub trait Model: Send + Sync {
    /// One text. `member_hash` stands for the member, whom nobody is told of.
    fn ask<'a>(&'a self, ask: &'a Ask<'a>, member_hash: &'a str) -> Sending<'a, Result<String, NoText>>;

    /// Words of the programme in another language. Nobody's data goes there.
    fn translate<'a>(&'a self, words: &'a str, language: &'a str) -> Sending<'a, Result<String, NoText>>;
}

/// What a model is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The marketer's words.
    pub prompt: &'a str,
    pub language: &'a str,
    /// Impersonal ones only: [`crate::words::facts::impersonal`].
    pub facts: &'a Facts,
}

/// Why there is no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoText {
    /// It may work later; the outcome says how the server is doing.
    Later(Outcome),
    /// Asking again would not help: the template is used at once.
    Never(String),
}

/// Somebody who takes messages to people.
pub trait Provider: Send + Sync {
    /// As people call it.
    fn name(&self) -> &'static str;

    /// How a message that went this way is marked.
    fn via(&self) -> String {
        self.name().to_lowercase()
    }

    /// For how long a repetition under the same key counts once; `None` where nothing leaves the house.
    fn remembers(&self) -> Option<SignedDuration>;

    fn send<'a>(&'a self, envelope: &'a Envelope<'a>, mail: &'a Mail) -> Sending<'a, Sent>;
}

/// Who a message is for, and what it is about.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    pub to: &'a str,
    /// The key under which it is accepted once, a UUID.
    pub id: &'a str,
    pub text_id: &'a str,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// Accepted, now or before.
    Accepted,
    /// It was certainly not accepted.
    Not(Outcome),
    /// It may have been accepted.
    Maybe(String),
}

/// The mailbox that people look into where nobody is connected: a message is there as soon as it is kept.
pub struct Preview;

impl Provider for Preview {
    fn name(&self) -> &'static str {
        "Preview"
    }

    fn remembers(&self) -> Option<SignedDuration> {
        None
    }

    fn send<'a>(&'a self, _: &'a Envelope<'a>, _: &'a Mail) -> Sending<'a, Sent> {
        Box::pin(std::future::ready(Sent::Accepted))
    }
}

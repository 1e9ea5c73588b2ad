//! What the room gives: an event as it came in, and who it is about.

use jiff::Timestamp;

use super::fields::FieldError;
use crate::{loyalty::Fact, values::person::Person};

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
    /// It comes from a file of the past: nobody is told what changes by it.
    pub brought: bool,
    /// Identities that are given up, `(kind, form, member they lead to)`: what comes by them later is about somebody else.
    pub released: Vec<(&'static str, String, String)>,
    /// What was said beside and could not be used.
    pub left_out: Vec<FieldError>,
}

//! What reading gives: an event as it came in, and who it is about.

use jiff::Timestamp;

use super::{
    GivenId, Reader,
    fields::{FieldError, Unread, all_valid},
    member::MemberBody,
};
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

/// Who sends something: the brand, and the name of the caller's key.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    pub brand: &'a str,
    pub name: &'a str,
}

impl Origin<'_> {
    /// The source of events of one kind of call. The same id from another caller, or by another call, is another event.
    pub fn source(&self, call: &str) -> String {
        format!("{}:{call}", self.name)
    }

    /// The same of a member, from the body of a call that names only these two.
    pub fn event_of(
        &self,
        reader: &Reader,
        (call, id, member): (&str, &GivenId, MemberBody),
        fact: Fact,
    ) -> Result<Incoming, Unread> {
        let mut errors = Vec::new();
        let id = id.strict("/id", &mut errors);
        let who = member.who(reader, "/member", &mut errors);
        all_valid(errors)?;
        Ok(self.event((call, id), who, fact))
    }

    /// An event of this origin that happens as it arrives, with the kind of call and the id that the caller gave.
    pub fn event(&self, (call, id): (&str, String), who: Who, fact: Fact) -> Incoming {
        Incoming { brand: self.brand.to_owned(), source: self.source(call), id, occurred_at: None, fact, who }
    }
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
    /// It comes from a file of the past: no system hears of what changes by it.
    pub imported: bool,
    /// Identities that are given up, `(kind, form, member they lead to)`: what comes by them later is about somebody else.
    pub released: Vec<(&'static str, String, String)>,
    /// What was said beside and could not be used.
    pub left_out: Vec<FieldError>,
}

impl Who {
    /// A member that is known, by its own id.
    pub fn of(member: String) -> Self {
        Self { id: Some(member), ..Self::default() }
    }

    /// The same, even if it turned out to be another one.
    pub fn exactly(member: String) -> Self {
        Self { exact: true, ..Self::of(member) }
    }
}

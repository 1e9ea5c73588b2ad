//! A member accepts to be one: what waited for that can be spent by its usual waits, and its clock starts now.

use serde_json::json;

use super::{
    Deciding, Outcome,
    intents::{intent, member_facts},
};
use crate::{
    loyalty::{
        Fact,
        event::{Accepted, Channel},
        intent::{Action, Intent},
        subject::Subject,
    },
    programme::Sender,
    values::calendar::last_day,
};

/// The text that asks a member to accept; its row in `Texts` has this id.
pub const CLAIM: &str = "claim_points";

impl Deciding<'_> {
    pub(super) fn accept(&mut self, _: &Accepted) -> Outcome {
        if self.books.member.is_unaccepted() {
            self.books.member.accept(self.now);
            self.books.let_go_accepted(self.now);
        }
        Outcome::nothing().about(Subject::Accepted { accepted: true })
    }

    /// Points began to wait for the member to accept: it is told, by a text the first time, and so is whoever hears signals.
    pub(super) fn tell_waiting(&self) -> Vec<Intent> {
        let member = &self.books.member;
        let Some(accept_by) = member.accept_by().filter(|last| self.before.accept_by != Some(*last)) else {
            return Vec::new();
        };
        let points = member.balance.pending;
        if points == 0 || matches!(self.event.fact, Fact::Absorbed(_) | Fact::Restored(_)) {
            return Vec::new();
        }
        let data = json!({
            "brand": self.event.brand, "member_id": member.id, "points": points, "accept_by": accept_by,
        });
        let last = accept_by.to_string();
        let waits = Action::Signal { name: "points.waiting".to_owned(), data };
        let signal =
            Intent { valid_until: accept_by, ..intent(self, &["signal", &member.id, "points.waiting", &last], waits) };
        let programme = self.programme();
        let writes = programme.settings.thank_you == Sender::Connector && programme.text(CLAIM, None).is_some();
        let mut intents = vec![signal];
        if writes && self.before.accept_by.is_none() {
            let mut facts = member_facts(member, programme);
            let day = last_day(accept_by, &programme.settings.zone).to_string();
            facts.extend([("points".to_owned(), points.to_string()), ("accept_by".to_owned(), day)]);
            let text = Action::Text {
                text_id: CLAIM.to_owned(),
                cause: "acceptance".to_owned(),
                channel: Channel::Email,
                language: member.language.clone(),
                facts,
            };
            intents.push(Intent { valid_until: accept_by, ..intent(self, &["text", &member.id, CLAIM], text) });
        }
        intents
    }
}

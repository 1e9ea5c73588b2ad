//! What the ledger tells itself of one of its members: a tier changed, a goal was done, a segment was entered. It follows as an event of the same member,
//! where a row of the live version names it, and reaches rules and challenges like one that came from outside; but it is no doing of the
//! member, its points count neither for tiers nor for measures, and it leads on five times at most.

use serde_json::{Value, json};

use super::{
    Event, Fact,
    decide::intents::intent,
    deciding::Deciding,
    intent::{Action, Intent},
    mechanics::ALL,
};
use crate::{
    loyalty::Programme,
    programme::{TIER_CHANGED, is_derived},
};
use jiff::Timestamp;

/// From an event of this depth nothing follows.
const DEEPEST: u64 = 5;

impl Event {
    /// It followed from what was decided for this member. What somebody sent under such a name before it was kept for this is not.
    pub fn is_derived(&self) -> bool {
        self.source == "self" && matches!(&self.fact, Fact::Other { kind, .. } if is_derived(kind))
    }

    /// How many events of this kind led to it; what came from outside has none.
    fn depth(&self) -> u64 {
        match &self.fact {
            Fact::Other { data, .. } if self.is_derived() => data["depth"].as_u64().unwrap_or(DEEPEST),
            _ => 0,
        }
    }
}

impl Programme {
    /// Whether a row names events of this type.
    fn names(&self, kind: &str) -> bool {
        self.rules_for(kind).next().is_some()
            || self.awaits(kind)
            || ALL.iter().any(|listed| listed.mechanic.names(self, kind))
    }
}

impl Deciding<'_> {
    /// Lets events of these types follow, as far as rows name them; once per cause.
    pub(in crate::loyalty) fn derive(&mut self, kinds: Vec<String>, mut data: Value, cause: &[&str]) {
        let depth = self.event.depth();
        for name in kinds {
            if !self.programme().names(&name) {
                continue;
            }
            if depth >= DEEPEST {
                self.ends.push(name);
                continue;
            }
            data["depth"] = json!(depth + 1);
            let member = self.books.member.id.clone();
            let key = [&["follow", member.as_str(), name.as_str()], cause].concat();
            let action =
                Action::Follow { member: member.clone(), event: name.clone(), data: data.clone(), at: Some(self.now) };
            let follows = Intent { valid_until: Timestamp::MAX, ..intent(self, &key, action) };
            self.intents.push(follows);
        }
    }

    /// What does not follow any more.
    pub(in crate::loyalty) fn said_of_ends(&self) -> Option<String> {
        let kinds = self.ends.join(", ");
        (!kinds.is_empty()).then(|| format!("{kinds} does not follow: {DEEPEST} events have led to this one already"))
    }

    /// Nothing changes for people who turn out to be one, for who is gone, or by what is brought from elsewhere.
    pub(in crate::loyalty) fn leads_on(&self) -> bool {
        let (fact, member) = (&self.event.fact, &self.books.member);
        let moves = matches!(fact, Fact::Merged(_) | Fact::Absorbed(_) | Fact::Unmerged(_) | Fact::Restored(_));
        !(moves || fact.is_past() || member.left_at.is_some() || member.merged_into.is_some())
    }

    /// Another tier is worn than before: told to the orchestrator, and to rows that name it.
    pub(in crate::loyalty) fn tell_tier(&mut self) {
        let (before, member) = (self.before.tier.clone(), &self.books.member);
        let (is, until) = (member.tier.id.clone(), member.tier.until);
        if before.is_empty() || before == is || !self.leads_on() {
            return;
        }
        let up = self.programme().tier_rank(&is) > self.programme().tier_rank(&before);
        let (order_id, state) = match &self.event.fact {
            Fact::Order { order_id, state } => (Some(order_id), Some(state)),
            _ => (None, None),
        };
        let mut data = json!({
            "brand": self.event.brand, "member_id": member.id, "tier": is, "tier_before": before, "up": up, "until": until,
            "order_id": order_id, "channel": state.and_then(|state| state.channel.as_ref()),
            "store": state.and_then(|state| state.store.as_ref()), "occurred_at": self.event.occurred_at,
        });
        if let Some(data) = data.as_object_mut() {
            data.retain(|_, value| !value.is_null());
        }
        let (source, id) = (self.event.source.as_str(), self.event.id.as_str());
        let key = ["signal", &member.id, TIER_CHANGED, source, id];
        let signal = intent(self, &key, Action::Signal { name: TIER_CHANGED.to_owned(), data });
        self.intents.push(signal);
        let event = self.event;
        self.derive(
            vec![TIER_CHANGED.to_owned(), format!("{TIER_CHANGED}:{is}")],
            json!({ "up": up }),
            &[&event.source, &event.id],
        );
    }
}

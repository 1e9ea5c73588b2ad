//! Destination `self`: an event that follows from another member's goes back to the writer. Its id is the intent's own, so
//! carrying it out again is the same event.

use crate::{
    delivery::{IntentDestination, IntentItem, Outcome, Sending},
    intake::{Incoming, Who},
    loyalty::{Fact, intent::Action},
    writer::Writer,
};

pub struct FollowUps(pub Writer);

impl IntentDestination for FollowUps {
    fn name(&self) -> &'static str {
        "self"
    }

    fn parallel(&self) -> usize {
        64
    }

    fn carry_out<'a>(&'a self, item: &'a IntentItem) -> Sending<'a, Outcome> {
        Box::pin(async move {
            let Action::Follow { member, event, data, at } = &item.action else {
                return Outcome::Refused("is no follow-up".to_owned());
            };
            let fact = match Fact::parse(event, &data.to_string()) {
                Ok(fact) => fact,
                Err(error) => return Outcome::Refused(format!("is unreadable: {error}")),
            };
            let incoming = Incoming {
                brand: item.brand.clone(),
                source: "self".to_owned(),
                id: item.id.clone(),
                occurred_at: *at,
                who: Who { id: Some(member.clone()), exact: fact.is_for_nobody_else(), ..Who::default() },
                fact,
            };
            match self.0.accept(incoming).await {
                Ok(_) => Outcome::Delivered,
                Err(passing) if passing.is_passing() => Outcome::Down(passing.to_string()),
                Err(refused) => Outcome::Refused(refused.to_string()),
            }
        })
    }
}

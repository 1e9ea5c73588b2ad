//! Whose an event is: its identity known already, the owner of its strongest identity, the member that one turned out to be.

use std::sync::Arc;

use super::{Accepted, Answer, NotAccepted};
use crate::{
    clock::to_micros,
    intake::Incoming,
    loyalty::{Event, Fact, Order, Programmes, Refusal, event::OrderLeft, receipt::Receipt},
    store::{batch::ConflictRow, find::Known},
    writer::{
        batch::{Key, Prepared, Round},
        decide_event::{Hashed, Staged, Whom},
        lookup::{joining, led},
    },
};

impl Round<'_> {
    /// The same identity again: the stored receipt when it says the same, a conflict when it does not.
    pub(super) fn repeat(&mut self, prepared: &Prepared, known: &Known) -> Answer {
        let incoming = &prepared.incoming;
        let owner = self.owner(prepared);
        let led = owner.clone().and_then(|owner| self.led(incoming, owner).ok());
        let ours = |owner: &Option<String>| owner.as_deref() == Some(known.member.as_str());
        if known.hash == prepared.hash && (ours(&owner) || ours(&led)) {
            let key = (incoming.brand.clone(), known.member.clone());
            let notes = self.shared_identities(&key, &incoming.who, &prepared.identities, &prepared.found.owners);
            return Ok(Accepted { receipt: Receipt { duplicate: true, notes, ..known.receipt.clone() } });
        }
        self.batch.conflicts.push(ConflictRow {
            brand: incoming.brand.clone(),
            source: incoming.source.clone(),
            id: incoming.id.clone(),
            recorded_at: to_micros(self.now),
            detail: "known with other content".to_owned(),
        });
        Err(NotAccepted::Conflict { source_name: incoming.source.clone(), id: incoming.id.clone() })
    }

    /// The member that its identities name, before anybody turned out to be somebody else.
    pub(super) fn owner(&self, prepared: &Prepared) -> Option<String> {
        let Prepared { incoming, found, identities, .. } = prepared;
        let owners = identities.iter().zip(&found.owners).filter_map(|((kind, hash), owner)| {
            let joined = || self.uncommitted.joined.get(&(incoming.brand.clone(), *kind, hash.clone())).cloned();
            let owner = owner.clone().or_else(joined)?;
            let known = self.members.get(&(incoming.brand.clone(), owner.clone()));
            Some((*kind, owner, known.and_then(|known| known.person.external_id.as_deref())))
        });
        incoming.who.owner(owners)
    }

    /// Whom what comes for a member is decided for: the one it turned out to be.
    pub(super) fn led(&self, incoming: &Incoming, owner: String) -> Result<String, NotAccepted> {
        let led = if incoming.who.exact { Some(owner) } else { led(&self.members, &incoming.brand, owner) };
        led.ok_or_else(joining)
    }

    /// The member that an order of this one is decided for: after an un-merge, perhaps the one it was taken for.
    pub(super) fn owner_for_order(
        &self,
        Prepared { incoming, found, .. }: &Prepared,
        owner: String,
    ) -> Result<String, NotAccepted> {
        let known = self.members.get(&(incoming.brand.clone(), owner.clone()));
        match (known, &found.order) {
            (Some(loaded), Some(order)) => self.led(incoming, order.decided_for(&loaded.member).to_owned()),
            _ => Ok(owner),
        }
    }

    /// What happens first where an order was another member's until now: there it ends.
    pub(super) fn leaves(
        &self,
        programmes: &Programmes,
        whom: &Whom,
        events: &[Hashed],
        order: Option<&Arc<Order>>,
    ) -> Result<Option<Staged>, NotAccepted> {
        let Some((event, state)) = events.iter().find_map(|(event, _)| match &event.fact {
            Fact::Order { state, .. } => Some((event, state)),
            _ => None,
        }) else {
            return Ok(None);
        };
        let Some(order) = order.filter(|order| !order.is_newer_than(state) && !order.is_of(&whom.loaded.member)) else {
            return Ok(None);
        };
        let holder = led(&self.members, &whom.key.0, order.owner().clone()).ok_or_else(joining)?;
        if holder == whom.key.1 {
            return Ok(None); // just being joined
        }
        let key = (whom.key.0.clone(), holder);
        let loaded = self.members.get(&key).ok_or_else(joining)?;
        if !order.is_of(&loaded.member) {
            return Err(joining()); // it is on its way there itself
        }
        let fact = Fact::OrderLeft(OrderLeft { order_id: order.id.clone(), to: whom.key.1.clone() });
        let (source, id) = ("self".to_owned(), format!("left:{}:{}", event.source, event.id));
        let left = Event { brand: key.0.clone(), source, id, occurred_at: self.now, fact };
        let data = left.fact.text()?;
        let content = (self.desk.hash_of(&left, &data), data);
        self.stage(programmes, key, (loaded, loaded.key), Some(Arc::clone(order)), vec![(left, content)]).map(Some)
    }

    /// An order of a member that is just being joined to this one is not somebody else's: it comes again in a moment.
    pub(super) fn explained(&self, refusal: Refusal, key: &Key, order: Option<&Order>) -> NotAccepted {
        let owner = order.and_then(|order| self.members.get(&(key.0.clone(), order.owner().clone())));
        let of_joining = owner.is_some_and(|owner| owner.member.merged_into.as_deref() == Some(&key.1));
        match refusal {
            Refusal::OrderOfAnotherMember { .. } if of_joining => joining(),
            refusal => refusal.into(),
        }
    }
}

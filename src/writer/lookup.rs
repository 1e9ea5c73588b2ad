//! What a batch asks the store and how an incoming event is named: questions, hashes, who is led where, what concerns whom.

use std::{collections::BTreeSet, sync::Arc};

use foldhash::HashMap;

use super::{Desk, NotAccepted};
use crate::{
    intake::{Incoming, Who},
    loyalty::{Decision, Event, Fact, Member, Order, subject::Subject},
    store::{
        Batch,
        batch::{DuplicateRow, IdentityRow, SettledRow},
        find::{Found, Loaded, Question},
    },
    values::seal,
    writer::{batch::Key, cache::Cache},
};

/// Members that loaded ones lead to and that are not loaded yet.
pub(super) fn leads(members: &HashMap<Key, Arc<Loaded>>) -> Vec<Key> {
    let into =
        members.iter().filter_map(|((brand, _), loaded)| Some((brand.clone(), loaded.member.merged_into.clone()?)));
    into.filter(|key| !members.contains_key(key)).collect::<BTreeSet<Key>>().into_iter().collect()
}

/// Members that this may be about, by id: mostly one, by whatever it is named.
pub(super) fn named<'a>(incoming: &'a Incoming, found: &'a Found) -> Vec<&'a String> {
    let of_order = found.order.as_ref().map(|order| order.owner());
    let into = if let Fact::Merged(merged) = &incoming.fact { Some(&merged.into) } else { None };
    let named = found.owners.iter().flatten().chain(&incoming.who.id).chain(of_order).chain(into);
    let mut named: Vec<&String> = named.collect();
    named.sort_unstable();
    named.dedup();
    named
}

/// The member that this one turned out to be; nobody while two are being merged into each other, which soon undoes itself.
pub(super) fn led(members: &HashMap<Key, Arc<Loaded>>, brand: &str, owner: String) -> Option<String> {
    let (mut key, mut steps) = ((brand.to_owned(), owner), members.len());
    while let Some(into) = members.get(&key).and_then(|loaded| loaded.member.merged_into.clone()) {
        steps = steps.checked_sub(1)?;
        key.1 = into;
    }
    Some(key.1)
}

/// What is said meanwhile: it can be asked again in a moment.
pub(super) fn joining() -> NotAccepted {
    NotAccepted::Unavailable("the members it concerns are just being joined".to_owned())
}

/// Names under which a caller will come back: a hold and a claim lead to their member.
pub(super) fn names(staged: &mut Batch, desk: &Desk, event: &Event, (before, decision): (&Member, &Decision)) {
    let Some((kind, id)) = decision.receipt.subject.as_ref().and_then(Subject::name) else { return };
    if before.claims.contains_key(id) {
        return; // taken back and given again, it is the claim that it was
    }
    let hash = seal::keyed_hash(&desk.secret, &[kind, id]);
    staged.identities.push(IdentityRow { brand: event.brand.clone(), kind, hash, member: decision.member.id.clone() });
}

/// What a person said of two members that might be one: they are, or they are not.
pub(super) fn settled(fact: &Fact, key: &Key, at: i64) -> Option<SettledRow> {
    let (other, state) = match fact {
        Fact::Merged(merged) => (&merged.into, "merged"),
        Fact::Unmerged(unmerged) => (&unmerged.from, "apart"),
        _ => return None,
    };
    let pair = DuplicateRow::of(&key.0, [key.1.clone(), other.clone()], "merge", at);
    Some(SettledRow { pair, state })
}

/// Whether a destination shows anything of this kind of event.
pub(super) fn concerns(destination: &str, fact: &Fact) -> bool {
    match fact {
        Fact::TextWritten(_) | Fact::MessageRequested(_) | Fact::PastCounted(_) => false,
        Fact::Segments(_) => destination != "unomi", // it came from there
        _ => true,
    }
}

/// What memory answers of an event's question.
pub(super) struct Remembered {
    /// The event's identities, hashed, and the owners that are known.
    pub identities: Vec<(&'static str, String)>,
    owners: Vec<Option<String>>,
    /// Which of them are looked up: a former form only while the one of today is not known.
    wanted: Vec<bool>,
    order: Option<Arc<Order>>,
    /// Nobody else writes.
    remembers: bool,
}

impl Remembered {
    pub(super) fn of(desk: &Desk, cache: &mut Cache, incoming: &Incoming) -> Self {
        let identities = identities(desk, incoming);
        let mut owner =
            |(kind, hash): &(&'static str, String)| cache.owners.get(&(incoming.brand.clone(), *kind, hash.clone()));
        let owners: Vec<Option<String>> = identities.iter().map(&mut owner).collect();
        let mut known = false;
        let wanted = incoming.who.forms().zip(&owners).map(|(form, owner)| {
            known = if form.former { known } else { owner.is_some() };
            owner.is_none() && !(form.former && known)
        });
        let wanted = wanted.collect();
        let order = incoming.fact.order_id().and_then(|id| cache.orders.get(&(incoming.brand.clone(), id.to_owned())));
        Self { identities, owners, wanted, order, remembers: !desk.store.is_shared() }
    }

    /// What is left to ask the store, if anything.
    pub(super) fn question(&self, incoming: &Incoming) -> Option<Question> {
        let unknown = self.identities.iter().zip(&self.wanted).filter(|(_, wanted)| **wanted);
        let revision = if let Fact::Order { state, .. } = &incoming.fact { Some(state.revision) } else { None };
        let question = Question {
            brand: incoming.brand.clone(),
            source: incoming.source.clone(),
            id: incoming.id.clone(),
            order_id: incoming.fact.order_id().filter(|_| self.order.is_none()).map(str::to_owned),
            revision,
            identities: unknown.map(|(identity, _)| identity.clone()).collect(),
        };
        let answered = self.order.is_some() && question.is_news_for(self.order.as_deref());
        (!answered || !question.identities.is_empty()).then_some(question)
    }

    /// The store's answer with what was known; memory takes over the owners that are new to it.
    pub(super) fn completed(&mut self, cache: &mut Cache, incoming: &Incoming, found: Found) -> Found {
        let mut answered = found.owners.into_iter();
        let places = self.identities.iter().zip(&mut self.owners).zip(&self.wanted);
        for (((kind, hash), owner), _) in places.filter(|(_, wanted)| **wanted) {
            *owner = answered.next().flatten();
            let place = (incoming.brand.clone(), *kind, hash.clone());
            if let Some(owner) = owner.clone().filter(|_| self.remembers && !cache.released.contains(&place)) {
                cache.owners.put(place, owner);
            }
        }
        let (order, owners) = (self.order.take().or(found.order), std::mem::take(&mut self.owners));
        Found { known: found.known, order, owners }
    }
}

fn identities(desk: &Desk, incoming: &Incoming) -> Vec<(&'static str, String)> {
    let hash = |kind: &'static str, value: &str| (kind, seal::keyed_hash(&desk.secret, &[kind, value]));
    incoming.who.forms().map(|form| hash(form.kind, form.value)).collect()
}

impl Desk {
    /// Keyed hash of what was sent, without the member's facts. An instant that the caller did not give is not part of it.
    pub(super) fn content_hash(&self, incoming: &Incoming, data: &str) -> String {
        let occurred_at = incoming.occurred_at.map(|at| at.to_string()).unwrap_or_default();
        seal::keyed_hash(&self.secret, &[incoming.fact.kind(), &occurred_at, data])
    }

    /// The same of an event that the connector makes itself.
    pub(super) fn hash_of(&self, event: &Event, data: &str) -> String {
        seal::keyed_hash(&self.secret, &[event.fact.kind(), data])
    }
}

impl Who {
    /// Names the strongest identity without telling it.
    pub(super) fn describe(&self) -> String {
        match (&self.id, self.identities.first()) {
            (Some(id), _) => id.clone(),
            (None, Some((kind, _))) => format!("this {kind}"),
            (None, None) => "nothing: give at least one identity".to_owned(),
        }
    }
}

//! What a batch asks the store and how an incoming event is named: questions, hashes, who is led where, what concerns whom.

use std::collections::{BTreeSet, HashMap};

use super::{Desk, Incoming, NotAccepted, Who, round::Key};
use crate::{
    ids,
    loyalty::{Decision, Event, Fact},
    programme::Programmes,
    store::{
        Batch,
        batch::IdentityRow,
        find::{Found, Loaded, Question},
        seal,
    },
};

/// Members that loaded ones lead to and that are not loaded yet.
pub(super) fn leads(members: &HashMap<Key, Loaded>) -> Vec<Key> {
    let into =
        members.iter().filter_map(|((brand, _), loaded)| Some((brand.clone(), loaded.member.merged_into.clone()?)));
    into.filter(|key| !members.contains_key(key)).collect::<BTreeSet<Key>>().into_iter().collect()
}

/// Members that this may be about, by id.
pub(super) fn named<'a>(incoming: &'a Incoming, found: &'a Found) -> impl Iterator<Item = &'a String> {
    let of_order = found.order.as_ref().map(|order| &order.member);
    found.owners.iter().flatten().chain(&incoming.who.id).chain(of_order)
}

/// The member that this one turned out to be; nobody while two are being merged into each other, which soon undoes itself.
pub(super) fn led(members: &HashMap<Key, Loaded>, brand: &str, owner: String) -> Option<String> {
    let (mut owner, mut steps) = (owner, members.len());
    while let Some(into) =
        members.get(&(brand.to_owned(), owner.clone())).and_then(|loaded| loaded.member.merged_into.clone())
    {
        steps = steps.checked_sub(1)?;
        owner = into;
    }
    Some(owner)
}

/// What is said meanwhile: it can be asked again in a moment.
pub(super) fn joining() -> NotAccepted {
    NotAccepted::Unavailable("two members are just being joined".to_owned())
}

/// What the accepting side adds to a fact: a coupon's code, which nobody can guess and which is no part of what was asked.
pub(super) fn complete(fact: &mut Fact, programmes: &Programmes) {
    if let Fact::Claimed(claim) = fact {
        let reward = programmes.live().programme.rewards.iter().find(|reward| reward.id == claim.reward);
        claim.code = reward.and_then(|reward| reward.offer.as_ref()).map(|_| ids::code());
    }
}

/// Names under which a caller will come back: a hold and a claim lead to their member.
pub(super) fn names(staged: &mut Batch, desk: &Desk, event: &Event, decision: &Decision) {
    let kind = match event.fact {
        Fact::HoldMade(_) => "hold",
        Fact::Claimed(_) => "claim",
        _ => return,
    };
    let Some(id) = decision.receipt.subject.as_ref().and_then(|subject| subject["id"].as_str()) else { return };
    let hash = seal::keyed_hash(&desk.secret, &[kind, id]);
    staged.identities.push(IdentityRow { brand: event.brand.clone(), kind, hash, member: decision.member.id.clone() });
}

/// Whether a destination shows anything of this kind of event.
pub(super) fn concerns(destination: &str, fact: &Fact) -> bool {
    match fact {
        Fact::TextWritten(_) | Fact::MessageRequested(_) => false,
        Fact::Segments(_) => destination != "unomi", // it came from there
        _ => true,
    }
}

pub(super) fn question(desk: &Desk, incoming: &Incoming) -> Question {
    Question {
        brand: incoming.brand.clone(),
        source: incoming.source.clone(),
        id: incoming.id.clone(),
        order_id: incoming.fact.order_id().map(str::to_owned),
        identities: identities(desk, incoming),
    }
}

pub(super) fn identities(desk: &Desk, incoming: &Incoming) -> Vec<(&'static str, String)> {
    let hash = |kind: &'static str, value: &str| (kind, seal::keyed_hash(&desk.secret, &[kind, value]));
    incoming.who.identities.iter().map(|(kind, value)| hash(kind, value)).collect()
}

/// Keyed hash of what was sent, without the member's facts. An instant that the caller did not give is not part of it.
pub(super) fn content_hash(desk: &Desk, incoming: &Incoming) -> String {
    let occurred_at = incoming.occurred_at.map(|at| at.to_string()).unwrap_or_default();
    let data = incoming.fact.data().to_string();
    seal::keyed_hash(&desk.secret, &[incoming.fact.kind(), &occurred_at, &data])
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

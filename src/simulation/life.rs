//! One life of the ledger: every event decided as the writer decides it, with what falls due by a heap of alarms and what follows
//! for others right after its cause. Nothing is written.

mod members;

use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque},
    sync::Arc,
};

use jiff::Timestamp;

use super::{Happened, Start, Window, tally::Tally};
use crate::{
    loyalty::{
        Decision, Event, Fact, Member, Order, Programmes, Refusal,
        counters::{Change, Counts},
        decide,
        event::{OrderLeft, TimePassed},
        intent::Action,
    },
    values::id::{derived, derived_uuid},
};
use members::Members;
pub use members::{BrokeOff, Ended};

/// What follows from one event; more is a circle, as where members were merged in another order than follow-ups came in.
pub const FOLLOWS_MOST: usize = 100;

/// A ledger under one programme.
pub struct Life {
    programmes: Programmes,
    members: Members,
    orders: BTreeMap<String, Arc<Order>>,
    counts: Counts,
    codes: BTreeMap<String, String>,
    from: Timestamp,
    until: Timestamp,
    every: i64,
    /// By instant and member; one that the member's document does not say any more does not ring.
    alarms: BinaryHeap<Reverse<(Timestamp, usize)>>,
    /// Alarms that rang: each rings once, though it may be set again.
    rang: BTreeSet<(usize, Timestamp)>,
    tally: Tally,
}

/// How it ended.
pub struct Lived {
    pub ids: Arc<Vec<String>>,
    pub members: Vec<Option<Ended>>,
    pub programmes: Programmes,
    pub broke_off: Option<BrokeOff>,
    /// Tiers, and how many members wear each.
    tiers: Vec<(String, i64)>,
    pub(super) tally: Tally,
}

impl Lived {
    /// The tier that a member wears.
    pub fn tier(&self, ended: &Ended) -> &str {
        self.tiers.get(ended.tier as usize).map_or("", |(tier, _)| tier)
    }

    /// How many members wear each tier; who turned out to be somebody else, and tries of the shop's own people, wear none.
    pub fn wear(&self) -> impl Iterator<Item = (&str, i64)> {
        self.tiers.iter().map(|(tier, members)| (tier.as_str(), *members))
    }
}

/// What one event led to, not kept yet.
struct Decided {
    member: usize,
    decision: Box<Decision>,
}

impl Life {
    pub fn new(programmes: Programmes, mut start: Start) -> Self {
        let Window { from, until } = start.window;
        let mut alarms = BinaryHeap::new();
        for (place, member) in start.members.iter().enumerate() {
            let due = member.as_ref().and_then(|member| member.next_due_at);
            alarms.extend(due.filter(|at| *at < until).map(|at| Reverse((at, place))));
        }
        let (tally, members) = (Tally::of(start.ids.len()), Members::of(&mut start));
        let Start { orders, counts, codes, every, .. } = start;
        let (every, rang) = (i64::from(every.max(1)), BTreeSet::new());
        Self { programmes, members, orders, counts, codes, from, until, every, alarms, rang, tally }
    }

    /// Why it cannot go on, if so.
    pub fn broke_off(&self) -> Option<BrokeOff> {
        self.members.broke_off()
    }

    /// What falls due until then, and what happened. What is refused is skipped and counted.
    pub fn take(&mut self, happened: &Happened) {
        self.ring(happened.at);
        let kind = happened.event.fact.kind();
        if self.happens(happened.member, Cow::Borrowed(&happened.event), happened.at).is_err() {
            self.tally.refused(kind);
        }
        if let Some(id) = happened.event.fact.order_id().filter(|_| happened.last_of_order) {
            self.orders.remove(id);
        }
        self.members.happened(happened.member);
    }

    /// Time passes to the end of the window.
    pub fn end(mut self) -> Lived {
        self.ring(self.until); // no alarm is kept that rings later
        let Self { programmes, tally, members, .. } = self;
        let (ids, broke_off) = (Arc::clone(&members.ids), members.broke_off());
        let (members, tiers) = members.end();
        Lived { ids, members, programmes, broke_off, tiers, tally }
    }

    /// Lets every alarm ring at its own instant; one that should have rung before the window, as it begins.
    fn ring(&mut self, until: Timestamp) {
        while let Some(Reverse((at, place))) = self.alarms.peek().copied().filter(|Reverse((at, _))| *at <= until) {
            self.alarms.pop();
            let Some(member) = self.members.held(place) else { continue };
            if member.next_due_at != Some(at) || !self.rang.insert((place, at)) {
                continue;
            }
            let (brand, source) = (String::new(), "time".to_owned());
            let id = derived_uuid(&[&member.id, &at.to_string()]).to_string();
            let fact = Fact::TimePassed(TimePassed { due_at: at });
            let event = Event { brand, source, id, occurred_at: at, fact };
            // Refused only where a document is past its bounds: it stands still.
            let _ = self.happens(place, Cow::Owned(event), at.max(self.from));
            self.members.let_go();
        }
    }

    /// One event, whole or not at all, and what follows from it.
    fn happens(&mut self, member: usize, event: Cow<'_, Event>, now: Timestamp) -> Result<(), Refusal> {
        let mut follows = VecDeque::new();
        self.decide(member, event, now, &mut follows)?;
        for _ in 0..FOLLOWS_MOST {
            let Some((member, event)) = follows.pop_front() else { break };
            if let Err(refusal) = self.decide(member, Cow::Owned(event), now, &mut follows) {
                self.tally.refused(&refusal.to_string());
            }
        }
        Ok(())
    }

    fn decide(
        &mut self,
        member: usize,
        event: Cow<'_, Event>,
        now: Timestamp,
        follows: &mut VecDeque<(usize, Event)>,
    ) -> Result<(), Refusal> {
        let event = self.completed(event, now);
        let known = event.fact.order_id().and_then(|id| self.orders.get(id));
        let known = known.map(|order| &**order);
        let left = self.leaves((member, &event), known, now)?;
        let order = left.as_ref().and_then(|left| left.decision.order.as_ref()).or(known);
        let decided = self.decided(member, &event, order, now)?;
        for Decided { member, decision } in left.into_iter().chain([decided]) {
            self.keep(member, &event, *decision, follows);
        }
        Ok(())
    }

    fn decided(&self, member: usize, event: &Event, order: Option<&Order>, now: Timestamp) -> Result<Decided, Refusal> {
        let new;
        let before = if let Some(known) = self.members.here(member) {
            known
        } else {
            new = Member::new(self.members.ids[member].clone(), now);
            &new
        };
        let decision = decide(&self.programmes_at(now), before, order, event, &self.counts, now)?;
        Ok(Decided { member, decision: Box::new(decision) })
    }

    /// The versions that there were at an instant, as the writer has them.
    fn programmes_at(&self, now: Timestamp) -> Programmes {
        self.programmes.as_of(self.programmes.at(now).number)
    }

    /// An order that was another member's until now ends there first, as the writer has it.
    fn leaves(
        &self,
        (member, event): (usize, &Event),
        order: Option<&Order>,
        now: Timestamp,
    ) -> Result<Option<Decided>, Refusal> {
        let (Fact::Order { order_id, state }, Some(order)) = (&event.fact, order) else { return Ok(None) };
        let of = |place: usize| self.members.here(place).is_some_and(|member| order.is_of(member));
        let Some(holder) = self.members.led(order.owner()).filter(|holder| *holder != member && of(*holder)) else {
            return Ok(None);
        };
        if order.is_newer_than(state) || of(member) {
            return Ok(None);
        }
        let fact = Fact::OrderLeft(OrderLeft { order_id: order_id.clone(), to: self.members.ids[member].clone() });
        let id = format!("left:{}:{}", event.source, event.id);
        let left = Event { brand: event.brand.clone(), source: "self".to_owned(), id, occurred_at: now, fact };
        self.decided(holder, &left, Some(order), now).map(Some)
    }

    /// With what the writer adds: a coupon's code. One that was made in its time is that one.
    fn completed<'e>(&self, event: Cow<'e, Event>, now: Timestamp) -> Cow<'e, Event> {
        let is_complete = match &event.fact {
            Fact::Order { .. } | Fact::Other { .. } | Fact::Joined(_) => true, // most are, and nothing is ever added to these
            Fact::Claimed(claim) => claim.code.is_some(),
            _ => false,
        };
        if is_complete {
            return event;
        }
        let mut event = event.into_owned();
        let Event { brand, source, id, fact, .. } = &mut event;
        let made = || derived("code", &[brand, source, id]);
        let code = || self.codes.get(id).cloned().unwrap_or_else(made);
        fact.complete(&self.programmes_at(now), &code);
        Cow::Owned(event)
    }

    fn keep(&mut self, place: usize, cause: &Event, decision: Decision, follows: &mut VecDeque<(usize, Event)>) {
        let before = self.members.held(place);
        let known = decision.order.as_ref().and_then(|order| self.orders.get(&order.id)).map(|order| &**order);
        self.tally.take(place, (before, known), &decision);
        for (key, change) in decision.counted {
            let count = self.counts.entry(key).or_default();
            *count = count.changed(&Change { by: change.by.saturating_mul(self.every), ..change });
        }
        for intent in decision.intents {
            if let Action::Follow { member, event, data, at } = &intent.action
                && let Ok(fact) = Fact::parse(event, &data.to_string())
                && let Some(to) =
                    if fact.is_for_nobody_else() { self.members.place(member) } else { self.members.led(member) }
            {
                let (brand, source) = (cause.brand.clone(), "self".to_owned());
                let occurred_at = at.unwrap_or(decision.now);
                follows.push_back((to, Event { brand, source, id: intent.id, occurred_at, fact }));
            }
        }
        if let Some(order) = decision.order {
            self.orders.insert(order.id.clone(), Arc::new(order));
        }
        let was = before.and_then(|before| before.next_due_at);
        let due = decision.member.next_due_at.filter(|at| *at < self.until && Some(*at) != was);
        if let Some(at) = due.filter(|at| *at > decision.now || !self.rang.contains(&(place, *at))) {
            self.alarms.push(Reverse((at, place)));
        }
        self.members.put(place, decision.member);
    }
}

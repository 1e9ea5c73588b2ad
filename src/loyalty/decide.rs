//! decide: (programmes, member, order, event, now) -> what follows. Total, deterministic, and the only place that changes a
//! member. Everything due until `now` happens first, at its own instant; then the event; then tier, alarm and intents.

use jiff::Timestamp;

use super::{
    books::{About, Books},
    earn::{Circumstances, earned_by_event},
    entry::Entry,
    event::{Adjustment, Event, Fact, Joined},
    id::derived,
    intent::Intent,
    member::Member,
    order::{Award, Order, Pins},
    receipt::{EntryView, Points, Receipt},
    tier,
};
use crate::programme::{Programme, Programmes, Rule, Version};

pub mod intents;
mod orders;

/// What follows from an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    pub member: Member,
    pub order: Option<Order>,
    pub entries: Vec<Entry>,
    pub intents: Vec<Intent>,
    pub receipt: Receipt,
    /// The live programme version, as seen by this decision.
    pub programme: u32,
    /// The instant the decision was made at: never before the member's last one.
    pub now: Timestamp,
}

/// Why an event is not accepted. Nothing is stored, so asking again asks anew.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the member can spend {available} points, {wanted} are needed")]
    NotEnoughPoints { available: i64, wanted: i64 },
    #[error("order {order} belongs to another member")]
    OrderOfAnotherMember { order: String },
    #[error("order {order} was ordered by `{known}` so far; keep to it")]
    MixedRevisions { order: String, known: &'static str },
    #[error("the programme counts in {programme}, the order in {order}")]
    WrongCurrency { programme: String, order: String },
    #[error("{field} lies more than 5 minutes in the future")]
    InTheFuture { field: &'static str },
}

/// A business instant further ahead than this is refused.
const AHEAD_SECONDS: i64 = 300;

/// Decides one event. `order` is the kept document of the order the event is about, `clock` the present instant.
pub fn decide(
    programmes: &Programmes,
    member: &Member,
    order: Option<&Order>,
    event: &Event,
    clock: Timestamp,
) -> Result<Decision, Refusal> {
    let now = clock.max(member.recorded_at);
    let live = programmes.live();
    refuse_future(event, now)?;
    let mut case = Case::open(programmes, live, member, event, now);
    case.fall_due();
    let (order, points, note) = match &event.fact {
        Fact::Order { order_id, state } => case.order(order_id, state, order)?,
        Fact::Adjustment(adjustment) => case.adjust(adjustment)?,
        Fact::Joined(facts) | Fact::Changed(facts) => case.know(facts),
        Fact::Segments(seen) => case.see(&seen.segments),
        Fact::Other { kind, .. } => case.reward(kind),
        Fact::TextWritten(_) | Fact::MessageRequested(_) => (None, NOTHING, None),
    };
    case.fall_due(); // a late order can open a lot that has expired already
    Ok(case.close(order, points, note))
}

const NOTHING: Points = Points { earned: 0, change: 0 };
type Outcome = (Option<Order>, Points, Option<String>);

fn refuse_future(event: &Event, now: Timestamp) -> Result<(), Refusal> {
    let ahead = |at: Timestamp| at.as_second() - now.as_second() > AHEAD_SECONDS;
    let instants = match &event.fact {
        Fact::Order { state, .. } => vec![("placed_at", Some(state.placed_at)), ("paid_at", state.paid_at)],
        _ => vec![("occurred_at", Some(event.occurred_at))],
    };
    let refused = instants.into_iter().find(|(_, at)| at.is_some_and(ahead));
    refused.map_or(Ok(()), |(field, _)| Err(Refusal::InTheFuture { field }))
}

/// One event being decided.
struct Case<'a> {
    programmes: &'a Programmes,
    live: &'a Version,
    event: &'a Event,
    now: Timestamp,
    books: Books,
    tier_before: String,
}

impl<'a> Case<'a> {
    fn open(programmes: &'a Programmes, live: &'a Version, member: &Member, event: &'a Event, now: Timestamp) -> Self {
        let mut member = member.clone();
        member.version += 1;
        member.recorded_at = now;
        let tier_before = member.tier.id.clone();
        if member.tier.id.is_empty() {
            member.tier = tier::standing(&live.programme, &member, now);
        }
        let key = [event.brand.clone(), event.source.clone(), event.id.clone()];
        Self { programmes, live, event, now, books: Books::open(member, key), tier_before }
    }

    fn programme(&self) -> &'a Programme {
        &self.live.programme
    }

    /// All that is due until now: expiries, and the end of a tier's term.
    fn fall_due(&mut self) {
        self.books.expire_due(self.now);
        self.books.member.tier = tier::standing(self.programme(), &self.books.member, self.now);
    }

    fn qualify(&mut self, pinned: &Programme, rule: &Rule, at: Timestamp, points: i64) {
        let member = &mut self.books.member;
        member.progress.earned += points;
        if rule.qualifying {
            let day = at.to_zoned(pinned.settings.zone.clone()).date();
            let sum = member.qualifying.entry(day).or_insert(0);
            *sum += points;
            if *sum == 0 {
                member.qualifying.remove(&day);
            }
        }
    }

    fn pins(&self) -> Pins {
        let member = &self.books.member;
        Pins { tier: member.tier.id.clone(), segments: member.segments.clone() }
    }

    fn active_at(&mut self, at: Timestamp) {
        let member = &mut self.books.member;
        member.last_activity_at = member.last_activity_at.max(Some(at));
    }

    fn adjust(&mut self, adjustment: &Adjustment) -> Result<Outcome, Refusal> {
        let points = adjustment.points;
        let available = self.books.member.balance.spendable();
        if points < 0 && available < -points {
            return Err(Refusal::NotEnoughPoints { available: available.max(0), wanted: -points });
        }
        if points < 0 {
            self.books.deduct(-points, self.now);
        } else if points > 0 {
            let settings = &self.live.programme.settings;
            let expires_at = settings.expires.map(|span| span.after(self.now, &settings.zone));
            let lot = derived("lot", &[&self.event.brand, &self.event.source, &self.event.id]);
            self.books.grant(&Award { lot, points, available_from: self.now, expires_at }, points);
        }
        Ok((None, Points { earned: points.max(0), change: points }, None))
    }

    fn know(&mut self, facts: &Joined) -> Outcome {
        let member = &mut self.books.member;
        if facts.language.is_some() {
            member.language.clone_from(&facts.language);
        }
        member.test |= facts.test;
        (None, NOTHING, None)
    }

    fn see(&mut self, segments: &std::collections::BTreeSet<String>) -> Outcome {
        self.books.member.segments.clone_from(segments);
        (None, NOTHING, None)
    }

    /// Any other event: each matching rule gives its points once.
    fn reward(&mut self, kind: &str) -> Outcome {
        let pinned = &self.programmes.at(self.event.occurred_at).programme;
        let pins = self.pins();
        let given = Circumstances { pins: &pins, at: self.event.occurred_at, first_purchase: false };
        let earned = earned_by_event(pinned, kind, &given);
        for rule in pinned.rules.iter().filter(|rule| earned.contains_key(&rule.id)) {
            let lot = derived("lot", &[&self.event.brand, &self.event.source, &self.event.id, &rule.id]);
            let mut award = award_from(pinned, rule, lot, self.event.occurred_at);
            award.points = earned[&rule.id];
            let about = About { rule: Some(&rule.id), text: Some(&rule.name), ..About::default() };
            self.books.award(&award, award.points, &about);
            self.qualify(pinned, rule, self.event.occurred_at, award.points);
        }
        self.active_at(self.event.occurred_at);
        let points = earned.values().sum();
        (None, Points { earned: points, change: points }, None)
    }

    fn close(mut self, order: Option<Order>, points: Points, note: Option<String>) -> Decision {
        let programme = self.programme();
        self.books.member.next_due_at = next_due_at(&self.books.member);
        let intents = intents::follow(&self, points);
        let member = self.books.member;
        let receipt = Receipt {
            event_id: self.event.id.clone(),
            order_id: self.event.fact.order_id().map(str::to_owned),
            member_id: member.id.clone(),
            duplicate: false,
            programme: format!("v{}", self.live.number),
            points,
            balance: member.balance,
            tier: tier::view(programme, &member, self.now),
            entries: self.books.entries.iter().map(EntryView::from).collect(),
            note,
        };
        let (entries, programme, now) = (self.books.entries, self.live.number, self.now);
        Decision { member, order, entries, intents, receipt, programme, now }
    }
}

/// An award before its first point: its lot, and when that expires.
fn award_from(pinned: &Programme, rule: &Rule, lot: String, available_from: Timestamp) -> Award {
    let span = rule.expires.or(pinned.settings.expires);
    let expires_at = span.map(|span| span.after(available_from, &pinned.settings.zone));
    Award { lot, points: 0, available_from, expires_at }
}

/// The member as of `now`: what is due counts as done, so an expired lot is never shown as spendable.
pub fn seen_at(programme: &Programme, member: &Member, now: Timestamp) -> Member {
    let now = now.max(member.recorded_at);
    let mut books = Books::open(member.clone(), [String::new(), String::new(), String::new()]);
    books.expire_due(now);
    let tier = tier::standing(programme, &books.member, now);
    Member { tier, ..books.member }
}

/// The earliest expiry or end of a tier's term.
fn next_due_at(member: &Member) -> Option<Timestamp> {
    member.lots.values().filter_map(|lot| lot.expires_at).chain(member.tier.until).min()
}

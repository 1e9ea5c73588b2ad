//! decide: (programmes, member, order, event, counts, now) -> what follows. Total, deterministic, and the only place that
//! changes a member. Everything due until `now` happens first, at its own instant; then the event; then tier, alarm, intents.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::{
    books::{Books, Terms},
    bounded,
    due::{fall_due, next_due_at, reminders},
    entry::Entry,
    event::{Event, Fact, Joined, MessageRequested, Segments, TextWritten, TimePassed, kinds},
    intent::Intent,
    member::Member,
    order::{Order, Pins},
    reasons::{self, Reason},
    receipt::{EntryView, Points, Receipt},
    shared::{Change, Counts, Shared},
    subject::Subject,
    tier,
};
use crate::programme::{Programme, Programmes, Rule, Version, Wait};

mod birthday;
mod claims;
mod codes;
mod counting;
mod dates;
mod happening;
mod holds;
pub mod intents;
mod limits;
mod membership;
mod merging;
mod orders;
mod past;
mod payment;
mod refunds;
mod refusal;
mod saving;
mod standing;

use dates::{Dates, award_from, expires_at, expires_by_default, redate, wait_of};
pub use refusal::{NotAllowed, Refusal};

/// What follows from an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    pub member: Member,
    pub order: Option<Order>,
    pub entries: Vec<Entry>,
    pub intents: Vec<Intent>,
    /// What nobody can decide yet; a person looks at it.
    pub parked: Vec<Parked>,
    pub receipt: Receipt,
    /// The live programme version, as seen by this decision.
    pub programme: u32,
    /// The instant the decision was made at: never before the member's last one.
    pub now: Timestamp,
    /// Shared counts that were looked at, as they were, and what this changes in them.
    pub seen: Counts,
    pub counted: BTreeMap<String, Change>,
}

/// A part of an event that could not be carried out: never guessed, never lost.
#[derive(Debug, Clone, PartialEq)]
pub struct Parked {
    pub reason: String,
    pub content: Value,
}

/// A business instant further ahead than this is refused.
const AHEAD_SECONDS: i64 = 300;

/// Decides one event. `order` is the kept document of the order the event is about, `counts` what many members share,
/// `clock` the present instant.
pub fn decide(
    programmes: &Programmes,
    member: &Member,
    order: Option<&Order>,
    event: &Event,
    counts: &Counts,
    clock: Timestamp,
) -> Result<Decision, Refusal> {
    let now = clock.max(member.recorded_at);
    refuse_future(event, now)?;
    event.fact.bounded()?;
    let mut deciding = Deciding::open((programmes, programmes.live()), (member, order), event, counts, now);
    fall_due(deciding.programme(), &mut deciding.books, now);
    if event.fact.is_past() {
        deciding.due_anyway =
            Some(intents::remind(&deciding, &reminders(deciding.programme(), &deciding.books.member)));
    }
    let done = deciding.carry_out(&event.fact)?;
    deciding.books.repay();
    fall_due(deciding.programme(), &mut deciding.books, now); // a late order can open a lot that has expired already
    let decision = deciding.close(done);
    bounded::kept(member, &decision.member, event.fact.amount_at())?;
    Ok(decision)
}

/// Some kinds of event are never refused.
trait Done {
    fn done(self) -> Result<Outcome, Refusal>;
}

impl Done for Outcome {
    fn done(self) -> Result<Outcome, Refusal> {
        Ok(self)
    }
}

impl Done for Result<Outcome, Refusal> {
    fn done(self) -> Result<Outcome, Refusal> {
        self
    }
}

macro_rules! decided {
    ($($(#[$doc:meta])* $variant:ident($data:ty) = $kind:literal {
        gives: $gives:literal, decided_by: $decide:ident, line: |$it:pat_param| $line:expr
    })*) => {
        impl Deciding<'_> {
            /// What the event itself does.
            fn carry_out(&mut self, fact: &Fact) -> Result<Outcome, Refusal> {
                match fact {
                    Fact::Order { order_id, state } => self.order(order_id, state),
                    $(Fact::$variant(data) => self.$decide(data).done(),)*
                    Fact::Other { kind, .. } => self.reward(kind),
                }
            }
        }
    };
}
kinds!(decided);

/// What became of the event itself.
#[derive(Default)]
struct Outcome {
    order: Option<Order>,
    points: Points,
    note: Option<String>,
    subject: Option<Subject>,
    /// Why rules gave nothing for an event, or less.
    why: Vec<Reason>,
    /// It was not applied: a person decides.
    waits: bool,
}

impl Outcome {
    fn nothing() -> Self {
        Self::default()
    }

    /// Points that the event moved.
    fn moved(change: i64) -> Self {
        Self { points: Points { earned: change.max(0), change }, ..Self::default() }
    }

    /// With what the caller asked for: a hold, a claim, a code.
    fn about(self, subject: Subject) -> Self {
        Self { subject: Some(subject), ..self }
    }
}

fn refuse_future(event: &Event, now: Timestamp) -> Result<(), Refusal> {
    let ahead = |at: Timestamp| at.as_second() - now.as_second() > AHEAD_SECONDS;
    let instants = match &event.fact {
        Fact::Order { state, .. } => {
            vec![("placed_at", Some(state.placed_at)), ("paid_at", state.paid_at), ("fulfilled_at", state.fulfilled_at)]
        }
        Fact::OrderImported(past) => {
            let state = &past.state;
            vec![("placed_at", Some(state.placed_at)), ("paid_at", state.paid_at), ("fulfilled_at", state.fulfilled_at)]
        }
        _ => vec![("occurred_at", Some(event.occurred_at))],
    };
    let refused = instants.into_iter().find(|(_, at)| at.is_some_and(ahead));
    refused.map_or(Ok(()), |(field, _)| Err(Refusal::InTheFuture { field }))
}

/// One event being decided.
struct Deciding<'a> {
    programmes: &'a Programmes,
    live: &'a Version,
    event: &'a Event,
    /// The kept document of the order that the event is about.
    known: Option<&'a Order>,
    now: Timestamp,
    books: Books<'a>,
    shared: Shared<'a>,
    parked: Vec<Parked>,
    /// What follows for other members.
    follow_ups: Vec<(String, Fact)>,
    /// What is said although the event itself is not to be heard of.
    due_anyway: Option<Vec<Intent>>,
    /// The absorbed member whose order is decided.
    owner: Option<String>,
    before: Before,
}

/// What intents compare with.
struct Before {
    tier: String,
    recorded_at: Timestamp,
}

impl<'a> Deciding<'a> {
    fn open(
        (programmes, live): (&'a Programmes, &'a Version),
        (member, order): (&Member, Option<&'a Order>),
        event: &'a Event,
        counts: &'a Counts,
        now: Timestamp,
    ) -> Self {
        let mut member = member.clone();
        let before = Before { tier: member.tier.id.clone(), recorded_at: member.recorded_at };
        member.version += 1;
        member.recorded_at = now;
        if member.tier.id.is_empty() {
            tier::stand(&live.programme, &mut member, now);
        }
        let (books, shared) = (Books::open(member, &live.programme.settings), Shared::of(counts));
        Self {
            programmes,
            live,
            event,
            known: order,
            now,
            books,
            shared,
            parked: Vec::new(),
            follow_ups: Vec::new(),
            due_anyway: None,
            owner: None,
            before,
        }
    }

    fn programme(&self) -> &'a Programme {
        &self.live.programme
    }

    fn pins(&self) -> Pins {
        let member = &self.books.member;
        Pins { tier: member.tier.id.clone(), segments: member.segments.clone() }
    }

    /// A text that was written and a message that is wanted move no points; they go out as intents.
    #[expect(clippy::unused_self, reason = "each kind of event is decided by a function of this shape")]
    fn write(&self, _: &TextWritten) -> Outcome {
        Outcome::nothing()
    }

    #[expect(clippy::unused_self, reason = "each kind of event is decided by a function of this shape")]
    fn request(&self, _: &MessageRequested) -> Outcome {
        Outcome::nothing()
    }

    /// What was due has happened already.
    #[expect(clippy::unused_self, reason = "each kind of event is decided by a function of this shape")]
    fn pass(&self, _: &TimePassed) -> Outcome {
        Outcome::nothing()
    }

    fn know(&mut self, facts: &Joined) -> Outcome {
        let member = &mut self.books.member;
        if facts.language.is_some() {
            member.language.clone_from(&facts.language);
        }
        member.test |= facts.test;
        Outcome::nothing()
    }

    fn see(&mut self, seen: &Segments) -> Outcome {
        self.books.member.segments.clone_from(&seen.segments);
        Outcome::nothing()
    }

    /// How a new lot of this rule behaves, for something that happened at `since`.
    fn terms(&self, pinned: &Programme, rule: &Rule, (held, since): (bool, Timestamp)) -> Terms {
        let awaits = match wait_of(pinned, rule) {
            Wait::Event(kind) => Some(kind.clone()),
            _ => None,
        };
        let held = held || self.books.member.restricted;
        let expires = rule.expires.or(pinned.settings.expires);
        Terms { expires, awaits, held, goods: rule.spendable_on.clone(), since }
    }

    fn follow_up(&mut self, member: &str, fact: Fact) {
        self.follow_ups.push((member.to_owned(), fact));
    }

    fn park(&mut self, reason: impl Into<String>, content: Value) {
        self.parked.push(Parked { reason: reason.into(), content });
    }

    /// Why rules gave nothing, or less, and lines did not count.
    fn reasons(&self, done: &Outcome) -> Vec<Reason> {
        match (&self.event.fact, &done.order) {
            (Fact::Order { .. }, Some(order)) => {
                reasons::of_order(&self.programmes.number(order.programme).programme, order, &self.books.member)
            }
            _ => done.why.clone(),
        }
    }

    fn close(mut self, done: Outcome) -> Decision {
        self.convert_if_enough();
        let programme = self.programme();
        let reminders = reminders(programme, &self.books.member);
        self.books.member.next_due_at = next_due_at(&self.books.member, &reminders);
        let intents = intents::follow(&self, done.points, &reminders);
        let why = self.reasons(&done);
        let member = self.books.member;
        let receipt = Receipt {
            event_id: self.event.id.clone(),
            order_id: self.event.fact.order_id().map(str::to_owned),
            member_id: member.id.clone(),
            duplicate: false,
            programme: format!("v{}", self.live.number),
            points: done.points,
            balance: member.balance,
            tier: tier::view(programme, &member, self.now),
            entries: self.books.entries.iter().map(EntryView::from).collect(),
            note: done.note,
            why,
            subject: done.subject,
            waits: done.waits,
            parked: self.parked.iter().map(|parked| parked.reason.clone()).collect(),
            notes: Vec::new(),
        };
        Decision {
            member,
            order: done.order,
            entries: self.books.entries,
            intents,
            parked: self.parked,
            receipt,
            programme: self.live.number,
            now: self.now,
            seen: self.shared.seen,
            counted: self.shared.changed,
        }
    }
}

/// The member as of `now`: what is due counts as done, so an expired lot is never shown as spendable.
pub fn seen_at(programme: &Programme, member: &Member, now: Timestamp) -> Member {
    let now = now.max(member.recorded_at);
    let mut books = Books::open(member.clone(), &programme.settings);
    fall_due(programme, &mut books, now);
    books.member
}

//! decide: (programmes, member, order, event, counts, now) -> what follows. Total, deterministic, and the only place that
//! changes a member. Everything due until `now` happens first, at its own instant; then the event; then tier, alarm, intents.

use jiff::Timestamp;

use super::{
    acceptance::Acceptance,
    books::Books,
    bounded,
    dates::{Dates, award_from, expires_at, expires_by_default, redate, wait_of},
    deciding::{Deciding, Decision, Outcome},
    due::{fall_due, next_due_at, reminders},
    event::{Event, Fact, Joined, Segments, TimePassed, kinds},
    intent::Intent,
    measures::Happened,
    mechanics::ALL,
    member::Member,
    order::Order,
    pins::Pins,
    reasons::{self, Reason},
    receipt::{EntryView, Points, Receipt},
    refusal::{NotAllowed, Refusal},
    tier,
};
use crate::{
    loyalty::{Programme, Programmes, counters::Given},
    programme::JOINED,
};

pub mod accepting;
mod counting;
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
mod standing;

/// A business instant further ahead than this is refused.
const AHEAD_SECONDS: i64 = 300;

/// Decides one event. `order` is the kept document of the order the event is about, `counts` what many members share,
/// `clock` the present instant.
pub fn decide<'c>(
    programmes: &Programmes,
    member: &Member,
    order: Option<&Order>,
    event: &Event,
    counts: impl Into<Given<'c>>,
    clock: Timestamp,
) -> Result<Decision, Refusal> {
    let now = clock.max(member.recorded_at);
    refuse_future(event, now)?;
    event.fact.bounded()?;
    let mut deciding = Deciding::open((programmes, programmes.live()), (member, order), event, counts.into(), now);
    deciding.fall_due();
    if event.fact.is_past() {
        deciding.due_anyway =
            Some(intents::remind(&deciding, &reminders(deciding.programme(), &deciding.books.member)));
    }
    deciding.begin_without_past();
    let pins = deciding.pins(event.occurred_at);
    let done = deciding.carry_out(&event.fact)?;
    deciding.follow(&done, pins)?;
    deciding.books.repay();
    deciding.fall_due(); // a late order can open a lot that has expired already
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

impl Deciding<'_> {
    /// All that is due until now happens, and what is final is forgotten.
    fn fall_due(&mut self) {
        fall_due(self.programme(), &mut self.books, self.now);
        self.books.member.measures.forget(self.now, self.programmes);
    }

    /// What was due has happened already.
    #[expect(clippy::unused_self, reason = "each kind of event is decided by a function of this shape")]
    fn pass(&self, _: &TimePassed) -> Outcome {
        Outcome::nothing()
    }

    /// Rules give points for joining: once, as a member becomes one exactly once.
    fn join(&mut self, facts: &Joined) -> Result<Outcome, Refusal> {
        let known = self.know(facts);
        let programme = &self.programmes.at(self.event.occurred_at).programme;
        if programme.index().has_joining() { self.reward(JOINED) } else { Ok(known) }
    }

    /// The measures follow, then what rests on them.
    fn follow(&mut self, done: &Outcome, pins: Pins) -> Result<(), Refusal> {
        self.measure_event(done.points.change);
        self.keep_what_is_needed();
        let own = matches!(self.event.fact, Fact::Order { .. } | Fact::Other { .. });
        let order = done.order.as_ref();
        let at = order.map_or(self.event.occurred_at, |order| order.paid_at.unwrap_or(self.now));
        let (pins, before) = (order.map_or(pins, |order| order.pins.clone()), self.measures_before.take());
        let by_time = matches!(self.event.fact, Fact::TimePassed(_));
        if own || before.is_some() || by_time {
            let happened = Happened { order, at, pins, own, before };
            ALL.iter().try_for_each(|listed| listed.mechanic.happened(self, &happened))?;
        }
        Ok(())
    }

    fn know(&mut self, facts: &Joined) -> Outcome {
        let member = &mut self.books.member;
        if facts.language.is_some() {
            member.language.clone_from(&facts.language);
        }
        member.test |= facts.test;
        if facts.unaccepted {
            member.acceptance = Some(Acceptance::default());
        }
        Outcome::nothing()
    }

    fn see(&mut self, seen: &Segments) -> Outcome {
        self.books.member.segments.clone_from(&seen.segments);
        Outcome::nothing()
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

    fn close(mut self, mut done: Outcome) -> Decision {
        for listed in ALL {
            listed.mechanic.closing(&mut self);
        }
        self.tell_tier();
        self.books.put_together();
        let programme = self.programme();
        let reminders = reminders(programme, &self.books.member);
        self.books.member.next_due_at = next_due_at(self.programmes, &self.books.member, &reminders);
        done.intents.append(&mut self.intents);
        let intents = intents::follow(&self, (done.points, std::mem::take(&mut done.intents)), &reminders);
        let why = self.reasons(&done);
        let note = [done.note.take(), self.said_of_ends()]
            .into_iter()
            .flatten()
            .reduce(|one, other| format!("{one}; {other}"));
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
            note,
            why,
            subject: done.subject,
            challenges: self.done,
            waits: done.waits,
            parked: self.parked.iter().map(|parked| parked.reason.clone()).collect(),
            notes: Vec::new(),
        };
        Decision {
            member,
            order: done.order,
            entries: self.books.entries,
            intents,
            settled: self.settled.filter(|_| self.parked.is_empty()),
            parked: self.parked,
            receipt,
            programme: self.live.number,
            now: self.now,
            seen: self.shared.seen,
            counted: self.shared.changed,
            top_spend: self.top_spend,
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

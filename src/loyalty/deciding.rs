//! The tools of one decision: the member's books, what many share, and what is made on the way. The core and the mechanics decide
//! with them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Event, Fact, Member, Order,
    books::{Books, Terms},
    dates::{lapses_at, wait_of},
    entry::Entry,
    intent::Intent,
    measures::Measures,
    mechanics::segments::TopSpend,
    pins::Pins,
    reasons::Reason,
    receipt::{Done, Points, Receipt},
    subject::Subject,
    tier,
};
use crate::{
    loyalty::{
        Programme, Programmes, Version,
        counters::{Change, Counts, Given, Shared},
    },
    programme::{Rule, Wait},
};

/// What follows from an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    pub member: Member,
    pub order: Option<Order>,
    pub entries: Vec<Entry>,
    pub intents: Vec<Intent>,
    /// What nobody can decide yet; a person looks at it.
    pub parked: Vec<Parked>,
    /// The name of what nobody need look at any more: it is given, or nothing is to be given.
    pub settled: Option<String>,
    pub receipt: Receipt,
    /// The live programme version, as seen by this decision.
    pub programme: u32,
    /// The instant the decision was made at: never before the member's last one.
    pub now: Timestamp,
    /// Shared counts that were looked at, as they were, and what this changes in them.
    pub seen: Counts,
    pub counted: BTreeMap<String, Change>,
    /// What those who spent most had spent, where the member's document did not hold it as it was known now.
    pub top_spend: Option<TopSpend>,
}

/// A part of an event that could not be carried out: never guessed, never lost.
#[derive(Debug, Clone, PartialEq)]
pub struct Parked {
    pub reason: String,
    pub content: Value,
    /// The name of what is to be given: it waits once, however often its cause is met meanwhile.
    pub gives: Option<String>,
}

/// What became of the event itself.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) order: Option<Order>,
    pub(super) points: Points,
    pub(super) note: Option<String>,
    pub(super) subject: Option<Subject>,
    /// Why rules gave nothing for an event, or less.
    pub(super) why: Vec<Reason>,
    /// What it makes somebody do.
    pub(super) intents: Vec<Intent>,
    /// It was not applied: a person decides.
    pub(super) waits: bool,
}

impl Outcome {
    pub(super) fn nothing() -> Self {
        Self::default()
    }

    /// Points that the event moved.
    pub(super) fn moved(change: i64) -> Self {
        Self { points: Points { earned: change.max(0), change }, ..Self::default() }
    }

    /// With what the caller asked for: a hold, a claim, a code.
    pub(super) fn about(self, subject: Subject) -> Self {
        Self { subject: Some(subject), ..self }
    }
}

/// One event being decided.
pub(super) struct Deciding<'a> {
    pub(super) programmes: &'a Programmes,
    pub(super) live: &'a Version,
    pub(super) event: &'a Event,
    /// The kept document of the order that the event is about.
    pub(super) known: Option<&'a Order>,
    pub(super) now: Timestamp,
    pub(super) books: Books<'a>,
    pub(super) shared: Shared<'a>,
    pub(super) parked: Vec<Parked>,
    pub(super) settled: Option<String>,
    /// What follows for other members.
    pub(super) follow_ups: Vec<(String, Fact)>,
    /// What is said although the event itself is not to be heard of.
    pub(super) due_anyway: Option<Vec<Intent>>,
    /// The absorbed member whose order is decided.
    pub(super) owner: Option<String>,
    pub(super) before: Before,
    /// The member's measures before anything moved them.
    pub(super) measures_before: Option<Measures>,
    /// What mechanics make somebody do, and what they gave and took.
    pub(super) intents: Vec<Intent>,
    pub(super) done: Vec<Done>,
    /// Events that would follow, but were led to too far.
    pub(super) ends: Vec<String>,
    /// What those who spent most had spent, where that was new for the member.
    pub(super) top_spend: Option<TopSpend>,
}

/// What intents compare with.
pub(super) struct Before {
    pub(super) tier: String,
    pub(super) tier_until: Option<Timestamp>,
    /// By when it was to accept to be a member.
    pub(super) accept_by: Option<Timestamp>,
    pub(super) recorded_at: Timestamp,
    /// Segments of ours.
    pub(super) segments: BTreeSet<String>,
}

impl<'a> Deciding<'a> {
    pub(super) fn open(
        (programmes, live): (&'a Programmes, &'a Version),
        (member, order): (&Member, Option<&'a Order>),
        event: &'a Event,
        counts: Given<'a>,
        now: Timestamp,
    ) -> Self {
        let mut member = member.clone();
        let segments = member.segments_of_ours().into_owned();
        let (tier, tier_until) = (member.tier.id.clone(), member.tier.until);
        let accept_by = member.accept_by();
        let before = Before { tier, tier_until, accept_by, recorded_at: member.recorded_at, segments };
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
            settled: None,
            follow_ups: Vec::new(),
            due_anyway: None,
            owner: None,
            before,
            measures_before: None,
            intents: Vec::new(),
            done: Vec::new(),
            ends: Vec::new(),
            top_spend: None,
        }
    }

    pub(super) fn programme(&self) -> &'a Programme {
        &self.live.programme
    }

    /// The member as it stands, for what happened at this instant.
    pub(super) fn pins(&self, at: Timestamp) -> Pins {
        Pins::of(self.programmes, &self.programmes.at(at).programme, &self.books.member, at)
    }

    /// How a new lot of this rule behaves, for something that happened at `since`.
    pub(super) fn terms(&self, pinned: &Programme, rule: &Rule, (held, since): (bool, Timestamp)) -> Terms {
        let awaits = match wait_of(pinned, rule) {
            Wait::Event(kind) => Some(kind.clone()),
            _ => None,
        };
        let held = held || self.books.member.restricted;
        let expires = rule.expires.or(pinned.settings.expires);
        let lapses_at = lapses_at(pinned, rule, since);
        Terms { expires, awaits, lapses_at, held, goods: rule.spendable_on.clone(), since }
    }

    pub(super) fn follow_up(&mut self, member: &str, fact: Fact) {
        self.follow_ups.push((member.to_owned(), fact));
    }

    pub(super) fn park(&mut self, reason: impl Into<String>, content: Value) {
        self.parked.push(Parked { reason: reason.into(), content, gives: None });
    }

    /// What is to be given under this name waits for a person.
    pub(super) fn park_gift(&mut self, name: &str, reason: impl Into<String>, content: Value) {
        self.parked.push(Parked { reason: reason.into(), content, gives: Some(name.to_owned()) });
    }
}

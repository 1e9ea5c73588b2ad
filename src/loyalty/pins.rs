//! What was true of the member as an order first came, before it was counted. It is kept in the order, and every state of it is judged
//! by it, whatever becomes of the member. Beside tier and segments it holds only what the order's version asks for; nothing where
//! it asks for nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, Unit, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{Member, Programme, Programmes, mechanics};
use crate::programme::condition::{Fact, names::MEASURE};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Pins {
    pub tier: String,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub segments: BTreeSet<String>,
    /// Facts that conditions read, by name; what was absent is not here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, Pinned>,
}

/// A fact as it is kept: amounts in minor units of the programme's currency; what a challenge counts in parts is a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Pinned {
    YesNo(bool),
    Number(i64),
    Text(String),
    Texts(BTreeSet<String>),
}

impl Pins {
    /// What this version's conditions ask of the member, as it stands; `at` is the business instant of what is judged.
    pub fn of(programmes: &Programmes, programme: &Programme, member: &Member, at: Timestamp) -> Self {
        let mut pins = Self::with(&programme.reads.facts, programme, member, at);
        pins.facts.extend(programme.reads.measures.iter().filter_map(|id| {
            let measured = mechanics::measured_of(programmes, member, (id, at))?;
            Some((format!("{MEASURE}{id}"), measured))
        }));
        pins
    }

    /// The same for whoever asks for these.
    pub fn with(facts: &BTreeSet<Fact>, programme: &Programme, member: &Member, at: Timestamp) -> Self {
        let inside = facts.iter().copied().filter(|fact| fact.is_inside());
        let facts = inside.filter_map(|fact| Some((fact.name().to_owned(), read(fact, programme, member, at)?)));
        Self { tier: member.tier.id.clone(), segments: member.in_segments().into_owned(), facts: facts.collect() }
    }

    pub fn fact(&self, fact: Fact) -> Option<&Pinned> {
        self.facts.get(fact.name())
    }

    /// What the challenge of this id counted of the member.
    pub fn measure(&self, id: &str) -> Option<&Pinned> {
        self.facts.get(&format!("{MEASURE}{id}"))
    }

    /// Keeps which purchase the order is, as far as a condition asks; without a place it is none.
    pub fn place(&mut self, programme: &Programme, place: Option<Place>) {
        let Place { first, number } = place.unwrap_or_default();
        let known = [
            (Fact::OrderFirst, place.map(|_| Pinned::YesNo(first))),
            (Fact::OrderNumber, number.map(|number| Pinned::Number(number.into()))),
        ];
        for (fact, is) in known {
            match is.filter(|_| programme.reads.facts.contains(&fact)) {
                Some(is) => self.facts.insert(fact.name().to_owned(), is),
                None => self.facts.remove(fact.name()),
            };
        }
    }
}

/// Which of a member's purchases an order is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place {
    pub first: bool,
    /// None: a later one than have a number.
    pub number: Option<u8>,
}

fn read(fact: Fact, programme: &Programme, member: &Member, at: Timestamp) -> Option<Pinned> {
    let progress = &member.progress;
    Some(match fact {
        Fact::MemberOrders => Pinned::Number(progress.orders),
        Fact::MemberSpent => Pinned::Number(progress.spent),
        Fact::MemberEarned => Pinned::Number(progress.earned),
        Fact::MemberBalance => Pinned::Number(member.spendable()),
        Fact::MemberLanguage => Pinned::Text(member.language.clone()?),
        Fact::MemberBadges => Pinned::Texts(mechanics::badges(member)),
        Fact::MemberDaysJoined => {
            let zone = &programme.settings.zone;
            Pinned::Number(between(day(member.joined_at, zone), day(at, zone))?)
        }
        Fact::MemberDaysSinceOrder => {
            let zone = &programme.settings.zone;
            let bought = member.qualifying.iter().rev().find(|(_, counted)| counted.orders > 0)?;
            Pinned::Number(between(bought.0.day(zone), day(at, zone))?)
        }
        _ => return None, // tier and segments are kept for themselves; the others are not the member's
    })
}

fn day(at: Timestamp, zone: &TimeZone) -> Date {
    at.to_zoned(zone.clone()).date()
}

/// Days of the calendar from one to another; none where that lies before it.
fn between(from: Date, until: Date) -> Option<i64> {
    let between = from.until((Unit::Day, until)).ok()?;
    Some(i64::from(between.get_days()).max(0))
}

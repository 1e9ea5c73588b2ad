//! Time as an event: whatever fell due until now happens first, each at its own instant and in that order. Reads apply the
//! same function, so an expired lot is never spendable, whether or not anything noticed its end.

use std::{borrow::Cow, collections::BTreeMap};

use jiff::{SignedDuration, Timestamp};

use super::{
    books::Books,
    lot::EndedHold,
    mechanics::ALL,
    member::{Member, TierGrant},
    pruning::forget,
    tier,
};
use crate::{
    loyalty::{Programme, Programmes},
    values::span::Span,
};

/// What can fall due; at the same instant in this order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Due<'m> {
    /// Those that end sooner open first: what is owed is repaid by them.
    Opening(Timestamp, Cow<'m, str>),
    HoldEnd(Cow<'m, str>),
    Expiry(Cow<'m, str>),
    TierEnd,
    /// What a mechanic does by itself, by the rank of its alarms.
    Mechanic(u16, &'static str, String),
}

impl Due<'_> {
    fn owned(self) -> Due<'static> {
        let owned = |id: Cow<'_, str>| Cow::Owned(id.into_owned());
        match self {
            Self::Opening(end, id) => Due::Opening(end, owned(id)),
            Self::HoldEnd(id) => Due::HoldEnd(owned(id)),
            Self::Expiry(id) => Due::Expiry(owned(id)),
            Self::TierEnd => Due::TierEnd,
            Self::Mechanic(rank, name, what) => Due::Mechanic(rank, name, what),
        }
    }
}

/// Lets happen all that is due until `now`.
pub fn fall_due(programme: &Programme, books: &mut Books<'_>, now: Timestamp) {
    while let Some((at, due)) = next(programme, &books.member).filter(|(at, _)| *at <= now) {
        match due.owned() {
            Due::Opening(_, id) => {
                books.open_lot(&id, at);
                books.repay();
            }
            Due::Expiry(id) => books.expire(&id, at),
            Due::HoldEnd(id) => end_hold(books, &id, at),
            Due::TierEnd => tier::stand(programme, &mut books.member, at),
            Due::Mechanic(_, name, what) => {
                for listed in ALL.iter().filter(|listed| listed.name == name) {
                    listed.mechanic.fall_due(programme, books, (at, &what));
                }
            }
        }
    }
    tier::stand(programme, &mut books.member, now);
    forget(programme, &mut books.member, now);
}

fn end_hold(books: &mut Books<'_>, id: &str, at: Timestamp) {
    if let Some(hold) = books.member.holds.remove(id) {
        books.release(&hold, at);
        books.member.ended.insert(id.to_owned(), EndedHold { points: hold.points, at });
    }
}

fn next<'m>(programme: &Programme, member: &'m Member) -> Option<(Timestamp, Due<'m>)> {
    let mut next: Option<(Timestamp, Due<'m>)> = None;
    let mut may_be = |at: Timestamp, due: &dyn Fn() -> Due<'m>| match &next {
        Some((known, _)) if *known < at => {}
        Some((known, same)) if *known == at && *same <= due() => {}
        _ => next = Some((at, due())),
    };
    for (id, lot) in &member.lots {
        if let Some(at) = member.opens_at(lot) {
            may_be(at, &|| Due::Opening(lot.expires_at.unwrap_or(Timestamp::MAX), id.into()));
        }
        if let Some(at) = member.ends_at(lot) {
            may_be(at, &|| Due::Expiry(id.into()));
        }
    }
    for (id, hold) in &member.holds {
        may_be(hold.expires_at, &|| Due::HoldEnd(id.into()));
    }
    let by_hand = |grant: &TierGrant| grant.by_hand.as_ref().map(|given| given.until);
    let granted = member.granted.iter().flat_map(|grant| [by_hand(grant), grant.own.until]);
    for at in granted.chain([member.tier.until]).flatten() {
        may_be(at, &|| Due::TierEnd);
    }
    for listed in ALL {
        if let Some((at, what)) = listed.mechanic.next_due(programme, member) {
            may_be(at, &|| Due::Mechanic(listed.rank, listed.name, what.clone()));
        }
    }
    next
}

/// The instant at which the member must be looked at again: the earliest thing due, or a reminder of an expiry.
pub fn next_due_at(programmes: &Programmes, member: &Member, reminders: &[Reminder]) -> Option<Timestamp> {
    let programme = &programmes.live().programme;
    let rings = ALL.iter().filter_map(|listed| listed.mechanic.rings(programmes, member));
    let reminders = reminders.iter().map(|reminder| reminder.at).filter(|at| *at > member.recorded_at);
    next(programme, member).map(|(at, _)| at).into_iter().chain(reminders).chain(rings).min()
}

/// A word to the member before points expire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    pub at: Timestamp,
    pub distance: Span,
    pub expires_at: Timestamp,
    pub points: i64,
}

/// No end after this is reminded of by now. A month back from an end is not always a month ahead from where that leads, so it is
/// more than the distance.
fn reach(distance: Span, programme: &Programme, member: &Member) -> Timestamp {
    let more_days = if distance.is_rounded() { 400 } else { 31 };
    let ahead = distance.after(member.recorded_at, &programme.settings.zone);
    ahead.saturating_add(SignedDuration::from_hours(more_days * 24)).unwrap_or(Timestamp::MAX)
}

/// Reminders of the open lots, by end: of each distance those that are past, and the first that is still to come.
pub fn reminders(programme: &Programme, member: &Member) -> Vec<Reminder> {
    let settings = &programme.settings;
    // Of the ends that nobody is reminded of yet only the first one matters.
    let Some(farthest) = settings.remind.iter().map(|distance| reach(*distance, programme, member)).max() else {
        return Vec::new();
    };
    let first_later = member.lots.values().filter_map(|lot| lot.ends_at()).filter(|end| *end > farthest).min();
    let mut ends = BTreeMap::<Timestamp, i64>::new();
    for lot in member.lots.values() {
        if let Some(end) = lot.ends_at().filter(|end| *end <= farthest || Some(*end) == first_later) {
            *ends.entry(end).or_insert(0) += lot.points;
        }
    }
    let mut all = Vec::new();
    for (place, distance) in settings.remind.iter().enumerate() {
        for (expires_at, points) in &ends {
            let at = distance.before(*expires_at, &settings.zone);
            let reminder = Reminder { at, distance: *distance, expires_at: *expires_at, points: *points };
            all.push(((*expires_at, place), reminder));
            if at > member.recorded_at {
                break; // of a later end one comes later still
            }
        }
    }
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, reminder)| reminder).collect()
}

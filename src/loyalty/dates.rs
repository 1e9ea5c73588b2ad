//! When points can be spent and when they end: from the instants of an order or event, by their rule and the programme.

use jiff::Timestamp;

use crate::{
    loyalty::{Programme, order::Award},
    programme::{Rule, Wait},
};

/// The instants of an order or event from which its points wait.
#[derive(Clone, Copy)]
pub(super) struct Dates {
    pub paid_at: Timestamp,
    pub fulfilled_at: Option<Timestamp>,
    /// When the event came that they wait for.
    pub happened: Option<Timestamp>,
    /// When the order was placed, or the event occurred.
    pub since: Timestamp,
}

pub(super) fn wait_of<'p>(pinned: &'p Programme, rule: &'p Rule) -> &'p Wait {
    rule.wait.as_ref().unwrap_or(&pinned.settings.wait)
}

/// When points of this rule can be spent; `None` while nobody knows.
fn available_from(pinned: &Programme, rule: &Rule, dates: Dates) -> Option<Timestamp> {
    let zone = &pinned.settings.zone;
    let last = lapses_at(pinned, rule, dates.since);
    let in_time = |at: &Timestamp| last.is_none_or(|last| *at < last);
    match wait_of(pinned, rule) {
        Wait::None => Some(dates.paid_at),
        Wait::For(span) => Some(span.after(dates.paid_at, zone)),
        Wait::Delivery(span) => {
            dates.fulfilled_at.filter(in_time).map(|at| span.map_or(at, |span| span.after(at, zone)))
        }
        Wait::Event(_) => dates.happened.filter(in_time).map(|at| at.max(dates.paid_at)),
    }
}

/// When points of this rule are lost that still wait.
pub(super) fn lapses_at(pinned: &Programme, rule: &Rule, since: Timestamp) -> Option<Timestamp> {
    rule.activate_by.map(|span| span.after(since, &pinned.settings.zone))
}

/// The dates of an award that waited for a delivery or an event, as far as they are known now.
pub(super) fn redate(pinned: &Programme, rule: &Rule, award: &mut Award, dates: Dates) {
    award.available_from = available_from(pinned, rule, dates);
    award.expires_at = expires_at(pinned, rule, award.available_from);
}

/// An award before its first point: its lot, and when that opens and ends.
pub(super) fn award_from(pinned: &Programme, rule: &Rule, lot: String, dates: Dates) -> Award {
    let available_from = available_from(pinned, rule, dates);
    Award {
        lot,
        points: 0,
        wanted: None,
        allowed: None,
        forgiven: 0,
        available_from,
        expires_at: expires_at(pinned, rule, available_from),
    }
}

pub(super) fn expires_at(pinned: &Programme, rule: &Rule, from: Option<Timestamp>) -> Option<Timestamp> {
    let span = rule.expires.or(pinned.settings.expires);
    from.zip(span).map(|(from, span)| span.after(from, &pinned.settings.zone))
}

/// When points end that no rule gave.
pub(super) fn expires_by_default(programme: &Programme, from: Timestamp) -> Option<Timestamp> {
    programme.settings.expires.map(|span| span.after(from, &programme.settings.zone))
}

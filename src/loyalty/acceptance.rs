//! Somebody who bought before they accepted to be a member, where the programme wants that: what they earn waits, and is lost when
//! they do not accept in time.
//! Guarantees: points open and end at the same instants in whatever order the states of their orders came.

use std::sync::LazyLock;

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{books::Books, lot::Lot, member::Member};
use crate::values::span::Span;

/// How long points wait for it, from the first of them on, and then to the end of the day.
static WAITS: LazyLock<Span> =
    LazyLock::new(|| "90D_D".parse().unwrap_or_else(|_| unreachable!("a constant of the grammar")));

/// How a member stands who was not asked before it became one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Acceptance {
    /// When the points that wait for it are lost; absent while none ever waited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accept_by: Option<Timestamp>,
    /// Since when the member has accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accepted_at: Option<Timestamp>,
}

impl Acceptance {
    pub fn waits(&self) -> bool {
        self.accepted_at.is_none()
    }
}

impl Member {
    /// Whether it has not accepted yet to be one.
    pub fn is_unaccepted(&self) -> bool {
        self.acceptance.as_ref().is_some_and(Acceptance::waits)
    }

    /// When the points that wait for the member to accept are lost, or were.
    pub fn accept_by(&self) -> Option<Timestamp> {
        self.acceptance.filter(Acceptance::waits).and_then(|acceptance| acceptance.accept_by)
    }

    /// When a lot opens by itself.
    pub fn opens_at(&self, lot: &Lot) -> Option<Timestamp> {
        lot.opens_at().filter(|_| !self.is_unaccepted())
    }

    /// When the points of a lot end: what can be spent expires, and what waits for what did not come is lost.
    pub fn ends_at(&self, lot: &Lot) -> Option<Timestamp> {
        let unaccepted = self.accept_by().filter(|_| lot.pending);
        let lost = lot.lost_at().into_iter().chain(unaccepted).min();
        lot.ends_at().or(lost)
    }

    /// When points can be spent and when they end that would open before the member accepted: then they open, and their clock
    /// starts, as it does for those that were there already.
    pub fn since_accepted(
        &self,
        (from, end): (Option<Timestamp>, Option<Timestamp>),
        expires: Option<Span>,
        zone: &TimeZone,
    ) -> (Option<Timestamp>, Option<Timestamp>) {
        let accepted_at = self.acceptance.and_then(|acceptance| acceptance.accepted_at);
        match accepted_at.filter(|at| from.is_some_and(|from| from < *at)) {
            Some(at) => (Some(at), expires.map(|span| span.after(at, zone)).or(end)),
            None => (from, end),
        }
    }

    /// The same of what came at this instant.
    pub fn not_before_accepted(&self, at: Timestamp) -> Timestamp {
        self.since_accepted((Some(at), None), None, &TimeZone::UTC).0.unwrap_or(at)
    }

    /// Whoever turned out to be this member comes with how it stood: one person accepts once, under whatever name.
    pub(super) fn accept_as_one(&mut self, came: Option<Acceptance>, now: Timestamp) {
        let Some(own) = self.acceptance.filter(Acceptance::waits) else { return };
        let accept_by = match came.filter(Acceptance::waits) {
            Some(came) => own.accept_by.max(came.accept_by),
            None => return self.accept(now),
        };
        self.acceptance = Some(Acceptance { accept_by, ..own });
    }

    pub(super) fn accept(&mut self, now: Timestamp) {
        self.acceptance = Some(Acceptance { accept_by: None, accepted_at: Some(now) });
    }
}

impl Books<'_> {
    /// Points begin to wait for the member to accept: in time they are told by when.
    pub(super) fn wait_for_acceptance(&mut self, now: Timestamp) {
        let Some(acceptance) = self.member.acceptance.as_mut().filter(|acceptance| acceptance.waits()) else { return };
        if acceptance.accept_by.is_none_or(|last| last <= now) {
            acceptance.accept_by = Some(WAITS.after(now, &self.settings.zone));
        }
    }

    /// Of what waited for a person or for the member itself, opens what waits for nothing else; its clock starts as it opens.
    pub(super) fn let_go(&mut self, waited: impl Fn(&Lot) -> bool, now: Timestamp) {
        let zone = &self.settings.zone;
        for lot in self.member.lots.values_mut().filter(|lot| waited(lot)) {
            lot.held = false;
            if lot.available_from.is_some_and(|from| from < now) {
                let end = lot.expires.map(|span| span.after(now, zone));
                (lot.available_from, lot.expires_at) = (Some(now), end.or(lot.expires_at));
            }
        }
    }

    /// What waited for the member to accept, and for no person.
    pub(super) fn let_go_accepted(&mut self, now: Timestamp) {
        self.let_go(|lot| lot.pending && !lot.held, now);
    }
}

//! Events that are no orders: each matching rule gives its points once, points that waited for one open, and what the member
//! does makes points live longer where the programme says so.

use jiff::Timestamp;

use super::{Dates, Deciding, Outcome, Refusal, award_from, limits::Share, wait_of};
use crate::{
    loyalty::{
        Programme,
        books::About,
        earn::{Circumstances, earned_by_event},
        lately::moved,
        lot::Lot,
        mechanics::ALL,
        reasons,
    },
    programme::{Rule, Wait, names},
    values::id::derived,
};

impl Deciding<'_> {
    /// Something the member did: it counts as activity, and pushes the ends of points where the programme says so; those of
    /// `order` itself live as their rules say.
    pub(super) fn active_at(&mut self, at: Timestamp, order: Option<&str>) {
        let settings = &self.live.programme.settings;
        let member = &mut self.books.member;
        member.last_activity_at = member.last_activity_at.max(Some(at));
        let Some(slide) = settings.slide else { return };
        member.lately.active(at, &settings.zone);
        let own = |lot: &Lot| order.is_some() && lot.order.as_deref() == order;
        for lot in member.lots.values_mut().filter(|lot| !lot.pending && !own(lot)) {
            if let (Some(from), Some(end)) = (lot.available_from, lot.expires_at) {
                lot.expires_at = Some(moved(end, from, at, slide, &settings.zone));
            }
        }
    }

    /// Any other event: each matching rule gives its points once; and points that waited for it open.
    pub(in crate::loyalty) fn reward(&mut self, kind: &str) -> Result<Outcome, Refusal> {
        let at = self.event.occurred_at;
        let pinned = &self.programmes.at(at).programme;
        let is_derived = self.event.is_derived();
        if !is_derived {
            self.active_at(at, None); // before the award: what an event gives lives as long as its rule says
        }
        self.open_awaiting(kind, (at, pinned));
        let pins = self.pins(at);
        let given = Circumstances::of_event(&pins, self.event);
        let earned = earned_by_event(pinned, kind, &given)?;
        let mut shares = Vec::new();
        for rule in pinned.rules_of(earned.keys()) {
            let (none, next) = (Share::default(), Share { wanted: earned[&rule.id], ..Share::default() });
            let allowed = self.of_one_rule(rule, (none, next), (at, pinned));
            shares.push((rule, none, Share { allowed, ..next }));
        }
        self.share_out(&mut shares, (at, pinned));
        let mut points = 0;
        for (rule, _, share) in shares {
            let lot = derived("lot", &[&self.event.brand, &self.event.source, &self.event.id, &rule.id]);
            // No delivery follows that one could wait for; an event may have come before this one.
            let dates =
                Dates { paid_at: at, fulfilled_at: Some(at), happened: self.happened(pinned, rule, at), since: at };
            let mut award = award_from(pinned, rule, lot, dates);
            award.points = share.points;
            let about = About { rule: Some(&rule.id), text: Some(&rule.name), ..About::default() };
            let terms = self.terms(pinned, rule, (false, at));
            self.books.award(&award, award.points, &terms, &about, self.now);
            if is_derived {
                self.tally(|progress, _, _| progress.earned += award.points);
            } else {
                self.qualify(pinned, rule, at, award.points);
            }
            points += award.points;
        }
        for listed in ALL {
            listed.mechanic.rewarded(self, pinned, kind, &given);
        }
        let why = reasons::of_event((pinned, kind), &given, (&self.books.member, &self.books.entries));
        Ok(Outcome { why, ..Outcome::moved(points) })
    }

    /// Points that wait for an event of this kind can be spent now, or as soon as a person lets them go.
    fn open_awaiting(&mut self, kind: &str, (at, pinned): (Timestamp, &Programme)) {
        if [pinned, self.programme()].into_iter().any(|programme| programme.awaits(kind)) {
            self.books.member.lately.happened(kind, at);
        }
        if self.books.member.left_at.is_none() {
            let expired = self.books.member.expired.iter();
            let told_late = expired.filter(|(_, lapsed)| lapsed.awaited(kind, at)).map(|(id, _)| id.clone());
            for id in told_late.collect::<Vec<_>>() {
                self.books.recall(&id, self.now);
            }
        }
        let at = self.books.member.not_before_accepted(at);
        let unaccepted = self.books.member.is_unaccepted();
        let awaiting = |lot: &Lot| lot.pending && lot.awaits.as_deref().is_some_and(|awaits| names::same(awaits, kind));
        let lots = self.books.member.lots.iter_mut().filter(|(_, lot)| awaiting(lot));
        let mut open = Vec::new();
        for (id, lot) in lots {
            if lot.held || unaccepted {
                (lot.awaits, lot.available_from) = (None, Some(at));
            } else {
                open.push(id.clone());
            }
        }
        for id in open {
            self.books.open_lot(&id, at);
        }
    }

    /// When the event came that points of this rule wait for, if it came after `since` already.
    pub(super) fn happened(&self, pinned: &Programme, rule: &Rule, since: Timestamp) -> Option<Timestamp> {
        let Wait::Event(kind) = wait_of(pinned, rule) else { return None };
        self.books.member.lately.first_after(kind, since)
    }
}

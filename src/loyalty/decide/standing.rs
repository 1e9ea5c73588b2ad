//! By hand: points given or taken, expired points given back, a tier granted, a member restricted.

use super::{Deciding, NotAllowed, Outcome, Refusal, expires_by_default};
use crate::{
    loyalty::{
        counters::by_hand,
        entry::{Account, TextId},
        event::{Adjustment, Reactivated, Restricted, TierGranted},
        order::Award,
        subject::Subject,
    },
    values::id::derived,
};

impl Deciding<'_> {
    pub(super) fn adjust(&mut self, adjustment: &Adjustment) -> Result<Outcome, Refusal> {
        let points = adjustment.points;
        if points > 0 && self.books.member.left_at.is_some() {
            return Err(Refusal::NotAllowed(NotAllowed::Left));
        }
        let available = self.books.member.balance.spendable();
        if points < 0 && available < -points {
            return Err(Refusal::NotEnoughPoints { available: available.max(0), wanted: -points });
        }
        self.count_by_hand(adjustment)?;
        if points < 0 {
            self.books.deduct(-points, self.now);
        } else if points > 0 {
            let expires_at = expires_by_default(self.programme(), self.now);
            let lot = derived("lot", &[&self.event.brand, &self.event.source, &self.event.id]);
            let award = Award {
                lot,
                points,
                wanted: None,
                allowed: None,
                forgiven: 0,
                available_from: Some(self.now),
                expires_at,
            };
            self.books.grant((Account::Adjusted, TextId::Adjusted), &award, points, self.now);
        }
        Ok(Outcome::moved(points))
    }

    /// What one key gives and takes on one day is counted together, whoever it is for; above the limit somebody else agrees.
    fn count_by_hand(&mut self, adjustment: &Adjustment) -> Result<(), Refusal> {
        let Some(by) = &adjustment.by else { return Ok(()) };
        let settings = &self.live.programme.settings;
        let place = by_hand(by, self.now.to_zoned(settings.zone.clone()).date());
        let (moved, points) = (self.shared.count(&place).used, adjustment.points.saturating_abs());
        let over = |limit: &i64| moved.saturating_add(points) > *limit;
        if let Some(limit) = settings.second_key_above.filter(over).filter(|_| adjustment.agreed.is_none()) {
            return Err(Refusal::NeedsSecondKey { limit, moved });
        }
        self.shared.change(&place, points);
        Ok(())
    }

    /// Points that expired since an instant live again, each in its own lot, with a new end.
    pub(super) fn reactivate(&mut self, wanted: &Reactivated) -> Outcome {
        let settings = &self.live.programme.settings;
        let expires_at = wanted.expires.after(self.now, &settings.zone);
        let lapsed = self.books.member.expired.iter();
        let since = lapsed.filter(|(_, lapsed)| lapsed.at >= wanted.since && lapsed.points > 0);
        let lots: Vec<String> = since.map(|(lot, _)| lot.clone()).collect();
        Outcome::moved(lots.iter().map(|lot| self.books.revive(lot, expires_at, self.now)).sum())
    }

    pub(super) fn grant_tier(&mut self, grant: &TierGranted) -> Result<Outcome, Refusal> {
        let no_such = || Refusal::NoSuch { what: "tier", id: grant.tier.clone() };
        let tier = self.programme().tier(&grant.tier).ok_or_else(no_such)?.id.clone();
        self.books.member.give_tier(tier.clone(), grant.until);
        Ok(Outcome::nothing().about(Subject::Tier { tier, until: grant.until }))
    }

    /// Restricted: earns to pending, cannot spend. Lifted: what waited for that opens, unless it waits for more.
    pub(super) fn restrict(&mut self, wanted: &Restricted) -> Outcome {
        let restricted = wanted.restricted;
        let member = &mut self.books.member;
        member.restricted = restricted;
        if !restricted {
            member.released_at = Some(self.now);
            self.books.let_go(|lot| lot.held, self.now);
        }
        Outcome::nothing().about(Subject::Restricted { restricted })
    }
}

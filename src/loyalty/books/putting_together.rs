//! Lots that are alike: of one rule, for the same goods, ending at one instant. A member who buys every day has hundreds of them,
//! and each decision reads them all; so the older ones become one lot. No point moves and none ends at another instant.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Books;
use crate::{
    loyalty::{
        lot::Lot,
        order::Award,
        pruning::{EXPIRED_DAYS, days_before},
    },
    values::id::derived,
};

/// Open lots that stand one by one, and how many of them still do when they were too many: the newest.
const ONE_BY_ONE: usize = 16;
const NEWEST: usize = 8;

/// What lots have in common that are alike.
type Likeness = (Option<String>, Vec<String>, Option<Timestamp>);

fn likeness(lot: &Lot) -> Likeness {
    (lot.rule.clone(), lot.goods.clone(), lot.expires_at)
}

impl Books<'_> {
    /// Puts the older lots together that are alike, when there are many.
    pub fn put_together(&mut self) {
        if self.member.lots.len() <= ONE_BY_ONE {
            return;
        }
        let single = |lot: &Lot| lot.rule.is_some() && !lot.pending && !lot.alike && lot.of.is_none();
        let singles = || self.member.lots.iter().filter(|(id, lot)| single(lot) && !self.is_of_another(id));
        if singles().count() <= ONE_BY_ONE {
            return;
        }
        let mut singles: Vec<_> = singles().map(|(id, lot)| (lot.available_from, id.clone())).collect();
        singles.sort();
        singles.truncate(singles.len() - NEWEST);
        let mut alike = BTreeMap::<Likeness, Vec<String>>::new();
        for (_, id) in singles {
            alike.entry(likeness(&self.member.lots[&id])).or_default().push(id);
        }
        for (likeness, lots) in alike {
            self.put_into_one(&likeness, lots);
        }
    }

    fn put_into_one(&mut self, likeness: &Likeness, lots: Vec<String>) {
        let (rule, goods, end) = likeness;
        let end = end.map(|end| end.to_string()).unwrap_or_default();
        let parts = [&self.member.id, "alike", rule.as_deref().unwrap_or_default(), &goods.join(","), &end];
        let id = derived("lot", &parts);
        if lots.len() == 1 && !self.member.lots.contains_key(&id) {
            return;
        }
        for lot in lots {
            let Some(lot) = self.member.lots.remove(&lot) else { continue };
            let new = || Lot { points: 0, order: None, alike: true, ..lot.clone() };
            let together = self.member.lots.entry(id.clone()).or_insert_with(new);
            together.points += lot.points;
            together.available_from = together.available_from.max(lot.available_from);
        }
    }

    /// Lots that came from a member who turned out to be this one leave as they came, should that one be itself again.
    fn is_of_another(&self, lot: &str) -> bool {
        self.member.absorbed.values().any(|lots| lots.contains(lot))
    }

    /// Where points of an award stand whose lot may have been put together with others: those that end as it does first.
    pub(super) fn together_with(&self, award: &Award, rule: Option<&str>) -> Vec<String> {
        let since = |lot: &Lot| lot.available_from >= award.available_from;
        let lots = self.member.lots.iter().filter(|(_, lot)| lot.alike && lot.rule.as_deref() == rule && since(lot));
        let mut lots: Vec<_> = lots.map(|(id, lot)| (lot.expires_at != award.expires_at, lot.expires_at, id)).collect();
        lots.sort();
        lots.into_iter().map(|(_, _, id)| id.clone()).collect()
    }

    /// How many points of an award are not owed although they are nowhere: they expired together with others that were alike, or so
    /// long ago that nobody knows any more.
    pub(super) fn expired_together(&mut self, award: &Award, rule: Option<&str>, points: i64, now: Timestamp) -> i64 {
        let Some(end) = award.expires_at else { return 0 };
        if end < days_before(now, EXPIRED_DAYS) {
            return points;
        }
        let mut expired = self.member.expired.values_mut().filter(|lapsed| lapsed.alike && lapsed.at == end);
        let Some(expired) = expired.find(|lapsed| lapsed.rule.as_deref() == rule) else { return 0 };
        let not_owed = points.min(expired.points);
        expired.points -= not_owed;
        not_owed
    }
}

//! Lots that are alike: of one rule, for the same goods, ending at one instant. A member who buys every day has hundreds of them,
//! and each decision reads them all; so the older ones become one lot. No point moves and none ends at another instant.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Books;
use crate::{
    loyalty::{
        lot::{Lapsed, Lot},
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
        // Ends move where activity extends them: lots that were put together at different times can be alike since.
        let before = self.member.lots.iter().filter(|(id, lot)| lot.alike && !lot.pending && !self.is_of_another(id));
        let before: Vec<String> = before.map(|(id, _)| id.clone()).collect();
        let mut alike = BTreeMap::<Likeness, Vec<String>>::new();
        for id in before.into_iter().chain(singles.into_iter().map(|(_, id)| id)) {
            alike.entry(likeness(&self.member.lots[&id])).or_default().push(id);
        }
        for (likeness, lots) in alike.into_iter().filter(|(_, lots)| lots.len() > 1) {
            self.put_into_one(&likeness, &lots);
        }
    }

    /// The first of them that was put together before takes the others in; else a new one does.
    fn put_into_one(&mut self, likeness: &Likeness, lots: &[String]) {
        let known = lots.iter().find(|id| self.member.lots[*id].alike).cloned();
        let id = known.unwrap_or_else(|| self.free_place(likeness));
        for lot in lots.iter().filter(|lot| **lot != id) {
            let Some(lot) = self.member.lots.remove(lot) else { continue };
            let new = || Lot { points: 0, order: None, alike: true, ..Lot::clone(&lot) }.into();
            let together = self.member.lots.entry(id.clone()).or_insert_with(new);
            together.points += lot.points;
            together.available_from = together.available_from.max(lot.available_from);
        }
    }

    /// An id that no lot has, and none that expired: one that was made for the same end may have another one by now.
    fn free_place(&self, (rule, goods, end): &Likeness) -> String {
        let end = end.map(|end| end.to_string()).unwrap_or_default();
        let id = |number: usize| {
            let parts = [rule.as_deref().unwrap_or_default(), &goods.join(","), &end, &number.to_string()];
            derived("lot", &[&[self.member.id.as_str(), "alike"], parts.as_slice()].concat())
        };
        let taken = |id: &String| self.member.lots.contains_key(id) || self.member.expired.contains_key(id);
        let mut number = 0;
        while taken(&id(number)) {
            number += 1;
        }
        id(number)
    }

    /// Lots that came from a member who turned out to be this one leave as they came, should that one be itself again.
    fn is_of_another(&self, lot: &str) -> bool {
        self.member.absorbed.values().any(|lots| lots.contains(lot))
    }

    /// Whether a lot is `owner`'s, who is this member or turned out to be; and how many came with it, being part of it.
    fn is_owned(&self, lot: &str, owner: &str) -> Option<usize> {
        let brought_by = self.member.absorbed.values().filter(|lots| lots.contains(lot)).count();
        let owned = self.member.absorbed.get(owner).map_or(brought_by == 0, |lots| lots.contains(lot));
        owned.then_some(brought_by)
    }

    /// Where points of an award stand whose lot may have been put together with others of its owner: those that end as it does
    /// first.
    pub(super) fn together_with(&self, award: &Award, rule: Option<&str>, owner: &str) -> Vec<String> {
        let alike = |lot: &Lot| lot.alike && lot.rule.as_deref() == rule && lot.available_from >= award.available_from;
        let lots = self.member.lots.iter().filter(|(_, lot)| alike(lot)).filter_map(|(id, lot)| {
            Some((self.is_owned(id, owner)?, lot.expires_at != award.expires_at, lot.expires_at, id))
        });
        let mut lots: Vec<_> = lots.collect();
        lots.sort();
        lots.into_iter().map(|(.., id)| id.clone()).collect()
    }

    /// How many points of an award are not owed although they are nowhere: they expired together with others that were alike, or so
    /// long ago that nobody knows any more.
    pub(super) fn expired_together(
        &mut self,
        award: &Award,
        (rule, owner): (Option<&str>, &str),
        points: i64,
        now: Timestamp,
    ) -> i64 {
        let Some(end) = award.expires_at else { return 0 };
        if end < days_before(now, EXPIRED_DAYS) {
            return points;
        }
        let alike = |lapsed: &Lapsed| lapsed.alike && lapsed.at == end && lapsed.rule.as_deref() == rule;
        let expired = self.member.expired.iter().filter(|(_, lapsed)| alike(lapsed));
        let owned = expired.filter_map(|(id, _)| Some((self.is_owned(id, owner)?, id.clone())));
        let Some((_, id)) = owned.min() else { return 0 };
        let Some(expired) = self.member.expired.get_mut(&id) else { return 0 };
        let not_owed = points.min(expired.points);
        expired.points -= not_owed;
        not_owed
    }
}

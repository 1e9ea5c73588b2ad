//! Spending: which lots pay, what a hold keeps, what becomes of it, and how spent points go back to the lots they came from.

use jiff::Timestamp;

use super::{About, Books, about_lot};
use crate::{
    loyalty::{
        entry::{Account, TextId},
        event::Goods,
        limits::SPENT,
        lot::{Hold, Lot, Part},
    },
    programme::{Settings, names},
};

impl Books<'_> {
    /// Points that may pay for these goods, after what is owed. Lots for some goods pay only those, and no more than their
    /// amount is worth.
    pub fn spendable_on(&self, goods: &[Goods], settings: &Settings) -> i64 {
        if self.member.restricted || self.member.is_unaccepted() {
            return 0;
        }
        let usable: i64 = self.usable(i64::MAX, goods, settings).iter().map(|(_, points)| points).sum();
        (usable - self.member.balance.debt).max(0)
    }

    /// Moves points of the lots that pay to `to`, one entry per lot. The caller has checked that there are enough.
    pub fn take_parts(
        &mut self,
        (to, text): (Account, TextId),
        points: i64,
        goods: &[Goods],
        (about, settings): (&About<'_>, &Settings),
        at: Timestamp,
    ) -> Vec<Part> {
        let mut parts = Vec::new();
        for (id, points) in self.usable(points, goods, settings) {
            let lot = Lot { points, ..Lot::clone(&self.member.lots[&id]) };
            let about = About { lot: Some(&id), ..about.clone() };
            self.post((Account::Available, to), points, text, &about, at);
            self.remove_from_lot(&id, points);
            parts.push(Part { id, lot, returned: 0 });
        }
        parts
    }

    /// A hold becomes a payment of `points`; the rest of it goes back. Returns what was paid, lot by lot.
    pub fn capture(&mut self, hold: Hold, points: i64, order: Option<&str>, at: Timestamp) -> Vec<Part> {
        let (mut paid, mut rest) = (Vec::new(), points);
        self.unspend(hold.day.as_deref(), hold.points - points);
        for mut part in hold.parts {
            let used = part.lot.points.min(rest);
            rest -= used;
            let back = Part { lot: Lot { points: part.lot.points - used, ..part.lot.clone() }, ..part.clone() };
            part.lot.points = used;
            if used > 0 {
                let about = About { order, ..About { lot: Some(&part.id), ..About::default() } };
                self.post((Account::Reserved, Account::Redeemed), used, TextId::Spent, &about, at);
                paid.push(part);
            }
            self.release_part(&back, at);
        }
        paid
    }

    /// Gives a hold back. What expired meanwhile expires now.
    pub fn release(&mut self, hold: &Hold, at: Timestamp) {
        self.unspend(hold.day.as_deref(), hold.points);
        for part in &hold.parts {
            self.release_part(part, at);
        }
    }

    /// Points that were counted among those spent in a day, and are not.
    pub fn unspend(&mut self, day: Option<&str>, points: i64) {
        if let Some(day) = day {
            self.member.limits.change(SPENT, day, -points);
        }
    }

    fn release_part(&mut self, part: &Part, at: Timestamp) {
        let about = About { expires_at: self.end_of(part), ..about_lot(&part.id, &part.lot) };
        self.post((Account::Reserved, Account::Available), part.lot.points, TextId::Released, &about, at);
        self.reopen(part, part.lot.points, at);
    }

    /// Gives back `points` of what was spent: last spent first, each to its own lot with its own end.
    pub fn give_back(
        &mut self,
        parts: &mut [&mut Part],
        points: i64,
        (text, about, settings): (TextId, &About<'_>, &Settings),
        at: Timestamp,
    ) {
        let mut rest = points;
        for part in parts.iter_mut().rev() {
            let back = (part.lot.points - part.returned).min(rest);
            if back == 0 {
                continue;
            }
            rest -= back;
            part.returned += back;
            let end = self.end_of(part);
            let ended = end.is_some_and(|end| end <= at);
            let grace = settings.grace.filter(|_| ended).map(|span| span.after(at, &settings.zone));
            let about = About { lot: Some(&part.id), expires_at: grace.or(end), ..about.clone() };
            self.post((Account::Redeemed, Account::Available), back, text, &about, at);
            match grace {
                Some(grace) => {
                    drop(self.put_beside(&part.id, &Lot { expires_at: Some(grace), ..part.lot.clone() }, back));
                }
                None => self.reopen(part, back, at),
            }
        }
    }

    /// When the lot ends that a part was taken from: as it stands, or as it would stand had it not been emptied.
    fn end_of(&self, part: &Part) -> Option<Timestamp> {
        if let Some(lot) = self.member.lots.get(&part.id).filter(|lot| !lot.pending) {
            return lot.expires_at;
        }
        let from = part.lot.available_from.unwrap_or(Timestamp::MAX);
        part.lot.expires_at.map(|end| self.extended(end, from, from))
    }

    /// Spends again what went back, as far as it is still there or has expired meanwhile; the rest is owed.
    pub fn spend_again(&mut self, parts: &mut [&mut Part], points: i64, about: &About<'_>, at: Timestamp) {
        let mut rest = points;
        for part in parts.iter_mut() {
            let again = part.returned.min(rest);
            rest -= again;
            part.returned -= again;
            let mut owed = again;
            for lot in self.parts_of(part.lot.of.as_deref().unwrap_or(&part.id)) {
                let open = self.member.lots.get(&lot).filter(|lot| !lot.pending);
                let left = open.map_or(0, |lot| lot.points).min(owed);
                let about = About { lot: Some(&lot), ..about.clone() };
                self.post((Account::Available, Account::Redeemed), left, TextId::Spent, &about, at);
                self.remove_from_lot(&lot, left);
                owed -= left;
            }
            let about = About { lot: Some(&part.id), ..about.clone() };
            if let Some(lapsed) = self.member.expired.get_mut(part.lot.of.as_deref().unwrap_or(&part.id)) {
                let expired = lapsed.points.min(owed);
                lapsed.points -= expired;
                owed -= expired;
                self.post((Account::Expired, Account::Redeemed), expired, TextId::Spent, &about, at);
            }
            self.post((Account::Debt, Account::Redeemed), owed, TextId::Owed, &about, at);
        }
    }

    fn reopen(&mut self, part: &Part, points: i64, at: Timestamp) {
        if points == 0 {
            return;
        }
        let was = Lot { expires_at: self.end_of(part), ..part.lot.clone() };
        let id = self.put_back(&part.id, &was, points);
        if self.member.lots.get(&id).and_then(|lot| lot.expires_at).is_some_and(|end| end <= at) {
            self.expire(&id, at);
        }
    }

    /// Lots that pay and how much of each, at most `points` in all, in spend order.
    pub fn usable(&self, points: i64, goods: &[Goods], settings: &Settings) -> Vec<(String, i64)> {
        let mut unpaid: Vec<i64> = goods.iter().map(|goods| settings.spending.points_for(goods.amount)).collect();
        let (mut rest, mut parts) = (points, Vec::new());
        for id in self.member.spend_order() {
            let lot = &self.member.lots[&id];
            let part = if lot.goods.is_empty() {
                lot.points.min(rest)
            } else {
                pay_goods(lot, goods, &mut unpaid, lot.points.min(rest))
            };
            rest -= part;
            if part > 0 {
                parts.push((id, part));
            }
        }
        parts
    }
}

/// How much of `most` a lot for some goods may pay of them; `unpaid` shrinks by it.
fn pay_goods(lot: &Lot, goods: &[Goods], unpaid: &mut [i64], most: i64) -> i64 {
    let mut paid = 0;
    for (goods, unpaid) in goods.iter().zip(unpaid) {
        let path = goods.category.as_deref();
        let covered = path.is_some_and(|path| lot.goods.iter().any(|prefix| names::within(path, prefix)));
        if covered {
            let part = (*unpaid).min(most - paid);
            *unpaid -= part;
            paid += part;
        }
    }
    paid
}

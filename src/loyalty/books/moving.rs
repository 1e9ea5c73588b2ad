//! Moving points between members: they leave one member's books for the account `moved`, and come from there to another's.
//! Lots keep their ids, so that a refund finds them wherever they are.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, tz::TimeZone};

use super::{About, Books, about_lot};
use crate::loyalty::{
    absorbed::{Brought, Counted, with_its_own},
    entry::{Account, TextId},
    event::Belongings,
    lately::Lately,
    lot::{Hold, Lapsed, Lot},
};

impl Books<'_> {
    /// Everything leaves. What is left behind is an empty member.
    pub fn move_out(&mut self, at: Timestamp) -> Belongings {
        let (lots, holds) = (std::mem::take(&mut self.member.lots), std::mem::take(&mut self.member.holds));
        for (id, lot) in &lots {
            self.post((account(lot), Account::Moved), lot.points, TextId::MovedOut, &about_lot(id, lot), at);
        }
        for hold in holds.values() {
            self.post((Account::Reserved, Account::Moved), hold.points, TextId::MovedOut, &About::default(), at);
        }
        let debt = self.member.balance.debt;
        self.post((Account::Moved, Account::Debt), debt, TextId::MovedOut, &About::default(), at);
        let member = &mut self.member;
        let mut belongings = Belongings {
            lots,
            holds,
            ended: std::mem::take(&mut member.ended),
            payments: std::mem::take(&mut member.payments),
            expired: std::mem::take(&mut member.expired),
            limits: std::mem::take(&mut member.limits),
            measures: std::mem::take(&mut member.measures),
            qualifying: std::mem::take(&mut member.qualifying),
            progress: std::mem::take(&mut member.progress),
            debt,
            absorbed: member.absorbed.clone(),
            brought: std::mem::take(&mut member.brought),
            restored_from: member.restored_from.clone(),
            lately: member.lately.clone(),
            acceptance: member.acceptance,
            restricted: member.restricted,
            ..Belongings::default()
        };
        member.leave(&mut belongings);
        belongings
    }

    /// What is left of these lots leaves, and what of them expired.
    fn move_lots_out(&mut self, ids: impl IntoIterator<Item = String>, at: Timestamp) -> Belongings {
        let mut belongings = Belongings::default();
        let ids: Vec<String> = ids.into_iter().flat_map(|id| self.parts_of(&id)).collect();
        for id in ids {
            belongings.expired.extend(self.member.expired.remove_entry(&id));
            if let Some(lot) = self.member.lots.remove(&id) {
                self.post((account(&lot), Account::Moved), lot.points, TextId::MovedOut, &about_lot(&id, &lot), at);
                belongings.lots.insert(id, lot);
            }
        }
        belongings
    }

    /// Everything comes: what two members have of one thing is added up.
    pub fn move_in(&mut self, belongings: &Belongings, at: Timestamp) {
        for (id, lot) in &belongings.lots {
            let about = About { expires_at: lot.expires_at, ..about_lot(id, lot) };
            self.post((Account::Moved, account(lot)), lot.points, TextId::MovedIn, &about, at);
            self.add(id, lot);
        }
        for (id, hold) in &belongings.holds {
            self.post((Account::Moved, Account::Reserved), hold.points, TextId::MovedIn, &About::default(), at);
            self.member.holds.insert(id.clone(), Hold::clone(hold));
        }
        self.post((Account::Debt, Account::Moved), belongings.debt, TextId::MovedIn, &About::default(), at);
        let member = &mut self.member;
        member.ended.extend(belongings.ended.clone());
        member.payments.extend(belongings.payments.clone());
        for (id, lapsed) in &belongings.expired {
            // After an un-merge one lot can have expired in part with each of two members.
            let own = member.expired.entry(id.clone()).or_insert(Lapsed { points: 0, ..Lapsed::clone(lapsed) }.into());
            (own.points, own.at) = (own.points + lapsed.points, own.at.max(lapsed.at));
        }
        let taken_for = belongings.restored_from.iter().filter(|id| **id != member.id).cloned();
        member.restored_from.extend(taken_for);
        member.take_in(belongings);
        member.measures.take_in(&belongings.measures);
        member.lately.absorb(&belongings.lately, &self.settings.zone);
        member.restricted |= belongings.restricted;
        member.limits.absorb(&belongings.limits);
        let Belongings { qualifying, progress, .. } = belongings;
        self.count(|counted, zone| {
            let came = Counted { progress: progress.clone(), qualifying: qualifying.clone(), ..Counted::default() };
            counted.plus(&came, zone);
        });
    }

    /// What came with an absorbed member leaves with it, and what came with those that had turned out to be it before.
    pub fn move_absorbed_out(&mut self, from: &str, at: Timestamp) -> Belongings {
        let zone = &self.settings.zone;
        let (mut lots, mut theirs) = (BTreeSet::new(), Counted::default());
        let (mut absorbed, mut brought) = (BTreeMap::new(), BTreeMap::new());
        let owners = with_its_own(&self.member.brought, from);
        for id in owners.iter().cloned() {
            let its = self.member.absorbed.remove(&id).unwrap_or_default();
            let Brought { via, counted } = self.member.brought.remove(&id).unwrap_or_default();
            theirs.plus(&counted, zone);
            self.count(|all, zone| all.less(&counted, zone));
            lots.extend(its.iter().cloned());
            if id != from {
                absorbed.insert(id.clone(), its);
                brought.insert(id, Brought { via: via.filter(|via| via != from), counted });
            }
        }
        let Counted { progress, qualifying, limits } = theirs;
        let (lately, measures) = (self.member.lately.clone(), self.member.measures.give_back(&owners));
        let rest = self.move_lots_out(lots, at);
        let mut belongings = Belongings { limits, measures, qualifying, progress, absorbed, brought, lately, ..rest };
        self.member.give_back(&owners, &mut belongings);
        belongings
    }

    /// What a member counted elsewhere.
    pub fn carry(&mut self, carried: &Counted, lately: &Lately) {
        self.member.lately.absorb(lately, &self.settings.zone);
        self.count(|counted, zone| counted.plus(carried, zone));
    }

    /// Changes the member's counters as a whole.
    fn count(&mut self, change: impl Fn(&mut Counted, &TimeZone)) {
        let member = &mut self.member;
        let mut counted = Counted {
            progress: std::mem::take(&mut member.progress),
            qualifying: std::mem::take(&mut member.qualifying),
            limits: std::mem::take(&mut member.limits),
        };
        change(&mut counted, &self.settings.zone);
        (member.progress, member.qualifying, member.limits) = (counted.progress, counted.qualifying, counted.limits);
    }

    /// A lot comes from another member. Parts of one lot can stand with two: what waits is one lot, what is open lives beside it.
    fn add(&mut self, id: &str, lot: &Lot) {
        let known = self.member.lots.get_mut(id);
        match known {
            Some(waiting) if waiting.pending && lot.pending => waiting.points += lot.points,
            Some(open) if lot.pending => {
                let open = std::mem::replace(open, lot.clone().into());
                self.put_beside(id, &open, open.points);
            }
            Some(open) if !open.pending && open.expires_at == lot.expires_at => open.points += lot.points,
            Some(_) => drop(self.put_beside(id, lot, lot.points)),
            None => drop(self.put_back(id, lot, lot.points)),
        }
    }
}

fn account(lot: &Lot) -> Account {
    if lot.pending { Account::Pending } else { Account::Available }
}

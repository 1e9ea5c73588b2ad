//! The member's books while one event is decided: every movement of points goes through here, so that balances, lots and
//! entries cannot disagree.

mod spend;

use jiff::Timestamp;

use super::{
    entry::{Account, Entry, TextId},
    id::entry_id,
    lot::{Lapsed, Lot},
    member::Member,
    order::Award,
    span::Span,
};
use crate::programme::RefundPolicy;

/// A working copy of the member, and the entries written so far.
pub struct Books {
    pub member: Member,
    pub entries: Vec<Entry>,
}

/// What an entry is about.
#[derive(Clone, Default)]
pub struct About<'a> {
    pub lot: Option<&'a str>,
    pub rule: Option<&'a str>,
    pub order: Option<&'a str>,
    pub text: Option<&'a str>,
    pub expires_at: Option<Timestamp>,
}

/// How a new lot behaves.
#[derive(Clone, Default)]
pub struct Terms {
    /// How long it lives once it can be spent.
    pub expires: Option<Span>,
    /// The type of the event it waits for.
    pub awaits: Option<String>,
    /// Waits for a person.
    pub held: bool,
    pub goods: Vec<String>,
}

impl Books {
    /// The books of a member whose version is already that of the event being decided.
    pub fn open(member: Member) -> Self {
        Self { member, entries: Vec::new() }
    }

    /// Opens the award's lot, or adds to it. What can be spent at `now` repays what the member owes first.
    pub fn award(&mut self, award: &Award, points: i64, terms: &Terms, about: &About<'_>, now: Timestamp) {
        let closed = terms.held || award.available_from.is_none_or(|from| from > now);
        let known = self.member.lots.get(&award.lot).map(|lot| lot.pending);
        let pending = known.unwrap_or(closed);
        let about = About { lot: Some(&award.lot), expires_at: award.expires_at, ..about.clone() };
        let account = if pending { Account::Pending } else { Account::Available };
        let at = award.available_from.filter(|from| *from <= now).unwrap_or(now);
        self.post((Account::Issued, account), points, TextId::Earned, &about, at);
        let lot = self.member.lots.entry(award.lot.clone()).or_insert_with(|| Lot {
            points: 0,
            rule: about.rule.map(str::to_owned),
            order: about.order.map(str::to_owned),
            available_from: award.available_from,
            expires_at: award.expires_at,
            pending,
            awaits: terms.awaits.clone().filter(|_| pending),
            held: terms.held && pending,
            expires: terms.expires.filter(|_| pending),
            goods: terms.goods.clone(),
        });
        lot.points += points;
        if !pending {
            self.repay(&award.lot, at);
        }
    }

    /// Gives points that no rule gave, from `account`, in a lot of their own.
    pub fn grant(&mut self, (account, text): (Account, TextId), award: &Award, points: i64, now: Timestamp) {
        let at = award.available_from.unwrap_or(now);
        let about = About { lot: Some(&award.lot), expires_at: award.expires_at, ..About::default() };
        self.post((account, Account::Available), points, text, &about, at);
        self.put_back(&award.lot, &Lot::open(award), points);
        self.repay(&award.lot, at);
    }

    /// Points that waited can be spent from `at` on; their clock starts now if it has not.
    pub fn open_lot(&mut self, id: &str, at: Timestamp, zone: &jiff::tz::TimeZone) {
        let Some(lot) = self.member.lots.get_mut(id) else { return };
        lot.pending = false;
        lot.held = false;
        lot.awaits = None;
        lot.available_from = Some(at);
        lot.expires_at = lot.expires_at.or(lot.expires.map(|span| span.after(at, zone)));
        lot.expires = None;
        let lot = lot.clone();
        let about = about_lot(id, &lot);
        let about = About { expires_at: lot.expires_at, ..about };
        self.post((Account::Pending, Account::Available), lot.points, TextId::Opened, &about, at);
        self.repay(id, at);
    }

    /// Takes back what an order no longer earns: from its own lot first; what expired there is not owed; for the rest the
    /// programme's policy decides. Points in a hold are not touched.
    pub fn take_back(&mut self, award: &Award, points: i64, policy: RefundPolicy, about: &About<'_>, at: Timestamp) {
        let about = About { lot: Some(&award.lot), ..about.clone() };
        let left = self.member.lots.get(&award.lot).map_or(0, |lot| lot.points);
        let from_lot = left.min(points);
        if from_lot > 0 {
            let account = self.account_of(&award.lot);
            self.post((account, Account::ClawedBack), from_lot, TextId::TakenBack, &about, at);
            self.remove_from_lot(&award.lot, from_lot);
        }
        let mut rest = points - from_lot;
        if let Some(expired) = self.member.expired.get_mut(&award.lot) {
            let forgiven = rest.min(expired.points);
            expired.points -= forgiven;
            rest -= forgiven;
        }
        match policy {
            RefundPolicy::Debt if rest > 0 => {
                self.post((Account::Debt, Account::ClawedBack), rest, TextId::Owed, &about, at);
            }
            RefundPolicy::WithinBalance => {
                let about = About { lot: None, ..about };
                let within = rest.min(self.member.balance.spendable().max(0));
                self.take(Account::ClawedBack, within, TextId::TakenBack, &about, at);
            }
            RefundPolicy::Debt | RefundPolicy::Forgive => {}
        }
    }

    /// Takes points by hand, lot by lot in spend order. The caller has checked that they can be spent.
    pub fn deduct(&mut self, points: i64, at: Timestamp) {
        self.take(Account::Adjusted, points, TextId::Adjusted, &About::default(), at);
    }

    /// Expires what is left of a lot at `at`.
    pub fn expire(&mut self, id: &str, at: Timestamp) {
        let Some(lot) = self.member.lots.get(id).cloned() else { return };
        self.post((self.account_of(id), Account::Expired), lot.points, TextId::Expired, &about_lot(id, &lot), at);
        self.remove_from_lot(id, lot.points);
        let lapsed = Lapsed { points: 0, at, order: lot.order, rule: lot.rule };
        let lapsed = self.member.expired.entry(id.to_owned()).or_insert(lapsed);
        lapsed.points += lot.points;
        lapsed.at = at;
    }

    fn account_of(&self, lot: &str) -> Account {
        let pending = self.member.lots.get(lot).is_some_and(|lot| lot.pending);
        if pending { Account::Pending } else { Account::Available }
    }

    /// Moves points out of open lots in spend order.
    fn take(&mut self, to: Account, points: i64, text: TextId, about: &About<'_>, at: Timestamp) {
        let mut rest = points;
        for id in self.member.spend_order() {
            let part = self.member.lots[&id].points.min(rest);
            if part > 0 {
                let about = About { lot: Some(&id), ..about.clone() };
                self.post((Account::Available, to), part, text, &about, at);
                self.remove_from_lot(&id, part);
                rest -= part;
            }
        }
    }

    fn repay(&mut self, lot: &str, at: Timestamp) {
        let left = self.member.lots.get(lot).map_or(0, |lot| lot.points);
        let part = self.member.balance.debt.min(left);
        if part > 0 {
            let about = About { lot: Some(lot), ..About::default() };
            self.post((Account::Available, Account::Debt), part, TextId::DebtRepaid, &about, at);
            self.remove_from_lot(lot, part);
        }
    }

    /// Adds points to a lot, opening it as it was.
    fn put_back(&mut self, id: &str, was: &Lot, points: i64) {
        let lot = self.member.lots.entry(id.to_owned()).or_insert_with(|| Lot { points: 0, ..was.clone() });
        lot.points += points;
    }

    fn remove_from_lot(&mut self, id: &str, points: i64) {
        if let Some(lot) = self.member.lots.get_mut(id) {
            lot.points -= points;
            if lot.points == 0 {
                self.member.lots.remove(id);
            }
        }
    }

    /// Every entry there is comes from here.
    fn post(
        &mut self,
        (debit, credit): (Account, Account),
        points: i64,
        text_id: TextId,
        about: &About<'_>,
        at: Timestamp,
    ) {
        if points == 0 {
            return;
        }
        self.entries.push(Entry {
            id: entry_id(&self.member.id, self.member.version, self.entries.len()),
            debit,
            credit,
            points,
            lot: about.lot.map(str::to_owned),
            rule: about.rule.map(str::to_owned),
            order: about.order.map(str::to_owned),
            effective_at: at,
            expires_at: about.expires_at,
            text_id,
            text: about.text.map(str::to_owned),
        });
        self.member.balance.apply(debit, -points);
        self.member.balance.apply(credit, points);
    }
}

fn about_lot<'a>(id: &'a str, lot: &'a Lot) -> About<'a> {
    About { lot: Some(id), rule: lot.rule.as_deref(), order: lot.order.as_deref(), ..About::default() }
}

//! The member's books while one event is decided: every movement of points goes through here, so that balances, lots and
//! entries cannot disagree.

mod bringing;
mod moving;
mod spend;

use jiff::Timestamp;

use super::{
    entry::{Account, Entry, TextId},
    exchange::Exchange,
    id::{derived, entry_id},
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
    pub exchange: Option<&'a Exchange>,
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
        if points == 0 {
            return;
        }
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
        let lot = self.put_back(&award.lot, &Lot::open(award), points);
        self.repay(&lot, at);
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
    /// programme's policy decides. Points in a hold are not touched. Returns how many nobody pays for.
    pub fn take_back(
        &mut self,
        award: &Award,
        points: i64,
        policy: RefundPolicy,
        about: &About<'_>,
        at: Timestamp,
    ) -> i64 {
        let mut rest = points;
        let lots = [award.lot.clone(), beside(&award.lot)];
        for lot in &lots {
            let about = About { lot: Some(lot), ..about.clone() };
            let part = self.member.lots.get(lot).map_or(0, |lot| lot.points).min(rest);
            self.post((self.account_of(lot), Account::ClawedBack), part, TextId::TakenBack, &about, at);
            self.remove_from_lot(lot, part);
            rest -= part;
        }
        for lot in &lots {
            let Some(expired) = self.member.expired.get_mut(lot) else { continue };
            let not_owed = rest.min(expired.points);
            expired.points -= not_owed;
            rest -= not_owed;
        }
        let about = About { lot: Some(&award.lot), ..about.clone() };
        match policy {
            RefundPolicy::Debt => {
                self.post((Account::Debt, Account::ClawedBack), rest, TextId::Owed, &about, at);
                0
            }
            RefundPolicy::WithinBalance => {
                let about = About { lot: None, ..about };
                let within = rest.min(self.member.balance.spendable().max(0));
                self.take(Account::ClawedBack, within, TextId::TakenBack, &about, at);
                rest - within
            }
            RefundPolicy::Forgive => rest,
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

    /// Adds points to a lot, opening it as it was; returns where they are. Points that could be spent before still can:
    /// while their lot waits again, they live beside it.
    fn put_back(&mut self, id: &str, was: &Lot, points: i64) -> String {
        let waits = self.member.lots.get(id).is_some_and(|lot| lot.pending);
        let id = if waits { beside(id) } else { id.to_owned() };
        let lot = self.member.lots.entry(id.clone()).or_insert_with(|| Lot { points: 0, ..was.clone() });
        lot.points += points;
        id
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
            exchange: about.exchange.cloned(),
        });
        self.member.balance.apply(debit, -points);
        self.member.balance.apply(credit, points);
    }
}

/// The lot of points that came back while their own one waits again.
fn beside(lot: &str) -> String {
    derived("lot", &[lot, "beside"])
}

fn about_lot<'a>(id: &'a str, lot: &'a Lot) -> About<'a> {
    About { lot: Some(id), rule: lot.rule.as_deref(), order: lot.order.as_deref(), ..About::default() }
}

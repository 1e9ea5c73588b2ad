//! The member's books while one event is decided: every movement of points goes through here, so that balances, lots and
//! entries cannot disagree.

mod bringing;
mod moving;
mod putting_together;
mod spend;

use jiff::Timestamp;

use super::{
    entry::{Account, Entry, TextId},
    lot::{Lapsed, Lot},
    member::Member,
    order::Award,
};
use crate::{
    programme::{RefundPolicy, Settings},
    values::{
        copy_on_write::CopyOnWrite,
        exchange::Exchange,
        id::{derived, entry_id},
        span::Span,
    },
};

/// A working copy of the member, and the entries written so far.
pub struct Books<'p> {
    pub member: Member,
    pub entries: Vec<Entry>,
    pub(super) settings: &'p Settings,
    /// Lots whose points can be spent from an instant on, and have not repaid yet what the member owes.
    opened: Vec<(String, Timestamp)>,
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
    /// When its points are lost that still wait.
    pub lapses_at: Option<Timestamp>,
    /// Waits for a person.
    pub held: bool,
    pub goods: Vec<String>,
    /// What the member did after this instant makes the points live longer, where the programme says so.
    pub since: Timestamp,
}

impl<'p> Books<'p> {
    /// The books of a member whose version is already that of the event being decided.
    pub fn open(member: Member, settings: &'p Settings) -> Self {
        Self { member, entries: Vec::new(), settings, opened: Vec::new() }
    }

    /// Adds to the award's lot, or opens it, as it would stand had it been there all along.
    pub fn award(&mut self, award: &Award, points: i64, terms: &Terms, about: &About<'_>, now: Timestamp) {
        if points == 0 {
            return;
        }
        let id = &award.lot;
        self.wait_for_acceptance(now);
        if !self.member.lots.contains_key(id) {
            self.member.lots.insert(id.clone(), self.new_lot(award, terms, about, now).into());
        }
        let Some(lot) = self.member.lots.get_mut(id) else { return };
        lot.points += points;
        let (pending, expires_at) = (lot.pending, lot.expires_at);
        let about = About { lot: Some(id), expires_at, ..about.clone() };
        let account = if pending { Account::Pending } else { Account::Available };
        let at = award.available_from.filter(|from| *from <= now).unwrap_or(now);
        self.post((Account::Issued, account), points, TextId::Earned, &about, at);
        if !pending {
            self.opened.push((id.clone(), at));
        }
    }

    fn new_lot(&self, award: &Award, terms: &Terms, about: &About<'_>, now: Timestamp) -> Lot {
        let (from, end) =
            self.member.since_accepted((award.available_from, award.expires_at), terms.expires, &self.settings.zone);
        let pending = terms.held || self.member.is_unaccepted() || from.is_none_or(|from| from > now);
        let open = from.filter(|_| !pending).zip(end);
        let extended = open.map(|(from, end)| self.extended(end, from, terms.since.max(from)));
        Lot {
            points: 0,
            rule: about.rule.map(str::to_owned),
            order: about.order.map(str::to_owned),
            available_from: from,
            expires_at: extended.or(end),
            pending,
            awaits: terms.awaits.clone().filter(|_| pending && from.is_none()),
            lapses_at: terms.lapses_at.filter(|_| pending && from.is_none()),
            held: terms.held && pending,
            expires: terms.expires.filter(|_| pending),
            goods: terms.goods.clone(),
            alike: false,
            of: None,
        }
    }

    /// The end of points that can be spent since `from`, moved by what the member did after `since`.
    fn extended(&self, end: Timestamp, from: Timestamp, since: Timestamp) -> Timestamp {
        let Settings { slide, zone, .. } = self.settings;
        slide.map_or(end, |slide| self.member.lately.extended(end, (from, since), slide, zone))
    }

    /// Gives points that no rule gave, from `account`, in a lot of their own.
    pub fn grant(&mut self, (account, text): (Account, TextId), award: &Award, points: i64, now: Timestamp) {
        let at = award.available_from.unwrap_or(now);
        let about = About { lot: Some(&award.lot), expires_at: award.expires_at, ..About::default() };
        self.post((account, Account::Available), points, text, &about, at);
        let lot = self.put_back(&award.lot, &Lot::open(award), points);
        self.opened.push((lot, at));
    }

    /// Points that were lost while they waited wait again, as if they had been there all along: what they waited for came in time.
    pub fn recall(&mut self, id: &str, at: Timestamp) {
        let Some((points, lost)) =
            self.member.expired.get(id).and_then(|lapsed| Some((lapsed.points, lapsed.lost.clone()?)))
        else {
            return;
        };
        self.member.expired.remove(id);
        self.post((Account::Expired, Account::Pending), points, TextId::Reactivated, &about_lot(id, &lost), at);
        let lot = self.member.lots.entry(id.to_owned()).or_insert(Lot { points: 0, ..*lost }.into());
        lot.points += points;
    }

    /// Points of a lot that expired live again until an end of their own.
    pub fn revive(&mut self, id: &str, expires_at: Timestamp, at: Timestamp) -> i64 {
        let Some(lapsed) = self.member.expired.remove(id) else { return 0 };
        let Lapsed { points, order, rule, goods, .. } = lapsed.into_inner();
        let (from, end) = (Some(at), Some(expires_at));
        let about = About { lot: Some(id), expires_at: end, ..About::default() };
        self.post((Account::Expired, Account::Available), points, TextId::Reactivated, &about, at);
        let award = Award {
            lot: id.to_owned(),
            points,
            wanted: None,
            allowed: None,
            forgiven: 0,
            available_from: from,
            expires_at: end,
        };
        let lot = self.put_beside(id, &Lot { rule, order, goods, ..Lot::open(&award) }, points);
        self.opened.push((lot, at));
        points
    }

    /// Points that waited can be spent from `at` on; their clock starts now if it has not.
    pub fn open_lot(&mut self, id: &str, at: Timestamp) {
        let zone = &self.settings.zone;
        let Some(lot) = self.member.lots.get_mut(id) else { return };
        lot.pending = false;
        lot.held = false;
        (lot.awaits, lot.lapses_at) = (None, None);
        lot.available_from = Some(at);
        lot.expires_at = lot.expires_at.or(lot.expires.map(|span| span.after(at, zone)));
        lot.expires = None;
        let mut lot = Lot::clone(lot);
        lot.expires_at = lot.expires_at.map(|end| self.extended(end, at, at));
        self.member.lots.insert(id.to_owned(), lot.clone().into());
        let about = about_lot(id, &lot);
        let about = About { expires_at: lot.expires_at, ..about };
        self.post((Account::Pending, Account::Available), lot.points, TextId::Opened, &about, at);
        self.opened.push((id.to_owned(), at));
    }

    /// What can be spent now repays what the member owes, soonest to expire first.
    pub fn repay(&mut self) {
        let mut opened = std::mem::take(&mut self.opened);
        opened.sort_by_cached_key(|(id, at)| {
            let lot = self.member.lots.get(id);
            (*at, lot.and_then(|lot| lot.expires_at).unwrap_or(Timestamp::MAX), id.clone())
        });
        for (lot, at) in opened {
            let left = self.member.lots.get(&lot).filter(|lot| !lot.pending).map_or(0, |lot| lot.points);
            let part = self.member.balance.debt.min(left);
            let about = About { lot: Some(&lot), ..About::default() };
            self.post((Account::Available, Account::Debt), part, TextId::DebtRepaid, &about, at);
            self.remove_from_lot(&lot, part);
        }
    }

    /// Takes back what an order of `owner`, who is this member or turned out to be, no longer earns: from its own lot first; what expired there is not owed; for the rest the
    /// programme's policy decides. Points in a hold are not touched. Returns how many nobody pays for.
    pub fn take_back(
        &mut self,
        (award, owner): (&Award, &str),
        points: i64,
        policy: RefundPolicy,
        about: &About<'_>,
        at: Timestamp,
    ) -> i64 {
        let mut rest = self.take_from(&self.parts_of(&award.lot), points, about, at);
        if rest == 0 {
            return 0;
        }
        for lot in [&award.lot, &beside(&award.lot, 0)] {
            let Some(expired) = self.member.expired.get_mut(lot) else { continue };
            let not_owed = rest.min(expired.points);
            expired.points -= not_owed;
            rest -= not_owed;
        }
        rest = self.take_from(&self.together_with(award, about.rule, owner), rest, about, at);
        rest -= self.expired_together(award, (about.rule, owner), rest, at);
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

    /// Takes points back from these lots, as far as they have some; returns how many are still wanted.
    fn take_from(&mut self, lots: &[String], points: i64, about: &About<'_>, at: Timestamp) -> i64 {
        let mut rest = points;
        for lot in lots {
            let about = About { lot: Some(lot), ..about.clone() };
            let part = self.member.lots.get(lot).map_or(0, |lot| lot.points).min(rest);
            self.post((self.account_of(lot), Account::ClawedBack), part, TextId::TakenBack, &about, at);
            self.remove_from_lot(lot, part);
            rest -= part;
        }
        rest
    }

    /// Takes points by hand, lot by lot in spend order. The caller has checked that they can be spent.
    pub fn deduct(&mut self, points: i64, at: Timestamp) {
        self.take(Account::Adjusted, points, TextId::Adjusted, &About::default(), at);
    }

    /// Expires what is left of a lot at `at`.
    pub fn expire(&mut self, id: &str, at: Timestamp) {
        let Some(lot) = self.member.lots.get(id).cloned().map(CopyOnWrite::into_inner) else { return };
        let unaccepted = lot.pending && self.member.accept_by() == Some(at);
        let text = if unaccepted { TextId::Unaccepted } else { TextId::Expired };
        self.post((self.account_of(id), Account::Expired), lot.points, text, &about_lot(id, &lot), at);
        self.remove_from_lot(id, lot.points);
        let lost = (lot.lost_at() == Some(at)).then(|| Box::new(lot.clone()));
        let Lot { order, rule, goods, alike, of, points, .. } = lot;
        let root = of.unwrap_or_else(|| id.to_owned());
        let lapsed = Lapsed { points: 0, at, order, rule, goods, alike, lost: None };
        let lapsed = self.member.expired.entry(root).or_insert(lapsed.into());
        lapsed.points += points;
        (lapsed.at, lapsed.lost) = (at, lost);
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

    /// Adds points to the lot they came from, opening it as it was; returns where they are. Points that could be spent before
    /// still can: while their lot waits again, they live beside it.
    fn put_back(&mut self, id: &str, was: &Lot, points: i64) -> String {
        if self.member.lots.get(id).is_some_and(|lot| lot.pending) {
            return self.put_beside(id, was, points);
        }
        let lot = self.member.lots.entry(id.to_owned()).or_insert_with(|| Lot { points: 0, ..was.clone() }.into());
        lot.points += points;
        id.to_owned()
    }

    /// Adds points of a lot that open or end at another instant than it does, with those that end as they do.
    fn put_beside(&mut self, id: &str, was: &Lot, points: i64) -> String {
        let root = was.of.as_deref().unwrap_or(id);
        let joins = |lot: &Lot| !lot.pending && lot.expires_at == was.expires_at;
        let mut number = 0;
        let place = loop {
            let place = beside(root, number);
            if self.member.lots.get(&place).is_none_or(|lot| joins(lot)) {
                break place;
            }
            number += 1;
        };
        let new = || Lot { points: 0, of: Some(root.to_owned()), ..was.clone() }.into();
        self.member.lots.entry(place.clone()).or_insert_with(new).points += points;
        place
    }

    /// The lot and those that stand beside it, soonest to expire first.
    fn parts_of(&self, id: &str) -> Vec<String> {
        let old = beside(id, 0);
        let is_part = |(known, lot): &(&String, &CopyOnWrite<Lot>)| lot.of.as_deref() == Some(id) || **known == old;
        let mut parts: Vec<_> = self.member.lots.iter().filter(is_part).collect();
        parts.sort_by_key(|(known, lot)| (lot.expires_at.unwrap_or(Timestamp::MAX), *known));
        [id.to_owned()].into_iter().chain(parts.into_iter().map(|(known, _)| known.clone())).collect()
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

/// Where points of a lot stand that open or end at another instant.
fn beside(lot: &str, number: usize) -> String {
    match number {
        0 => derived("lot", &[lot, "beside"]),
        _ => derived("lot", &[lot, "beside", &number.to_string()]),
    }
}

fn about_lot<'a>(id: &'a str, lot: &'a Lot) -> About<'a> {
    About { lot: Some(id), rule: lot.rule.as_deref(), order: lot.order.as_deref(), ..About::default() }
}

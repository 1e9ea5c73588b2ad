//! The member's books while one event is decided: every movement of points goes through here, so that balances, lots and
//! entries cannot disagree.

use jiff::Timestamp;

use super::{
    entry::{Account, Entry, TextId},
    id::derived,
    member::{Lot, Member},
    order::Award,
};

/// A working copy of the member, and the entries written so far.
pub struct Books {
    pub member: Member,
    pub entries: Vec<Entry>,
    /// `(brand, source, event id)`: entry ids derive from it.
    key: [String; 3],
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

impl Books {
    pub fn open(member: Member, key: [String; 3]) -> Self {
        Self { member, entries: Vec::new(), key }
    }

    /// Opens the award's lot, or adds to it, and repays what the member owes from it.
    pub fn award(&mut self, award: &Award, points: i64, about: &About<'_>) {
        let at = award.available_from;
        let about = About { lot: Some(&award.lot), expires_at: award.expires_at, ..about.clone() };
        self.post((Account::Issued, Account::Available), points, TextId::Earned, &about, at);
        self.add_to_lot(award, points, &about);
        self.repay(&award.lot, at);
    }

    /// Gives points by hand, in a lot of their own.
    pub fn grant(&mut self, award: &Award, points: i64) {
        let about = About { lot: Some(&award.lot), expires_at: award.expires_at, ..About::default() };
        self.post((Account::Adjusted, Account::Available), points, TextId::Adjusted, &about, award.available_from);
        self.add_to_lot(award, points, &about);
        self.repay(&award.lot, award.available_from);
    }

    /// Takes back what an order no longer earns: from its own lot first; what expired there is not owed; the rest becomes
    /// debt, which leaves the member's other lots alone.
    pub fn take_back(&mut self, award: &Award, points: i64, about: &About<'_>, at: Timestamp) {
        let about = About { lot: Some(&award.lot), ..about.clone() };
        let left = self.member.lots.get(&award.lot).map_or(0, |lot| lot.points);
        let from_lot = left.min(points);
        if from_lot > 0 {
            self.post((Account::Available, Account::ClawedBack), from_lot, TextId::TakenBack, &about, at);
            self.remove_from_lot(&award.lot, from_lot);
        }
        let mut rest = points - from_lot;
        if let Some(expired) = self.member.expired.get_mut(&award.lot) {
            let forgiven = rest.min(*expired);
            *expired -= forgiven;
            rest -= forgiven;
        }
        if rest > 0 {
            self.post((Account::Debt, Account::ClawedBack), rest, TextId::Owed, &about, at);
        }
    }

    /// Takes points by hand, lot by lot in spend order. The caller has checked that they can be spent.
    pub fn deduct(&mut self, points: i64, at: Timestamp) {
        let mut rest = points;
        for id in self.member.spend_order() {
            let part = self.member.lots[&id].points.min(rest);
            if part > 0 {
                let about = About { lot: Some(&id), ..About::default() };
                self.post((Account::Available, Account::Adjusted), part, TextId::Adjusted, &about, at);
                self.remove_from_lot(&id, part);
                rest -= part;
            }
        }
    }

    /// Expires every lot whose instant has come, each at its own instant.
    pub fn expire_due(&mut self, now: Timestamp) {
        let due: Vec<String> = self.member.spend_order().into_iter().filter(|id| self.expires(id) <= now).collect();
        for id in due {
            let lot = self.member.lots[&id].clone();
            let (rule, order) = (lot.rule.as_deref(), lot.order.as_deref());
            let about = About { lot: Some(&id), rule, order, ..About::default() };
            self.post((Account::Available, Account::Expired), lot.points, TextId::Expired, &about, self.expires(&id));
            self.remove_from_lot(&id, lot.points);
            if lot.order.is_some() {
                *self.member.expired.entry(id).or_insert(0) += lot.points;
            }
        }
    }

    fn expires(&self, lot: &str) -> Timestamp {
        self.member.lots[lot].expires_at.unwrap_or(Timestamp::MAX)
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

    fn add_to_lot(&mut self, award: &Award, points: i64, about: &About<'_>) {
        let lot = self.member.lots.entry(award.lot.clone()).or_insert_with(|| Lot {
            points: 0,
            rule: about.rule.map(str::to_owned),
            order: about.order.map(str::to_owned),
            available_from: award.available_from,
            expires_at: award.expires_at,
        });
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

    fn post(
        &mut self,
        (debit, credit): (Account, Account),
        points: i64,
        text_id: TextId,
        about: &About<'_>,
        at: Timestamp,
    ) {
        let number = self.entries.len().to_string();
        let [brand, source, id] = &self.key;
        self.entries.push(Entry {
            id: derived("ent", &[brand, source, id, &number]),
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

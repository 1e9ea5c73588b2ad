//! An order: the full state a shop sends, and the document that keeps what the order has earned so far.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use super::line::Line;
use super::{funding::Funded, lot::Part, member::Member, multiplied::Multiplied, pins::Pins};
use crate::values::{
    bounds::{self, TooLarge},
    changes::document,
    exchange::Exchange,
    money::{is_zero, spread},
};

/// Only `paid` and later earn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Placed,
    Paid,
    Fulfilled,
    Cancelled,
}

impl Status {
    pub fn earns(self) -> bool {
        matches!(self, Self::Paid | Self::Fulfilled)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Paid => "paid",
            Self::Fulfilled => "fulfilled",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What orders the states of one order: a counter of the shop, or the instant of its last change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Revision {
    Number(i64),
    UpdatedAt(Timestamp),
}

impl Revision {
    /// Whether this state is older than `other`; `None` when a shop mixed the two kinds.
    pub fn is_before(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => Some(a < b),
            (Self::UpdatedAt(a), Self::UpdatedAt(b)) => Some(a < b),
            _ => None,
        }
    }
}

impl std::fmt::Display for Revision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(n) => write!(f, "{n}"),
            Self::UpdatedAt(at) => write!(f, "{at}"),
        }
    }
}

/// The full state of an order, amounts in minor units of its own currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderState {
    pub status: Status,
    pub revision: Revision,
    pub placed_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fulfilled_at: Option<Timestamp>,
    pub currency: String,
    /// What its currency is in the programme's; the first one stays for all states.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Exchange>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_hash: Option<String>,
    pub lines: Vec<Line>,
    #[serde(default)]
    pub shipping: i64,
    /// Of it, what was given back.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shipping_refunded: i64,
    /// Fees and tips: they never earn.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub fees: i64,
    /// Returned money that names no line.
    #[serde(default)]
    pub refunded: i64,
    /// The hold that pays for a part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points_hold: Option<String>,
    /// Codes that were used on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
}

impl OrderState {
    /// A paid order of these goods, of which nothing else is said.
    pub fn paid(revision: Revision, placed_at: Timestamp, currency: &str, lines: Vec<Line>) -> Self {
        Self {
            status: Status::Paid,
            revision,
            placed_at,
            paid_at: None,
            fulfilled_at: None,
            currency: currency.to_owned(),
            exchange: None,
            channel: None,
            store: None,
            operator: None,
            payment_hash: None,
            lines,
            shipping: 0,
            shipping_refunded: 0,
            fees: 0,
            refunded: 0,
            points_hold: None,
            codes: Vec::new(),
        }
    }

    /// What is left of each line's money: after what came back of it, and after its part of money that came back without one.
    pub fn kept(&self) -> Vec<i64> {
        let left: Vec<i64> = self.lines.iter().map(Line::left).collect();
        if self.refunded == 0 {
            return left;
        }
        let refunds = spread(self.refunded, &left);
        left.iter().zip(refunds).map(|(left, refund)| (left - refund).max(0)).collect()
    }

    /// What the member paid for goods, after discounts and returns, without shipping.
    pub fn total(&self) -> i64 {
        self.kept().iter().sum()
    }

    /// Whether something of it is still the member's.
    pub fn is_kept(&self) -> bool {
        let all_money_back = self.refunded > 0 && self.total() == 0;
        let goods = self.lines.iter().any(|line| line.returned < line.quantity);
        self.status != Status::Cancelled && goods && !all_money_back
    }

    /// The money that is left of each line in `currency`: the amount of a line is exchanged once, and rounded half up.
    pub fn worth(&self, currency: &str) -> Result<Vec<i64>, TooLarge> {
        self.exchanged(self.kept(), currency)
    }

    /// The same without tax.
    pub fn worth_untaxed(&self, currency: &str) -> Result<Vec<i64>, TooLarge> {
        let kept = self.lines.iter().zip(self.kept());
        self.exchanged(kept.map(|(line, kept)| kept - line.tax_within(kept)).collect(), currency)
    }

    /// Amounts of the order in `currency`. What an older engine kept is in it already.
    pub fn exchanged(&self, amounts: Vec<i64>, currency: &str) -> Result<Vec<i64>, TooLarge> {
        let amounts = match self.foreign(currency) {
            Some(exchange) => {
                amounts.into_iter().map(|units| exchange.amount(units, currency)).collect::<Result<_, _>>()?
            }
            None => amounts,
        };
        bounds::worth(&amounts)?;
        Ok(amounts)
    }

    /// The rate into `currency`, for an order in another one.
    pub fn foreign(&self, currency: &str) -> Option<&Exchange> {
        let of_it = |exchange: &&Exchange| exchange.currency == self.currency && self.currency != currency;
        self.exchange.as_ref().filter(of_it)
    }
}

/// What the ledger keeps of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub id: String,
    pub member: String,
    /// Counts the accepted states; the row is written by compare-and-set on it.
    pub version: u64,
    pub state: OrderState,
    /// The first instant the order was seen paid, unless its states say it themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<Timestamp>,
    /// Programme version in effect when the order was placed.
    pub programme: u32,
    pub pins: Pins,
    /// The member it belonged to before that one turned out to be another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The first instant the order was seen delivered, unless its states say it themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fulfilled_at: Option<Timestamp>,
    /// What multiplies its base points, if something did for its member as it was placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiplied: Option<Multiplied>,
    /// What stands awarded, per rule.
    #[serde(default)]
    pub awards: BTreeMap<String, Award>,
    /// It was placed before the day on which its member joined, where only members earn: it counts for nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub before_joining: bool,
    /// From before this programme: it counts as a purchase, and the points that it earned there came with the opening lots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<i64>,
    /// Of these, what was told to a person when goods came back.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub history_back: i64,
    /// Its points wait for a person: the member bought more often that day than the programme trusts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// Since when they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_at: Option<Timestamp>,
    /// The newest state that could not be applied and waits for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unapplied: Option<Revision>,
    /// Whose it turned out to be: its next state is decided there, from the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_for: Option<String>,
    /// How many members it was taken for before.
    #[serde(default, skip_serializing_if = "is_none_before")]
    pub owners_before: u32,
    /// The hold that paid, once it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<String>,
    /// Which lots paid what: kept for ever, so that a refund finds them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paid: Vec<Part>,
    /// What they paid of which line, fixed when they did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub funded: Vec<Funded>,
    /// Codes that stand used, with their offers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub codes: BTreeMap<String, String>,
}

/// What one rule has given for one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Award {
    pub lot: String,
    pub points: i64,
    /// What it would be without caps and budgets, where these cut it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<i64>,
    /// What its own cap and budget leave of that, where the cap over all rules cut it further.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<i64>,
    /// Taken back without being paid, by the refund policy: not given again when the order comes back alive.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub forgiven: i64,
    /// `None` while nobody knows: it waits for a delivery or an event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_from: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_none_before(number: &u32) -> bool {
    *number == 0
}

impl Award {
    /// Points before caps and budgets.
    pub fn wanted(&self) -> i64 {
        self.wanted.unwrap_or(self.points)
    }
}

impl Order {
    /// Points the order has earned in all.
    pub fn earned(&self) -> i64 {
        self.awards.values().map(|award| award.points).sum()
    }

    /// Whether a state of this revision was never heard of.
    pub fn is_news(&self, revision: &Revision) -> bool {
        let older = |known: &Revision| known.is_before(revision) == Some(true);
        older(&self.state.revision) && self.unapplied.as_ref().is_none_or(older)
    }

    /// Whether a state of it was ever applied. Of another one there is nothing but what waits for a person.
    pub fn has_begun(&self) -> bool {
        self.unapplied.is_none() || !self.state.lines.is_empty()
    }

    /// Whether more is known already than this state says.
    pub fn is_newer_than(&self, state: &OrderState) -> bool {
        state.revision.is_before(&self.state.revision) == Some(true)
    }

    /// Whose it was made as, whoever that member turned out to be meanwhile and whoever decided on it last.
    pub fn owner(&self) -> &String {
        self.left_for.as_ref().or(self.origin.as_ref()).unwrap_or(&self.member)
    }

    /// Whether it is this member's, by whatever name it came.
    pub fn is_of(&self, member: &Member) -> bool {
        *self.owner() == member.id || member.absorbed.contains_key(self.owner())
    }

    /// When a person let its points go that waited for one.
    pub fn released_at(&self, member: &Member) -> Option<Timestamp> {
        member.released_at.filter(|at| self.held && self.held_at.is_none_or(|since| since <= *at))
    }

    /// Whom it is decided for when it comes for this member: for whom the member was taken as the order was made, if so.
    pub fn decided_for<'a>(&'a self, member: &'a Member) -> &'a str {
        let other = || member.restored_from.contains(self.owner());
        if !self.is_of(member) && other() { self.owner() } else { &member.id }
    }
}

document!(Order {
    awards: each,
    before_joining: seldom,
    codes: seldom,
    fulfilled_at: seldom,
    funded: seldom,
    held: seldom,
    held_at: seldom,
    history: seldom,
    history_back: seldom,
    hold: seldom,
    id: always,
    left_for: seldom,
    member: always,
    multiplied: seldom,
    origin: seldom,
    owners_before: seldom,
    paid: seldom,
    paid_at: seldom,
    pins: always,
    programme: always,
    state: part,
    unapplied: seldom,
    version: always,
});

document!(OrderState {
    channel: seldom,
    codes: seldom,
    currency: always,
    exchange: seldom,
    fees: seldom,
    fulfilled_at: seldom,
    lines: as_written,
    operator: seldom,
    paid_at: seldom,
    payment_hash: seldom,
    placed_at: always,
    points_hold: seldom,
    refunded: always,
    revision: always,
    shipping: always,
    shipping_refunded: seldom,
    status: always,
    store: seldom,
});

document!(Award {
    allowed: seldom,
    available_from: seldom,
    expires_at: seldom,
    forgiven: seldom,
    lot: always,
    points: always,
    wanted: seldom,
});

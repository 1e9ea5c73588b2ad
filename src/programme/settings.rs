//! What holds for the whole programme: the one row of the table `Programme`.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::{
    rule::{Cap, Wait},
    tier::TierSettings,
};
use crate::values::{exchange::Exchange, span::Span};

#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub name: String,
    pub currency: String,
    /// What one unit of another currency is in the programme's, in billionths.
    pub rates: BTreeMap<String, i64>,
    pub zone: TimeZone,
    pub language: String,
    /// When points expire whose rule says nothing; `None` = never.
    pub expires: Option<Span>,
    /// When points can be spent whose rule says nothing.
    pub wait: Wait,
    /// Activity pushes the expiry of all lots this far, but never further than the second span after their beginning.
    pub slide: Option<(Span, Span)>,
    /// How long before points expire the member is told; longest first.
    pub remind: Vec<Span>,
    /// Categories that never earn (gift cards ...), as path prefixes.
    pub excluded: Vec<String>,
    /// Whether the tax of goods earns too.
    pub points_on: PointsOn,
    /// Minor units by which more may come back of an order than was paid, and counts as all.
    pub refund_tolerance: i64,
    /// Whether somebody unknown can buy at all.
    pub join: bool,
    pub new_members: NewMembers,
    /// Who sends the thank-you.
    pub thank_you: Sender,
    pub tier: TierSettings,
    pub spending: Spending,
    pub after_refund: RefundPolicy,
    /// How long points live that return to a lot which has expired meanwhile; `None` = they expire at once.
    pub grace: Option<Span>,
    /// The reward that points turn into by themselves, for members who chose so.
    pub converts_to: Option<String>,
    /// Most points of one member by all rules together.
    pub cap: Option<Cap>,
    /// Orders first heard of so long after they were placed earn points that wait for a person.
    pub late_after: Option<Span>,
    /// Days after its end until which late orders and returns move a window of a measure; then it is final.
    pub late: i64,
    /// Points that one key may give and take by hand on one day, in all; what goes above waits for a second person.
    pub second_key_above: Option<i64>,
    /// A version goes live when two people want it.
    pub second_person: bool,
    /// A row that gave so many times what was foreseen of it stops by itself; 0 = none does.
    pub stop_at: i64,
    /// Orders of one member in one day whose points open at once; those of further ones wait for a person.
    pub orders_a_day: Option<i64>,
}

/// The amount of goods that points look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PointsOn {
    WithTax,
    WithoutTax,
}

/// What somebody unknown becomes who buys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewMembers {
    /// A member, at once.
    JoinByBuying,
    /// A member whose points wait until they accept to be one.
    WaitUntilAccepted,
    /// Nobody: the purchase is taken, earns nothing, and nothing of it is kept.
    OnlyByJoining,
}

/// Who does a thing that both could do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    Connector,
    N8n,
    Nobody,
}

impl Sender {
    pub fn name(self) -> &'static str {
        match self {
            Self::Connector => "connector",
            Self::N8n => "n8n",
            Self::Nobody => "nobody",
        }
    }
}

/// What points are worth and how they may pay.
#[derive(Debug, Clone, PartialEq)]
pub struct Spending {
    /// False: nobody spends anything, whatever else is set.
    pub allowed: bool,
    /// `points` pay `amount` minor units: an exact rational.
    pub points: i64,
    pub amount: i64,
    /// Fewer points than this are no payment.
    pub smallest: i64,
    /// Payments are multiples of this.
    pub step: i64,
    /// Percent of an order's payable goods that points may pay.
    pub share_percent: i64,
    /// Categories that points may pay; empty = all.
    pub goods: Vec<String>,
    /// Categories that points never pay.
    pub excluded: Vec<String>,
    /// Most points that one member sets aside and claims with in a day.
    pub a_day: Option<i64>,
    /// How long a hold lasts when nobody says.
    pub hold: Span,
}

impl Settings {
    /// The programme's own rate of another currency, as an order keeps it.
    pub fn exchange(&self, currency: &str, rate: i64, version: u32) -> Exchange {
        Exchange { currency: currency.to_owned(), rate, source: format!("programme v{version}") }
    }
}

impl Spending {
    /// What so many points pay, in minor units, rounded down: a point is never worth more than it says.
    pub fn worth(&self, points: i64) -> i64 {
        ratio(points, self.amount, self.points)
    }

    /// The most points that `amount` can be paid with, without paying more than it.
    pub fn points_for(&self, amount: i64) -> i64 {
        ratio(amount, self.points, self.amount)
    }
}

fn ratio(value: i64, by: i64, of: i64) -> i64 {
    i64::try_from(i128::from(value) * i128::from(by) / i128::from(of.max(1))).unwrap_or(i64::MAX)
}

/// What becomes of points that were spent before their order came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundPolicy {
    /// They are owed, and the next awards repay them.
    Debt,
    /// They are taken from the member's other lots as far as these reach; the rest is forgiven.
    WithinBalance,
    /// They are forgiven.
    Forgive,
}

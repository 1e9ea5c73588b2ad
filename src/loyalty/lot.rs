//! Lots: points that came together and end together; and what holds lots: holds, payments, and what expired.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::order::Award;
use crate::{
    programme::names,
    values::{changes::document, span::Span},
};

/// Points that came together and expire together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// Points left.
    pub points: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// `None` while nobody knows: it waits for a delivery or an event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_from: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Counted as pending, not as available.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pending: bool,
    /// The type of the event it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<String>,
    /// Points that still wait then for what may never come are lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lapses_at: Option<Timestamp>,
    /// Waits for a person: the member was restricted, or bought more often than the programme trusts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// How long it lives once it can be spent; the clock starts then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Span>,
    /// Goods it may pay, as path prefixes; empty = all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goods: Vec<String>,
    /// Several lots of one rule that end at one instant, put together: none of them is of an order any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alike: bool,
    /// The lot that these points are of; they stand beside it because they open or end at another instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
}

impl Lot {
    /// An open lot for any goods.
    pub fn open(award: &Award) -> Self {
        Self {
            points: 0,
            rule: None,
            order: None,
            available_from: award.available_from,
            expires_at: award.expires_at,
            pending: false,
            awaits: None,
            lapses_at: None,
            held: false,
            expires: None,
            goods: Vec::new(),
            alike: false,
            of: None,
        }
    }

    /// When it opens by itself, if it is still closed.
    pub fn opens_at(&self) -> Option<Timestamp> {
        self.available_from.filter(|_| self.pending && !self.held)
    }

    /// When its points are lost, as long as nobody knows when it opens. What waits for a person is the person's.
    pub fn lost_at(&self) -> Option<Timestamp> {
        self.lapses_at.filter(|_| self.pending && self.available_from.is_none() && !self.held)
    }

    /// When it ends, if it is open.
    pub fn ends_at(&self) -> Option<Timestamp> {
        self.expires_at.filter(|_| !self.pending)
    }
}

/// Points taken out of a lot, with all that is needed to put them back: `lot.points` is the part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub id: String,
    pub lot: Lot,
    /// Of these, how many went back.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub returned: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// Points set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub points: i64,
    pub parts: Vec<Part>,
    /// Ends by itself at this instant.
    pub expires_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// The day among whose spent points it counts, where the programme limits them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
}

/// A hold that became a payment before its order came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    pub parts: Vec<Part>,
    pub at: Timestamp,
}

/// A hold that is over without a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedHold {
    pub points: i64,
    pub at: Timestamp,
}

/// What expired of a lot. Documents of the first engine have a number here: the points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "LapsedForm")]
pub struct Lapsed {
    pub points: i64,
    pub at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Goods that the lot may pay.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub goods: Vec<String>,
    /// Of several lots that were put together.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub alike: bool,
    /// The lot as it waited, where its points were lost because nothing came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<Box<Lot>>,
}

impl Lapsed {
    /// Whether its points waited for an event of this kind, which came in time.
    pub fn awaited(&self, kind: &str, at: Timestamp) -> bool {
        let is_it = |lot: &Lot| {
            let awaits = lot.awaits.as_deref().is_some_and(|awaits| names::same(awaits, kind));
            awaits && lot.lapses_at.is_some_and(|last| at < last)
        };
        self.lost.as_deref().is_some_and(is_it)
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum LapsedForm {
    Points(i64),
    Known {
        points: i64,
        at: Timestamp,
        order: Option<String>,
        rule: Option<String>,
        #[serde(default)]
        goods: Vec<String>,
        #[serde(default)]
        alike: bool,
        #[serde(default)]
        lost: Option<Box<Lot>>,
    },
}

impl From<LapsedForm> for Lapsed {
    fn from(form: LapsedForm) -> Self {
        match form {
            LapsedForm::Points(points) => {
                let (at, goods) = (Timestamp::UNIX_EPOCH, Vec::new());
                Self { points, at, order: None, rule: None, goods, alike: false, lost: None }
            }
            LapsedForm::Known { points, at, order, rule, goods, alike, lost } => {
                Self { points, at, order, rule, goods, alike, lost }
            }
        }
    }
}

document!(Lot {
    alike: seldom,
    available_from: seldom,
    awaits: seldom,
    expires: seldom,
    expires_at: seldom,
    goods: seldom,
    held: seldom,
    lapses_at: seldom,
    of: seldom,
    order: seldom,
    pending: seldom,
    points: always,
    rule: seldom,
});

//! What a member does with points: holds, claims, codes.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::kind::{About, EachText, Kind};
use crate::{
    loyalty::{Member, shared},
    programme::Programmes,
    values::{
        bounds::{TooLarge, WORTH, points_of_event, within},
        code::normal,
        span::Span,
    },
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldMade {
    pub points: i64,
    /// How long it lasts; the programme's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// What the amounts of the goods are in; the programme's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The goods to pay for; lots restricted to some goods are used only for these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goods: Vec<Goods>,
}

/// Goods of a cart, as far as paying with points looks at them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goods {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Minor units to pay.
    pub amount: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldCaptured {
    pub hold: String,
    /// All when absent; the rest is released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldReleased {
    pub hold: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    pub reward: String,
    /// The coupon's code, made by whoever accepts the claim; no part of what the caller sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimStep {
    pub claim: String,
    /// What the issuer answered, or why it was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeUse {
    pub code: String,
    /// Tells one use from another of the same code by the same member.
    pub reference: String,
    /// The partner whose key asks; codes of others are not its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
}

impl Kind for HoldMade {
    fn each_text(&mut self, _: EachText<'_>) {}

    fn bounded(&self) -> Result<(), TooLarge> {
        let goods = ("/goods", "the worth of goods in minor units");
        self.goods.iter().try_for_each(|of| within(of.amount, 0, WORTH, goods))?;
        points_of_event(self.points, 0)
    }
}

impl Kind for HoldCaptured {
    fn each_text(&mut self, _: EachText<'_>) {}

    fn bounded(&self) -> Result<(), TooLarge> {
        points_of_event(self.points.unwrap_or(0), 0)
    }
}

impl Kind for HoldReleased {
    fn each_text(&mut self, _: EachText<'_>) {}
}

impl Kind for Claimed {
    fn each_text(&mut self, _: EachText<'_>) {}

    fn counts(&self, _: &About<'_>, keys: &mut BTreeSet<String>) {
        keys.insert(shared::stock(&self.reward));
        keys.extend(self.code.iter().map(|issued| shared::code(issued)));
    }

    /// A coupon's code.
    fn complete(&mut self, programmes: &Programmes, code: &dyn Fn() -> String) -> bool {
        let reward = programmes.live().programme.rewards.iter().find(|reward| reward.id == self.reward);
        self.code = reward.and_then(|reward| reward.offer.as_ref()).map(|_| code());
        true
    }
}

impl Kind for ClaimStep {
    fn each_text(&mut self, see: EachText<'_>) {
        self.note.iter_mut().for_each(|note| see("note", note));
    }

    /// The code that the claim is worth.
    fn counts_of(&self, member: &Member, keys: &mut BTreeSet<String>) {
        let claim = member.claims.get(&self.claim);
        keys.extend(claim.and_then(|claim| claim.code.as_deref()).map(shared::code));
    }
}

impl Kind for CodeUse {
    fn each_text(&mut self, _: EachText<'_>) {}

    fn counts(&self, _: &About<'_>, keys: &mut BTreeSet<String>) {
        keys.insert(shared::code(&normal(&self.code)));
    }
}

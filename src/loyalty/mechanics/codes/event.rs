//! A code was used, or its use given back; a member was given one of its own.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    loyalty::{
        Member, Programmes, counters,
        event::{About, EachText, Kind},
        mechanics::Cause,
    },
    values::code::normal,
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeUse {
    pub code: String,
    /// Tells one use from another of the same code by the same member.
    pub reference: String,
    /// The partner whose key asks; codes of others are not its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
}

impl Kind for CodeUse {
    fn each_text(&mut self, _: EachText<'_>) {}

    fn counts(&self, _: &About<'_>, keys: &mut BTreeSet<String>) {
        keys.insert(counters::code(&normal(&self.code)));
    }
}

/// What follows from something that gives a code, each time it changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct CodeGiven {
    #[serde(flatten)]
    pub cause: Cause,
    /// The row of Codes that it is worth.
    pub offer: String,
    /// Made by whoever accepts it, where the offer is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl CodeGiven {
    pub fn of(cause: Cause, offer: String) -> Self {
        Self { cause, offer, code: None }
    }

    /// By which the member's document has it.
    pub fn name(&self, brand: &str) -> String {
        coupon_of(&self.cause, brand)
    }
}

/// The name of the code that a cause gives.
pub fn coupon_of(cause: &Cause, brand: &str) -> String {
    cause.names("cpn", brand)
}

impl Kind for CodeGiven {
    fn each_text(&mut self, _: EachText<'_>) {}

    fn counts(&self, _: &About<'_>, keys: &mut BTreeSet<String>) {
        keys.extend(self.code.iter().map(|issued| counters::code(issued)));
    }

    /// The code that was given already.
    fn counts_of(&self, member: &Member, keys: &mut BTreeSet<String>) {
        let coupons = member.coupons.values().filter(|coupon| coupon.offer == self.offer);
        keys.extend(coupons.map(|coupon| counters::code(&coupon.code)));
    }

    fn complete(&mut self, programmes: &Programmes, code: &dyn Fn() -> String) -> bool {
        let offers = &programmes.live().programme.mechanics.codes.offers;
        self.code = offers.iter().any(|offer| offer.id == self.offer).then(code);
        self.code.is_some()
    }
}

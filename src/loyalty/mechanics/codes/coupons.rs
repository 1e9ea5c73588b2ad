//! Codes of the member's own: what a rule or a challenge gave it, each worth an offer.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::{Deref, DerefMut},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::loyalty::mechanics::Keep;

/// By the name of what each was given for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Coupons(BTreeMap<String, Coupon>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coupon {
    pub code: String,
    /// The row of Codes that it is worth.
    pub offer: String,
    pub at: Timestamp,
    /// Whose doing brought it.
    pub owner: String,
    /// How often the member uses it. Whether it is used is said by the count that all share.
    #[serde(default, skip_serializing_if = "crate::values::money::is_zero")]
    pub used: i64,
    /// It was taken back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub void: bool,
}

impl Coupons {
    /// The member used a code, or its use was given back.
    pub fn count_use(&mut self, code: &str, change: i64) {
        for coupon in self.0.values_mut().filter(|coupon| coupon.code == code) {
            coupon.used += change;
        }
    }

    /// Those that are worth something, the newest first.
    pub fn valid(&self) -> Vec<&Coupon> {
        let mut valid: Vec<&Coupon> = self.0.values().filter(|coupon| !coupon.void).collect();
        valid.sort_by_key(|coupon| (std::cmp::Reverse(coupon.at), &coupon.code));
        valid
    }
}

impl Keep for Coupons {
    fn take_in(&mut self, came: &Self) {
        self.0.extend(came.0.clone());
    }

    fn give_back(&mut self, owners: &BTreeSet<String>) -> Self {
        let (theirs, ours) =
            std::mem::take(&mut self.0).into_iter().partition(|(_, coupon)| owners.contains(&coupon.owner));
        self.0 = ours;
        Self(theirs)
    }
}

impl Deref for Coupons {
    type Target = BTreeMap<String, Coupon>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Coupons {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

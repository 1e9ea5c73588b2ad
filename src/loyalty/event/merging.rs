//! One person who was two members: what moves from one to the other, and back.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::kind::{EachText, Kind};
use crate::{
    loyalty::{
        absorbed::{Brought, Counted},
        acceptance::Acceptance,
        bounded::counters,
        lately::Lately,
        limits::Limits,
        lot::{EndedHold, Hold, Lapsed, Lot, Payment},
        measures::Measures,
        mechanics::{self, mechanics},
        progress::Progress,
        qualifying::Qualifying,
    },
    values::{
        bounds::{BALANCE, TooLarge, within},
        copy_on_write::CopyOnWrite,
        json,
    },
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    pub into: String,
    /// Encrypted with the member's key.
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absorbed {
    pub from: String,
    /// The member through which it comes: it had turned out to be that one before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    pub belongings: Belongings,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmerged {
    /// The member that goes its own way again.
    pub from: String,
    /// Encrypted with the member's key.
    pub reason: String,
}

macro_rules! belongings {
    ($($(#[$cfg:meta])* $name:ident $mechanic:ident $rank:literal {
        $($(#[$of:meta])* $field:ident: $state:ident),*
    })*) => {
        /// Everything of a member that counts.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
        pub struct Belongings {
            #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
            pub lots: BTreeMap<String, CopyOnWrite<Lot>>,
            #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
            pub holds: BTreeMap<String, Hold>,
            #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
            pub ended: BTreeMap<String, EndedHold>,
            #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
            pub payments: BTreeMap<String, Payment>,
            #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
            pub expired: BTreeMap<String, CopyOnWrite<Lapsed>>,
            #[serde(default, skip_serializing_if = "Limits::is_empty")]
            pub limits: Limits,
            #[serde(default, skip_serializing_if = "Measures::is_empty")]
            pub measures: Measures,
            #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
            pub qualifying: Qualifying,
            #[serde(default)]
            pub progress: Progress,
            #[serde(default)]
            pub debt: i64,
            /// Whoever had turned out to be this member before.
            #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
            pub absorbed: BTreeMap<String, BTreeSet<String>>,
            #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
            pub brought: BTreeMap<String, Brought>,
            /// Members that it had been taken for.
            #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
            pub restored_from: BTreeSet<String>,
            #[serde(default, skip_serializing_if = "Lately::is_empty")]
            pub lately: Lately,
            /// Whether it had accepted to be a member.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub acceptance: Option<Acceptance>,
            /// A member on hold stays so under its other name.
            #[serde(default, skip_serializing_if = "std::ops::Not::not")]
            pub restricted: bool,
            $($($(#[$of])* #[serde(default, skip_serializing_if = "json::is_default")] pub $field: mechanics::$name::$state,)*)*
        }
    };
}
mechanics!(belongings);

impl Belongings {
    /// What its own orders and events count, without those of whoever had turned out to be it.
    pub fn own_counted(&self, zone: &TimeZone) -> Counted {
        let Self { progress, qualifying, limits, .. } = self;
        let mut own =
            Counted { progress: progress.clone(), qualifying: qualifying.clone(), limits: limits.of_points() };
        for theirs in self.brought.values().map(|theirs| &theirs.counted) {
            own.less(theirs, zone);
        }
        own
    }
}

/// The shop names another member for an order than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLeft {
    pub order_id: String,
    /// Whose it is.
    pub to: String,
}

impl Kind for Merged {
    fn each_text(&mut self, see: EachText<'_>) {
        see("reason", &mut self.reason);
    }
}

impl Kind for Unmerged {
    fn each_text(&mut self, see: EachText<'_>) {
        see("reason", &mut self.reason);
    }
}

impl Kind for OrderLeft {
    fn each_text(&mut self, _: EachText<'_>) {}

    fn order_id(&self) -> Option<&str> {
        Some(&self.order_id)
    }
}

impl Kind for Absorbed {
    fn each_text(&mut self, _: EachText<'_>) {}

    fn bounded(&self) -> Result<(), TooLarge> {
        let Belongings { lots, holds, debt, progress, .. } = &self.belongings;
        let lots = lots.values().map(|lot| lot.points);
        let numbers = lots.chain(holds.values().map(|hold| hold.points)).chain([*debt]).chain(counters(progress));
        let moved = ("/belongings", "what moves between two members");
        { numbers }.try_for_each(|number| within(number, -BALANCE, BALANCE, moved))
    }
}

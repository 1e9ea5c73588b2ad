//! A member as one document: balances, open lots, tier, progress, and what the profile system last said.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    absorbed::Brought,
    acceptance::Acceptance,
    entry::Account,
    event::{Belongings, Carried},
    lately::Lately,
    limits::Limits,
    lot::{EndedHold, Hold, Lapsed, Lot, Payment},
    measures::Measures,
    mechanics::{self, Keep, mechanics},
    progress::Progress,
    qualifying::Qualifying,
};
use crate::values::{changes::document, copy_on_write::CopyOnWrite, json};

macro_rules! member {
    ($($(#[$cfg:meta])* $name:ident $mechanic:ident $rank:literal {
        $($(#[$of:meta])* $field:ident: $state:ident),*
    })*) => {
        /// The document. It is rebuilt from the recorded changes of the member's events, never by deciding again.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
        pub struct Member {
            pub id: String,
            /// Number of the member's last event: 1, 2, 3 ...
            pub version: u64,
            pub joined_at: Timestamp,
            /// Time never runs backwards for a member: a later event is decided at this instant or after.
            pub recorded_at: Timestamp,
            pub balance: Balance,
            /// Lots with points left, by id.
            #[serde(default)]
            pub lots: BTreeMap<String, CopyOnWrite<Lot>>,
            /// What expired, per lot: a refund of its order does not owe it, and a marketer may give it back.
            #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
            pub expired: BTreeMap<String, CopyOnWrite<Lapsed>>,
            /// Open holds, by id.
            #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
            pub holds: BTreeMap<String, Hold>,
            /// Holds that were given back or ended by themselves, for as long as an order may still name them.
            #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
            pub ended: BTreeMap<String, EndedHold>,
            /// Captured holds whose order has not come yet, by id of the hold.
            #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
            pub payments: BTreeMap<String, Payment>,
            /// What stands used of each limit, by period: `rule:base` -> `2026-11` -> 300.
            #[serde(default, skip_serializing_if = "Limits::is_empty")]
            pub limits: Limits,
            /// What is counted for goals.
            #[serde(default, skip_serializing_if = "Measures::is_empty")]
            pub measures: Measures,
            /// The member that this one turned out to be; what comes for this one is decided for that one.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub merged_into: Option<String>,
            /// Members that turned out to be this one, with the lots that came from them.
            #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
            pub absorbed: BTreeMap<String, BTreeSet<String>>,
            /// What of the counters is theirs.
            #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
            pub brought: BTreeMap<String, Brought>,
            /// Members that this one was taken for: an order that came under its name meanwhile is theirs.
            #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
            pub restored_from: BTreeSet<String>,
            /// Since when the member is no member any more.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub left_at: Option<Timestamp>,
            /// Of somebody who became a member by buying and was to accept it; absent: never asked, and accepted.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub acceptance: Option<Acceptance>,
            /// Earns to pending and cannot spend.
            #[serde(default, skip_serializing_if = "std::ops::Not::not")]
            pub restricted: bool,
            pub tier: TierStanding,
            /// What is worn over the earned tier, or was given by hand.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub granted: Option<TierGrant>,
            /// What counts for tiers, by when it counted.
            #[serde(default)]
            pub qualifying: Qualifying,
            #[serde(default)]
            pub progress: Progress,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub language: Option<String>,
            #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
            pub segments: BTreeSet<String>,
            /// The business instant of the newest thing the member did.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub last_activity_at: Option<Timestamp>,
            /// What the member did lately, as far as it moves the dates of lots.
            #[serde(default, skip_serializing_if = "Lately::is_empty")]
            pub lately: Lately,
            /// When points that waited for a person were last let go.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub released_at: Option<Timestamp>,
            /// The next instant at which something falls due.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub next_due_at: Option<Timestamp>,
            #[serde(default, skip_serializing_if = "std::ops::Not::not")]
            pub test: bool,
            /// Hash of the last event row.
            pub head: String,
            $($($(#[$of])* #[serde(default, skip_serializing_if = "json::is_default")] pub $field: mechanics::$name::$state,)*)*
        }

        impl Member {
            /// What mechanics keep goes to another member.
            pub fn leave(&mut self, belongings: &mut Belongings) {
                $($($(#[$of])* { belongings.$field = self.$field.leave(); })*)*
            }

            /// What mechanics kept of another member comes here.
            pub fn take_in(&mut self, belongings: &Belongings) {
                $($($(#[$of])* { self.$field.take_in(&belongings.$field); })*)*
            }

            /// What mechanics kept of these, who turned out to be this member, goes with them.
            pub fn give_back(&mut self, owners: &BTreeSet<String>, belongings: &mut Belongings) {
                $($($(#[$of])* { belongings.$field = self.$field.give_back(owners); })*)*
            }

            /// What mechanics tell another installation.
            pub fn carry_to(&self, carried: &mut Carried) {
                $($($(#[$of])* { carried.$field = self.$field.carried(); })*)*
            }

            /// What mechanics were told by another installation.
            pub fn carry_from(&mut self, carried: &Carried) {
                $($($(#[$of])* { self.$field.take_in(&carried.$field); })*)*
            }
        }

        document!(Member {
            absorbed: seldom,
            acceptance: seldom,
            balance: part,
            brought: seldom,
            ended: seldom,
            expired: seldom,
            granted: seldom,
            head: always,
            holds: seldom,
            id: always,
            joined_at: always,
            language: seldom,
            last_activity_at: seldom,
            lately: seldom,
            left_at: seldom,
            limits: seldom,
            lots: each,
            measures: seldom_part,
            merged_into: seldom,
            next_due_at: seldom,
            payments: seldom,
            progress: part,
            qualifying: each,
            recorded_at: always,
            released_at: seldom,
            restored_from: seldom,
            restricted: seldom,
            segments: seldom,
            test: seldom,
            tier: always,
            version: always,
            $($($(#[$of])* $field: seldom,)*)*
        });
    };
}
mechanics!(member);

/// Points by account; all four are non-negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default, utoipa::ToSchema)]
pub struct Balance {
    /// Unspent and usable, before what is owed.
    pub available: i64,
    pub pending: i64,
    pub reserved: i64,
    /// Owed after a refund of points that were spent already.
    pub debt: i64,
}

impl Balance {
    /// What can be spent now.
    pub fn spendable(&self) -> i64 {
        self.available - self.debt
    }

    /// Applies a signed change of an account. A debit of the debt account means owing more.
    pub fn apply(&mut self, account: Account, change: i64) {
        match account {
            Account::Available => self.available += change,
            Account::Pending => self.pending += change,
            Account::Reserved => self.reserved += change,
            Account::Debt => self.debt -= change,
            _ => {}
        }
    }
}

/// Which tier a member stands in and until when it is kept without qualifying again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct TierStanding {
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// The earned tier while another one is worn over it, or was given by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierGrant {
    /// By hand or brought from another programme: the last one.
    #[serde(flatten)]
    pub by_hand: Option<TierGiven>,
    /// The tier that was earned, and goes on beneath.
    #[serde(default)]
    pub own: TierStanding,
}

/// A tier that was given, with its own end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierGiven {
    pub tier: String,
    pub until: Timestamp,
}

impl Member {
    /// A member before the first event.
    pub fn new(id: String, now: Timestamp) -> Self {
        Self { id, joined_at: now, recorded_at: now, head: super::chain::GENESIS.to_owned(), ..Self::default() }
    }

    /// The tier that was earned, whatever is worn over it.
    pub fn earned_tier(&self) -> &TierStanding {
        self.granted.as_ref().map_or(&self.tier, |grant| &grant.own)
    }

    /// A tier is given by hand, or was brought; it takes the place of the one before.
    pub fn give_tier(&mut self, tier: String, until: Timestamp) {
        let own = self.earned_tier().clone();
        self.granted = Some(TierGrant { by_hand: Some(TierGiven { tier, until }), own });
    }

    /// Lots that can be spent, in the order they are: those for some goods first, then soonest expiry, oldest, id;
    /// never-expiring last.
    pub fn spend_order(&self) -> Vec<String> {
        let mut ids: Vec<&String> = self.lots.iter().filter(|(_, lot)| !lot.pending).map(|(id, _)| id).collect();
        ids.sort_by_key(|id| {
            let lot = &self.lots[*id];
            (lot.goods.is_empty(), lot.expires_at.unwrap_or(Timestamp::MAX), lot.available_from, *id)
        });
        ids.into_iter().cloned().collect()
    }

    /// What can be spent now, after what is owed; nothing while the member is restricted, or has not accepted.
    pub fn spendable(&self) -> i64 {
        if self.restricted || self.is_unaccepted() { 0 } else { self.balance.spendable().max(0) }
    }
}

document!(Balance { available: always, debt: always, pending: always, reserved: always });

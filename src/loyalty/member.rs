//! A member as one document: balances, open lots, tier, progress, and what the profile system last said.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::entry::Account;

/// The document. It is rebuilt from the recorded changes of the member's events, never by deciding again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    pub lots: BTreeMap<String, Lot>,
    /// Points that expired, per lot: a refund of their order does not owe them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub expired: BTreeMap<String, i64>,
    pub tier: TierStanding,
    /// Qualifying points by business day, in the programme's time zone.
    #[serde(default)]
    pub qualifying: BTreeMap<Date, i64>,
    #[serde(default)]
    pub progress: Progress,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub segments: BTreeSet<String>,
    /// The business instant of the newest thing the member did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_activity_at: Option<Timestamp>,
    /// The next instant at which something falls due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_due_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
    /// Hash of the last event row.
    pub head: String,
}

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

/// Points that came together and expire together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// Points left.
    pub points: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    pub available_from: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
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

/// Counters that rules and people look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Progress {
    /// The order that holds the place of the first purchase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_purchase: Option<String>,
    /// Orders that earn now.
    #[serde(default)]
    pub orders: i64,
    /// Minor units paid for goods in orders that earn now.
    #[serde(default)]
    pub spent: i64,
    /// Points ever awarded, less those taken back.
    #[serde(default)]
    pub earned: i64,
}

impl Member {
    /// A member before the first event.
    pub fn new(id: String, now: Timestamp) -> Self {
        Self {
            id,
            version: 0,
            joined_at: now,
            recorded_at: now,
            balance: Balance::default(),
            lots: BTreeMap::new(),
            expired: BTreeMap::new(),
            tier: TierStanding::default(),
            qualifying: BTreeMap::new(),
            progress: Progress::default(),
            language: None,
            segments: BTreeSet::new(),
            last_activity_at: None,
            next_due_at: None,
            test: false,
            head: super::chain::GENESIS.to_owned(),
        }
    }

    /// This document without the lots and days that `other` holds just so: of two documents that are compared, what they
    /// share needs no words, and it is most of a busy member's.
    #[must_use]
    pub fn apart_from(&self, other: &Self) -> Self {
        Self {
            id: self.id.clone(),
            version: self.version,
            joined_at: self.joined_at,
            recorded_at: self.recorded_at,
            balance: self.balance,
            lots: own(&self.lots, &other.lots),
            expired: self.expired.clone(),
            tier: self.tier.clone(),
            qualifying: own(&self.qualifying, &other.qualifying),
            progress: self.progress.clone(),
            language: self.language.clone(),
            segments: self.segments.clone(),
            last_activity_at: self.last_activity_at,
            next_due_at: self.next_due_at,
            test: self.test,
            head: self.head.clone(),
        }
    }

    /// Open lots in the order they are spent: soonest expiry, then oldest, then id; never-expiring last.
    pub fn spend_order(&self) -> Vec<String> {
        let mut ids: Vec<&String> = self.lots.keys().collect();
        ids.sort_by_key(|id| {
            let lot = &self.lots[*id];
            (lot.expires_at.unwrap_or(Timestamp::MAX), lot.available_from, (*id).clone())
        });
        ids.into_iter().cloned().collect()
    }
}

fn own<K: Ord + Clone, V: PartialEq + Clone>(map: &BTreeMap<K, V>, other: &BTreeMap<K, V>) -> BTreeMap<K, V> {
    let differs = |(key, value): &(&K, &V)| other.get(*key) != Some(*value);
    map.iter().filter(differs).map(|(key, value)| (key.clone(), value.clone())).collect()
}

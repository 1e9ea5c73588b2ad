//! What stands used of caps: per limit and period. A reversal frees its place; nothing that was decided is decided again.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::programme::{OF_A_RULE, OF_ALL_RULES, Period, Settings};

/// Limit (`rule:base`) -> period (`2026-11`) -> how much stands used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Limits(BTreeMap<String, BTreeMap<String, i64>>);

/// Periods remembered per limit. An older period is forgotten; what comes back for it then frees nothing.
const PERIODS: usize = 62;

/// Orders of a day.
pub const ORDERS: &str = "orders";

/// Points that a member set aside or spent, by day.
pub const SPENT: &str = "spent";

impl Limits {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn used(&self, limit: &str, period: &str) -> i64 {
        self.0.get(limit).and_then(|periods| periods.get(period)).copied().unwrap_or(0)
    }

    /// How many more points may be spent today, and the day's name; `None` = as many as there are.
    pub fn left_today(&self, settings: &Settings, now: Timestamp) -> Option<(i64, String)> {
        let most = settings.spending.a_day?;
        let day = Period::Day.name(now, &settings.zone);
        Some(((most - self.used(SPENT, &day)).max(0), day))
    }

    /// Those that count what orders and events gave: they are somebody's own, whatever they were spent on.
    pub fn of_points(&self) -> Self {
        let points = |limit: &str| limit == OF_ALL_RULES || limit == ORDERS || limit.starts_with(OF_A_RULE);
        Self(
            self.0
                .iter()
                .filter(|(limit, _)| points(limit))
                .map(|(limit, used)| (limit.clone(), used.clone()))
                .collect(),
        )
    }

    /// All that stands used.
    pub fn numbers(&self) -> impl Iterator<Item = i64> + '_ {
        self.0.values().flat_map(BTreeMap::values).copied()
    }

    /// Gives back what another member used.
    pub fn less(&mut self, other: &Self) {
        for (limit, periods) in &other.0 {
            for (period, used) in periods {
                self.change(limit, period, -used);
            }
        }
    }

    /// Takes over what another member used.
    pub fn absorb(&mut self, other: &Self) {
        for (limit, periods) in &other.0 {
            for (period, used) in periods {
                self.change(limit, period, *used);
            }
        }
    }

    /// Adds to, or gives back from, what is used.
    pub fn change(&mut self, limit: &str, period: &str, by: i64) {
        if by == 0 {
            return;
        }
        let periods = self.0.entry(limit.to_owned()).or_default();
        let used = periods.entry(period.to_owned()).or_insert(0);
        *used = (*used + by).max(0);
        if *used == 0 {
            periods.remove(period);
        }
        while periods.len() > PERIODS {
            periods.pop_first();
        }
        if periods.is_empty() {
            self.0.remove(limit);
        }
    }
}

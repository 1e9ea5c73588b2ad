//! Challenges that count what the ledger tells itself of its members: what a goal leads to, circles, and names that nothing has.

use super::{Column, Goal};
use crate::programme::{
    Core, GOAL_DONE, Problem, Row, TIER_CHANGED, Tables, check::rules, is_derived, names, reading::Reading,
    tables::Columns,
};

impl Goal {
    /// The type of the events that it counts, if it does.
    pub fn event(&self) -> Option<&str> {
        self.measure.event()
    }

    /// The types of the events that tell that it was done. One that counts how many challenges were done does not count itself.
    pub fn told_as(&self) -> Vec<String> {
        let own = format!("{GOAL_DONE}:{}", self.id);
        let counts_all = self.event().is_some_and(|event| names::same(event, GOAL_DONE));
        if counts_all { vec![own] } else { vec![GOAL_DONE.to_owned(), own] }
    }

    /// Whether doing it can bring events of this type about: a tier that it gives may change any.
    fn leads_to(&self, event: &str) -> bool {
        let changes_tier = || is_derived(event) && names::same(what(event), TIER_CHANGED) && self.tier.is_some();
        self.told_as().iter().any(|told| names::same(told, event)) || changes_tier()
    }
}

fn what(event: &str) -> &str {
    event.split(':').next().unwrap_or_default()
}

pub(super) fn check(tables: &Tables, goals: &[Goal], core: &Core, problems: &mut Vec<Problem>) {
    for (row, goal) in tables.rows(Column::TABLE).iter().zip(goals) {
        let mut reading = Reading::of(row, problems);
        let Some(event) = goal.event() else { continue };
        if let Some(detail) = nobody(event, goals, core) {
            reading.problem(Column::Event, detail);
        }
        if let Some(round) = round(goal, goals) {
            let round = round.join(" -> ");
            reading.problem(
                Column::Event,
                format!("goes round in a circle: {round}; count something else in one of these"),
            );
        }
    }
    let named = |row: &Row| row.cell(rules::Column::Event.title()).and_then(|event| nobody(event, goals, core));
    for (row, detail) in tables.rows(rules::Column::TABLE).iter().filter_map(|row| Some((row, named(row)?))) {
        let (table, row, column) =
            (rules::Column::TABLE.to_owned(), row.key.clone(), rules::Column::Event.title().to_owned());
        problems.push(Problem { table, row, column, detail });
    }
}

/// Whose events they are that are named, where nobody has that name.
fn nobody(event: &str, goals: &[Goal], core: &Core) -> Option<String> {
    let (what, of) = event.split_once(':').filter(|_| is_derived(event))?;
    let is_goal = names::same(what, GOAL_DONE);
    let known = if is_goal { goals.iter().any(|goal| names::same(&goal.id, of)) } else { core.tier(of).is_some() };
    (!known).then(|| format!("there is no {} `{of}`", if is_goal { "challenge" } else { "tier" }))
}

/// The way from a goal back to itself, by what follows from it.
fn round<'g>(goal: &'g Goal, goals: &'g [Goal]) -> Option<Vec<&'g str>> {
    let mut ways = vec![vec![goal]];
    let mut seen = vec![goal.id.as_str()];
    while let Some(way) = ways.pop() {
        let last = way.last()?;
        let next = goals.iter().filter(|next| next.event().is_some_and(|event| last.leads_to(event)));
        for next in next {
            let longer = || way.iter().copied().chain([next]);
            if next.id == goal.id {
                return Some(longer().map(|goal| goal.id.as_str()).collect());
            }
            if !seen.contains(&next.id.as_str()) {
                seen.push(&next.id);
                ways.push(longer().collect());
            }
        }
    }
    None
}

//! Challenges that count what the ledger tells itself of its members: what a goal leads to, circles, and names that nothing has.

use super::{Column, Goal};
use crate::{
    loyalty::mechanics::{FromRows, segments},
    programme::{
        Core, GOAL_DONE, Problem, Row, SEGMENT_ENTERED, SEGMENT_LEFT, TIER_CHANGED, Tables, check::rules,
        condition::Fact, is_derived, names, reading::Reading, tables::Columns,
    },
    values::near::is_it_meant,
};

impl Goal {
    /// The type of the events that it counts, if it does.
    pub fn event(&self) -> Option<&str> {
        self.measure.event()
    }

    /// The types of the events that tell that it was done. One that counts how many challenges were done does not count itself.
    pub fn done_events(&self) -> Vec<String> {
        let own = format!("{GOAL_DONE}:{}", self.id);
        let counts_all = self.event().is_some_and(|event| names::same(event, GOAL_DONE));
        if counts_all { vec![own] } else { vec![GOAL_DONE.to_owned(), own] }
    }
}

/// What kind of thing the ledger tells, and of which one if of one.
fn read(event: &str) -> Option<(&'static str, Option<&str>)> {
    let (what, of) = event.split_once(':').map_or((event, None), |(what, of)| (what, Some(of)));
    let kinds = [GOAL_DONE, TIER_CHANGED, SEGMENT_ENTERED, SEGMENT_LEFT];
    let kind = kinds.into_iter().find(|kind| is_derived(event) && names::same(kind, what))?;
    Some((kind, of))
}

pub(super) fn check(tables: &Tables, goals: &[Goal], core: &Core, problems: &mut Vec<Problem>) {
    // What is wrong with Segments is said where they are read.
    let segments = segments::Config::from_rows(tables, core, &mut Vec::new());
    let rows = Rows { goals, core, segments: &segments };
    for (row, goal) in tables.rows(Column::TABLE).iter().zip(goals) {
        let mut reading = Reading::of(row, problems);
        let Some(event) = goal.event() else { continue };
        if let Some(detail) = rows.nobody(event) {
            reading.problem(Column::Event, detail);
        }
        if let Some(round) = rows.round(goal) {
            let round = round.join(" -> ");
            reading.problem(
                Column::Event,
                format!("goes round in a circle: {round}; count something else in one of these"),
            );
        }
    }
    let named = |row: &Row| row.cell(rules::Column::Event.title()).and_then(|event| rows.nobody(event));
    for (row, detail) in tables.rows(rules::Column::TABLE).iter().filter_map(|row| Some((row, named(row)?))) {
        let (table, row, column) =
            (rules::Column::TABLE.to_owned(), row.key.clone(), rules::Column::Event.title().to_owned());
        problems.push(Problem { table, row, column, detail });
    }
}

/// The rows that may lead to each other.
struct Rows<'g> {
    goals: &'g [Goal],
    core: &'g Core,
    segments: &'g segments::Config,
}

impl<'g> Rows<'g> {
    /// Whose events they are that are named, where nobody has that name.
    fn nobody(&self, event: &str) -> Option<String> {
        let (kind, of) = read(event)?;
        let of = of?;
        let (what, all): (_, Vec<&str>) = match kind {
            GOAL_DONE => ("challenge", self.goals.iter().map(|goal| goal.id.as_str()).collect()),
            TIER_CHANGED => ("tier", self.core.tiers.iter().map(|tier| tier.id.as_str()).collect()),
            _ => ("active segment", self.segments.segments.iter().map(|segment| segment.id.as_str()).collect()),
        };
        let known = all.iter().any(|known| names::same(known, of));
        (!known).then(|| format!("there is no {what} `{of}`{}", is_it_meant(of, &all)))
    }

    /// Whether doing a goal can bring events of this type about: a tier that it gives may change any, and with a tier or a badge
    /// a segment that looks at it. Points lead no way back: they only ever add up.
    fn leads_to(&self, goal: &Goal, event: &str) -> bool {
        let given = [(Fact::MemberTier, goal.tier.is_some()), (Fact::MemberBadges, goal.badge)];
        let moves = |segment: &segments::Segment| {
            given.iter().any(|(fact, gives)| *gives && self.segments.looks_at(segment, *fact))
        };
        match read(event) {
            Some((TIER_CHANGED, _)) => goal.tier.is_some(),
            Some((SEGMENT_ENTERED | SEGMENT_LEFT, Some(of))) => self.segments.named(of).is_some_and(moves),
            Some((SEGMENT_ENTERED | SEGMENT_LEFT, None)) => self.segments.segments.iter().any(moves),
            _ => goal.done_events().iter().any(|done| names::same(done, event)),
        }
    }

    /// The way from a goal back to itself, by what follows from it.
    fn round(&self, goal: &'g Goal) -> Option<Vec<&'g str>> {
        let mut ways = vec![vec![goal]];
        let mut seen = vec![goal.id.as_str()];
        while let Some(way) = ways.pop() {
            let last = way.last()?;
            let next = self.goals.iter().filter(|next| next.event().is_some_and(|event| self.leads_to(last, event)));
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
}

//! Challenges as a decision finds them: in the order in which they are decided, those alone of which something may have moved.

use std::collections::BTreeMap;

use super::Goal;

/// What the table says, those first that members see first.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub goals: Vec<Goal>,
    by_id: BTreeMap<String, usize>,
    /// Their places in the order in which they are decided: those first that others come after, then by id.
    turns: Vec<usize>,
    /// In this order, those that count this for everybody.
    by_measure: BTreeMap<String, Vec<usize>>,
    /// Those that time reaches.
    by_time: Vec<usize>,
    turn_of: BTreeMap<String, usize>,
}

impl Config {
    pub(super) fn of(mut goals: Vec<Goal>) -> Self {
        goals.sort_by_key(|goal| goal.position);
        let turns = turns(&goals);
        let by_id = goals.iter().enumerate().rev().map(|(place, goal)| (goal.id.clone(), place)).collect();
        let (mut by_measure, mut by_time, mut turn_of) =
            (BTreeMap::<_, Vec<usize>>::new(), Vec::new(), BTreeMap::new());
        for (at, place) in turns.iter().enumerate() {
            let goal = &goals[*place];
            turn_of.insert(goal.id.clone(), at);
            by_time.extend(goal.is_by_time().then_some(at));
            if !goal.joins {
                by_measure.entry(goal.measure.name().to_owned()).or_default().push(at);
            }
        }
        Self { goals, by_id, turns, by_measure, by_time, turn_of }
    }

    /// Those that count one of these measures, are one of these rows, or are reached by time; in the order in which they are decided.
    pub fn in_turn<'c, 'n>(
        &'c self,
        measures: impl Iterator<Item = &'n str>,
        rows: impl Iterator<Item = &'n String>,
    ) -> impl Iterator<Item = &'c Goal> {
        let mut turns = self.by_time.clone();
        turns.extend(measures.filter_map(|name| self.by_measure.get(name)).flatten());
        turns.extend(rows.filter_map(|id| self.turn_of.get(id)));
        turns.sort_unstable();
        turns.dedup();
        turns.into_iter().map(|at| &self.goals[self.turns[at]])
    }

    pub fn goal(&self, id: &str) -> Option<&Goal> {
        self.by_id.get(id).map(|place| &self.goals[*place])
    }
}

/// Places of goals by their ids.
pub(super) type ById<'g> = BTreeMap<&'g str, Vec<usize>>;

pub(super) fn by_id(goals: &[Goal]) -> ById<'_> {
    let mut by_id = ById::new();
    goals.iter().enumerate().for_each(|(place, goal)| by_id.entry(goal.id.as_str()).or_default().push(place));
    by_id
}

fn turns(goals: &[Goal]) -> Vec<usize> {
    let (by_id, mut depths) = (by_id(goals), vec![0; goals.len()]);
    let come_after = || goals.iter().enumerate().filter(|(_, goal)| !goal.after.is_empty());
    for _ in goals {
        let mut moved = false;
        for (place, goal) in come_after() {
            let before = goal.after.iter().filter_map(|id| by_id.get(id.as_str())).flatten();
            let depth = before.map(|at| depths[*at] + 1).max().unwrap_or(0).min(goals.len());
            moved |= depth != depths[place];
            depths[place] = depth;
        }
        if !moved {
            break;
        }
    }
    let mut turns: Vec<usize> = (0..goals.len()).collect();
    turns.sort_by_key(|place| (depths[*place], &goals[*place].id));
    turns
}

//! Which of the rules that apply together give: best of a group, and those that stop what comes after them. Chosen before caps and
//! budgets, from what each would give by itself.

use super::{Circumstances, fixed, unmet};
use crate::{
    loyalty::{Programme, reasons::Because},
    programme::{Rule, Stacking, names},
};

/// Rules that give, and those that stand back behind others.
pub(super) type Chosen<'a> = (Vec<&'a Rule>, Vec<(&'a Rule, Because)>);

/// Whether it neither stands back behind another nor makes one stand back.
pub(super) fn is_plain(rule: &Rule) -> bool {
    rule.stacking == Stacking::Add
}

/// Chooses among rules in the order of the table, each with the points that it would give. First each group keeps its best; then,
/// by priority, one that stops gives and what comes after it does not. One that gives nothing makes nobody stand back.
pub(super) fn chosen(rules: Vec<(&Rule, i64)>) -> Chosen<'_> {
    let mut turns: Vec<usize> = (0..rules.len()).collect();
    turns.sort_by_key(|at| rules[*at].0.priority);
    let mut because = vec![None; rules.len()];
    for (turn, at) in turns.iter().enumerate() {
        let (rule, points) = rules[*at];
        let in_group = |other: &usize| {
            rules[*other].0.stacking == Stacking::BestOfGroup && names::same(&rules[*other].0.group, &rule.group)
        };
        if rule.stacking == Stacking::BestOfGroup {
            let before = turns[..turn].iter().filter(|other| in_group(other)).any(|other| rules[*other].1 >= points);
            let after = turns[turn + 1..].iter().filter(|other| in_group(other)).any(|other| rules[*other].1 > points);
            because[*at] = (before || after).then_some(Because::BetterInGroup);
        }
    }
    let stops = |at: &usize| rules[*at].0.stacking == Stacking::Stop && (rules[*at].1 > 0 || rules[*at].0.gives_more());
    let stopped = turns.iter().skip_while(|at| !stops(at)).skip(1);
    for at in stopped {
        because[*at].get_or_insert(Because::Stopped);
    }
    let (mut give, mut stand_back) = (Vec::new(), Vec::new());
    for ((rule, _), because) in rules.into_iter().zip(because) {
        match because {
            Some(because) => stand_back.push((rule, because)),
            None => give.push(rule),
        }
    }
    (give, stand_back)
}

/// The same for an event that is no order.
pub(super) fn of_event<'a>(programme: &'a Programme, kind: &str, given: &Circumstances<'_>) -> Chosen<'a> {
    let rules = programme.rules_for(kind);
    chosen(rules.filter(|rule| unmet(programme, rule, given).is_none()).map(|rule| (rule, fixed(rule))).collect())
}

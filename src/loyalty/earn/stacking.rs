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

/// A rule that applies, and what it would give by itself.
#[derive(Clone, Copy)]
pub(super) struct Would<'a> {
    pub rule: &'a Rule,
    pub points: i64,
    /// A reward or a code, too.
    pub more: bool,
}

/// Chooses among rules in the order of the table. First each group keeps its best; then, by priority, one that stops gives and what
/// comes after it does not. One that gives nothing makes nobody stand back that gives something.
pub(super) fn chosen(rules: Vec<Would<'_>>) -> Chosen<'_> {
    let mut turns: Vec<usize> = (0..rules.len()).collect();
    turns.sort_by_key(|at| rules[*at].rule.priority);
    let mut because = vec![None; rules.len()];
    for (place, at) in turns.iter().enumerate() {
        let Would { rule, points, more } = rules[*at];
        let in_group = |other: &usize| {
            rules[*other].rule.stacking == Stacking::BestOfGroup && names::same(&rules[*other].rule.group, &rule.group)
        };
        if rule.stacking == Stacking::BestOfGroup {
            let is_as_good = |other: &usize| {
                let other = rules[*other];
                other.points >= points && (!more || other.points > 0 || other.more)
            };
            let before = turns[..place].iter().filter(|other| in_group(other)).any(is_as_good);
            let after =
                turns[place + 1..].iter().filter(|other| in_group(other)).any(|other| rules[*other].points > points);
            because[*at] = (before || after).then_some(Because::BetterInGroup);
        }
    }
    let stops = |at: &usize| rules[*at].rule.stacking == Stacking::Stop && (rules[*at].points > 0 || rules[*at].more);
    let stopped = turns.iter().skip_while(|at| !stops(at)).skip(1);
    for at in stopped {
        because[*at].get_or_insert(Because::Stopped);
    }
    let (mut give, mut stand_back) = (Vec::new(), Vec::new());
    for (Would { rule, .. }, because) in rules.into_iter().zip(because) {
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
    let would = |rule: &'a Rule| Would { rule, points: fixed(rule), more: rule.gives_more() };
    chosen(rules.filter(|rule| unmet(programme, rule, given).is_none()).map(would).collect())
}

//! How often a goal is reached, by what its measure says, and how far a member has come: functions of the measure alone.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};

use super::{Goal, Repeats};
use crate::loyalty::measures::{Part, Window};

/// The one period of goals that are done once, or count for ever.
pub const EVER: &str = "ever";

/// How often the goal is reached, by period; periods in which it is not are left out.
pub fn wanted(goal: &Goal, part: &Part) -> BTreeMap<String, i64> {
    let window = goal.measure.window;
    let mut wanted = BTreeMap::new();
    let mut add = |period: &str, times: i64| {
        if times > 0 {
            let known = wanted.entry(period.to_owned()).or_insert(0);
            *known = times.max(*known);
        }
    };
    match window {
        Window::Each(_) | Window::Ever => {
            for place in part.places() {
                let times = times(goal, part.at(place));
                add(if goal.repeats == Repeats::Once { EVER } else { place }, times);
            }
        }
        Window::Rolling(parts, _) => {
            let reached = part.places().any(|last| {
                let first = window.before(last, parts - 1).unwrap_or_else(|| last.clone());
                times(goal, part.between(&first, last)) > 0
            });
            add(EVER, i64::from(reached));
        }
        Window::Row(_) => add(EVER, i64::from(rows(window, part).into_iter().any(|(_, length)| length >= goal.number))),
    }
    wanted
}

/// So often for so much; the head start is given to who has begun.
fn times(goal: &Goal, amount: i64) -> i64 {
    let reached = if amount > 0 { (amount + goal.head_start) / goal.number } else { 0 };
    if goal.repeats == Repeats::EveryTime { reached } else { reached.min(1) }
}

/// Parts of the calendar without a gap: the last place of each row, and its length.
fn rows(window: Window, part: &Part) -> Vec<(String, i64)> {
    let mut rows: Vec<(String, i64)> = Vec::new();
    for place in part.places() {
        let before = window.before(place, 1);
        match rows.last_mut().filter(|(last, _)| Some(last) == before.as_ref()) {
            Some(row) => *row = (place.clone(), row.1 + 1),
            None => rows.push((place.clone(), 1)),
        }
    }
    rows
}

/// What lies in the window of an instant.
pub fn counted_at(goal: &Goal, part: &Part, (now, zone): (Timestamp, &TimeZone)) -> i64 {
    let window = goal.measure.window;
    let place = window.place(now, zone);
    match window {
        Window::Each(_) | Window::Ever => part.at(&place),
        Window::Rolling(parts, _) => {
            part.between(&window.before(&place, parts - 1).unwrap_or_else(|| place.clone()), &place)
        }
        Window::Row(_) => {
            let goes_on = |last: &String| *last == place || Some(last) == window.before(&place, 1).as_ref();
            rows(window, part).pop().filter(|(last, _)| goes_on(last)).map_or(0, |(_, length)| length)
        }
    }
}

/// How far the member is on the way to the next time, as the measure counts; never more than the goal.
pub fn on_the_way(goal: &Goal, part: &Part, when: (Timestamp, &TimeZone)) -> i64 {
    let reached = counted_at(goal, part, when) + goal.head_start;
    if goal.repeats == Repeats::EveryTime { reached % goal.number } else { reached.min(goal.number) }
}

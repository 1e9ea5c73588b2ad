//! Months as a member: reached by time alone, each at its own instant, which rings. Of months from before a row was published only one that
//! counts from the start knows.

use jiff::{Timestamp, ToSpan, tz::TimeZone};

use super::{Goal, Judged, Repeats};
use crate::loyalty::{
    Member, Programme, Programmes,
    measures::{Counts, Part},
};

/// Twenty years of months.
const MOST: i64 = 240;

impl Goal {
    pub fn is_by_time(&self) -> bool {
        self.measure.counts == Counts::Membership
    }

    /// The instants at which time reaches it, the first one first.
    fn anniversaries(&self, joined_at: Timestamp, zone: &TimeZone) -> impl Iterator<Item = Timestamp> {
        let (joined, number) = (joined_at.to_zoned(zone.clone()), self.number.clamp(1, MOST));
        let times = if self.repeats == Repeats::EveryTime { MOST / number } else { 1 };
        (1..=times).filter_map(move |time| Some(joined.checked_add((time * number).months()).ok()?.timestamp()))
    }
}

impl Judged<'_> {
    /// Those until now that count, of this member.
    pub fn passed(self, programmes: &Programmes, member: &Member, now: Timestamp) -> Vec<Timestamp> {
        let Some(needed) = self.needs(programmes, member, &member.id) else { return Vec::new() };
        let zone = &programmes.live().programme.settings.zone;
        let all = self.goal.anniversaries(member.joined_at, zone).take_while(|at| *at <= now);
        all.filter(|at| needed.covers(*at, self.version)).collect()
    }

    /// The same as what is counted.
    pub fn months(self, programmes: &Programmes, member: &Member, now: Timestamp) -> Part {
        let times = i64::try_from(self.passed(programmes, member, now).len()).unwrap_or(0);
        let mut part = Part::default();
        if times > 0 {
            part.numbers.insert(super::wanted::EVER.to_owned(), times * self.goal.number);
        }
        part
    }
}

/// Whole months since joining.
pub fn since_joining(member: &Member, (now, zone): (Timestamp, &TimeZone)) -> i64 {
    let joined = member.joined_at.to_zoned(zone.clone());
    let passed = |months: &i64| joined.checked_add(months.months()).is_ok_and(|at| at.timestamp() <= now);
    let months = (1..=MOST).take_while(passed).count();
    i64::try_from(months).unwrap_or(MOST)
}

/// The same on the way to the next time.
pub fn on_the_way(goal: &Goal, member: &Member, when: (Timestamp, &TimeZone)) -> i64 {
    let months = since_joining(member, when);
    if goal.repeats == Repeats::EveryTime { months % goal.number } else { months.min(goal.number) }
}

/// The next instant at which time reaches a goal.
pub fn rings(programme: &Programme, member: &Member) -> Option<Timestamp> {
    let goals = programme.mechanics.challenges.goals.iter().filter(|goal| goal.active && goal.is_by_time());
    let zone = &programme.settings.zone;
    let next = goals.filter_map(|goal| goal.anniversaries(member.joined_at, zone).find(|at| *at > member.recorded_at));
    next.min()
}

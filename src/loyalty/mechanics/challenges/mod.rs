//! Challenges: goals over measures. Stamp card, milestone, streak and badge are looks of one thing: so much of something within some
//! time, and what reaching it gives. How often it is reached follows from the measure alone; what stands given follows that number,
//! and what is taken back is taken newest first. A merge neither gives nor takes.

mod correct;
mod decide;
mod event;
mod giving;
mod lasting;
mod membership;
mod reminding;
mod reward;
mod rows;
mod show;
mod state;
mod wanted;
mod withdrawn;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{Cause, Mechanic, RowCounts, Shown, Used};
use crate::{
    loyalty::{
        Member, Programme, Programmes, Refusal, counters,
        deciding::Deciding,
        explain::{Basis, Sentence},
        measures::{Counts, Given, Happened, Measure, Measures, Needed, Own, Part, end_of},
        member::TierStanding,
        multiplied::Multiplied,
        pins::Pinned,
        programme::Configs,
        receipt::Receipt,
    },
    programme::{Problem, Tables, condition::Condition, names},
    values::{
        copy_on_write::CopyOnWrite,
        money::{places, plain_decimal},
    },
};
pub use event::{ChallengeCorrected, ChallengeJoined, STEPS};
pub use lasting::Lasting;
pub use rows::{Config, Goal, Look, Repeats, TABLE};
pub use show::{Achievement, BadgeView, ChallengeView, State, achievements, badges, challenges};
pub use state::{Giving, Standing, Taken};
use wanted::counted_at;
pub use withdrawn::{ChallengeWithdrawn, GivenLater, given_later, later_has_more};

/// The period of what was done in windows that are final and forgotten.
const PAST: &str = "past";

/// Days by which a period ends later or sooner than in this time zone, at most.
const ZONE_DAYS: i64 = 2;

pub(in crate::loyalty) struct Challenges;

/// A goal with the version that says what it is.
#[derive(Clone, Copy)]
pub(super) struct Judged<'p> {
    pub goal: &'p Goal,
    pub version: u32,
    /// A row of the live version. Of another one nothing is given any more.
    pub live: bool,
}

impl<'p> Judged<'p> {
    /// Of the live version those rows of which something is counted or kept, in the order in which they are decided, then those of which
    /// only givings are left. Of all others the member has done nothing.
    fn all(programmes: &'p Programmes, member: &Member, before: Option<&Measures>) -> Vec<Self> {
        let live = programmes.live();
        let config = &live.programme.mechanics.challenges;
        let measures = [Some(&member.measures), before].into_iter().flatten();
        let keys = measures.flat_map(|measures| measures.owners().flat_map(|owner| measures.parts(owner)));
        let names = keys.filter_map(|(key, _)| programmes.prepared().name_of(key));
        let kept = member.challenges.0.values().flat_map(BTreeMap::keys);
        let goals = config.in_turn(names, kept);
        let mut all: Vec<Self> = goals.map(|goal| Self { goal, version: live.number, live: true }).collect();
        let gone =
            member.challenges.0.values().flatten().filter(|(id, taken)| taken.stands() && config.goal(id).is_none());
        let gone: BTreeSet<&String> = gone.map(|(id, _)| id).collect();
        all.extend(gone.into_iter().filter_map(|id| Self::gone(programmes, id)));
        all
    }

    /// What the newest version that had it says of a row that is no more.
    fn gone(programmes: &'p Programmes, id: &str) -> Option<Self> {
        let had = programmes.iter().filter_map(|version| {
            let goal = version.programme.mechanics.challenges.goal(id)?;
            Some(Self { goal, version: version.number, live: false })
        });
        had.last()
    }

    /// The row of the live version.
    fn live(programmes: &'p Programmes, id: &str) -> Option<Self> {
        let live = programmes.live();
        Some(Self { goal: live.programme.mechanics.challenges.goal(id)?, version: live.number, live: true })
    }

    /// What it counts of the member in the window of this instant, as people read it: whole euros, whole pieces.
    fn read(self, programmes: &Programmes, member: &Member, at: Timestamp) -> Pinned {
        let (goal, settings) = (self.goal, &programmes.live().programme.settings);
        let when = (at, &settings.zone);
        if goal.is_by_time() {
            return Pinned::Number(membership::since_joining(member, when));
        }
        let counted = counted_at(goal, &self.counted(programmes, member, &member.measures), when);
        match goal.measure.counts {
            Counts::Quantity => Pinned::Text(plain_decimal(counted, 3)),
            Counts::Amount => Pinned::Text(plain_decimal(counted, places(&settings.currency))),
            _ => Pinned::Number(counted),
        }
    }

    /// What is counted of it, with what was corrected by hand.
    fn counted(self, programmes: &Programmes, member: &Member, measures: &Measures) -> CopyOnWrite<Part> {
        let key = |owner: &str| self.needs(programmes, member, owner).map(|needed| needed.key);
        let mut counted = if self.goal.is_by_time() {
            self.months(programmes, member, member.recorded_at).into()
        } else {
            measures.together(key)
        };
        for (place, steps) in member.challenges.corrected(&self.goal.id) {
            counted.change(place, &Given::Number(steps), 1);
        }
        counted
    }

    /// What it needs of an owner's doing; nothing of who has not joined what must be joined. A row that is gone needs it only where something
    /// of it stands: there it was needed all along.
    fn needs(self, programmes: &'p Programmes, member: &Member, owner: &str) -> Option<Needed<'p>> {
        let Self { goal, version, live } = self;
        let taken = member.challenges.part(owner, &goal.id);
        if !live && !taken.is_some_and(Taken::stands) {
            return None;
        }
        let zone = &programmes.live().programme.settings.zone;
        let joined_at = taken.and_then(|taken| taken.joined_at);
        let own = goal.own().map(|of| Some(Own { of, since: joined_at?, until: goal.ends(joined_at?, zone) }));
        match own {
            Some(None) => None,
            own => Needed::of(&goal.measure, (programmes, version), own.flatten()),
        }
    }
}

/// What the newest version says of a challenge that has it.
fn newest<'p>(programmes: &'p Programmes, id: &str) -> Option<&'p Goal> {
    programmes.iter().filter_map(|version| version.programme.mechanics.challenges.goal(id)).last()
}

/// What entries and lots name as their rule, with the id of the row behind it. No rule has this name: ids have no colons.
const CAUSE: &str = "challenge:";

fn cause(goal: &str) -> String {
    format!("{CAUSE}{goal}")
}

/// Keys of the shared counts of a row: points, and givings.
fn budget(goal: &str) -> String {
    counters::budget(&cause(goal))
}

fn winners(goal: &str) -> String {
    format!("winners:{goal}")
}

impl Mechanic for Challenges {
    fn measures(&self, programme: &Programme) -> Vec<(String, bool)> {
        let goals = programme.mechanics.challenges.goals.iter();
        let is_needed = |goal: &Goal| goal.active || programme.reads.measures.contains(&goal.id);
        goals.map(|goal| (goal.measure.begins_as(goal.own()).into_owned(), is_needed(goal))).collect()
    }

    fn conditions<'c>(&self, configs: &'c Configs) -> Vec<&'c Condition> {
        configs.challenges.goals.iter().filter_map(|goal| goal.condition.as_ref()).collect()
    }

    fn measured(&self, programmes: &Programmes, member: &Member, row: &str, at: Timestamp) -> Option<Pinned> {
        Judged::live(programmes, row).map(|judged| judged.read(programmes, member, at))
    }

    fn names(&self, programme: &Programme, kind: &str) -> bool {
        let goals = programme.mechanics.challenges.goals.iter().filter(|goal| goal.active);
        goals.filter_map(Goal::event).any(|event| names::same(event, kind))
    }

    fn measures_of_all<'p>(&self, programme: &'p Programme) -> Vec<&'p Measure> {
        let goals = programme.mechanics.challenges.goals.iter().filter(|goal| !goal.joins);
        goals.map(|goal| &goal.measure).collect()
    }

    fn needs<'p>(&self, programmes: &'p Programmes, member: &Member, owner: &str, needed: &mut Vec<Needed<'p>>) {
        for id in member.challenges.0.get(owner).into_iter().flat_map(BTreeMap::keys) {
            let judged = Judged::live(programmes, id).or_else(|| Judged::gone(programmes, id));
            needed.extend(judged.and_then(|judged| judged.needs(programmes, member, owner)));
        }
    }

    fn limits(&self, programme: &Programme, keys: &mut BTreeSet<String>) {
        for goal in &programme.mechanics.challenges.goals {
            keys.extend(goal.budget.map(|_| budget(&goal.id)));
            keys.extend(goal.most.map(|_| winners(&goal.id)));
        }
    }

    fn counts_of(&self, member: &Member, keys: &mut BTreeSet<String>) {
        keys.extend(reward::codes(member).map(|code| counters::code(code)));
    }

    fn happened(&self, deciding: &mut Deciding<'_>, happened: &Happened<'_>) -> Result<(), Refusal> {
        deciding.follow_measures(happened)
    }

    fn gives(&self, member: &Member, cause: &Cause) -> bool {
        reward::stands(member, cause)
    }

    fn tiers(&self, _: &Programme, member: &Member, given: &mut dyn FnMut(TierStanding)) {
        for tier in member.challenges.0.values().flat_map(BTreeMap::values).flat_map(Taken::tiers) {
            given(TierStanding { id: tier.what.clone(), since: Some(tier.from), until: Some(tier.until) });
        }
    }

    fn multipliers(&self, programmes: &Programmes, member: &Member, at: Timestamp, given: &mut dyn FnMut(Multiplied)) {
        for (id, taken) in member.challenges.0.values().flatten() {
            for multiplier in taken.multipliers(at) {
                let name = newest(programmes, id).map_or(id, |goal| &goal.name).clone();
                given(Multiplied { by: cause(id), name, thousandths: multiplier.what, until: multiplier.until });
            }
        }
    }

    fn rings(&self, programmes: &Programmes, member: &Member) -> Option<Timestamp> {
        let by_time = membership::rings(&programmes.live().programme, member);
        by_time.into_iter().chain(reminding::rings(programmes, member)).min()
    }

    fn closing(&self, deciding: &mut Deciding<'_>) {
        deciding.remind_of_ends();
    }

    fn locked(&self, tables: &Tables, live: &Programme, draft: &Programme) -> Vec<Problem> {
        rows::locked(tables, &live.mechanics.challenges, &draft.mechanics.challenges)
    }

    fn forget(&self, programme: &Programme, member: &mut Member, now: Timestamp) {
        let late = SignedDuration::from_hours((programme.settings.late + ZONE_DAYS) * 24);
        let is_over = |period: &str| {
            let end = end_of(period, &TimeZone::UTC);
            end.is_some_and(|end| end.saturating_add(late).is_ok_and(|end| end <= now))
        };
        member.challenges.each(|taken| {
            let over: Vec<String> = taken.givings.keys().filter(|period| is_over(period)).cloned().collect();
            for period in over {
                taken.finish(&period, PAST);
            }
            taken.corrected.retain(|place, _| !is_over(place));
            taken.tiers.retain(|tier| now < tier.until);
            taken.multipliers.retain(|multiplier| now < multiplier.until);
        });
    }

    fn used_by(&self, receipt: &Receipt, used: &mut Used) {
        for done in &receipt.challenges {
            used.add(budget(&done.challenge), done.points);
            used.add(winners(&done.challenge), done.times);
        }
    }

    fn count_member(&self, programmes: &Programmes, member: &Member, now: Timestamp, counts: &mut RowCounts) {
        for (challenge, stands) in show::stands(programmes, member, now) {
            counts.add((TABLE, &challenge), stands);
        }
    }

    fn show(&self, _: &Programme, member: &Member, shown: &mut Shown) {
        show::table(member, shown);
    }

    fn name_of(&self, programmes: &Programmes, rule: &str) -> Option<String> {
        newest(programmes, rule.strip_prefix(CAUSE)?).map(|goal| goal.name.clone())
    }

    fn badges(&self, member: &Member, badges: &mut BTreeSet<String>) {
        let all = member.challenges.0.values().flatten();
        badges.extend(all.filter(|(_, taken)| taken.badge_at.is_some()).map(|(goal, _)| goal.clone()));
    }

    fn gives_as(&self, table: &str, row: &str) -> Option<String> {
        (table == TABLE).then(|| cause(row))
    }

    fn sentences(&self, programmes: &Programmes, receipt: &Receipt) -> Vec<Sentence> {
        receipt.challenges.iter().flat_map(|done| show::for_a_time(programmes, done)).collect()
    }

    fn why(&self, basis: &Basis<'_>) -> Vec<Sentence> {
        show::why(basis)
    }
}

#[cfg(test)]
mod tests;

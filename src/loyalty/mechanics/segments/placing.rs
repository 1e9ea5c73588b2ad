//! Which segments a member is in at an instant, and when time alone may change that: a function of the document and the rows.

use std::{borrow::Cow, collections::BTreeSet};

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use sha2::{Digest, Sha256};

use super::{
    Placed, TopSpend,
    rows::{Counted, Segment, Test},
};
use crate::{
    loyalty::{
        Member, Programme,
        facts::{Context, Of},
        measures::Part,
        pins::Pins,
    },
    programme::names,
    values::{copy_on_write::CopyOnWrite, span::Span},
};

/// Days between orders of who has ordered on fewer than three days.
const USUAL_GAP_DAYS: i64 = 60;

/// Days before and after a birthday.
const AROUND_DAYS: i32 = 14;
const HALF_A_YEAR: &str = "6M";

/// Whether something holds, and until when nothing but what happens can change it; never where that is nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Answer {
    holds: bool,
    until: Option<Timestamp>,
}

impl Answer {
    fn of(holds: bool) -> Self {
        Self { holds, until: None }
    }

    fn until(holds: bool, until: Option<Timestamp>) -> Self {
        Self { holds, until }
    }
}

/// The segments that this member is in now, by what those who spent most had spent.
pub fn placed(programme: &Programme, member: &Member, top_spend: Option<&TopSpend>, now: Timestamp) -> Placed {
    let (config, zone) = (&programme.mechanics.segments, &programme.settings.zone);
    if member.left_at.is_some() || member.merged_into.is_some() || config.segments.is_empty() {
        return Placed::default();
    }
    let today = now.to_zoned(zone.clone()).date();
    let looking = Looking { programme, member, top_spend, now, zone, today };
    let top_spend = top_spend.filter(|_| config.shares_of_top_spend().next().is_some()).cloned();
    let (mut placed, mut groups) = (Placed { top_spend, ..Placed::default() }, BTreeSet::new());
    for segment in &config.segments {
        let answer = looking.at(segment);
        placed.look_at = earliest(placed.look_at, answer.until.filter(|at| *at > now));
        let is_taken = segment.group.as_ref().is_some_and(|group| groups.contains(group));
        if answer.holds && !is_taken {
            groups.extend(segment.group.as_ref());
            placed.segments.insert(segment.id.clone());
        }
    }
    placed
}

/// Minor units that a member spent in the year up to now, by the rows that ask who spent most; none of who did not order in it,
/// is no member any more, or is one for tests.
pub fn spent_in_a_year(programme: &Programme, member: &Member, now: Timestamp) -> Option<i64> {
    let (config, zone) = (&programme.mechanics.segments, &programme.settings.zone);
    let counts = !member.test && member.left_at.is_none() && member.merged_into.is_none();
    let counted = config.tests().find_map(|test| if let Test::TopSpend { of, .. } = test { Some(of) } else { None });
    let today = now.to_zoned(zone.clone()).date();
    let looking = Looking { programme, member, top_spend: None, now, zone, today };
    let (_, spent) = looking.kept(counted.filter(|_| counts)?);
    (spent > 0).then_some(spent)
}

fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

struct Looking<'a> {
    programme: &'a Programme,
    member: &'a Member,
    top_spend: Option<&'a TopSpend>,
    now: Timestamp,
    zone: &'a TimeZone,
    today: Date,
}

impl Looking<'_> {
    /// All that must hold. It may cease to when the first of it ceases; it cannot begin before the last of what is missing begins.
    fn at(&self, segment: &Segment) -> Answer {
        let (mut ceases, mut begins) = (None, None);
        for test in &segment.tests {
            match self.answer(segment, test) {
                Answer { holds: true, until } => ceases = earliest(ceases, until),
                Answer { holds: false, until: None } => return Answer::of(false),
                Answer { holds: false, until } => begins = begins.max(until),
            }
        }
        if begins.is_some() { Answer::until(false, begins) } else { Answer::until(true, ceases) }
    }

    fn answer(&self, segment: &Segment, test: &Test) -> Answer {
        match test {
            Test::Orders { least, most, of } | Test::Spent { least, most, of } => self.between(of, (*least, *most)),
            Test::Average { least, orders, spent } => self.average(*least, orders, spent),
            Test::LastOrderWithin { of } => self.between(of, (Some(1), None)),
            Test::LastOrderBefore { of } if self.member.progress.orders > 0 => self.between(of, (None, Some(0))),
            Test::LastOrderBefore { .. } => Answer::of(false),
            Test::Overdue { hundredths, of } => self.overdue(*hundredths, of),
            Test::Bought { any, not } => self.bought(any, *not),
            Test::Favourite(any) => self.favourite(any),
            Test::UsualGap { least, most, of } => self.usually(of, (*least, *most)),
            Test::OnlyInSales { orders, full_price } => self.only_in_sales(orders, full_price),
            Test::AroundBirthday { orders } => self.around_birthday(orders),
            Test::TopSpend { or_top_tier: true, .. } if self.wears_top_tier() => Answer::of(true),
            Test::TopSpend { share, of, .. } => self.among_the_top(*share, of),
            Test::JoinedWithin(span) => self.since(self.member.joined_at, *span, true),
            Test::JoinedBefore(span) => self.since(self.member.joined_at, *span, false),
            Test::PointsAtLeast(points) => Answer::of(self.member.balance.spendable() >= *points),
            Test::PointsExpireWithin(span) => self.expiring(*span),
            Test::Tiers(tiers) => Answer::of(names::any_is(tiers, &self.member.tier.id)),
            Test::Listed => Answer::of(self.member.listed.names(&segment.id)),
            Test::Condition(condition, reads) => {
                let pins = Pins::with(reads, self.programme, self.member, self.now);
                let context = Context { programme: self.programme, pins: &pins, of: Of::Member };
                Answer::of(condition.unmet(&context).is_none())
            }
            Test::Share(share) => Answer::of(self.share(&segment.id) < *share),
        }
    }

    /// Days from the first that counts on, with what lies there; one place where all time counts.
    fn kept(&self, counted: &Counted) -> (Vec<(Date, i64)>, i64) {
        let part = self.part(counted);
        let Some(back) = counted.back else { return (Vec::new(), part.at("ever")) };
        let first = back.first_day(self.today).to_string();
        let days = part.numbers.range(first..).filter_map(|(day, number)| Some((day.parse().ok()?, *number)));
        let days: Vec<(Date, i64)> = days.collect();
        let sum = days.iter().map(|(_, number)| number).sum();
        (days, sum)
    }

    fn part(&self, counted: &Counted) -> CopyOnWrite<Part> {
        self.member.measures.together(|_| Some(Cow::Borrowed(counted.measure.name())))
    }

    fn between(&self, counted: &Counted, (least, most): (Option<i64>, Option<i64>)) -> Answer {
        let (days, sum) = self.kept(counted);
        let holds = |sum: i64| least.is_none_or(|least| sum >= least) && most.is_none_or(|most| sum <= most);
        let (now, mut left) = (holds(sum), sum);
        let flips = days.iter().find(|(_, number)| {
            left -= *number;
            holds(left) != now
        });
        Answer::until(now, flips.and_then(|(day, _)| self.leaves(counted, *day)))
    }

    fn average(&self, least: i64, orders: &Counted, spent: &Counted) -> Answer {
        let ((days, orders_then), (_, sum)) = (self.kept(orders), self.kept(spent));
        let holds = orders_then > 0 && i128::from(sum) >= i128::from(least) * i128::from(orders_then);
        Answer::until(holds, days.first().and_then(|(day, _)| self.leaves(orders, *day)))
    }

    /// Usual is the median of the days between two days with an order. Whose last order lies so far back that its day is forgotten is
    /// silent for long enough.
    fn overdue(&self, hundredths: i64, counted: &Counted) -> Answer {
        let part = self.part(counted);
        let days: Vec<Date> = part.numbers.keys().filter_map(|day| day.parse().ok()).collect();
        let Some(last) = days.last() else {
            return Answer::of(part.whole && part.begins.is_none() && self.member.progress.orders > 0);
        };
        let twice = twice_the_usual_gap(&days).unwrap_or(2 * USUAL_GAP_DAYS);
        // Silent for more than 1.5 times 30.5 days: on the 46th day, since 45.75 < 46.
        let silent_days = (hundredths * twice / 200 + 1).min(3_660);
        let from = i32::try_from(silent_days).ok().and_then(|days| last.checked_add(days.days()).ok());
        let from = from.and_then(|day| self.begins(day));
        let holds = from.is_some_and(|from| from <= self.now);
        Answer::until(holds, from.filter(|_| !holds))
    }

    fn bought(&self, any: &[Counted], not: bool) -> Answer {
        let answers: Vec<Answer> = any.iter().map(|counted| self.between(counted, (Some(1), None))).collect();
        let bought = answers.iter().any(|answer| answer.holds);
        // Somebody who bought has not once the last of it is long ago.
        let until = answers.iter().filter(|answer| answer.holds).map(|answer| answer.until).collect::<Option<Vec<_>>>();
        Answer::until(bought != not, until.and_then(|all| all.into_iter().max()))
    }

    /// What was bought on most days may be another thing as soon as the first day leaves.
    fn favourite(&self, any: &[(Counted, String)]) -> Answer {
        let answers = any.iter().filter_map(|(counted, wanted)| {
            let part = self.part(counted);
            let first = counted.back?.first_day(self.today).to_string();
            let leaves = part.values.range(first.clone()..).next().and_then(|(day, _)| day.parse().ok());
            let leaves = leaves.and_then(|day| self.leaves(counted, day));
            Some(Answer::until(part.top(&first) == Some(wanted.as_str()), leaves))
        });
        let answers: Vec<Answer> = answers.collect();
        Answer::until(answers.iter().any(|answer| answer.holds), answers.iter().filter_map(|answer| answer.until).min())
    }

    /// From three days with an order on.
    fn usually(&self, counted: &Counted, (least, most): (i64, i64)) -> Answer {
        let (days, _) = self.kept(counted);
        let first = days.first().map(|(day, _)| *day);
        let twice = twice_the_usual_gap(&days.into_iter().map(|(day, _)| day).collect::<Vec<_>>());
        let holds = twice.is_some_and(|twice| (2 * least - 1..=most.saturating_mul(2)).contains(&twice));
        Answer::until(holds, first.and_then(|day| self.leaves(counted, day)))
    }

    /// From two orders on.
    fn only_in_sales(&self, orders: &Counted, full_price: &Counted) -> Answer {
        let ((days, many), (_, full_price)) = (self.kept(orders), self.kept(full_price));
        let leaves = days.first().and_then(|(day, _)| self.leaves(orders, *day));
        Answer::until(many >= 2 && full_price == 0, leaves)
    }

    /// From two orders on, of who has been a member for half a year and whose birthday came meanwhile: before that it is not known.
    fn around_birthday(&self, orders: &Counted) -> Answer {
        let Some(birthday) = self.member.celebrated_on.0 else { return Answer::of(false) };
        let (days, many) = self.kept(orders);
        let is_near = |day: &Date| {
            let years = i32::from(day.year()) - i32::from(birthday.year());
            let birthdays = (years - 1..=years + 1).filter_map(|years| birthday.checked_add(years.years()).ok());
            { birthdays }.any(|birthday| (*day - birthday).get_days().abs() <= AROUND_DAYS)
        };
        let leaves = days.first().and_then(|(day, _)| self.leaves(orders, *day));
        let only_there = Answer::until(many >= 2 && days.iter().map(|(day, _)| day).all(is_near), leaves);
        let long = HALF_A_YEAR.parse().map_or(Answer::of(true), |span| self.since(self.member.joined_at, span, false));
        Answer::until(only_there.holds && long.holds, earliest(only_there.until, long.until))
    }

    /// Nobody is before it was first worked out.
    fn among_the_top(&self, share: i64, counted: &Counted) -> Answer {
        let least = self.top_spend.and_then(|top| top.least.get(&share));
        least.map_or(Answer::of(false), |least| self.between(counted, (Some((*least).max(1)), None)))
    }

    /// Where there is one tier alone, it is nobody's merit.
    fn wears_top_tier(&self) -> bool {
        let tiers = &self.programme.tiers;
        tiers.len() > 1 && tiers.last().is_some_and(|top| names::same(&top.id, &self.member.tier.id))
    }

    fn since(&self, at: Timestamp, span: Span, within: bool) -> Answer {
        let end = span.after(at, self.zone);
        let is_within = self.now < end;
        Answer::until(is_within == within, Some(end).filter(|_| is_within))
    }

    fn expiring(&self, span: Span) -> Answer {
        let ends = self.member.lots.values().filter(|lot| lot.points > 0).filter_map(|lot| lot.ends_at());
        let begins = ends.map(|end| span.before(end, self.zone)).min();
        let holds = begins.is_some_and(|begins| begins <= self.now);
        Answer::until(holds, begins.filter(|_| !holds))
    }

    /// A place among 10 000 that is the same for ever: by member and row alone.
    fn share(&self, segment: &str) -> i64 {
        let hash = Sha256::digest([self.member.id.as_bytes(), b"/", segment.as_bytes()].concat());
        let number = hash.iter().take(4).fold(0_i64, |number, byte| (number << 8) | i64::from(*byte));
        number % 10_000
    }

    fn leaves(&self, counted: &Counted, day: Date) -> Option<Timestamp> {
        self.begins(counted.back?.leaves(day))
    }

    fn begins(&self, day: Date) -> Option<Timestamp> {
        Some(day.to_zoned(self.zone.clone()).ok()?.timestamp())
    }
}

/// Twice the median of the days between two days with an order, of at least three.
fn twice_the_usual_gap(days: &[Date]) -> Option<i64> {
    let mut gaps: Vec<i64> = days.windows(2).map(|pair| i64::from((pair[1] - pair[0]).get_days())).collect();
    gaps.sort_unstable();
    let many = gaps.len();
    (many >= 2).then(|| gaps[(many - 1) / 2] + gaps[many / 2])
}

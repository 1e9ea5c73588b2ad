//! What counts for tiers, by the instant at which it counted. Bounded: of a member with many, what is oldest is kept by its
//! day, then by its month, then by its year. Documents of earlier engines have days.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

pub use super::moment::Moment;
use super::moment::{DAY, first_of};
use crate::values::{changes::document, span::Span};

/// By moment.
pub type Qualifying = BTreeMap<Moment, Qualified>;

/// Moments that are kept of one member, and how many are left when they were too many.
const MOMENTS: usize = 64;
const SHORTENED: usize = 40;

/// Years that lie further back than so many before the newest are long ago.
const YEARS_APART: i16 = 3;

/// What counts for tiers. Documents of the first engine have a number here: the points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(from = "QualifiedForm")]
pub struct Qualified {
    #[serde(skip_serializing_if = "is_zero")]
    pub points: i64,
    /// Minor units.
    #[serde(skip_serializing_if = "is_zero")]
    pub spent: i64,
    #[serde(skip_serializing_if = "is_zero")]
    pub orders: i64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum QualifiedForm {
    Points(i64),
    Each {
        #[serde(default)]
        points: i64,
        #[serde(default)]
        spent: i64,
        #[serde(default)]
        orders: i64,
    },
}

impl From<QualifiedForm> for Qualified {
    fn from(form: QualifiedForm) -> Self {
        match form {
            QualifiedForm::Points(points) => Self { points, ..Self::default() },
            QualifiedForm::Each { points, spent, orders } => Self { points, spent, orders },
        }
    }
}

impl Qualified {
    pub fn plus(self, other: Self) -> Self {
        Self {
            points: self.points.saturating_add(other.points),
            spent: self.spent.saturating_add(other.spent),
            orders: self.orders.saturating_add(other.orders),
        }
    }

    pub fn less(self) -> Self {
        Self { points: -self.points, spent: -self.spent, orders: -self.orders }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// Where what counts at `at` is kept already: under its instant, else with its day or its month.
fn place(kept: &Qualifying, at: Timestamp, zone: &TimeZone) -> Moment {
    let exact = Moment::At(Timestamp::from_second(at.as_second()).unwrap_or(at));
    let day = at.to_zoned(zone.clone()).date();
    [exact, Moment::Day(day), Moment::Month(day.first_of_month()), Moment::Year(day.first_of_year())]
        .into_iter()
        .find(|moment| kept.contains_key(moment))
        .unwrap_or(exact)
}

/// Adds what counts at an instant, or takes it back.
pub fn add(kept: &mut Qualifying, at: Timestamp, zone: &TimeZone, change: Qualified) {
    let moment = place(kept, at, zone);
    add_to(kept, moment, change);
    shorten(kept, zone);
}

/// Adds all that another one counts, or takes it back.
pub fn add_all(kept: &mut Qualifying, other: &Qualifying, zone: &TimeZone, signed: impl Fn(Qualified) -> Qualified) {
    for (moment, counted) in other {
        let moment = match moment {
            Moment::At(at) => place(kept, *at, zone),
            Moment::Day(day) | Moment::Month(day) if !kept.contains_key(moment) => {
                let coarser = [Moment::Month(day.first_of_month()), Moment::Year(day.first_of_year())];
                coarser.into_iter().find(|coarser| kept.contains_key(coarser)).unwrap_or(*moment)
            }
            coarse => *coarse,
        };
        add_to(kept, moment, signed(*counted));
    }
    shorten(kept, zone);
}

fn add_to(kept: &mut Qualifying, moment: Moment, change: Qualified) {
    let sum = kept.remove(&moment).unwrap_or_default().plus(change);
    if sum != Qualified::default() {
        kept.insert(moment, sum);
    }
}

/// Years long ago become one each; then, the oldest first, instants become days, month by month, where that makes fewer, else the
/// days of a month become one; and if that was not enough the months of a year. Then there is room again for a while.
fn shorten(kept: &mut Qualifying, zone: &TimeZone) {
    if kept.len() <= MOMENTS {
        return;
    }
    let newest = kept.keys().last().map_or(0, |moment| moment.day(zone).year());
    let years: BTreeSet<Date> = kept.keys().map(|moment| moment.day(zone).first_of_year()).collect();
    for year in years.iter().filter(|year| year.year() + YEARS_APART < newest) {
        shorten_year(kept, zone, *year);
    }
    while kept.len() > SHORTENED && shorten_months(kept, zone) {}
    for year in years {
        if kept.len() > SHORTENED {
            shorten_year(kept, zone, year);
        }
    }
}

fn shorten_year(kept: &mut Qualifying, zone: &TimeZone, year: Date) {
    let its: Vec<Moment> = kept.keys().filter(|moment| moment.day(zone).first_of_year() == year).copied().collect();
    coarsen(kept, its, |_| Moment::Year(year));
}

/// One time through all months; whether anything became fewer.
fn shorten_months(kept: &mut Qualifying, zone: &TimeZone) -> bool {
    let mut months = BTreeMap::<Date, Vec<Moment>>::new();
    for moment in kept.keys().filter(|moment| !matches!(moment, Moment::Year(_))) {
        months.entry(moment.day(zone).first_of_month()).or_default().push(*moment);
    }
    let before = kept.len();
    for (month, moments) in months.into_iter().filter(|(_, moments)| moments.len() > 1) {
        let days: BTreeSet<Date> = moments.iter().map(|moment| moment.day(zone)).collect();
        let by_day = days.len() < moments.len();
        coarsen(kept, moments, |moment| if by_day { Moment::Day(moment.day(zone)) } else { Moment::Month(month) });
        if kept.len() <= SHORTENED {
            break;
        }
    }
    kept.len() < before
}

fn coarsen(kept: &mut Qualifying, moments: Vec<Moment>, coarse: impl Fn(Moment) -> Moment) {
    for moment in moments {
        let counted = kept.remove(&moment).unwrap_or_default();
        add_to(kept, coarse(moment), counted);
    }
}

/// What counted at moments that are `within`.
pub fn sum(kept: &Qualifying, within: impl Fn(&Moment) -> bool) -> Qualified {
    kept.iter().filter(|(moment, _)| within(moment)).fold(Qualified::default(), |sum, (_, counted)| sum.plus(*counted))
}

/// What still counts at `now` when everything counts for so long: until the first instant that no longer belongs. So nothing
/// counts in two terms of this length.
pub fn still_counts(kept: &Qualifying, span: Span, now: Timestamp, zone: &TimeZone) -> Qualified {
    // Near the beginning of the window the calendar decides (a month is shorter or longer), else the clock alone.
    let (begins, near) = (span.before(now, zone).as_second(), if span.is_rounded() { 400 } else { 4 });
    let counts = |moment: &Moment| {
        let start = moment.start(zone);
        let after = start.as_second().saturating_sub(begins);
        after > DAY * 4 || (after > -DAY * near && now < span.after(start, zone))
    };
    // Where the zone cannot matter it is not asked: no day begins more than two days from where it begins in UTC.
    let (first, sure) = (first_of(begins - DAY * (near + 3)), first_of(begins + DAY * 7));
    let may = kept.range(first..sure).filter(|(moment, _)| counts(moment));
    may.chain(kept.range(sure..)).fold(Qualified::default(), |sum, (_, counted)| sum.plus(*counted))
}

document!(Qualified { orders: seldom, points: seldom, spent: seldom });

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + hours * 3600).unwrap()
    }

    #[test]
    fn days_of_earlier_documents_are_read_and_written_as_they_were() {
        let text = r#"{"2026-10":{"points":3},"2026-11-20":5,"2026-11-20T10:00:00Z":{"spent":7}}"#;
        let kept: Qualifying = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&kept).unwrap(), text.replace(":5", r#":{"points":5}"#));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn however_much_counts_it_stays_bounded_adds_up_and_can_be_taken_back(counts in vec((0i64..200_000, 1i64..9), 0..1500)) {
            let (mut kept, zone) = (Qualifying::new(), TimeZone::get("Europe/Tallinn").unwrap());
            let one = |points: &i64| Qualified { points: *points, ..Qualified::default() };
            for (hours, points) in &counts {
                add(&mut kept, at(*hours), &zone, one(points));
                prop_assert!(kept.len() <= MOMENTS);
            }
            prop_assert_eq!(sum(&kept, |_| true).points, counts.iter().map(|(_, points)| points).sum::<i64>());
            for (hours, points) in &counts {
                add(&mut kept, at(*hours), &zone, one(points).less());
            }
            prop_assert_eq!(kept, Qualifying::new());
        }
    }
}

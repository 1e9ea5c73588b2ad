//! When something counted: an instant, or what is left of it in a document that stays small: its day, its month or its year.

use std::{cmp::Ordering, fmt, str::FromStr};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// When something counted, to the second; or the day, the month or the year, in the programme's time zone. In the order of their texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Moment {
    Year(Date),
    Month(Date),
    Day(Date),
    At(Timestamp),
}

pub(super) const DAY: i64 = 86_400;

/// Days from 1970-01-01: a year has 365, and each leap year before it one more. Of 2026-01-01 it is
/// 2025 x 365 + 506 - 20 + 5 + 1 - 719 163 = 20 454.
fn days_since_epoch(day: Date) -> i64 {
    let before = i64::from(day.year()) - 1;
    let leap_years = before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
    before * 365 + leap_years + i64::from(day.day_of_year()) - 719_163
}

impl Moment {
    /// Its day in the programme's time zone.
    pub fn day(self, zone: &TimeZone) -> Date {
        match self {
            Self::Year(day) | Self::Month(day) | Self::Day(day) => day,
            Self::At(at) => at.to_zoned(zone.clone()).date(),
        }
    }

    /// The first instant of it.
    pub fn start(self, zone: &TimeZone) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Year(day) | Self::Month(day) | Self::Day(day) => {
                day.to_zoned(zone.clone()).map_or(Timestamp::MIN, |start| start.timestamp())
            }
        }
    }

    /// Seconds of [`Moment::start`], as if the zone were UTC.
    fn about(self) -> i64 {
        match self {
            Self::At(at) => at.as_second(),
            Self::Year(day) | Self::Month(day) | Self::Day(day) => days_since_epoch(day) * DAY,
        }
    }

    /// What is coarser comes before what lies in it; an instant has no day of its own.
    fn coarse(&self) -> Option<(Date, u8)> {
        match self {
            Self::Year(day) => Some((*day, 0)),
            Self::Month(day) => Some((*day, 1)),
            Self::Day(day) => Some((*day, 2)),
            Self::At(_) => None,
        }
    }
}

impl Ord for Moment {
    /// By day, as if the zone were UTC; of one day what is coarser first, then by instant.
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.coarse(), other.coarse(), self, other) {
            (Some(coarse), Some(other), ..) => coarse.cmp(&other),
            (None, None, Self::At(at), Self::At(other)) => at.cmp(other),
            (one, ..) => {
                let day = |moment: &Self| moment.about().div_euclid(DAY);
                day(self).cmp(&day(other)).then(if one.is_some() { Ordering::Less } else { Ordering::Greater })
            }
        }
    }
}

impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Year(day) => write!(f, "{:04}", day.year()),
            Self::Month(day) => write!(f, "{:04}-{:02}", day.year(), day.month()),
            Self::Day(day) => write!(f, "{day}"),
            Self::At(at) => write!(f, "{at}"),
        }
    }
}

impl FromStr for Moment {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        if text.contains('T') {
            text.parse().map(Self::At)
        } else if text.len() == "2026".len() {
            format!("{text}-01-01").parse().map(Self::Year)
        } else if text.len() == "2026-11".len() {
            format!("{text}-01").parse().map(Self::Month)
        } else {
            text.parse().map(Self::Day)
        }
    }
}

impl TryFrom<String> for Moment {
    type Error = jiff::Error;

    fn try_from(text: String) -> Result<Self, jiff::Error> {
        text.parse()
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> Self {
        moment.to_string()
    }
}

/// What lies before all moments of the day that this second lies in, as if the zone were UTC.
pub(super) fn first_of(second: i64) -> Moment {
    let second = second.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Moment::Year(Timestamp::from_second(second).unwrap_or(Timestamp::MAX).to_zoned(TimeZone::UTC).date())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_the_calendar_counts_them() {
        for (year, month, day) in
            [(-9999, 1, 1), (1, 1, 1), (1899, 12, 31), (1969, 12, 31), (1970, 1, 1), (2000, 2, 29)]
        {
            let first = jiff::civil::date(year, month, day);
            for day in first.series(jiff::Span::new().days(17)).take(3000) {
                let counted = day.duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24;
                assert_eq!(days_since_epoch(day), counted, "{day}");
            }
        }
    }
}

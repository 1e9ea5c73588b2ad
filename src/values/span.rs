//! Durations as a marketer writes them: `30m 12h 5D 2W 6M 1Y`, with `_D _W _M _Y` to round up to the end of that calendar
//! unit in the programme's time zone; or in words, `14 days`. Ends are half-open: the first instant that no longer belongs.
//! Month arithmetic clamps: 31 January + 1M is 28 or 29 February.

mod words;

use jiff::{
    RoundMode, Span as Jiff, Timestamp, ToSpan, Unit, Zoned, ZonedRound,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

/// A parsed duration. Serializes as its own text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span {
    count: i32,
    unit: char,
    round_to: Option<char>,
}

/// Why a text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    #[error(
        "`{0}` is not a duration: write a number and a unit (30m 12h 5D 2W 6M 1Y), with _D _W _M or _Y to round up, like 12M_M"
    )]
    None(String),
    #[error("`{text}` may be {one} or {other}: write it like one of these")]
    Either { text: String, one: Span, other: Span },
}

impl std::str::FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let none = || SpanError::None(text.to_owned());
        Self::short(text).map_or_else(|| Self::in_words(text.trim()).unwrap_or_else(|| Err(none())), Ok)
    }
}

impl TryFrom<String> for Span {
    type Error = SpanError;
    fn try_from(text: String) -> Result<Self, SpanError> {
        text.parse()
    }
}

impl From<Span> for String {
    fn from(span: Span) -> String {
        span.to_string()
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.count, self.unit)?;
        self.round_to.map_or(Ok(()), |unit| write!(f, "_{unit}"))
    }
}

impl Span {
    /// `12M_M`.
    fn short(text: &str) -> Option<Self> {
        let (main, round) = match text.split_once('_') {
            Some((main, round)) => (main, Some(round)),
            None => (text, None),
        };
        let unit = main.chars().last().filter(|c| "mhDWMY".contains(*c))?;
        let round_to = match round {
            None => None,
            Some(round @ ("D" | "W" | "M" | "Y")) => round.chars().next(),
            Some(_) => return None,
        };
        Some(Self { count: count(&main[..main.len() - 1])?, unit, round_to })
    }

    /// `14 days`, `14 päeva`, `30d`.
    fn in_words(text: &str) -> Option<Result<Self, SpanError>> {
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, word) = text.split_at(digits);
        let count = count(number)?;
        let span = |unit| Self { count, unit, round_to: None };
        match words::units(word.trim())[..] {
            [unit] => Some(Ok(span(unit))),
            [one, other] => Some(Err(SpanError::Either { text: text.to_owned(), one: span(one), other: span(other) })),
            _ => None,
        }
    }

    /// The instant this long after `from`, rounded up if the span says so. Saturates at the end of time.
    pub fn after(&self, from: Timestamp, zone: &TimeZone) -> Timestamp {
        let later = from.to_zoned(zone.clone()).checked_add(self.as_jiff());
        let Ok(later) = later else { return Timestamp::MAX };
        self.round_to.map_or(later.timestamp(), |unit| end_of(&later, unit))
    }

    /// Whether it is over as it begins.
    pub fn is_nothing(&self) -> bool {
        self.count == 0 && self.round_to.is_none()
    }

    /// Whether it is days, weeks, months or years, and no part of a day.
    pub fn is_of_days(&self) -> bool {
        !matches!(self.unit, 'm' | 'h')
    }

    /// How many days it is, where that is always as many.
    pub fn whole_days(&self) -> Option<i64> {
        match self.unit {
            'D' => Some(self.count.into()),
            'W' => Some(i64::from(self.count) * 7),
            _ => None,
        }
        .filter(|_| !self.is_rounded())
    }

    /// How many months it is, where that is always as many.
    pub fn whole_months(&self) -> Option<i64> {
        match self.unit {
            'M' => Some(self.count.into()),
            'Y' => Some(i64::from(self.count) * 12),
            _ => None,
        }
        .filter(|_| !self.is_rounded())
    }

    /// Whether it goes on to the end of a calendar unit.
    pub fn is_rounded(&self) -> bool {
        self.round_to.is_some()
    }

    /// The instant this long before `to`, without rounding. Saturates at the beginning of time.
    pub fn before(&self, to: Timestamp, zone: &TimeZone) -> Timestamp {
        to.to_zoned(zone.clone()).checked_sub(self.as_jiff()).map_or(Timestamp::MIN, |earlier| earlier.timestamp())
    }

    /// The day of the calendar this long before another, without rounding; none before the beginning of time.
    pub fn days_before(&self, day: Date) -> Option<Date> {
        day.checked_sub(self.as_jiff()).ok()
    }

    /// The same after it.
    pub fn days_after(&self, day: Date) -> Option<Date> {
        day.checked_add(self.as_jiff()).ok()
    }

    fn as_jiff(&self) -> Jiff {
        match self.unit {
            'm' => self.count.minutes(),
            'h' => self.count.hours(),
            'D' => self.count.days(),
            'W' => self.count.weeks(),
            'M' => self.count.months(),
            _ => self.count.years(),
        }
    }
}

fn count(digits: &str) -> Option<i32> {
    let count = digits.parse::<i32>().ok().filter(|count| (0..=10_000).contains(count));
    count.filter(|_| !digits.starts_with('+'))
}

/// The first instant after the calendar unit that `at` lies in. An instant exactly on a boundary belongs to the next unit.
fn end_of(at: &Zoned, unit: char) -> Timestamp {
    let day = ZonedRound::new().smallest(Unit::Day).mode(RoundMode::Trunc);
    let next = at.round(day).and_then(|start| match unit {
        'D' => start.checked_add(1.day()),
        'W' => start.nth_weekday(1, Weekday::Monday),
        'M' => start.first_of_month()?.checked_add(1.month()),
        _ => start.first_of_year()?.checked_add(1.year()),
    });
    next.and_then(|next| next.start_of_day()).map_or(Timestamp::MAX, |next| next.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_ends_where_the_calendar_says() {
        let zone = TimeZone::get("Europe/Tallinn").unwrap();
        let cases = [
            ("12M_M", "2026-11-20T10:00:40Z", "2027-11-30T22:00:00Z"),
            ("1M", "2026-01-31T10:00:00Z", "2026-02-28T10:00:00Z"),
            ("0D_D", "2026-03-28T23:30:00Z", "2026-03-29T21:00:00Z"), // the day the clocks go forward has 23 hours
            ("1D", "2026-03-28T10:00:00Z", "2026-03-29T09:00:00Z"),   // same local hour
            ("24h", "2026-03-28T10:00:00Z", "2026-03-29T10:00:00Z"),
            ("0D_W", "2026-11-20T10:00:00Z", "2026-11-22T22:00:00Z"),
            ("1Y_Y", "2024-02-29T10:00:00Z", "2025-12-31T22:00:00Z"),
            ("30m", "2026-11-20T10:00:00Z", "2026-11-20T10:30:00Z"),
        ];
        for (span, from, expected) in cases {
            let end = span.parse::<Span>().unwrap().after(from.parse().unwrap(), &zone);
            assert_eq!(end, expected.parse::<Timestamp>().unwrap(), "{span} after {from}");
        }
        for wrong in ["", "12", "M", "-1D", "+1D", "1X", "1D_", "1D_m", "99999999D", "1.5D"] {
            assert!(wrong.parse::<Span>().is_err(), "{wrong}");
        }
    }
    #[test]
    fn a_duration_in_words_is_the_same_or_is_asked_about() {
        for (text, short) in [
            ("14 days", "14D"),
            ("14days", "14D"),
            ("1 day", "1D"),
            ("30d", "30D"),
            ("2 weeks", "2W"),
            ("12 Months", "12M"),
            ("6 mo.", "6M"),
            ("1 year", "1Y"),
            ("24 hours", "24h"),
            ("15 min", "15m"),
            ("14 päeva", "14D"),
            ("2 nädalat", "2W"),
            ("6 kuud", "6M"),
            ("1 aasta", "1Y"),
            ("3 tundi", "3h"),
            ("14 дней", "14D"),
            ("2 недели", "2W"),
            ("12 месяцев", "12M"),
            ("2 года", "2Y"),
            ("14 днів", "14D"),
            ("2 тижні", "2W"),
            ("3 місяці", "3M"),
            ("2 роки", "2Y"),
            ("5 годин", "5h"),
            (" 14\u{a0}days ", "14D"),
        ] {
            assert_eq!(text.parse::<Span>(), short.parse(), "{text}");
        }
        for (text, said) in [
            ("1 год", "`1 год` may be 1h or 1Y: write it like one of these"),
            ("12 m", "`12 m` may be 12m or 12M: write it like one of these"),
            ("two weeks", "`two weeks` is not a duration"),
            ("1.5 years", "is not a duration"),
            ("2 weeks 3 days", "is not a duration"),
            ("20000 days", "is not a duration"),
            ("12 months_M", "is not a duration"),
            ("14 dayz", "is not a duration"),
        ] {
            let wrong = text.parse::<Span>().unwrap_err().to_string();
            assert!(wrong.contains(said), "{text}: {wrong}");
        }
    }
}

//! Durations as a marketer writes them: `30m 12h 5D 2W 6M 1Y`, with `_D _W _M _Y` to round up to the end of that calendar
//! unit in the programme's time zone. Ends are half-open: the first instant that no longer belongs.
//! Month arithmetic clamps: 31 January + 1M is 28 or 29 February.

use jiff::{RoundMode, Span as Jiff, Timestamp, ToSpan, Unit, Zoned, ZonedRound, civil::Weekday, tz::TimeZone};
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
#[error(
    "`{0}` is not a duration: write a number and a unit (30m 12h 5D 2W 6M 1Y), with _D _W _M or _Y to round up, like 12M_M"
)]
pub struct SpanError(pub String);

impl std::str::FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let wrong = || SpanError(text.to_owned());
        let (main, round) = match text.split_once('_') {
            Some((main, round)) => (main, Some(round)),
            None => (text, None),
        };
        let unit = main.chars().last().filter(|c| "mhDWMY".contains(*c)).ok_or_else(wrong)?;
        let count = main[..main.len() - 1].parse::<i32>().map_err(|_| wrong())?;
        if !(0..=10_000).contains(&count) || main.starts_with('+') {
            return Err(wrong());
        }
        let round_to = match round {
            None => None,
            Some("D") => Some('D'),
            Some("W") => Some('W'),
            Some("M") => Some('M'),
            Some("Y") => Some('Y'),
            Some(_) => return Err(wrong()),
        };
        Ok(Self { count, unit, round_to })
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

    /// Whether it goes on to the end of a calendar unit.
    pub fn is_rounded(&self) -> bool {
        self.round_to.is_some()
    }

    /// The instant this long before `to`, without rounding. Saturates at the beginning of time.
    pub fn before(&self, to: Timestamp, zone: &TimeZone) -> Timestamp {
        to.to_zoned(zone.clone()).checked_sub(self.as_jiff()).map_or(Timestamp::MIN, |earlier| earlier.timestamp())
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
}

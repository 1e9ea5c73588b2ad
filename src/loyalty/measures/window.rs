//! The windows that a measure counts in: calendar periods, days or months that roll, or all time; and the places within them.
//! Places of one kind are named so that names sort by time.

use jiff::{Timestamp, ToSpan, civil::Date, civil::ISOWeekDate, civil::Weekday, tz::TimeZone};

use crate::values::{calendar, span::Span};

/// A part of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

/// What a measure counts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Window {
    /// One part of the calendar, and the next for itself.
    Each(Unit),
    /// That day and the n - 1 before it; or months.
    Rolling(i32, Unit),
    /// Parts of the calendar without a gap.
    Row(Unit),
    Ever,
}

/// The longest windows that roll. Of days each has a number of its own, so a goal may ask for fewer.
pub const LONGEST_DAYS: i32 = 366;
const MONTHS: i32 = 24;
/// So many parts of a row are remembered.
const ROW: i32 = 100;
/// The longest row that a goal may ask for.
pub const LONGEST_ROW: i64 = 60;

impl Unit {
    const WORDS: [(&'static str, Self); 5] = [
        ("day", Self::Day),
        ("week", Self::Week),
        ("month", Self::Month),
        ("quarter", Self::Quarter),
        ("year", Self::Year),
    ];

    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, unit)| *unit == self).map_or("", |(word, _)| word)
    }

    /// Like `2026-11-20`, `2026-W47`, `2026-11`, `2026-Q4`, `2026`.
    pub(super) fn name(self, day: Date) -> String {
        match self {
            Self::Day => day.to_string(),
            Self::Week => calendar::week(day),
            Self::Month => calendar::month(day),
            Self::Quarter => calendar::quarter(day),
            Self::Year => calendar::year(day),
        }
    }

    /// What a place is, by its name.
    pub fn of(place: &str) -> Option<Self> {
        match (place.len(), place.as_bytes().get(5)) {
            (4, _) if place != "ever" && place != "past" => Some(Self::Year),
            (10, _) => Some(Self::Day),
            (8, Some(b'W')) => Some(Self::Week),
            (7, Some(b'Q')) => Some(Self::Quarter),
            (7, _) => Some(Self::Month),
            _ => None,
        }
    }

    /// The first day of a part of the calendar.
    fn first(self, place: &str) -> Option<Date> {
        let year = place.get(..4)?.parse::<i16>().ok()?;
        let rest = || place.get(6..)?.parse::<i8>().ok();
        match self {
            Self::Day => place.parse().ok(),
            Self::Week => Some(ISOWeekDate::new(year, rest()?, Weekday::Monday).ok()?.date()),
            Self::Month => Date::new(year, place.get(5..)?.parse().ok()?, 1).ok(),
            Self::Quarter => Date::new(year, rest()? * 3 - 2, 1).ok(),
            Self::Year => Date::new(year, 1, 1).ok(),
        }
    }

    /// So many parts further on.
    fn further(self, day: Date, parts: i32) -> Option<Date> {
        let span = match self {
            Self::Day => parts.days(),
            Self::Week => parts.weeks(),
            Self::Month => parts.months(),
            Self::Quarter => (parts * 3).months(),
            Self::Year => parts.years(),
        };
        day.checked_add(span).ok()
    }
}

impl Window {
    /// The place that an instant lies at.
    pub fn place(self, at: Timestamp, zone: &TimeZone) -> String {
        self.unit().map_or_else(|| "ever".to_owned(), |unit| unit.name(at.to_zoned(zone.clone()).date()))
    }

    /// What places are.
    pub fn unit(self) -> Option<Unit> {
        match self {
            Self::Each(unit) | Self::Rolling(_, unit) | Self::Row(unit) => Some(unit),
            Self::Ever => None,
        }
    }

    /// Whether it is a part of the calendar.
    pub fn is_calendar(self) -> bool {
        matches!(self, Self::Each(_))
    }

    /// The end of the last window that a place takes part in; none when that never ends.
    pub fn end(self, place: &str, zone: &TimeZone) -> Option<Timestamp> {
        let (unit, parts) = match self {
            Self::Each(unit) => (unit, 1),
            Self::Rolling(parts, unit) => (unit, parts),
            Self::Row(unit) => (unit, ROW),
            Self::Ever => return None,
        };
        let end = unit.further(unit.first(place)?, parts)?;
        Some(end.to_zoned(zone.clone()).ok()?.timestamp())
    }

    /// The place so many parts before this one.
    pub fn before(self, place: &str, parts: i32) -> Option<String> {
        let unit = self.unit()?;
        Some(unit.name(unit.further(unit.first(place)?, -parts)?))
    }
}

impl std::fmt::Display for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Each(unit) => write!(f, "{}", unit.word()),
            Self::Rolling(count, Unit::Day) => write!(f, "{count}D"),
            Self::Rolling(count, _) => write!(f, "{count}M"),
            Self::Row(unit) => write!(f, "{}s in a row", unit.word()),
            Self::Ever => write!(f, "ever"),
        }
    }
}

impl std::str::FromStr for Window {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let word = text.trim().to_lowercase();
        let unit = |word: &str| Unit::WORDS.iter().find(|(known, _)| *known == word).map(|(_, unit)| *unit);
        if word == "ever" {
            return Ok(Self::Ever);
        }
        if let Some(unit) = unit(&word) {
            return Ok(Self::Each(unit));
        }
        if let Some(unit) = word.strip_suffix("s in a row").and_then(unit) {
            return Ok(Self::Row(unit));
        }
        let rolling = |span: Span| {
            let of = |count: Option<i64>, most: i32, unit| {
                let count = i32::try_from(count?).ok().filter(|count| (1..=most).contains(count))?;
                Some(Self::Rolling(count, unit))
            };
            of(span.whole_days(), LONGEST_DAYS, Unit::Day).or_else(|| of(span.whole_months(), MONTHS, Unit::Month))
        };
        let length = text.trim();
        let length = length.strip_prefix('+').unwrap_or(length); // as it was always read
        length.parse().ok().and_then(rolling).ok_or_else(|| {
            format!("`{text}` is none of day, week, month, quarter, year, ever, 1D to {LONGEST_DAYS}D, 1M to {MONTHS}M")
        })
    }
}

//! What a row of Segments counts of a member, and how far back: whole days of the calendar, at most a year.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::{
    loyalty::measures::{LONGEST_DAYS, Measure, Unit, Window},
    values::span::Span,
};

/// A measure by days, or of all time, and how far back it is looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    pub measure: Box<Measure>,
    pub back: Option<Back>,
}

/// A length in whole days of the calendar: `30D`, `2W`, `6M`, `1Y`; a day and those before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Back(Span);

impl Back {
    /// The first day that still counts today.
    pub fn first_day(self, today: Date) -> Date {
        self.0.days_before(today).and_then(|day| day.tomorrow().ok()).unwrap_or(today)
    }

    /// The first day on which this day counts no more.
    pub fn leaves(self, day: Date) -> Date {
        let mut end = self.0.days_after(day).unwrap_or(Date::MAX);
        // A month back from the end of a month is not always a month ahead.
        while self.first_day(end) <= day && end < Date::MAX {
            end = end.tomorrow().unwrap_or(Date::MAX);
        }
        while let Ok(before) = end.yesterday().map_err(drop)
            && self.first_day(before) > day
        {
            end = before;
        }
        end
    }
}

impl std::str::FromStr for Back {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let span: Span = text.parse().map_err(|error: crate::values::span::SpanError| error.to_string())?;
        let leap = Timestamp::from_second(1_704_067_200).unwrap_or_default(); // 2024-01-01: a year of 366 days
        let days = (span.after(leap, &TimeZone::UTC).as_second() - leap.as_second()) / 86_400;
        if span.is_rounded() || !span.is_of_days() || !(1..=i64::from(LONGEST_DAYS)).contains(&days) {
            return Err(format!("`{text}` must be whole days, like 30D, 2W, 6M, 1Y, at most a year"));
        }
        Ok(Self(span))
    }
}

impl Counted {
    /// With the past; by days where it is looked at some days back.
    pub fn of(mut measure: Measure, back: Option<Back>) -> Self {
        measure.past = true;
        if back.is_some() {
            measure.window = Window::Rolling(LONGEST_DAYS, Unit::Day);
        }
        Self { measure: Box::new(measure.named()), back }
    }
}

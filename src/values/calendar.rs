//! Names of parts of the calendar, such that names of one kind sort by time.

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

/// The ISO week, like `2026-W47`.
pub fn week(day: Date) -> String {
    let week = day.iso_week_date();
    format!("{:04}-W{:02}", week.year(), week.week())
}

/// Like `2026-11`.
pub fn month(day: Date) -> String {
    day.strftime("%Y-%m").to_string()
}

/// Like `2026-Q4`.
pub fn quarter(day: Date) -> String {
    format!("{:04}-Q{}", day.year(), (day.month() + 2) / 3)
}

/// The last day that belongs to what ends at this instant, which is the first one that does not.
pub fn last_day(end: Timestamp, zone: &TimeZone) -> Date {
    let last = end.checked_sub(SignedDuration::from_secs(1)).unwrap_or(end);
    last.to_zoned(zone.clone()).date()
}

/// Like `2026`.
pub fn year(day: Date) -> String {
    day.strftime("%Y").to_string()
}

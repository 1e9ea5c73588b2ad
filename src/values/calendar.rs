//! Names of parts of the calendar, such that names of one kind sort by time.

use jiff::civil::Date;

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

/// Like `2026`.
pub fn year(day: Date) -> String {
    day.strftime("%Y").to_string()
}

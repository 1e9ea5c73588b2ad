//! On which days of the week and in which hours a row counts, by the clock of the programme's time zone.

mod days;

use std::str::FromStr;

use jiff::{
    Timestamp,
    civil::{DateTime, Time, Weekday},
    tz::TimeZone,
};

pub use days::Days;

/// Names neither: it counts always.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Times {
    pub weekdays: Vec<Weekday>,
    pub hours: Vec<Hours>,
}

/// From one time of day until another, which is not included: `17:00-19:00`. Until an earlier one: over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    from: Time,
    /// `None`: midnight.
    until: Option<Time>,
}

impl Times {
    /// The days and hours that cells name.
    pub fn of(days: Vec<Days>, hours: Vec<Hours>) -> Self {
        let named: Vec<Weekday> = days.into_iter().flat_map(|Days(days)| days).collect();
        let in_order = Weekday::Monday.cycle_forward().take(7).filter(|day| named.contains(day));
        Self { weekdays: in_order.collect(), hours }
    }

    pub fn are_all(&self) -> bool {
        self.weekdays.is_empty() && self.hours.is_empty()
    }

    /// What the clock of a zone shows.
    pub fn clock(at: Timestamp, zone: &TimeZone) -> DateTime {
        at.to_zoned(zone.clone()).datetime()
    }

    /// Whether it counts when the clock shows this.
    pub fn include(&self, clock: impl FnOnce() -> DateTime) -> bool {
        if self.are_all() {
            return true;
        }
        let local = clock();
        let on = |day: Weekday| self.weekdays.is_empty() || self.weekdays.contains(&day);
        let begun_on = |hours: &Hours| hours.begun_on(local).is_some_and(on);
        if self.hours.is_empty() { on(local.weekday()) } else { self.hours.iter().any(begun_on) }
    }
}

impl Hours {
    /// The day on which the hours began that this moment lies in: Friday's, 22:00 to 02:00, are Friday's on Saturday at 01:00.
    fn begun_on(self, local: DateTime) -> Option<Weekday> {
        let (time, day) = (local.time(), local.weekday());
        let until = self.until.unwrap_or(Time::MAX);
        let before = |until: Time| time < until || self.until.is_none();
        if self.from < until {
            return (self.from <= time && before(until)).then_some(day);
        }
        match time {
            _ if time >= self.from => Some(day),
            _ if time < until => Some(day.previous()),
            _ => None,
        }
    }
}

impl FromStr for Hours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` are no hours: write them like 17:00-19:00");
        let (from, until) = text.split_once(['-', '\u{2010}', '\u{2011}', '–', '—']).ok_or_else(wrong)?;
        let from = time(from).ok_or_else(wrong)?;
        let until = if until.trim() == "24:00" || until.trim() == "24" { Some(Time::MIN) } else { time(until) };
        let until = until.ok_or_else(wrong)?;
        if until == from {
            return Err(format!("`{text}` begin and end at one time: leave the cell empty for the whole day"));
        }
        Ok(Self { from, until: Some(until).filter(|until| *until != Time::MIN) })
    }
}

/// `17`, `17:00`.
fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once([':', '.']).unwrap_or((text.trim(), "0"));
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-24 is a Tuesday; in Tallinn it is two hours later than in UTC.
    #[test]
    fn days_and_hours_are_those_of_the_programmes_clock() {
        let zone = TimeZone::get("Europe/Tallinn").unwrap();
        for (weekdays, hours, at, expected) in [
            ("", "", "2026-11-24T15:00:00Z", true),
            ("Tue", "", "2026-11-24T15:00:00Z", true),
            ("tuesday", "", "2026-11-24T21:59:59Z", true),
            ("Tuesday", "", "2026-11-24T22:00:00Z", false),
            ("Mon, Wed", "", "2026-11-24T15:00:00Z", false),
            ("Tue", "17:00-19:00", "2026-11-24T15:00:00Z", true),
            ("Tue", "17:00-19:00", "2026-11-24T14:59:59Z", false),
            ("Tue", "17-19", "2026-11-24T16:59:59Z", true),
            ("Tue", "17:00-19:00", "2026-11-24T17:00:00Z", false),
            ("", "9-10, 17:00–19:00", "2026-11-24T07:30:00Z", true),
            ("", "22:00-24:00", "2026-11-24T21:59:59Z", true),
            ("", "22:00-00:00", "2026-11-24T22:00:00Z", false),
            ("Fri", "22:00-02:00", "2026-11-27T21:00:00Z", true),
            ("Fri", "22:00-02:00", "2026-11-27T23:00:00Z", true),
            ("Sat", "22:00-02:00", "2026-11-27T23:00:00Z", false),
            ("Fri", "22:00-02:00", "2026-11-28T00:00:00Z", false),
        ] {
            let weekdays = weekdays.split(',').filter(|day| !day.is_empty()).map(|day| day.parse().unwrap()).collect();
            let hours = hours.split(',').map(str::trim).filter(|hours| !hours.is_empty());
            let times = Times::of(weekdays, hours.map(|hours| hours.parse().unwrap()).collect());
            assert_eq!(times.include(|| Times::clock(at.parse().unwrap(), &zone)), expected, "{times:?} at {at}");
        }
    }

    #[test]
    fn what_is_no_time_of_day_is_said() {
        for wrong in ["17:00", "17-17", "25:00-26:00", "17:60-19:00", "evening", "-", "24:00-02:00", "00:00-24:00"] {
            assert!(wrong.parse::<Hours>().is_err(), "{wrong}");
        }
    }
}

//! Instants as files have them: `2027-01-31T10:00:00Z`, `2027-01-31 10:00:00` or `2027-01-31` in the programme's time zone.

use jiff::{Timestamp, civil, tz::TimeZone};
use serde::Deserialize;

use crate::intake::fields::FieldError;

/// An instant as it was written.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct When(pub String);

impl When {
    /// A day alone means its first instant.
    pub fn start(&self, zone: &TimeZone, pointer: &str, errors: &mut Vec<FieldError>) -> Option<Timestamp> {
        self.read(zone, false, pointer, errors)
    }

    /// A day alone belongs to it whole: it ends with the first instant of the next.
    pub fn end(&self, zone: &TimeZone, pointer: &str, errors: &mut Vec<FieldError>) -> Option<Timestamp> {
        self.read(zone, true, pointer, errors)
    }

    fn read(&self, zone: &TimeZone, end: bool, pointer: &str, errors: &mut Vec<FieldError>) -> Option<Timestamp> {
        let text = self.0.trim();
        let read = text.parse::<Timestamp>().ok().or_else(|| {
            if text.len() > "2027-01-31".len() {
                return local(text.parse::<civil::DateTime>().ok()?, zone);
            }
            let day: civil::Date = text.parse().ok()?;
            let day = if end { day.tomorrow().ok()? } else { day };
            local(day.to_datetime(civil::Time::midnight()), zone)
        });
        if read.is_none() {
            let detail = format!("`{text}` is no date: write 2027-01-31 or 2027-01-31T10:00:00Z");
            errors.push(FieldError::at(pointer, detail));
        }
        read
    }
}

fn local(at: civil::DateTime, zone: &TimeZone) -> Option<Timestamp> {
    Some(at.to_zoned(zone.clone()).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_the_programmes_day_and_an_end_belongs_to_it() {
        let zone = TimeZone::get("Europe/Tallinn").unwrap();
        let read = |text: &str, end: bool| When(text.to_owned()).read(&zone, end, "/x", &mut Vec::new());
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        assert_eq!(read("2027-01-31", false), at("2027-01-30T22:00:00Z"));
        assert_eq!(read("2027-01-31", true), at("2027-01-31T22:00:00Z"));
        assert_eq!(read("2027-01-31 10:00:00", true), at("2027-01-31T08:00:00Z"));
        assert_eq!(read("2027-01-31T10:00:00+05:00", true), at("2027-01-31T05:00:00Z"));
        let mut errors = Vec::new();
        assert_eq!(When("31.01.2027".to_owned()).end(&zone, "/expires_at", &mut errors), None);
        assert_eq!(errors[0].pointer, "/expires_at");
    }
}

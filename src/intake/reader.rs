//! What reading needs to know beside the text, and the one check of dates.
//! Guarantees: no instant later than five minutes from now, none before 2000, whichever call or file it came by.

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use super::{fields::FieldError, given_id::GivenId, phone::Country};

/// A sender's clock may run ahead by so much.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);
/// A payment may be known a little before the order is.
const BEFORE_PLACED: SignedDuration = SignedDuration::from_hours(24);
/// 2000-01-01T00:00:00Z: what is older was made by a broken clock or an empty field.
const EARLIEST_SECOND: i64 = 946_684_800;

#[derive(Debug, Clone, Copy)]
pub struct Reader {
    pub now: Timestamp,
    /// Of phone numbers that name none.
    pub country: Option<Country>,
    /// What is read was kept by a ledger of ours: it is taken as it stands, whatever would be refused today.
    pub kept: bool,
}

impl Reader {
    /// Reads what comes in for the first time.
    pub fn new(now: Timestamp, country: Option<Country>) -> Self {
        Self { now, country, kept: false }
    }

    /// Reads what a ledger of ours kept: nothing of it is refused for its date or form.
    #[must_use]
    pub fn of_kept(self) -> Self {
        Self { kept: true, ..self }
    }

    /// An id that stands in what is read.
    pub fn id(&self, id: &GivenId, pointer: &str, errors: &mut Vec<FieldError>) -> String {
        if self.kept { id.lenient(pointer, errors) } else { id.strict(pointer, errors) }
    }

    /// Checks an instant at which something happened: from 2000 until five minutes from now.
    pub fn happened(&self, at: Timestamp, pointer: &str, errors: &mut Vec<FieldError>) {
        self.promised(at, pointer, errors);
        if at.duration_since(self.now) > AHEAD && !self.kept {
            errors.push(FieldError::at(pointer, "lies more than 5 minutes in the future"));
        }
    }

    /// Checks an instant that may lie ahead, like an end: from 2000 on.
    pub fn promised(&self, at: Timestamp, pointer: &str, errors: &mut Vec<FieldError>) {
        if at.as_second() < EARLIEST_SECOND && !self.kept {
            errors.push(FieldError::at(pointer, format!("`{at}` lies before 2000")));
        }
    }

    /// Checks when an order was paid or sent: like `happened`, and at most a day before it was placed.
    pub fn after_placed(&self, placed_at: Timestamp, at: Timestamp, pointer: &str, errors: &mut Vec<FieldError>) {
        self.happened(at, pointer, errors);
        if placed_at.duration_since(at) > BEFORE_PLACED && !self.kept {
            errors.push(FieldError::at(pointer, format!("`{at}` lies more than a day before placed_at")));
        }
    }

    /// A birthday between 1900 and today, wherever on earth today is.
    pub fn birthday(&self, text: &str) -> Result<Date, String> {
        let day: Date = text.trim().parse().map_err(|_| "is not a date like 1990-05-17".to_owned())?;
        let today = self.now.to_zoned(TimeZone::UTC).date().tomorrow().unwrap_or(Date::MAX);
        if (day.year() < 1900 || day > today) && !self.kept {
            return Err(format!("`{day}` does not lie between 1900 and today"));
        }
        Ok(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(check: impl Fn(&Reader, &mut Vec<FieldError>)) -> String {
        let reader = Reader::new("2026-11-20T12:00:00Z".parse().unwrap(), None);
        let mut errors = Vec::new();
        check(&reader, &mut errors);
        errors.into_iter().map(|error| error.detail).collect()
    }

    #[test]
    fn no_date_lies_ahead_or_in_another_age() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let happened = |text: &str| wrong(|reader, errors| reader.happened(at(text), "/x", errors));
        assert_eq!(happened("2026-11-20T12:04:59Z"), "");
        assert_eq!(happened("2026-11-20T12:05:01Z"), "lies more than 5 minutes in the future");
        assert_eq!(happened("9999-12-30T00:00:00Z"), "lies more than 5 minutes in the future");
        assert_eq!(happened("2000-01-01T00:00:00Z"), "");
        assert_eq!(happened("1999-12-31T23:59:59Z"), "`1999-12-31T23:59:59Z` lies before 2000");
        let paid = |text: &str| {
            wrong(|reader, errors| reader.after_placed(at("2026-11-20T10:00:00Z"), at(text), "/x", errors))
        };
        assert_eq!(paid("2026-11-19T10:00:00Z"), "");
        assert!(paid("2026-11-19T09:59:59Z").ends_with("lies more than a day before placed_at"));
        let reader = Reader::new(at("2026-11-20T12:00:00Z"), None);
        assert!(reader.birthday("1900-01-01").is_ok() && reader.birthday(" 2026-11-20").is_ok());
        for text in ["1899-12-31", "2026-11-22", "1970-13-01", "", "17.05.1990"] {
            assert!(reader.birthday(text).is_err(), "{text}");
        }
    }
}

//! Phone numbers as people write them -> E.164. Guarantees: one number has one form, however it was written.

use std::str::FromStr;

use phonenumber::{Mode, PhoneNumber, country};

/// Where numbers are from that name no country: an ISO 3166 code like `EE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country(country::Id);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no country like EE (ISO 3166)")]
pub struct NoCountry(String);

impl FromStr for Country {
    type Err = NoCountry;

    fn from_str(text: &str) -> Result<Self, NoCountry> {
        text.trim().to_uppercase().parse().map(Self).map_err(|_| NoCountry(text.to_owned()))
    }
}

/// A number in its one form, and the digits under which the same one may have been kept before there was one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    /// `+37251234599`.
    pub e164: String,
    pub former: Vec<String>,
}

/// Reads the plans of all countries' numbers, which takes a moment, before somebody waits for it.
pub fn prepare() {
    let _ = phonenumber::parse(None, "+3725");
}

/// With `+` or `00` its country is its own; else it is one of `country`, or one whose plus was left out.
pub fn read(text: &str, country: Option<Country>) -> Result<Phone, String> {
    let text = text.trim();
    let text = text.strip_prefix("tel:").unwrap_or(text);
    let fine = |c: char| c.is_ascii_digit() || "+-() ./\u{a0}\u{2010}\u{2011}\u{2013}".contains(c);
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let wrong = || match country {
        Some(Country(id)) => {
            format!("is neither a phone number of {} nor one with its country code like +372 5123 4599", id.as_ref())
        }
        None => "is not a phone number with its country code like +372 5123 4599".to_owned(),
    };
    if !text.chars().all(fine) || !(6..=17).contains(&digits.len()) || text.rfind('+').is_some_and(|at| at > 0) {
        return Err(wrong());
    }
    let abroad = text.strip_prefix('+').map(|_| digits.as_str()).or_else(|| digits.strip_prefix("00"));
    let international = |digits: &str| phonenumber::parse(None, format!("+{digits}")).ok();
    let number = match abroad {
        Some(digits) => international(digits),
        None => country
            .and_then(|Country(id)| phonenumber::parse(Some(id), &digits).ok())
            .filter(PhoneNumber::is_valid)
            .or_else(|| international(&digits).filter(|number| number.is_valid() || names_country(number, country))),
    };
    let number = number.ok_or_else(wrong)?;
    let e164 = number.format().mode(Mode::E164).to_string();
    let whole = e164.trim_start_matches('+').to_owned();
    if !(7..=15).contains(&whole.len()) {
        return Err(wrong());
    }
    let national = number.national().to_string();
    let mut former = vec![digits, format!("00{whole}")];
    former.extend(country.filter(|Country(id)| number.country().id() == Some(*id)).map(|_| national));
    former.retain(|form| *form != whole && form.len() <= 15);
    former.sort_unstable();
    former.dedup();
    Ok(Phone { e164, former })
}

/// Whether it begins with the code of the country in the settings, which no number of that country does by chance.
fn names_country(number: &PhoneNumber, country: Option<Country>) -> bool {
    country.is_some_and(|Country(id)| number.country().id() == Some(id)) && number.national().to_string().len() >= 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_one_form_however_it_was_written() {
        let estonia: Country = "ee".parse().unwrap();
        for text in [
            "00372 5123 4599",
            "+372 5123 4599",
            "5123 4599",
            "+372-5123-4599",
            "tel:+37251234599",
            "37251234599",
            "(372) 5123 4599",
        ] {
            assert_eq!(read(text, Some(estonia)).map(|phone| phone.e164), Ok("+37251234599".to_owned()), "{text}");
        }
        assert_eq!(read("3725551234", Some(estonia)).unwrap().e164, "+3725551234", "as an export of before has it");
        assert_eq!(read("79998887766", Some(estonia)).unwrap().e164, "+79998887766", "only its plus was left out");
        assert_eq!(read("8 (999) 888-77-66", Some("RU".parse().unwrap())).unwrap().e164, "+79998887766");
        assert_eq!(read("+372 5123 4599", None).unwrap().e164, "+37251234599");
        for text in ["n/a", "", "+0", "123456", "+372 5123 4599, +372 5123 4598", "5123 4599 ext. 5", "+99 1234567890"]
        {
            assert!(read(text, Some(estonia)).is_err(), "{text}");
        }
        assert!(read("5123 4599", None).unwrap_err().contains("with its country code"));
        assert_eq!("Estonia".parse::<Country>(), Err(NoCountry("Estonia".to_owned())));
    }

    #[test]
    fn a_number_is_found_under_the_digits_it_was_kept_by_before() {
        let former = |text: &str| read(text, Some("EE".parse().unwrap())).unwrap().former;
        assert_eq!(former("+372 5123 4599"), ["0037251234599", "51234599"], "its digits are the form of today");
        assert_eq!(former("5123 4599"), ["0037251234599", "51234599"]);
    }
}

//! Who a body is about: identities in their normal form, and facts to remember.

use serde::Deserialize;

use super::{
    fields::FieldError,
    incoming::{Person, Who},
};
use crate::programme::LANGUAGES;

/// `member` in a body: at least one identity; the strongest one that is known says who it is.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"external_id": "c-1042", "email": "anna@example.com", "name": "Anna", "language": "et"}))]
pub struct MemberBody {
    /// The connector's own id, `mem_...`.
    pub id: Option<String>,
    /// The customer number of the shop.
    pub external_id: Option<String>,
    pub card: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub visitor: Option<String>,
    pub name: Option<String>,
    /// en, et, ru or uk.
    pub language: Option<String>,
    /// Like 1990-05-17.
    pub birthday: Option<String>,
}

const LONGEST: usize = 200;

impl MemberBody {
    /// Checked and normalised; problems are noted below `pointer`.
    pub fn who(self, pointer: &str, errors: &mut Vec<FieldError>) -> Who {
        let kinds = [
            ("external_id", &self.external_id),
            ("card", &self.card),
            ("phone", &self.phone),
            ("email", &self.email),
            ("visitor", &self.visitor),
        ];
        let mut identities = Vec::new();
        for (kind, value) in kinds {
            let Some(value) = value else { continue };
            match normal(kind, value) {
                Ok(value) => identities.push((kind, value)),
                Err(detail) => errors.push(FieldError::at(format!("{pointer}/{kind}"), detail)),
            }
        }
        if self.id.is_none() && identities.is_empty() && errors.is_empty() {
            let detail = "names nobody: give at least one of id, external_id, card, phone, email, visitor";
            errors.push(FieldError::at(pointer, detail));
        }
        if let Some(language) = self.language.as_deref().filter(|language| !LANGUAGES.contains(language)) {
            let detail = format!("`{language}` is none of {}", LANGUAGES.join(", "));
            errors.push(FieldError::at(format!("{pointer}/language"), detail));
        }
        if self.birthday.as_deref().is_some_and(|day| day.parse::<jiff::civil::Date>().is_err()) {
            errors.push(FieldError::at(format!("{pointer}/birthday"), "is not a date like 1990-05-17"));
        }
        if self.name.as_deref().is_some_and(|name| name.chars().count() > LONGEST) {
            errors.push(FieldError::at(format!("{pointer}/name"), format!("is longer than {LONGEST} characters")));
        }
        let value_of =
            |wanted: &str| identities.iter().find(|(kind, _)| *kind == wanted).map(|(_, value)| value.clone());
        let facts = Person {
            name: self.name,
            email: value_of("email"),
            phone: value_of("phone"),
            external_id: value_of("external_id"),
            language: self.language,
            birthday: self.birthday,
            test: false,
        };
        Who { id: self.id, identities, facts, ..Who::default() }
    }
}

pub fn normal(kind: &str, value: &str) -> Result<String, String> {
    let value = value.trim();
    if value.is_empty() || value.chars().count() > LONGEST {
        return Err(format!("must have 1 to {LONGEST} characters"));
    }
    match kind {
        "email" if !value.contains('@') => Err(format!("`{value}` is not an e-mail address")),
        "email" => Ok(value.to_lowercase()),
        "phone" => {
            let digits: String = value.chars().filter(char::is_ascii_digit).collect();
            let fine =
                (6..=15).contains(&digits.len()) && value.chars().all(|c| c.is_ascii_digit() || "+-() .".contains(c));
            if fine {
                Ok(digits)
            } else {
                Err("is not a phone number with country code like +372 5555 1234".to_owned())
            }
        }
        _ => Ok(value.to_owned()),
    }
}

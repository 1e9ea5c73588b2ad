//! Ids as callers send them: a text, or a whole number as shops have. The text comes out only through a check that the body
//! chooses, so no body forgets to check.

use serde::{Deserialize, Deserializer};

use super::fields::{FieldError, check_id, placeholder, text};

/// An id as it was given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GivenId(String);

impl From<String> for GivenId {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl<'de> Deserialize<'de> for GivenId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer).map(Self)
    }
}

impl GivenId {
    /// The id of something that may be new (an order, a person, an event), trimmed; a placeholder is refused.
    pub fn strict(&self, pointer: &str, errors: &mut Vec<FieldError>) -> String {
        if let Some(detail) = placeholder(self.0.trim()) {
            errors.push(FieldError::at(pointer, detail));
        }
        self.lenient(pointer, errors)
    }

    /// The id of something that is kept already, trimmed; it is looked up, so what looks like a placeholder may pass.
    pub fn lenient(&self, pointer: &str, errors: &mut Vec<FieldError>) -> String {
        let id = self.0.trim();
        check_id(id, pointer, errors);
        id.to_owned()
    }

    /// The text as it came; whoever takes it checks its length.
    pub fn verbatim(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(value: Value, how: fn(&GivenId, &str, &mut Vec<FieldError>) -> String) -> Result<String, usize> {
        let id: GivenId = serde_json::from_value(value).map_err(|_| 0_usize)?;
        let mut errors = Vec::new();
        let id = how(&id, "/id", &mut errors);
        if errors.is_empty() { Ok(id) } else { Err(errors.len()) }
    }

    #[test]
    fn an_id_is_a_text_or_a_whole_number_and_stands_for_something() {
        for (given, wanted) in
            [(json!(" c-1 "), "c-1"), (json!(1042), "1042"), (json!(u64::MAX), "18446744073709551615")]
        {
            assert_eq!(read(given, GivenId::strict), Ok(wanted.to_owned()));
        }
        for given in [json!(null), json!(true), json!(1.5), json!({}), json!([]), json!(1e30)] {
            assert_eq!(read(given, GivenId::lenient), Err(0));
        }
        for given in [json!(0), json!("undefined"), json!("[object Object]"), json!("{{ $json.id }}")] {
            assert_eq!(read(given.clone(), GivenId::strict), Err(1), "{given}");
            assert!(read(given, GivenId::lenient).is_ok(), "an older version may have kept it");
        }
        for given in [json!(""), json!("  "), json!("x".repeat(201)), json!("a\tb")] {
            assert_eq!(read(given, GivenId::lenient), Err(1));
        }
    }
}

//! Who a body is about: identities in their one form, and facts to remember. What cannot be used is left out and named; only a
//! customer number must be right, because it decides whose the points are.

use serde::Deserialize;

use super::{
    email,
    fields::{FieldError, fact, optional, placeholder},
    given_id::GivenId,
    incoming::Who,
    phone,
    reader::Reader,
};
use crate::programme::LANGUAGES;

/// `member` in a body: at least one identity; the strongest one that is known says who it is.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"external_id": "c-1042", "email": "anna@example.com", "name": "Anna", "language": "et"}))]
pub struct MemberBody {
    /// The connector's own id, `mem_...`.
    #[serde(default, deserialize_with = "optional")]
    #[schema(value_type = Option<String>)]
    pub id: Option<GivenId>,
    /// The customer number of the shop.
    #[serde(default, deserialize_with = "optional")]
    #[schema(value_type = Option<String>)]
    pub external_id: Option<GivenId>,
    #[serde(default, deserialize_with = "fact")]
    pub card: Option<String>,
    /// With its country code, or of the country in the settings.
    #[serde(default, deserialize_with = "fact")]
    pub phone: Option<String>,
    #[serde(default, deserialize_with = "fact")]
    pub email: Option<String>,
    #[serde(default, deserialize_with = "fact")]
    pub visitor: Option<String>,
    #[serde(default, deserialize_with = "fact")]
    pub name: Option<String>,
    /// en, et, ru or uk.
    #[serde(default, deserialize_with = "fact")]
    pub language: Option<String>,
    /// Like 1990-05-17, from 1900 to today.
    #[serde(default, deserialize_with = "fact")]
    pub birthday: Option<String>,
}

const CHARS_MAX: usize = 200;

/// An identity in its one form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normal {
    /// What is hashed.
    pub value: String,
    /// What people see of it.
    pub shown: String,
    /// What the same one was hashed as before.
    pub former: Vec<String>,
}

/// A form that an identity may be known by.
#[derive(Debug, Clone, Copy)]
pub struct Form<'a> {
    pub kind: &'static str,
    pub value: &'a str,
    /// It is looked up, and not kept.
    pub former: bool,
}

impl MemberBody {
    /// Checked and normalised. Problems are noted below `pointer`; what can be done without is left out and named in the result.
    pub fn who(self, reader: &Reader, pointer: &str, errors: &mut Vec<FieldError>) -> Who {
        let id = self.id.map(|id| id.lenient(&format!("{pointer}/id"), errors));
        let mut who = Who { id, ..Who::default() };
        let kinds = [
            ("external_id", self.external_id.map(GivenId::verbatim)),
            ("card", self.card),
            ("phone", self.phone),
            ("email", self.email),
            ("visitor", self.visitor),
        ];
        for (kind, value) in kinds {
            let Some(value) = value else { continue };
            match normal(reader, kind, &value) {
                Ok(normal) => who.known_by(kind, normal),
                Err(detail) => {
                    let list = if kind == "external_id" && !value.trim().is_empty() {
                        &mut *errors
                    } else {
                        &mut who.left_out
                    };
                    list.push(FieldError::at(format!("{pointer}/{kind}"), detail));
                }
            }
        }
        let facts = [
            ("name", self.name.map(|name| fact_name(&name))),
            ("language", self.language.map(|language| fact_language(&language))),
            ("birthday", self.birthday.map(|day| reader.birthday(&day).map(|day| day.to_string()))),
        ];
        for (field, value) in facts {
            match value {
                None => {}
                Some(Err(detail)) => who.left_out.push(FieldError::at(format!("{pointer}/{field}"), detail)),
                Some(Ok(value)) if field == "name" => who.facts.name = Some(value),
                Some(Ok(value)) if field == "language" => who.facts.language = Some(value),
                Some(Ok(value)) => who.facts.birthday = Some(value),
            }
        }
        if who.id.is_none() && who.identities.is_empty() && errors.is_empty() {
            let detail = "names nobody: give at least one of id, external_id, card, phone, email, visitor";
            errors.push(FieldError::at(pointer, detail));
            errors.append(&mut who.left_out);
        }
        who
    }
}

impl Who {
    fn known_by(&mut self, kind: &'static str, Normal { value, shown, former }: Normal) {
        let fact = match kind {
            "external_id" => Some(&mut self.facts.external_id),
            "phone" => Some(&mut self.facts.phone),
            "email" => Some(&mut self.facts.email),
            _ => None,
        };
        if let Some(fact) = fact {
            *fact = Some(shown);
        }
        self.identities.push((kind, value));
        self.former.extend(former.into_iter().map(|form| (kind, form)));
    }

    /// Refuses what was left out: for calls that are about these facts.
    #[must_use]
    pub fn strict(mut self, errors: &mut Vec<FieldError>) -> Self {
        errors.append(&mut self.left_out);
        self
    }

    /// Whether a fact that was kept in a former form is the one that is given now.
    pub fn is_same(&self, kind: &str, kept: &str) -> bool {
        let kept = as_before(kind, kept);
        self.former.iter().any(|(of, form)| *of == kind && *form == kept)
    }

    /// Its identities in all forms that they may be known by, strongest first.
    pub fn forms(&self) -> impl Iterator<Item = Form<'_>> {
        self.identities.iter().flat_map(|(kind, value)| {
            let former = self.former.iter().filter(move |(of, _)| of == kind);
            let former = former.map(|(kind, value)| Form { kind, value, former: true });
            [Form { kind, value, former: false }].into_iter().chain(former)
        })
    }

    /// The member they belong to. `owners` are those to whom its identities belong, strongest first, each with its own customer number. The
    /// strongest says who it is; a weaker one does not when its owner is known by another customer number than the body's: two
    /// people may share an address.
    pub fn owner<'a>(&self, owners: impl Iterator<Item = (&'static str, String, Option<&'a str>)>) -> Option<String> {
        if self.id.is_some() {
            return self.id.clone();
        }
        let ours = self.facts.external_id.as_deref();
        let mut owners = owners;
        let is_it = |kind: &str, number: Option<&str>| {
            kind == "external_id" || number.is_none() || ours.is_none() || number == ours
        };
        owners.find(|(kind, _, number)| is_it(kind, *number)).map(|(_, owner, _)| owner)
    }
}

fn fact_name(name: &str) -> Result<String, String> {
    let name = name.trim();
    match name.chars().count() {
        0 => Err("is empty".to_owned()),
        length if length > CHARS_MAX => Err(format!("is longer than {CHARS_MAX} characters")),
        _ => Ok(name.to_owned()),
    }
}

/// `en-US` is English.
fn fact_language(text: &str) -> Result<String, String> {
    let language = text.trim().split(['-', '_']).next().unwrap_or_default().to_lowercase();
    if LANGUAGES.contains(&language.as_str()) {
        return Ok(language);
    }
    Err(format!("`{text}` is none of {}", LANGUAGES.join(", ")))
}

/// An identity in the form that was hashed before each kind had one form. What was kept so is still found by it, also what
/// would be refused today.
pub fn as_before(kind: &str, text: &str) -> String {
    match kind {
        "phone" => text.chars().filter(char::is_ascii_digit).collect(),
        "email" => text.to_lowercase(),
        _ => text.to_owned(),
    }
}

/// An identity in its one form.
pub fn normal(reader: &Reader, kind: &str, text: &str) -> Result<Normal, String> {
    let trimmed = text.trim();
    if trimmed.is_empty() || trimmed.chars().count() > CHARS_MAX {
        return Err(format!("must have 1 to {CHARS_MAX} characters"));
    }
    let before = as_before(kind, trimmed);
    let as_it_stands = |before: String| Normal { value: before, shown: trimmed.to_owned(), former: Vec::new() };
    let read = match kind {
        "email" => email::read(trimmed).map(|value| {
            let former = Some(before.clone()).filter(|before| *before != value);
            Normal { former: former.into_iter().collect(), shown: value.clone(), value }
        }),
        // Hashed without its plus, as it was before numbers had one form.
        "phone" => phone::read(trimmed, reader.country).map(|phone::Phone { e164, former }| Normal {
            value: e164.trim_start_matches('+').to_owned(),
            shown: e164,
            former,
        }),
        _ => placeholder(trimmed).map_or_else(|| Ok(as_it_stands(before.clone())), Err),
    };
    read.or_else(|detail| if reader.kept && !before.is_empty() { Ok(as_it_stands(before)) } else { Err(detail) })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(body: Value) -> (Who, Vec<FieldError>) {
        let reader = Reader::new("2026-11-20T12:00:00Z".parse().unwrap(), "EE".parse().ok());
        let (body, mut errors) = (serde_json::from_value::<MemberBody>(body).unwrap(), Vec::new());
        let who = body.who(&reader, "/member", &mut errors);
        (who, errors)
    }

    fn pointers(errors: &[FieldError]) -> Vec<&str> {
        errors.iter().map(|error| error.pointer.as_str()).collect()
    }

    #[test]
    fn what_cannot_be_used_of_a_person_is_left_out_and_named() {
        let (who, errors) = read(json!({
            "external_id": 1042, "email": "", "phone": "n/a", "birthday": "17.05.1990", "language": "de", "card": null,
            "visitor": {}, "name": "x".repeat(201),
        }));
        assert_eq!(errors, []);
        assert_eq!(who.identities, [("external_id", "1042".to_owned())]);
        let wanted = [
            "/member/phone",
            "/member/email",
            "/member/visitor",
            "/member/name",
            "/member/language",
            "/member/birthday",
        ];
        assert_eq!(pointers(&who.left_out), wanted);
        let (who, _) = read(
            json!({ "external_id": " c-1 ", "language": "en-US", "email": "Anna <ANNA@x.ee>", "phone": "5123 4599" }),
        );
        assert_eq!(pointers(&who.left_out), [""; 0]);
        assert!(who.is_same("phone", "51234599") && who.is_same("email", "anna <anna@x.ee>"), "as it was kept before");
        assert!(!who.is_same("phone", "+37250000000") && !who.is_same("email", "+37251234599"));
        let facts = [who.facts.external_id, who.facts.language, who.facts.email, who.facts.phone].map(Option::unwrap);
        assert_eq!(facts, ["c-1", "en", "anna@x.ee", "+37251234599"]);
    }

    #[test]
    fn a_customer_number_that_stands_for_nobody_is_refused_by_its_field() {
        for id in [
            "0",
            "null",
            "undefined",
            "[object Object]",
            "NaN",
            "{{ $json.id }}",
            "None",
            "${customer.id}",
            "<%= id %>",
        ] {
            assert_eq!(pointers(&read(json!({ "external_id": id })).1), ["/member/external_id"], "{id}");
            let (_, alone) = read(json!({ "visitor": id }));
            assert_eq!(pointers(&alone), ["/member", "/member/visitor"], "{id}");
        }
        for id in ["00", "100", "nullman", "c-0", "N"] {
            assert_eq!(read(json!({ "external_id": id })).1, [], "{id}");
        }
        let (who, errors) = read(json!({ "external_id": "", "email": "anna@x.ee" }));
        assert_eq!((errors.len(), who.identities.len()), (0, 1), "a guest of a shop");
    }

    #[test]
    fn the_strongest_identity_says_who_it_is_and_a_shared_address_does_not() {
        let (who, _) = read(json!({ "external_id": "b", "email": "same@x.ee" }));
        let owner = |owners: Vec<(&'static str, &str, Option<&'static str>)>| {
            who.owner(owners.into_iter().map(|(kind, owner, number)| (kind, owner.to_owned(), number)))
        };
        assert_eq!(owner(vec![("email", "A", Some("a"))]), None);
        assert_eq!(owner(vec![("email", "A", None)]), Some("A".to_owned()));
        assert_eq!(owner(vec![("external_id", "B", Some("c")), ("email", "A", None)]), Some("B".to_owned()));
    }
}

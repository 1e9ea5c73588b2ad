//! Who a body or a path is about: identities in their normal form, and facts to remember.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::problem::{FieldError, Problem};
use crate::{
    app::App,
    programme::LANGUAGES,
    store::{NotAccepted, Person, Store, Who, find::Loaded, seal},
};

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
        Who { id: self.id, exact: false, identities, facts }
    }
}

fn normal(kind: &str, value: &str) -> Result<String, String> {
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

/// A member by its `ref` in a path: `mem_...`, or `external:c-1042`, `email:...`, `phone:...`, `card:...`, `visitor:...`.
pub async fn find(app: &App, brand: &str, reference: &str) -> Result<Loaded, Problem> {
    find_in(&app.store, &app.secret, brand, reference).await
}

/// The same without a running service.
pub async fn find_in(store: &Store, secret: &[u8], brand: &str, reference: &str) -> Result<Loaded, Problem> {
    let missing = || Problem::not_found(format!("member `{reference}`"));
    let id = match reference.split_once(':') {
        None => reference.to_owned(),
        Some((kind, value)) => {
            let kind = match kind {
                "external" | "external_id" => "external_id",
                "email" => "email",
                "phone" => "phone",
                "card" => "card",
                "visitor" => "visitor",
                _ => return Err(missing()),
            };
            let value = normal(kind, value).map_err(|_| missing())?;
            store.owner(brand, kind, seal::keyed_hash(secret, &[kind, &value])).await?.ok_or_else(missing)?
        }
    };
    led(store, brand, id).await?.ok_or_else(missing)
}

/// The member, or the one it turned out to be.
async fn led(store: &Store, brand: &str, mut id: String) -> Result<Option<Loaded>, Problem> {
    let mut seen = BTreeSet::new();
    while seen.insert(id.clone()) {
        let loaded = store.member(brand, &id).await?;
        match loaded.as_ref().and_then(|loaded| loaded.member.merged_into.clone()) {
            Some(into) => id = into,
            None => return Ok(loaded),
        }
    }
    Err(NotAccepted::Unavailable("two members are just being joined".to_owned()).into())
}

/// The member that has a hold or a claim of this id.
pub async fn named(app: &App, brand: &str, kind: &'static str, id: &str) -> Result<String, Problem> {
    let owner = app.store.owner(brand, kind, seal::keyed_hash(&app.secret, &[kind, id])).await?;
    owner.ok_or_else(|| Problem::not_found(format!("{kind} `{id}`")))
}

/// The member a body is about, who must be known already.
pub async fn known(app: &App, brand: &str, member: MemberBody) -> Result<Loaded, Problem> {
    let loaded = look_up(app, brand, member).await?;
    loaded.ok_or_else(|| NotAccepted::UnknownMember("what /member gives".to_owned()).into())
}

/// The member a body is about, if it is one.
pub async fn look_up(app: &App, brand: &str, member: MemberBody) -> Result<Option<Loaded>, Problem> {
    let mut errors = Vec::new();
    let who = member.who("/member", &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    of(app, brand, &who).await
}

/// The member these identities belong to: the strongest one that is known says who it is.
pub async fn of(app: &App, brand: &str, who: &Who) -> Result<Option<Loaded>, Problem> {
    let mut id = who.id.clone();
    for (kind, value) in &who.identities {
        if id.is_none() {
            id = app.store.owner(brand, kind, seal::keyed_hash(&app.secret, &[kind, value])).await?;
        }
    }
    match id {
        Some(id) => led(&app.store, brand, id).await,
        None => Ok(None),
    }
}

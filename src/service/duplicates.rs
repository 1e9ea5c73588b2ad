//! Members that may be one person: the list, and keeping two apart.

use jiff::Timestamp;
use serde::Serialize;

use super::App;
use crate::{
    clock::from_micros,
    intake::{fields::check_reason, problem::Problem},
    store::find::Loaded,
};

/// Two members, and the kind of identity that both were given.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DuplicateView {
    /// Names the pair.
    #[schema(example = "mem_a:mem_b")]
    pub id: String,
    /// card, phone, email or visitor.
    pub kind: String,
    pub members: Vec<Candidate>,
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Timestamp,
}

/// One of the two, as it is known now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Candidate {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub joined_at: Timestamp,
    /// Points that can be spent.
    pub available: i64,
}

impl From<&Loaded> for Candidate {
    fn from(Loaded { member, person, .. }: &Loaded) -> Self {
        Self {
            id: member.id.clone(),
            external_id: person.external_id.clone(),
            name: person.name.clone(),
            joined_at: member.joined_at,
            available: member.balance.available,
        }
    }
}

/// A reason that says something.
pub fn reason(text: &str) -> Result<String, Problem> {
    let mut errors = Vec::new();
    check_reason(text, &mut errors);
    if errors.is_empty() { Ok(text.to_owned()) } else { Err(Problem::invalid(errors)) }
}

/// A page of them. Pairs that turned out to be one person by another way are left out.
pub async fn page(
    app: &App,
    brand: &str,
    after: &str,
    limit: usize,
) -> Result<(Vec<DuplicateView>, Option<String>), Problem> {
    let (member, other) = after.split_once(':').unwrap_or_default();
    let rows = app.store.duplicates(brand, [member.to_owned(), other.to_owned()], limit).await?;
    let next = (rows.len() >= limit).then(|| rows.last().map(|row| row.members.join(":"))).flatten();
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        let members = candidates(app, brand, &row.members).await?;
        if let [one, other] = members.as_slice()
            && one.id != other.id
        {
            let (id, kind) = (row.members.join(":"), row.kind);
            views.push(DuplicateView { id, kind, members, recorded_at: from_micros(row.recorded_at) });
        }
    }
    Ok((views, next))
}

/// The two of a pair, as whom they are known now.
pub async fn candidates(app: &App, brand: &str, pair: &[String]) -> Result<Vec<Candidate>, Problem> {
    let mut members: Vec<Candidate> = Vec::new();
    for id in pair {
        let loaded = app.store.led(brand, id.clone()).await?;
        members.extend(loaded.as_ref().map(Candidate::from));
    }
    Ok(members)
}

/// Notes that a pair is two people, who says so, and why.
pub async fn keep_apart(app: &App, (brand, by): (&str, &str), id: &str, reason: &str) -> Result<(), Problem> {
    let missing = || Problem::not_found(format!("pair `{id}`"));
    let reason = self::reason(reason)?;
    let (member, other) = id.split_once(':').ok_or_else(missing)?;
    let pair = [member.to_owned(), other.to_owned()];
    if app.store.keep_apart(brand, pair, (by, &reason)).await? { Ok(()) } else { Err(missing()) }
}

//! Members that may be one person: the list, merging two, and keeping two apart.

use jiff::Timestamp;
use serde::Serialize;

use super::App;
use crate::{
    clock::from_micros,
    ids,
    intake::{Who, fields, incoming::Origin, problem::Problem},
    loyalty::{Fact, event::Merged},
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
async fn candidates(app: &App, brand: &str, pair: &[String]) -> Result<Vec<Candidate>, Problem> {
    let mut members: Vec<Candidate> = Vec::new();
    for id in pair {
        let loaded = app.store.led(brand, id.clone()).await?;
        members.extend(loaded.as_ref().map(Candidate::from));
    }
    Ok(members)
}

/// Merges a pair: `keep` is the member of the two that stays.
pub async fn merge(app: &App, by: Origin<'_>, pair: &str, keep: String, reason: &str) -> Result<(), Problem> {
    let missing = || Problem::not_found(format!("pair `{pair}`"));
    let reason = fields::reason(reason)?;
    let pair_ids: Vec<String> = pair.split(':').map(str::to_owned).collect();
    let members = candidates(app, by.brand, &pair_ids).await?;
    let from = members.iter().find(|one| one.id != keep).ok_or_else(missing)?;
    if !members.iter().any(|one| one.id == keep) {
        return Err(missing());
    }
    let (id, who) = (format!("{pair}:{}", ids::fresh("merge")), Who::exactly(from.id.clone()));
    app.writer.accept(by.event(("merge", id), who, Fact::Merged(Merged { into: keep, reason }))).await?;
    Ok(())
}

/// Notes that a pair is two people, who says so, and why.
pub async fn keep_apart(app: &App, by: Origin<'_>, id: &str, reason: &str) -> Result<(), Problem> {
    let missing = || Problem::not_found(format!("pair `{id}`"));
    let reason = fields::reason(reason)?;
    let (member, other) = id.split_once(':').ok_or_else(missing)?;
    let pair = [member.to_owned(), other.to_owned()];
    if app.store.keep_apart(by.brand, pair, (by.name, &reason)).await? { Ok(()) } else { Err(missing()) }
}

//! An identity that is given up, or goes to the member whose it is: a phone number that changed hands, a mistyped address.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Deserialize;
use serde_json::json;

use super::body::Body;
use crate::{
    access::Caller,
    intake::{
        GivenId, Incoming, Reader, Who,
        member::{MemberBody, normal},
        problem::Problem,
    },
    loyalty::{Fact, event::Joined, receipt::Receipt},
    service::{App, duplicates, members},
    values::{person::Person, seal},
};

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "r-1", "kind": "phone", "value": "+372 5123 4599", "to": {"external_id": "c-7"}, "reason": "new owner of the number"}))]
pub struct ReleaseBody {
    /// Counts once per caller, for ever.
    #[schema(value_type = String)]
    pub id: GivenId,
    /// external_id, card, phone, email or visitor.
    pub kind: String,
    pub value: String,
    /// Whose it is from now on; nobody's when left out, until somebody comes with it.
    pub to: Option<MemberBody>,
    /// Kept encrypted with the member's key.
    pub reason: String,
}

/// Take an identity from a member, or move it to another one
#[utoipa::path(post, path = "/v1/members/{ref}/identities/release", tag = "members", security(("key" = ["members"])), params(("ref" = String, Path)),
    request_body = ReleaseBody,
    responses((status = 200, body = Receipt), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn release(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
    Body(body): Body<ReleaseBody>,
) -> Result<Json<Receipt>, Problem> {
    let mut errors = Vec::new();
    let id = body.id.own("/id", &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let reason = duplicates::reason(&body.reason)?;
    let to = match body.to {
        Some(to) => Some(members::known(&app, &caller.brand, (to, "/to")).await?.member.id),
        None => None,
    };
    let source = format!("{}:identity", caller.name);
    let reader = if to.is_some() { app.reader() } else { app.reader().of_kept() };
    let identity = Identity::read(&reader, &body.kind, &body.value)?;
    let known = app.store.event(&caller.brand, &source, &id).await?.map(|known| known.member);
    let member = match known {
        Some(member) => member,
        None => members::find(&app, &caller.brand, &reference).await?.member.id,
    };
    if to.as_ref() == Some(&member) {
        return Err(Problem::invalid_field("/to", "is the member that it is to be taken from"));
    }
    if let Some(to) = &to {
        caller.forbid_own(&app, to).await?;
    }
    let fact =
        Fact::Other { kind: "identity.released".to_owned(), data: json!({ "kind": identity.kind, "reason": reason }) };
    let released = identity.released(&app, &caller.brand, &member).await?;
    let known = app.store.event(&caller.brand, &source, &id).await?;
    if released.is_empty() && known.is_none() {
        return Err(Problem::not_found(format!("{} like this of the member", identity.kind)));
    }
    let incoming = Incoming {
        brand: caller.brand.clone(),
        source: source.clone(),
        id: id.clone(),
        occurred_at: None,
        fact,
        who: Who { id: Some(member), exact: true, released, ..Who::default() },
    };
    let receipt = app.writer.accept(incoming).await?.receipt;
    if let Some(to) = to {
        let fact = Fact::Changed(Joined { language: None, test: false });
        let id = format!("{id}:moved");
        let who = identity.given_to(to);
        app.writer.accept(Incoming { brand: caller.brand, source, id, occurred_at: None, fact, who }).await?;
    }
    Ok(Json(receipt))
}

struct Identity {
    kind: &'static str,
    value: String,
    shown: String,
    former: Vec<String>,
}

impl Identity {
    fn read(reader: &Reader, kind: &str, text: &str) -> Result<Self, Problem> {
        const KINDS: [&str; 5] = ["external_id", "card", "phone", "email", "visitor"];
        let known = KINDS.into_iter().find(|known| *known == kind);
        let kind = known.ok_or_else(|| Problem::invalid_field("/kind", format!("is none of {}", KINDS.join(", "))))?;
        let normal = normal(reader, kind, text).map_err(|detail| Problem::invalid_field("/value", detail))?;
        Ok(Self { kind, value: normal.value, shown: normal.shown, former: normal.former })
    }

    /// Its forms that lead to this member, each with the member that it was given first.
    async fn released(
        &self,
        app: &App,
        brand: &str,
        member: &str,
    ) -> Result<Vec<(&'static str, String, String)>, Problem> {
        let mut released = Vec::new();
        for form in [&self.value].into_iter().chain(&self.former) {
            let hash = seal::keyed_hash(&app.secret, &[self.kind, form]);
            let Some(owner) = app.store.owner(brand, self.kind, hash).await? else { continue };
            if app.store.led(brand, owner.clone()).await?.is_some_and(|loaded| loaded.member.id == member) {
                released.push((self.kind, form.clone(), owner));
            }
        }
        Ok(released)
    }

    /// What makes it the identity of this member.
    fn given_to(self, member: String) -> Who {
        let mut facts = Person::default();
        match self.kind {
            "external_id" => facts.external_id = Some(self.shown),
            "email" => facts.email = Some(self.shown),
            "phone" => facts.phone = Some(self.shown),
            _ => {}
        }
        Who { id: Some(member), identities: vec![(self.kind, self.value)], facts, ..Who::default() }
    }
}

//! `PUT /v1/members/{ref}/savings`: a member's own choice, save points or let them turn into coupons by themselves.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Deserialize;

use super::body::Body;
use crate::{
    access::Caller,
    intake::{GivenId, Incoming, Who, problem::Problem},
    loyalty::{Fact, event::Savings, receipt::Receipt},
    service::{App, accept::Told, members, views::Choice},
};

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "choice-7", "choice": "convert"}))]
pub struct SavingsBody {
    #[schema(value_type = String)]
    pub id: GivenId,
    pub choice: Choice,
}

/// Save points, or let them turn into coupons by themselves
///
/// The coupon is the reward that `Converts to` of the programme names; each conversion is a claim, told as `reward.claimed`.
#[utoipa::path(put, path = "/v1/members/{ref}/savings", tag = "members",
    security(("key" = ["members"])),
    params(("ref" = String, Path)), request_body = SavingsBody,
    responses((status = 200, body = Receipt), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn choose(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
    Body(body): Body<SavingsBody>,
) -> Result<Json<Told>, Problem> {
    let mut errors = Vec::new();
    let id = body.id.own("/id", &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let programmes = app.programmes.of(&caller.brand);
    let convert = matches!(body.choice, Choice::Convert);
    if convert && programmes.is_none_or(|known| known.live().programme.settings.converts_to.is_none()) {
        let detail = "is not offered: `Converts to` in the table Programme names no coupon";
        return Err(Problem::invalid_field("/choice", detail));
    }
    let member = members::find(&app, &caller.brand, &reference).await?.member.id;
    let incoming = Incoming {
        source: format!("{}:savings", caller.name),
        brand: caller.brand.clone(),
        id,
        occurred_at: None,
        fact: Fact::Savings(Savings { convert }),
        who: Who { id: Some(member), ..Who::default() },
    };
    Ok(Json(app.accept(&caller, incoming).await?))
}

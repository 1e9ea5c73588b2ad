//! `POST /webhooks/standard`: signed webhooks (Standard Webhooks). The signature covers the raw bytes; the id makes a
//! repetition harmless. `order.*` carries a full order, any other type is an event. A signed order is never lost: one that
//! cannot be applied waits for a person.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    body::{Body, raw},
    orders,
};
use crate::{
    intake::{
        GivenId, Incoming, Reader,
        event::EventBody,
        fields::{parse_outer, parse_value},
        order::OrderBody,
        problem::Problem,
    },
    loyalty::receipt::Receipt,
    service::App,
    signature,
    store::parked::ParkedRow,
};

/// The envelope of Standard Webhooks.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Envelope {
    #[serde(rename = "type")]
    pub kind: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub timestamp: Option<Timestamp>,
    #[schema(value_type = Object)]
    pub data: Value,
}

/// A signed webhook
#[utoipa::path(post, path = "/webhooks/standard", tag = "webhooks", request_body = Envelope, security(()),
    responses((status = 200, body = Receipt), (status = 202, body = Waits), (status = 401, body = Problem, content_type = "application/problem+json")))]
pub async fn standard(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let headers = request.headers().clone();
    let bytes = raw(request, &app).await?;
    let id = verified(&app, &headers, &bytes).ok_or_else(Problem::unauthorized)?;
    let mut envelope: Envelope = parse_outer(&bytes)?;
    let brand = &app.settings.server.brand;
    if !envelope.kind.starts_with("order.") {
        let receipt = app.writer.accept(incoming(&app.reader(), brand, &id, envelope)?).await?.receipt;
        return Ok(Json(receipt).into_response());
    }
    complete(&app, &mut envelope).await?;
    let content = without_personal_facts(&envelope);
    let accepted = match incoming(&app.reader(), brand, &id, envelope) {
        Ok(incoming) => app.writer.accept(incoming).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match accepted {
        Ok(accepted) => Ok((orders::answered(&accepted.receipt), Json(accepted.receipt)).into_response()),
        Err(problem) if problem.status == StatusCode::UNPROCESSABLE_ENTITY.as_u16() => {
            wait(&app, id, problem.detail, content).await.map(IntoResponse::into_response)
        }
        Err(problem) => Err(problem),
    }
}

/// A webhook of a known order may leave out whose it is: payment systems know only its number.
async fn complete(app: &App, envelope: &mut Envelope) -> Result<(), Problem> {
    let Some(data) = envelope.data.as_object_mut().filter(|data| data.get("member").is_none_or(Value::is_null)) else {
        return Ok(());
    };
    let Some(order_id) = data.get("order_id").and_then(|id| GivenId::deserialize(id).ok()) else { return Ok(()) };
    let order_id = order_id.known("/data/order_id", &mut Vec::new());
    if let Some(order) = app.store.order(&app.settings.server.brand, &order_id).await? {
        data.insert("member".to_owned(), json!({ "id": order.member }));
    }
    Ok(())
}

/// What is kept of a webhook that waits: everything but what is told of the member, whose ids stay.
fn without_personal_facts(envelope: &Envelope) -> Value {
    let mut data = envelope.data.clone();
    if let Some(member) = data.get_mut("member").and_then(Value::as_object_mut) {
        member.retain(|field, _| ["id", "external_id"].contains(&field.as_str()));
    }
    json!({ "type": envelope.kind, "data": data })
}

/// What waits, and why.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Waits {
    /// The webhook's id, by which it stands in `/v1/parked`.
    pub id: String,
    pub waits: bool,
    pub parked: Vec<String>,
}

async fn wait(app: &App, id: String, why: String, content: Value) -> Result<(StatusCode, Json<Waits>), Problem> {
    let row = ParkedRow {
        brand: app.settings.server.brand.clone(),
        source: "webhook:standard".to_owned(),
        id: id.clone(),
        number: 0,
        member: None,
        reason: format!("webhook {id} cannot be applied: {why}"),
        content,
        recorded_at: app.clock.now(),
    };
    let parked = vec![row.reason.clone()];
    app.store.park(row).await?;
    Ok((StatusCode::ACCEPTED, Json(Waits { id, waits: true, parked })))
}

/// The message's id when its signature holds.
fn verified(app: &App, headers: &HeaderMap, bytes: &Bytes) -> Option<String> {
    let header = |name: &str| headers.get(name)?.to_str().ok();
    let (id, timestamp, signature) =
        (header("webhook-id")?, header("webhook-timestamp")?, header("webhook-signature")?);
    let headers = signature::Headers { id, timestamp, signature };
    let fine = signature::verify(&app.webhook_secrets, headers, bytes, app.clock.now());
    if let Err(reason) = &fine {
        tracing::warn!(%reason, "a webhook was refused");
    }
    fine.is_ok().then(|| id.to_owned())
}

fn incoming(reader: &Reader, brand: &str, id: &str, envelope: Envelope) -> Result<Incoming, Problem> {
    if envelope.kind.starts_with("order.") {
        let mut data = envelope.data;
        let order_id = data.as_object_mut().and_then(|data| data.remove("order_id")).unwrap_or_default();
        let order_id = GivenId::deserialize(order_id).map_err(|_| {
            Problem::invalid_field("/data/order_id", "is missing: the order's number, a text or a whole number")
        })?;
        return Ok(parse_value::<OrderBody>(data, "/data")?.incoming(reader, brand, &order_id, false)?);
    }
    let mut data = envelope.data;
    let member = data.as_object_mut().and_then(|data| data.remove("member")).unwrap_or_default();
    let body =
        json!({ "id": id, "type": envelope.kind, "member": member, "occurred_at": envelope.timestamp, "data": data });
    Ok(parse_value::<EventBody>(body, "/data")?.incoming(reader, brand, "webhook:standard".to_owned(), "")?)
}

/// Whose profile changed.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct ProfileChanged {
    #[schema(example = "mem_01J9Z7Q0000000000000000000")]
    #[schema(value_type = String)]
    pub profile_id: GivenId,
}

/// The call of a rule in Unomi carries no signature: it is only a hint to read that profile now
#[utoipa::path(post, path = "/webhooks/unomi", tag = "webhooks", request_body = ProfileChanged, security(()),
    responses((status = 202), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn unomi(State(app): State<Arc<App>>, Body(hint): Body<ProfileChanged>) -> Result<StatusCode, Problem> {
    let mut errors = Vec::new();
    let profile = hint.profile_id.known("/profile_id", &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    app.changed_profiles.tell(&profile);
    Ok(StatusCode::ACCEPTED)
}

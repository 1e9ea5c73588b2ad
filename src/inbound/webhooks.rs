//! `POST /webhooks/standard`: signed webhooks (Standard Webhooks). The signature covers the raw bytes; the id makes a
//! repetition harmless. `order.*` carries a full order, any other type is an event.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    body::{Body, parse, parse_value, raw},
    events::EventBody,
    orders::OrderBody,
    problem::Problem,
};
use crate::{app::App, loyalty::receipt::Receipt, signature, store::Incoming};

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
    responses((status = 200, body = Receipt), (status = 401, body = Problem, content_type = "application/problem+json")))]
pub async fn standard(State(app): State<Arc<App>>, request: Request) -> Result<Json<Receipt>, Problem> {
    let headers = request.headers().clone();
    let bytes = raw(request, &app).await?;
    let id = verified(&app, &headers, &bytes).ok_or_else(Problem::unauthorized)?;
    let incoming = incoming(&app.settings.server.brand, &id, parse(&bytes)?)?;
    Ok(Json(app.writer.accept(incoming).await?.receipt))
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

fn incoming(brand: &str, id: &str, envelope: Envelope) -> Result<Incoming, Problem> {
    if envelope.kind.starts_with("order.") {
        let mut data = envelope.data;
        let order_id = data.as_object_mut().and_then(|data| data.remove("order_id"));
        let Some(Value::String(order_id)) = order_id else {
            return Err(Problem::invalid_field("/data/order_id", "is missing: the order's number, as a string"));
        };
        return Ok(parse_value::<OrderBody>(data, "/data")?.incoming(brand, &order_id, false)?);
    }
    let mut data = envelope.data;
    let member = data.as_object_mut().and_then(|data| data.remove("member")).unwrap_or_default();
    let body =
        json!({ "id": id, "type": envelope.kind, "member": member, "occurred_at": envelope.timestamp, "data": data });
    Ok(parse_value::<EventBody>(body, "/data")?.incoming(brand, "webhook:standard".to_owned(), "")?)
}

/// NocoDB's webhook carries no signature: it is only a hint to read the tables now
#[utoipa::path(post, path = "/webhooks/nocodb", tag = "webhooks", security(()), responses((status = 202)))]
pub async fn nocodb(State(app): State<Arc<App>>) -> StatusCode {
    app.hint.notify_one();
    StatusCode::ACCEPTED
}

/// Whose profile changed.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct ProfileChanged {
    #[schema(example = "mem_01J9Z7Q0000000000000000000")]
    pub profile_id: String,
}

/// The call of a rule in Unomi carries no signature: it is only a hint to read that profile now
#[utoipa::path(post, path = "/webhooks/unomi", tag = "webhooks", request_body = ProfileChanged, security(()),
    responses((status = 202), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn unomi(State(app): State<Arc<App>>, Body(hint): Body<ProfileChanged>) -> StatusCode {
    app.changed_profiles.tell(&hint.profile_id);
    StatusCode::ACCEPTED
}

//! Signed webhooks (Standard Webhooks). The signature covers the raw bytes; the id makes a repetition harmless. A signed order
//! is never lost: one that cannot be applied waits for a person.

use serde::Serialize;
use serde_json::Value;

use super::{App, parked};
use crate::{
    intake::{
        fields::parse_outer,
        incoming::Origin,
        problem::Problem,
        webhook::{Envelope, ProfileChanged},
    },
    loyalty::receipt::Receipt,
    signature,
    store::parked::ParkedRow,
};

/// What waits, and why.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Waits {
    /// The webhook's id, by which it stands in `/v1/parked`.
    pub id: String,
    pub waits: bool,
    pub parked: Vec<String>,
}

/// What became of a webhook.
pub enum Received {
    Accepted(Box<Receipt>),
    Waits(Waits),
}

/// The name and the kind of call in the source of webhooks.
const NAME: &str = "webhook";
const CALL: &str = "standard";

/// Takes a signed webhook. `bytes` are its body as it came.
pub async fn standard(app: &App, headers: signature::Headers<'_>, bytes: &[u8]) -> Result<Received, Problem> {
    if let Err(reason) = signature::verify(&app.webhook_secrets, headers, bytes, app.clock.now()) {
        tracing::warn!(%reason, "a webhook was refused");
        return Err(Problem::unauthorized());
    }
    let (id, origin) = (headers.id, Origin { brand: &app.settings.server.brand, name: NAME });
    let mut envelope: Envelope = parse_outer(bytes)?;
    if !envelope.is_order() {
        let incoming = envelope.incoming(&app.reader(), (origin, CALL), id)?;
        return Ok(Received::Accepted(Box::new(app.writer.accept(incoming).await?.receipt)));
    }
    if let Some(order_id) = envelope.order_of_nobody()
        && let Some(order) = app.store.order(origin.brand, &order_id).await?
    {
        envelope.set_member(&order.member);
    }
    let content = envelope.without_personal_facts();
    let accepted = match envelope.incoming(&app.reader(), (origin, CALL), id) {
        Ok(incoming) => app.writer.accept(incoming).await.map_err(Problem::from),
        Err(unread) => Err(unread.into()),
    };
    match accepted {
        Ok(accepted) => Ok(Received::Accepted(Box::new(accepted.receipt))),
        Err(problem) if problem.is_about_the_content() => {
            wait(app, origin, id, &problem.detail, content).await.map(Received::Waits)
        }
        Err(problem) => Err(problem),
    }
}

async fn wait(app: &App, origin: Origin<'_>, id: &str, why: &str, content: Value) -> Result<Waits, Problem> {
    let row = ParkedRow {
        brand: origin.brand.to_owned(),
        source: origin.source(CALL),
        id: id.to_owned(),
        number: 0,
        member: None,
        reason: format!("webhook {id} cannot be applied: {why}"),
        content,
        recorded_at: app.clock.now(),
    };
    let reasons = vec![row.reason.clone()];
    parked::park(app, row).await?;
    Ok(Waits { id: id.to_owned(), waits: true, parked: reasons })
}

/// Reads a profile of Unomi as soon as its turn comes. The call carries no signature: it is a hint.
pub fn profile_changed(app: &App, hint: &ProfileChanged) -> Result<(), Problem> {
    app.changed_profiles.tell(&hint.profile()?);
    Ok(())
}

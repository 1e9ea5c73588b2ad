//! Paying with points: set aside, pay with all or a part, give back. Repeating a call gives the same answer.

use serde::Serialize;

use super::{App, members};
use crate::{
    access::Caller,
    intake::{
        Incoming, Who,
        hold::{CaptureBody, HoldBody},
        problem::Problem,
    },
    loyalty::{
        Fact,
        event::{HoldCaptured, HoldReleased},
        member::Balance,
        receipt::Receipt,
        subject::Subject,
    },
};

/// What became of the hold; `id`, and the points and instants that matter in its state.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HoldView {
    #[serde(flatten)]
    #[schema(value_type = Object, example = json!({"id": "hold_...", "points": 100, "expires_at": "2026-11-20T12:15:00Z"}))]
    pub hold: Option<Subject>,
    pub member_id: String,
    pub balance: Balance,
    pub duplicate: bool,
}

impl From<Receipt> for HoldView {
    fn from(receipt: Receipt) -> Self {
        let Receipt { subject, member_id, balance, duplicate, .. } = receipt;
        Self { hold: subject, member_id, balance, duplicate }
    }
}

/// Sets points aside for a payment.
pub async fn make(app: &App, caller: &Caller, body: HoldBody) -> Result<HoldView, Problem> {
    let incoming = body.incoming(&app.reader(), caller.origin())?;
    Ok(app.accept(caller, incoming).await?.into_receipt().into())
}

/// Pays with points that were set aside; the rest of them is given back.
pub async fn capture(app: &App, caller: &Caller, id: String, body: &CaptureBody) -> Result<HoldView, Problem> {
    let fact = Fact::HoldCaptured(HoldCaptured { hold: id.clone(), points: body.checked()? });
    step(app, caller, ("hold", id), "capture", fact).await.map(HoldView::from)
}

/// Gives back points that were set aside.
pub async fn release(app: &App, caller: &Caller, id: String) -> Result<HoldView, Problem> {
    let fact = Fact::HoldReleased(HoldReleased { hold: id.clone() });
    step(app, caller, ("hold", id), "release", fact).await.map(HoldView::from)
}

/// The next step of something a member has: its name leads to the member, and with the kind of step it makes the event's
/// identity, so that the same step again is the same event.
pub(super) async fn step(
    app: &App,
    caller: &Caller,
    (kind, id): (&'static str, String),
    name: &str,
    fact: Fact,
) -> Result<Receipt, Problem> {
    let member = members::holder_of(app, &caller.brand, kind, &id).await?;
    let incoming = Incoming {
        brand: caller.brand.clone(),
        source: kind.to_owned(),
        id: format!("{id}/{name}"),
        occurred_at: None,
        fact,
        who: Who::of(member),
    };
    Ok(app.accept(caller, incoming).await?.into_receipt())
}

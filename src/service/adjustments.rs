//! Points given or taken by hand, by somebody who says why. The reason is kept encrypted; who gave and who agreed stand beside
//! it. Nobody becomes a member by a mistyped number.

use super::{
    App,
    approve::{self, Waiting, event},
    members,
};
use crate::{
    access::Caller,
    intake::{adjustment::AdjustmentBody, problem::Problem},
    loyalty::{Refusal, event::Adjustment, receipt::Receipt},
    writer::NotAccepted,
};

/// What became of it.
pub enum Adjusted {
    Done(Box<Receipt>),
    /// It is more than one key may move on one day: a second person is to agree.
    Waits(Waiting),
}

/// Gives or takes points.
pub async fn adjust(app: &App, caller: &Caller, body: AdjustmentBody) -> Result<Adjusted, Problem> {
    let id = body.checked()?;
    let member = members::require(app, &caller.brand, (body.member, "/member")).await?;
    caller.forbid_own(app, &member.member.id).await?;
    let adjustment =
        Adjustment { points: body.points, reason: body.reason, by: Some(caller.name.clone()), agreed: None };
    if let Some(waiting) = approve::waits_already(app, caller, &id, &member, &adjustment).await? {
        return Ok(Adjusted::Waits(waiting));
    }
    let incoming = event(caller.origin(), &id, &member.member.id, adjustment.clone());
    match app.writer.accept(incoming).await {
        Ok(accepted) => Ok(Adjusted::Done(Box::new(accepted.receipt))),
        Err(NotAccepted::Refused(Refusal::NeedsSecondKey { .. })) => {
            approve::wait(app, caller, &id, &member, adjustment).await.map(Adjusted::Waits)
        }
        Err(error) => Err(error.into()),
    }
}

//! By hand, with a reason: give expired points back, grant a tier, put an account on hold, let a member leave.

use super::{App, accept::ReceiptView, members};
use crate::{
    access::Caller,
    intake::{Who, problem::Problem, standing::ByHand},
};

/// Does it to a member, a `ref`. Nobody does it to their own account.
pub async fn change(app: &App, caller: &Caller, reference: &str, change: ByHand) -> Result<ReceiptView, Problem> {
    let member = members::find(app, &caller.brand, reference).await?.member.id;
    caller.forbid_own(app, &member).await?;
    let ByHand { call, id, fact } = change;
    app.accept(caller, caller.origin().event((call, id), Who::of(member), fact)).await
}

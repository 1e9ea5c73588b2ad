//! A member's own choice: save points, or let them turn into coupons by themselves.

use super::{App, accept::ReceiptView, members};
use crate::{
    access::Caller,
    intake::{Who, problem::Problem, savings::SavingsBody},
    loyalty::{Fact, mechanics::savings::Chosen},
};

/// Takes the choice of a member, a `ref`.
pub async fn choose(app: &App, caller: &Caller, reference: &str, body: &SavingsBody) -> Result<ReceiptView, Problem> {
    let programmes = app.programmes.of(&caller.brand);
    let is_offered = programmes.is_some_and(|known| known.live().programme.settings.converts_to.is_some());
    let (id, convert) = body.checked(is_offered)?;
    let member = members::find(app, &caller.brand, reference).await?.member.id;
    let fact = Fact::Savings(Chosen { convert });
    app.accept(caller, caller.origin().event(("savings", id), Who::of(member), fact)).await
}

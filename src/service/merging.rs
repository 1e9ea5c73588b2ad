//! One person who was two members: merge, and undo it.

use super::{App, accept::ReceiptView, members};
use crate::{
    access::Caller,
    intake::{
        Who,
        merge::{MergeBody, UnmergeBody},
        problem::Problem,
    },
    loyalty::{
        Fact,
        event::{Merged, Unmerged},
    },
};

/// The kind of call in a merge's source.
const MERGE: &str = "merge";

/// Merges the member that the body names into the one of this `ref`.
pub async fn merge(app: &App, caller: &Caller, reference: &str, body: MergeBody) -> Result<ReceiptView, Problem> {
    let id = body.checked()?;
    let mut into = members::find(app, &caller.brand, reference).await?.member.id;
    let mut from = members::require(app, &caller.brand, (body.from, "/from")).await?.member.id;
    // Once they are one, both names lead to one member: the same merge again is known by its id.
    let source = caller.origin().source(MERGE);
    let known = app.store.event(&caller.brand, &source, &id).await?.filter(|_| from == into);
    if let Some((merged, Fact::Merged(was))) = known.map(|known| (known.member, known.event.fact)) {
        (from, into) = (merged, was.into);
    }
    if from == into {
        return Err(Problem::invalid_field("/from", "is the same member"));
    }
    let fact = Fact::Merged(Merged { into, reason: body.reason });
    app.accept(caller, caller.origin().event((MERGE, id), Who::exactly(from), fact)).await
}

/// Lets a member that was merged into the one of this `ref` go its own way again.
pub async fn unmerge(app: &App, caller: &Caller, reference: &str, body: UnmergeBody) -> Result<ReceiptView, Problem> {
    let (id, from) = body.checked()?;
    let member = members::find(app, &caller.brand, reference).await?.member.id;
    let fact = Fact::Unmerged(Unmerged { from, reason: body.reason });
    app.accept(caller, caller.origin().event(("unmerge", id), Who::exactly(member), fact)).await
}

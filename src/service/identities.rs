//! An identity that is given up, or goes to the member who has it now: a phone number that changed hands, a mistyped address.

use serde_json::json;

use super::{App, members};
use crate::{
    access::Caller,
    intake::{
        Who,
        fields::reason,
        identity::{Identity, ReleaseBody},
        problem::Problem,
    },
    loyalty::{Fact, event::Joined, receipt::Receipt},
    values::seal,
};

/// The kind of call in the source.
const CALL: &str = "identity";

/// Takes an identity from the member of this `ref`, and gives it to whom the body names, if it names one.
pub async fn release(app: &App, caller: &Caller, reference: &str, body: ReleaseBody) -> Result<Receipt, Problem> {
    let (id, reason) = (body.checked_id()?, reason(&body.reason)?);
    let to = match body.to {
        Some(to) => Some(members::require(app, &caller.brand, (to, "/to")).await?.member.id),
        None => None,
    };
    let reader = if to.is_some() { app.reader() } else { app.reader().of_kept() };
    let identity = Identity::read(&reader, &body.kind, &body.value)?;
    let known = app.store.event(&caller.brand, &caller.origin().source(CALL), &id).await?;
    let is_known = known.is_some();
    let member = match known {
        Some(known) => known.member,
        None => members::find(app, &caller.brand, reference).await?.member.id,
    };
    if to.as_ref() == Some(&member) {
        return Err(Problem::invalid_field("/to", "is the member that it is to be taken from"));
    }
    if let Some(to) = &to {
        caller.forbid_own(app, to).await?;
    }
    let released = forms_of(app, &caller.brand, &identity, &member).await?;
    if released.is_empty() && !is_known {
        return Err(Problem::not_found(format!("{} like this of the member", identity.kind)));
    }
    let data = json!({ "kind": identity.kind, "reason": reason });
    let fact = Fact::Other { kind: "identity.released".to_owned(), data };
    let who = Who { released, ..Who::exactly(member) };
    let receipt = app.writer.accept(caller.origin().event((CALL, id.clone()), who, fact)).await?.receipt;
    if let Some(to) = to {
        let fact = Fact::Changed(Joined::default());
        let event = (CALL, format!("{id}:moved"));
        app.writer.accept(caller.origin().event(event, identity.given_to(to), fact)).await?;
    }
    Ok(receipt)
}

/// The forms of an identity that lead to this member, each with its kind and the member that it was given first.
async fn forms_of(
    app: &App,
    brand: &str,
    identity: &Identity,
    member: &str,
) -> Result<Vec<(&'static str, String, String)>, Problem> {
    let mut found = Vec::new();
    for form in [&identity.value].into_iter().chain(&identity.former) {
        let hash = seal::keyed_hash(&app.secret, &[identity.kind, form]);
        let Some(owner) = app.store.owner(brand, identity.kind, hash).await? else { continue };
        if app.store.led(brand, owner.clone()).await?.is_some_and(|loaded| loaded.member.id == member) {
            found.push((identity.kind, form.clone(), owner));
        }
    }
    Ok(found)
}

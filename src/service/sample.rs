//! Trying it out: a sample purchase of a test member, sent like a shop would, and taken back like a shop would.

use serde_json::{Value, json};

use super::App;
use crate::{
    ids,
    intake::{GivenId, Incoming, fields::parse_value, order::OrderBody, problem::Problem},
    loyalty::{Fact, Order, event::Joined, order::Revision},
    programme::NewMembers,
};

/// Sends one for a customer number, or for a new test member when it is empty; the order's id.
pub async fn send(app: &App, brand: &str, member: &str) -> Result<String, Problem> {
    let order = ids::fresh("test");
    let order = format!("test-{}", &order[order.len() - 10..]); // the random end
    let member =
        if member.is_empty() { format!("test-{}", &order[order.len() - 6..]) } else { format!("test-{member}") };
    let incoming = read(app, brand, &order, purchase(app, &member, 1, "paid"))?;
    let programmes = app.programmes_of(brand)?;
    if programmes.live().programme.settings.new_members == NewMembers::OnlyByJoining {
        let (source, fact) = ("join".to_owned(), Fact::Joined(Joined::default()));
        app.writer.accept(Incoming { source, id: order.clone(), fact, ..incoming.clone() }).await?;
    }
    app.writer.accept(incoming).await?;
    Ok(order)
}

/// Takes one back; false when the order is none of a test member.
pub async fn take_back(app: &App, brand: &str, order: &Order) -> Result<bool, Problem> {
    let known = app.store.member(brand, &order.member).await?;
    let test = known.as_ref().is_some_and(|known| known.member.test);
    let (Some(member), &Revision::Number(revision), true) =
        (known.and_then(|known| known.person.external_id), &order.state.revision, test)
    else {
        return Ok(false);
    };
    let mut body = purchase(app, &member, revision + 1, "cancelled");
    body["placed_at"] = json!(order.state.placed_at);
    app.writer.accept(read(app, brand, &order.id, body)?).await?;
    Ok(true)
}

/// The purchase of the README: running shoes for 89.90.
fn purchase(app: &App, member: &str, revision: i64, status: &str) -> Value {
    let currency =
        app.programmes.of(&app.settings.server.brand).map(|live| live.live().programme.settings.currency.clone());
    json!({
        "member": {"external_id": member, "email": format!("{member}@example.com"), "name": "Test member"},
        "status": status, "revision": revision, "placed_at": app.clock.now(),
        "currency": currency.unwrap_or_else(|| "EUR".to_owned()), "channel": "console",
        "lines": [{"id": "1", "sku": "RUN-42", "name": "Trail runner", "category": "sport/shoes/running", "quantity": 1,
                   "unit_price": "89.90"}]
    })
}

fn read(app: &App, brand: &str, order: &str, body: Value) -> Result<Incoming, Problem> {
    let id = GivenId::from(order.to_owned());
    Ok(parse_value::<OrderBody>(body, "")?.incoming(&app.reader(), brand, &id, true)?)
}

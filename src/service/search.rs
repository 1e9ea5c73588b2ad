//! Members found by what somebody types: words, an order, a card, an id.

use super::App;
use crate::{
    store::{MemberHit, StoreError},
    values::{person::Person, seal::keyed_hash},
};

/// Members by words, at most `most`, and whoever this is an order, a card or the id of, first.
pub async fn search(app: &App, brand: &str, text: &str, most: usize) -> Result<Vec<MemberHit>, StoreError> {
    let mut hits = app.store.search_members(brand, text, most).await?;
    let card = keyed_hash(&app.secret, &["card", text]);
    let order = app.store.order(brand, text).await?.map(|order| order.member);
    let exactly = [Some(text.to_owned()), order, app.store.owner(brand, "card", card).await?];
    for id in exactly.into_iter().flatten() {
        if let Some(loaded) = app.store.member(brand, &id).await?
            && hits.iter().all(|hit| hit.id != id)
        {
            let Person { name, email, external_id, .. } = loaded.person;
            hits.insert(0, MemberHit { id, name, email, external_id });
        }
    }
    Ok(hits)
}

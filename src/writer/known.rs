//! What a draft of the programme is held against: the live version, the names that ever came, who wears a tier.

use std::collections::BTreeMap;

use super::programmes::{LiveProgrammes, tables};
use crate::{
    loyalty::{Programme, Version, programme::check},
    programme::{Known, ORDERS_ENOUGH, Problem, Seen, Tables, has_tier, look, names::Kind},
    store::{Store, StoreError},
};

/// What a draft of the brand's programme is held against.
pub async fn for_draft(store: &Store, live: &LiveProgrammes, brand: &str, draft: &Tables) -> Result<Known, StoreError> {
    let before = live.of(brand).map(|programmes| programmes.live().clone());
    let rows = match &before {
        Some(before) => published_tables(store, brand, before.number).await?,
        None => Tables::default(),
    };
    beside(store, brand, draft, (rows, before)).await
}

/// The same for who has the live rows already.
pub async fn beside(
    store: &Store,
    brand: &str,
    draft: &Tables,
    (live, before): (Tables, Option<Version>),
) -> Result<Known, StoreError> {
    let (seen, before) =
        (names_seen(store, brand).await?, before.map(|version| version.programme.as_ref().clone().into_core()));
    let mut worn = BTreeMap::new();
    for tier in before.iter().flat_map(|before| &before.tiers).filter(|tier| !has_tier(draft, &tier.id)) {
        let members = store.members_of_tier(brand, &tier.id).await?;
        if members > 0 {
            worn.insert(tier.id.clone(), members);
        }
    }
    Ok(Known { live, before, seen, worn })
}

/// The rows of one version; none where it is not there.
pub async fn published_tables(store: &Store, brand: &str, number: u32) -> Result<Tables, StoreError> {
    let published = store.published().await?;
    let rows = published.iter().rfind(|rows| rows.brand == brand && rows.number == number);
    Ok(rows.map(tables).transpose()?.unwrap_or_default())
}

/// What is to be looked at in the version that is live.
pub async fn look_at_live(store: &Store, brand: &str) -> Result<Vec<Problem>, StoreError> {
    let published = store.published().await?;
    let mut ours = published.iter().rev().filter(|rows| rows.brand == brand);
    let Some(live) = ours.next() else { return Ok(Vec::new()) };
    let live = tables(live)?.named();
    let Ok(programme) = check(&live) else { return Ok(Vec::new()) };
    let before = ours.next().map(tables).transpose()?.and_then(|tables| check(&tables).ok()).map(Programme::into_core);
    let known = Known { before, seen: names_seen(store, brand).await?, ..Known::default() };
    Ok(look(&live, &programme, &known))
}

/// The names that ever came to a brand.
pub async fn names_seen(store: &Store, brand: &str) -> Result<Seen, StoreError> {
    let mut seen = Seen::after(store.orders_up_to(brand, ORDERS_ENOUGH).await?);
    for (kind, spelled) in store.names_seen(brand).await? {
        if let Some(kind) = Kind::of(&kind) {
            seen.add(kind, spelled);
        }
    }
    Ok(seen)
}

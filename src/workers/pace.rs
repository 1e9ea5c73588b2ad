//! How workers go through all members: a few at a time, at most 500 a second, off the way of orders.

use std::time::Duration;

use crate::{
    loyalty::Programmes,
    store::{Store, StoreError, find::Loaded},
};

/// How often it is looked whether there is something to do.
pub(super) const LOOK: Duration = Duration::from_secs(10);
/// Between two times that some members are gone through.
pub(super) const PAUSE: Duration = Duration::from_millis(500);
/// Members gone through between two pauses.
const AT_ONCE: usize = 250;
/// What is done again and again rests so many times as long as it took: it costs a tenth of its work at most.
pub(super) const REST_TIMES: i32 = 10;

/// Some members of a brand, those next after this id, with all that versions count of their past; and the last one's id. None where
/// there are no more.
pub(super) async fn next_members(
    store: &Store,
    programmes: &Programmes,
    (brand, after): (&str, &str),
) -> Result<Option<(Vec<Loaded>, String)>, StoreError> {
    let ids = store.members_after(brand, after, AT_ONCE).await?;
    let Some(last) = ids.last().cloned() else { return Ok(None) };
    let keys = ids.into_iter().map(|id| (brand.to_owned(), id)).collect();
    let mut loaded: Vec<Loaded> = store.load(keys).await?.into_iter().flatten().collect();
    let members = loaded.iter_mut().map(|loaded| &mut loaded.member).collect();
    store.complete_past(programmes, (brand, i64::MAX), members).await?;
    Ok(Some((loaded, last)))
}

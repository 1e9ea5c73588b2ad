//! What people change in `Achievements` and `Claims` is put back, as far as the base has these tables.

use jiff::Timestamp;

use super::Edits;
use crate::{
    store::FeedItem,
    systems::nocodb::{
        Failure, Nocodb, TableIds,
        beside::{Beside, Sources},
        bring,
        show::key,
    },
};

impl Edits {
    /// What people made of rows of a table beside these.
    pub(super) async fn judge_beside<C: Beside>(&mut self, ids: &TableIds, now: Timestamp) -> Result<(), Failure> {
        if !ids.contains_key(C::TABLE) {
            return Ok(());
        }
        let rows = self.changed(ids, C::TABLE, now).await?;
        let edited = rows.iter().filter(|row| bring::was_edited::<C>(row));
        let items = self.shown(edited.map(|row| key(row, C::MEMBER)).collect(), true).await?;
        self.bring_beside(ids, &items, now).await
    }

    /// What is to stand there of these members, whatever stands there.
    pub(super) async fn bring_beside(&self, ids: &TableIds, items: &[FeedItem], now: Timestamp) -> Result<(), Failure> {
        if items.is_empty() || !Nocodb::has_beside(ids) {
            return Ok(());
        }
        let (store, live) = (self.around.store.clone(), self.around.live.clone());
        let wanted = Sources { store, live }.rows(&self.nocodb, items, now).await?;
        for refused in self.nocodb.bring_beside(ids, &wanted, now).await? {
            tracing::warn!("NocoDB refuses a row of {}: {}", refused.table, refused.problem);
        }
        let is_live = |brand: &str, challenge: &str| {
            let programmes = self.around.live.of(brand);
            programmes.is_some_and(|all| {
                all.live().programme.mechanics.challenges.goal(challenge).is_some_and(|goal| goal.active)
            })
        };
        Ok(self.nocodb.clear_achievements(ids, (items, &wanted), is_live).await?)
    }
}

//! Brings rows of `Achievements` and `Claims` to what they are to show: what is missing is added, what time or the ledger changed is
//! written, what a person changed is put back with a note, and a challenge that is not begun any more leaves.
//! Guarantees: a row never doubles; what agrees is left alone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{
    Nocodb, TableIds,
    beside::{ACHIEVEMENTS, Beside, CLAIMS, RowsBeside, fingerprint, said},
    client::{CallError, ROWS_PER_CALL, Record},
    columns::{ID, OfAchievements, OfClaims},
    map,
    put_back::Changed,
    show::{Refusal, Row, Verb, key},
};
use crate::{programme::tables::Columns, store::FeedItem};

impl Nocodb {
    /// Brings both tables there, as far as the base has them; what was refused for ever.
    pub(super) async fn bring_beside(
        &self,
        ids: &TableIds,
        rows: &RowsBeside,
        now: Timestamp,
    ) -> Result<Vec<Refusal>, CallError> {
        let mut refusals = self.bring::<OfAchievements>(ids, &rows.achievements, now).await?;
        refusals.extend(self.bring::<OfClaims>(ids, &rows.claims, now).await?);
        Ok(refusals)
    }

    async fn bring<C: Beside>(&self, ids: &TableIds, rows: &[Row], now: Timestamp) -> Result<Vec<Refusal>, CallError> {
        let mut refusals = Vec::new();
        if !ids.contains_key(C::TABLE) {
            return Ok(refusals);
        }
        for chunk in rows.chunks(self.client.rows_per_call()) {
            let found = self.find(ids, C::TABLE, C::KEY.title(), chunk).await?;
            let there: BTreeMap<String, &Record> = found.iter().map(|row| (key(row, C::KEY), row)).collect();
            let (mut new, mut changes) = (Vec::new(), Vec::new());
            for (item, wanted) in chunk {
                match there.get(&key(wanted, C::KEY)) {
                    None => new.push((*item, wanted.clone())),
                    Some(found) => changes.extend(change::<C>(found, wanted, now).map(|change| (*item, change))),
                }
            }
            self.apart(Verb::Update, ids, C::TABLE, changes, &mut refusals).await?;
            self.apart(Verb::Insert, ids, C::TABLE, new, &mut refusals).await?;
        }
        Ok(refusals)
    }

    /// Challenges of these members that they have not begun any more, of rows that are live, leave the table.
    pub(super) async fn clear_achievements(
        &self,
        ids: &TableIds,
        (items, rows): (&[FeedItem], &RowsBeside),
        live: impl Fn(&str, &str) -> bool,
    ) -> Result<(), CallError> {
        if !ids.contains_key(ACHIEVEMENTS) || items.is_empty() {
            return Ok(());
        }
        let members: BTreeMap<&str, &FeedItem> = items.iter().map(|item| (item.member.id.as_str(), item)).collect();
        let wanted: BTreeSet<String> = rows.achievements.iter().map(|(_, row)| key(row, OfAchievements::KEY)).collect();
        let filter = members.keys().copied().collect::<Vec<_>>().join(",");
        let filter = format!("({},in,{filter})", OfAchievements::MEMBER.title());
        let columns = [ID, OfAchievements::KEY.title(), OfAchievements::MEMBER.title()];
        let found = self.client.rows(&ids[ACHIEVEMENTS], &columns, Some(&filter)).await?;
        let leaves = found.iter().filter(|row| {
            let name = key(row, OfAchievements::KEY);
            let Some((member, challenge)) = name.split_once(':') else { return false };
            let item = members.get(member);
            !wanted.contains(&name)
                && item.is_some_and(|item| item.member.merged_into.is_some() || live(&item.brand, challenge))
        });
        let leaves: Vec<u64> = leaves.map(map::id).collect();
        for some in leaves.chunks(ROWS_PER_CALL) {
            match self.client.delete(&ids[ACHIEVEMENTS], some).await {
                Err(CallError::Gone(_)) => {} // somebody was faster
                other => other?,
            }
        }
        Ok(())
    }

    /// Whether the base has the tables that came later.
    pub(super) fn has_beside(ids: &TableIds) -> bool {
        [ACHIEVEMENTS, CLAIMS].iter().all(|table| ids.contains_key(*table))
    }
}

/// What is to be written in a row that is there; a note where a person changed it.
pub(super) fn change<C: Beside>(found: &Record, wanted: &Record, now: Timestamp) -> Option<Record> {
    let by_hand = was_edited::<C>(found);
    let differs = |column: &C| wanted.contains_key(column.title()) && said(*column, found) != said(*column, wanted);
    let mut changed = Changed::default();
    for column in C::JUDGED.iter().copied().filter(differs) {
        changed.put_back(column, (found, wanted), ": the ledger alone changes it");
    }
    let Changed { mut back, said, .. } = changed;
    if by_hand && !said.is_empty() {
        let at = now.strftime("%Y-%m-%d %H:%M UTC");
        back.insert(C::NOTE.title().to_owned(), format!("{at}: {}.", said.join(". ")).into());
    }
    let mut then = found.clone();
    then.extend(back.clone());
    let shown = fingerprint::<C>(&then);
    if key(found, C::SHOWN) != shown {
        back.insert(C::SHOWN.title().to_owned(), shown.into());
    }
    (!back.is_empty()).then(|| {
        back.insert(ID.to_owned(), map::id(found).into());
        back
    })
}

/// Whether something else stands there than what was written last.
pub(super) fn was_edited<C: Beside>(found: &Record) -> bool {
    key(found, C::SHOWN) != fingerprint::<C>(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(cells: &serde_json::Value) -> Record {
        cells.as_object().unwrap().clone()
    }

    #[test]
    fn what_time_changed_is_written_without_a_word_and_what_a_person_changed_is_put_back_with_one() {
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        let cells = |progress: &str| {
            let mut row = record(&json!({"Challenge": "two", "Progress": progress, "State": "in progress", "Times": 0,
                "Badge": false, "When": "2026-11-20T10:00:00Z", "Member": "mem_1", "Achievement": "mem_1:two"}));
            let shown = fingerprint::<OfAchievements>(&row);
            row.insert("Shown".to_owned(), shown.into());
            row
        };
        let mut there = cells("2 of 3");
        there.extend(record(&json!({"Id": 7, "Times": "0", "Badge": 0, "When": "2026-11-20 10:00:00+00:00"})));
        assert_eq!(change::<OfAchievements>(&there, &cells("2 of 3"), now), None, "as NocoDB has it");
        let later = change::<OfAchievements>(&there, &cells("0 of 3"), now).unwrap();
        assert_eq!((&later["Progress"], later.get("Note"), &later["Id"]), (&json!("0 of 3"), None, &json!(7)));
        assert_eq!(later["Shown"], cells("0 of 3")["Shown"]);
        there.insert("Progress".to_owned(), json!("3 of 3"));
        let back = change::<OfAchievements>(&there, &cells("2 of 3"), now).unwrap();
        assert_eq!(back["Progress"], "2 of 3");
        let note = "2026-11-20 12:00 UTC: Progress was changed to `3 of 3` and is `2 of 3` again: the ledger alone changes it.";
        assert_eq!((&back["Note"], back.get("Shown")), (&json!(note), None), "its fingerprint is right again");
    }
}

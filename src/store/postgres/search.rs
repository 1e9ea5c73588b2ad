//! The index of words by which members are found, in PostgreSQL.

use std::collections::BTreeSet;

use deadpool_postgres::{Client, Transaction};

use super::{Postgres, whole};
use crate::{
    store::{
        Batch, MemberHit, StoreError,
        search::{matching, words},
    },
    values::person::Person,
};

pub(super) const GONE: &str = "DELETE FROM search_word w USING unnest($1::text[], $2::text[], $3::text[]) AS g(brand, word, member) \
    WHERE w.brand = g.brand AND w.word = g.word AND w.member = g.member";

pub(super) const NEW: &str = "INSERT INTO search_word (brand, word, member) \
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING";

/// Where the filling stands; who fills, fills alone.
const POSITION: &str = "SELECT value FROM setting WHERE name = 'search' FOR UPDATE";

/// Held, so that nobody's words change between reading the facts and writing their words.
const PERSONS: &str = "SELECT brand, member, facts FROM person WHERE (brand, member) > ($1, $2) \
    ORDER BY brand, member LIMIT $3 FOR UPDATE";

impl Postgres {
    pub async fn search_members(
        &self,
        brand: &str,
        sought: Vec<BTreeSet<String>>,
        limit: usize,
    ) -> Result<Vec<MemberHit>, StoreError> {
        let (which, values) = matching('$', &sought);
        let select = format!(
            "SELECT member, f ->> 'name', f ->> 'email', f ->> 'external_id' \
             FROM person, LATERAL (SELECT facts::json AS f) facts \
             WHERE brand = $1 {which} ORDER BY member DESC LIMIT {limit}"
        );
        let mut parameters: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> = vec![&brand];
        parameters.extend(values.iter().map(|value| value as &(dyn tokio_postgres::types::ToSql + Sync)));
        let rows = self.rows(&select, &parameters).await?;
        let hits = rows.iter().map(|row| {
            Ok(MemberHit {
                id: row.try_get(0)?,
                name: row.try_get(1)?,
                email: row.try_get(2)?,
                external_id: row.try_get(3)?,
            })
        });
        hits.collect()
    }

    pub async fn fill_search(&self, at_once: usize) -> Result<bool, StoreError> {
        self.connections.ask(async |client| fill(client, at_once).await).await
    }
}

/// Writes the words of the next persons; false when there are none left.
async fn fill(client: &mut Client, at_once: usize) -> Result<bool, StoreError> {
    let transaction = client.transaction().await?;
    let Some(position) = transaction.query_opt(POSITION, &[]).await? else { return Ok(false) };
    let (brand, member): (String, String) = serde_json::from_str(position.try_get(0)?)?;
    let rows = transaction.query(PERSONS, &[&brand, &member, &whole(at_once as u64)]).await?;
    let mut all = Vec::new();
    for row in &rows {
        let (brand, member): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
        let person: Person = serde_json::from_str(row.try_get(2)?)?;
        all.extend(words(&person).into_iter().map(|word| (brand.to_owned(), word, member.to_owned())));
    }
    send(&transaction, NEW, all).await?;
    match rows.last() {
        Some(row) => {
            let position = serde_json::to_string(&(row.try_get::<_, &str>(0)?, row.try_get::<_, &str>(1)?))?;
            transaction.execute("UPDATE setting SET value = $1 WHERE name = 'search'", &[&position]).await?;
        }
        None => {
            transaction.execute("DELETE FROM setting WHERE name = 'search'", &[]).await?;
        }
    }
    transaction.commit().await?;
    Ok(!rows.is_empty())
}

/// What a commit changes in the words of persons.
pub(super) async fn write(transaction: &Transaction<'_>, batch: &Batch) -> Result<(), StoreError> {
    let rows = || batch.persons.iter();
    let gone =
        rows().flat_map(|row| row.words_gone.iter().map(|word| (row.brand.clone(), word.clone(), row.member.clone())));
    send(transaction, GONE, gone.collect()).await?;
    let new =
        rows().flat_map(|row| row.words_new.iter().map(|word| (row.brand.clone(), word.clone(), row.member.clone())));
    send(transaction, NEW, new.collect()).await
}

/// In the order of the keys, so that two connectors wait for each other in one direction only.
async fn send(
    transaction: &Transaction<'_>,
    sql: &str,
    mut all: Vec<(String, String, String)>,
) -> Result<(), StoreError> {
    if all.is_empty() {
        return Ok(());
    }
    all.sort_unstable();
    let brands: Vec<&str> = all.iter().map(|(brand, ..)| brand.as_str()).collect();
    let words: Vec<&str> = all.iter().map(|(_, word, _)| word.as_str()).collect();
    let members: Vec<&str> = all.iter().map(|(.., member)| member.as_str()).collect();
    let statement = transaction.prepare_cached(sql).await?;
    transaction.execute(&statement, &[&brands, &words, &members]).await?;
    Ok(())
}

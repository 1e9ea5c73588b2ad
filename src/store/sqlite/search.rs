//! The index of words by which members are found, in SQLite.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::{Sqlite, whole};
use crate::{
    store::{
        MemberHit, StoreError,
        batch::PersonRow,
        search::{matching, words},
    },
    values::person::Person,
};

impl Sqlite {
    pub async fn search_members(
        &self,
        brand: &str,
        sought: Vec<BTreeSet<String>>,
        limit: usize,
    ) -> Result<Vec<MemberHit>, StoreError> {
        let brand = brand.to_owned();
        self.read(move |connection| {
            let (which, mut values) = matching('?', &sought);
            let sql = format!(
                "SELECT member, facts ->> 'name', facts ->> 'email', facts ->> 'external_id' FROM person \
                 WHERE brand = ?1 {which} ORDER BY member DESC LIMIT {limit}"
            );
            values.insert(0, brand);
            let mut select = connection.prepare_cached(&sql)?;
            let rows = select.query_map(params_from_iter(values), |row| {
                Ok(MemberHit { id: row.get(0)?, name: row.get(1)?, email: row.get(2)?, external_id: row.get(3)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn fill_search(&self, at_once: usize) -> Result<bool, StoreError> {
        self.write(move |connection| {
            let transaction = connection.transaction()?;
            let position = "SELECT value FROM setting WHERE name = 'search'";
            let position = transaction.query_row(position, [], |row| row.get::<_, String>(0)).optional()?;
            let Some(position) = position else { return Ok(false) };
            let (brand, member): (String, String) = serde_json::from_str(&position)?;
            let persons = persons_after(&transaction, (&brand, &member), at_once)?;
            for (brand, member, person) in &persons {
                write_words(&transaction, (brand, member), &words(person))?;
            }
            match persons.last() {
                Some((brand, member, _)) => {
                    let position = serde_json::to_string(&(brand, member))?;
                    transaction.execute("UPDATE setting SET value = ?1 WHERE name = 'search'", [position])?;
                }
                None => {
                    transaction.execute("DELETE FROM setting WHERE name = 'search'", [])?;
                }
            }
            transaction.commit()?;
            Ok(!persons.is_empty())
        })
        .await
    }
}

fn persons_after(
    connection: &Connection,
    (brand, member): (&str, &str),
    limit: usize,
) -> Result<Vec<(String, String, Person)>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT brand, member, facts FROM person WHERE (brand, member) > (?1, ?2) ORDER BY brand, member LIMIT ?3",
    )?;
    let mut rows = select.query(params![brand, member, whole(limit as u64)])?;
    let mut persons = Vec::new();
    while let Some(row) = rows.next()? {
        persons.push((row.get(0)?, row.get(1)?, serde_json::from_str(&row.get::<_, String>(2)?)?));
    }
    Ok(persons)
}

/// What a commit changes in the words of persons.
pub(super) fn write(connection: &Connection, rows: &[PersonRow]) -> Result<(), StoreError> {
    for row in rows {
        let mut delete =
            connection.prepare_cached("DELETE FROM search_word WHERE brand = ?1 AND word = ?2 AND member = ?3")?;
        for word in &row.words_gone {
            delete.execute(params![row.brand, word, row.member])?;
        }
        write_words(connection, (&row.brand, &row.member), &row.words_new)?;
    }
    Ok(())
}

fn write_words(
    connection: &Connection,
    (brand, member): (&str, &str),
    words: &BTreeSet<String>,
) -> Result<(), StoreError> {
    let mut insert = connection
        .prepare_cached("INSERT INTO search_word (brand, word, member) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?;
    for word in words {
        insert.execute(params![brand, word, member])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{search::sought, sqlite::migrate};

    #[test]
    fn a_search_goes_through_no_table() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate::to_latest(&mut connection, std::path::Path::new("memory")).unwrap();
        let (which, mut values) = matching('?', &sought("anna 5555 1003"));
        let sql = format!("EXPLAIN QUERY PLAN SELECT member FROM person WHERE brand = ?1 {which} ORDER BY member DESC");
        values.insert(0, "main".to_owned());
        let mut plan = connection.prepare(&sql).unwrap();
        let steps = plan.query_map(params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
        let steps: Vec<String> = steps.map(Result::unwrap).collect();
        assert!(steps.iter().any(|step| step.contains("SEARCH person USING")), "{steps:?}");
        let scans: Vec<_> =
            steps.iter().filter(|step| step.starts_with("SCAN ") && !step.contains("SUBQUERY")).collect();
        assert!(scans.is_empty(), "{steps:?}");
    }
}

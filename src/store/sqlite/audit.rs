//! The whole ledger in SQLite, member by member.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Sqlite, find, past, whole};
use crate::{
    clock::from_micros,
    store::{
        StoreError,
        audit::{Head, Integrity, MEMBERS, OF_MEMBERS, PLACE, SHARED, STREAMS, SharedCount, Stream, of_nobody},
    },
};

impl Sqlite {
    pub async fn streams(&self) -> Result<Vec<(String, String)>, StoreError> {
        self.read(|connection| {
            let mut select = connection.prepare(STREAMS)?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn streams_of(&self, members: Vec<(String, String)>) -> Result<Vec<Stream>, StoreError> {
        self.read(move |connection| {
            members.into_iter().map(|(brand, member)| stream(connection, brand, member)).collect()
        })
        .await
    }

    pub async fn members(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(MEMBERS)?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}

fn stream(connection: &Connection, brand: String, member: String) -> Result<Stream, StoreError> {
    let snapshot = connection.unchecked_transaction()?;
    let rows = past::rows(&snapshot, "ORDER BY version", params![brand, member])?;
    let loaded = find::load(&snapshot, &brand, &member)?;
    let alarm: Option<Option<i64>> = snapshot
        .prepare_cached("SELECT next_due_at FROM member WHERE brand = ?1 AND id = ?2")?
        .query_row(params![brand, member], |row| row.get(0))
        .optional()?;
    let alarm = alarm.flatten().map(from_micros);
    let (document, person) = loaded.map(|loaded| (loaded.member, loaded.person)).unzip();
    let orders = {
        let mut select = snapshot.prepare_cached(
            "SELECT document FROM \"order\" INDEXED BY order_of_member WHERE brand = ?1 AND member = ?2 ORDER BY id",
        )?;
        let texts = select.query_map(params![brand, member], |row| row.get::<_, String>(0))?;
        texts.map(|text| Ok(serde_json::from_str(&text?)?)).collect::<Result<Vec<_>, StoreError>>()?
    };
    drop(snapshot);
    Ok(Stream { brand, member, rows, document, alarm, person: person.unwrap_or_default(), orders })
}

impl Sqlite {
    pub async fn place_of_event(
        &self,
        brand: &str,
        source: &str,
        id: &str,
    ) -> Result<Option<(String, u64)>, StoreError> {
        let key = [brand.to_owned(), source.to_owned(), id.to_owned()];
        self.read(move |connection| {
            Ok(connection.query_row(PLACE, key, |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
        })
        .await
    }

    /// The oldest event whose entries hold this text.
    pub async fn place_of(&self, brand: &str, part: String) -> Result<Option<(String, u64)>, StoreError> {
        let brand = brand.to_owned();
        self.read(move |connection| {
            let select =
                "SELECT member, version FROM event WHERE brand = ?1 AND instr(entries, ?2) > 0 ORDER BY seq LIMIT 1";
            let found = connection.query_row(select, params![brand, part], |row| Ok((row.get(0)?, row.get(1)?)));
            Ok(found.optional()?)
        })
        .await
    }

    pub async fn newest_recorded(&self, brand: &str) -> Result<Option<i64>, StoreError> {
        let brand = brand.to_owned();
        self.read(move |connection| {
            let select = "SELECT recorded_at FROM event WHERE +brand = ?1 ORDER BY seq DESC LIMIT 1";
            Ok(connection.query_row(select, [brand], |row| row.get(0)).optional()?)
        })
        .await
    }

    pub async fn last_event(&self, brand: &str) -> Result<u64, StoreError> {
        let brand = brand.to_owned();
        self.read(move |connection| {
            let select = "SELECT COALESCE(MAX(seq), 0) FROM event WHERE brand = ?1";
            Ok(connection.query_row(select, [brand], |row| row.get(0))?)
        })
        .await
    }

    pub async fn heads(&self, brand: &str, until: u64) -> Result<Vec<Head>, StoreError> {
        let brand = brand.to_owned();
        self.read(move |connection| {
            let mut select = connection.prepare(
                "SELECT member, MAX(version), chain FROM event WHERE brand = ?1 AND seq <= ?2 GROUP BY member ORDER BY member",
            )?;
            let rows = select.query_map(params![brand, whole(until)], |row| {
                Ok(Head { member: row.get(0)?, version: row.get(1)?, chain: row.get(2)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}

impl Sqlite {
    pub async fn shared_counts(&self) -> Result<Vec<((String, String), SharedCount)>, StoreError> {
        self.read(|connection| {
            let mut select = connection.prepare(SHARED)?;
            let counts = select.query_map([], |row| {
                Ok(((row.get(0)?, row.get(1)?), SharedCount { used: row.get(2)?, version: row.get(3)? }))
            })?;
            Ok(counts.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn rows_of_nobody(&self) -> Result<Vec<(String, String)>, StoreError> {
        self.read(|connection| {
            let mut nobodys = Vec::new();
            for table in OF_MEMBERS {
                let mut select = connection.prepare(&of_nobody(table))?;
                let members = select.query_map([], |row| row.get::<_, String>(0))?;
                for member in members {
                    nobodys.push((table.0.trim_matches('"').to_owned(), member?));
                }
            }
            Ok(nobodys)
        })
        .await
    }

    pub async fn integrity(&self) -> Result<Integrity, StoreError> {
        self.read(|connection| {
            let mut check = connection.prepare("PRAGMA integrity_check(100)")?;
            let said = check.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
            Ok(Integrity { damage: said.into_iter().filter(|line| line != "ok").collect(), not_asked: None })
        })
        .await
    }
}

//! What a PostgreSQL server says of itself and of its standbys.

use super::Postgres;
use crate::store::{
    StoreError,
    engine::{Engine, Server, Standby},
};

/// Who may not see the state of standbys (`pg_read_all_stats`) sees that there are some: those count, then.
const ENGINE: &str = "SELECT split_part(current_setting('server_version'), ' ', 1), \
    current_setting('synchronous_standby_names'), \
    (SELECT COUNT(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum') OR sync_state IS NULL)";

impl Postgres {
    pub async fn engine(&self) -> Result<Engine, StoreError> {
        let row = self.row(ENGINE, &[]).await?.ok_or(StoreError::Closed)?;
        let (version, names, there): (String, String, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let names = names.trim();
        let standby = match names {
            "" => Standby::NotAsked,
            _ if there >= wanted(names) => Standby::There,
            _ => Standby::Missing { names: names.to_owned() },
        };
        Ok(Engine { name: format!("PostgreSQL {version}"), server: Some(Server { hosts: self.hosts, standby }) })
    }
}

/// How many standbys must have a commit: `ANY 2 (a, b, c)`, `FIRST 1 (a, b)`, `2 (a, b)`, `a, b`.
fn wanted(names: &str) -> i64 {
    let words = names.split(|mark: char| mark == '(' || mark.is_whitespace()).filter(|word| !word.is_empty());
    let number = words.take(2).find_map(|word| word.parse().ok());
    number.filter(|_| names.contains('(')).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_standbys_are_wanted_as_the_setting_says() {
        for (names, many) in
            [("*", 1), ("a, b", 1), ("a,2", 1), ("ANY 2 (a, b, c)", 2), ("FIRST 3(a,b,c)", 3), ("2 (a, b)", 2)]
        {
            assert_eq!(wanted(names), many, "{names}");
        }
    }
}

//! Leases in PostgreSQL: a row that another connector is just leasing is skipped, so none is leased twice at once. Who held a
//! lease too long settles nothing but a success.

use std::time::Duration;

use deadpool_postgres::Client;
use jiff::Timestamp;
use tokio_postgres::Row;

use super::{Parameters, Postgres, count, small, whole};
use crate::{
    clock::{from_micros, to_micros},
    store::{
        FeedItem, IntentItem, Settled, StoreError,
        deliveries::{BURY_FEED, COUNTS, FeedLease, NEXT_DUE, OLDEST_DUE, PARK, Parked},
    },
};

const LEASE_FEEDS: &str = "WITH due AS MATERIALIZED (SELECT destination, brand, member, due_at FROM feed \
    WHERE destination = $1 AND due_at <= $2 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED) \
    UPDATE feed f SET due_at = $4, holder = $5, attempts = attempts + 1 FROM due \
    WHERE f.destination = due.destination AND f.brand = due.brand AND f.member = due.member \
    RETURNING f.brand, f.member, f.version_due, f.version_sent, f.attempts, due.due_at";

const EXPIRE_INTENTS: &str = "WITH late AS MATERIALIZED (SELECT id FROM intent \
    WHERE destination = $1 AND due_at <= $2 AND valid_until < $2 FOR UPDATE SKIP LOCKED) \
    UPDATE intent i SET state = 'expired', due_at = NULL, problem = 'no longer worth doing' FROM late WHERE i.id = late.id";

const LEASE_INTENTS: &str = "WITH due AS MATERIALIZED (SELECT id, due_at FROM intent \
    WHERE destination = $1 AND due_at <= $2 AND valid_until >= $2 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED) \
    UPDATE intent i SET due_at = $4, holder = $5, attempts = attempts + 1 FROM due WHERE i.id = due.id \
    RETURNING i.id, i.brand, i.member, i.action, i.valid_until, i.attempts, due.due_at";

const RETRY_FEED: &str = "UPDATE feed SET due_at = $5, problem = $6, attempts = GREATEST(attempts - $7, 0) \
    WHERE destination = $1 AND brand = $2 AND member = $3 AND attempts = $4";

/// Due again at once when news came while this was under way.
const DELIVERED: &str = "UPDATE feed SET version_sent = GREATEST(version_sent, $4), attempts = 0, problem = NULL, \
    due_at = CASE WHEN version_due > $4 THEN 0 END, state = CASE WHEN version_due > $4 THEN 'due' ELSE 'sent' END \
    WHERE destination = $1 AND brand = $2 AND member = $3";

const SETTLE_INTENT: &str = "UPDATE intent SET state = $2, due_at = $3, problem = $4, attempts = GREATEST(attempts - $5, 0) \
    WHERE id = $1 AND (state = 'due' OR $2 = 'done')";

const RELEASE: [&str; 2] = [
    "UPDATE feed SET due_at = $1 WHERE due_at > $1 AND due_at <= $2 AND holder = $3",
    "UPDATE intent SET due_at = $1 WHERE due_at > $1 AND due_at <= $2 AND holder = $3",
];

const FEED_EVERYBODY: &str = "INSERT INTO feed (destination, brand, member, version_due, due_at) \
    SELECT $1, brand, member, MAX(version), $2 FROM event GROUP BY brand, member ORDER BY brand, member \
    ON CONFLICT (destination, brand, member) DO UPDATE SET due_at = excluded.due_at, state = 'due', \
    version_due = GREATEST(feed.version_due, excluded.version_due) WHERE feed.version_sent < excluded.version_due \
    RETURNING 1";

impl Postgres {
    pub async fn lease_feeds(
        &self,
        destination: &'static str,
        limit: usize,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<FeedItem>, StoreError> {
        let (now, until) = (to_micros(now), to_micros(until));
        let mut leased =
            self.rows(LEASE_FEEDS, &[&destination, &now, &whole(limit as u64), &until, &self.name]).await?;
        if leased.is_empty() {
            return Ok(Vec::new());
        }
        leased.sort_by_key(|row| (row.get::<_, i64>(5), row.get::<_, String>(0), row.get::<_, String>(1))); // longest due first
        let leases = leased.iter().map(lease).collect::<Result<Vec<_>, _>>()?;
        let members: Vec<_> = leases.iter().map(|lease| (lease.brand.clone(), lease.member.clone())).collect();
        let (mut unsent, loaded) = tokio::try_join!(self.unsent(&leases), self.documents(&members))?;
        let items = leases.into_iter().zip(loaded).enumerate().filter_map(|(place, (lease, loaded))| {
            Some(lease.item(loaded?, unsent.remove(&place).unwrap_or_default()))
        });
        Ok(items.collect())
    }

    /// Each by itself: what one connector leased, no other settles.
    pub async fn settle_feeds(
        &self,
        destination: &'static str,
        settled: Vec<(&FeedItem, Settled)>,
    ) -> Result<(), StoreError> {
        for (item, settled) in settled {
            self.settle_feed(destination, item, settled).await?;
        }
        Ok(())
    }

    pub async fn settle_intents(&self, settled: Vec<(String, Settled)>) -> Result<(), StoreError> {
        for (id, settled) in settled {
            self.settle_intent(&id, settled).await?;
        }
        Ok(())
    }

    async fn settle_feed(
        &self,
        destination: &'static str,
        item: &FeedItem,
        settled: Settled,
    ) -> Result<(), StoreError> {
        let (brand, member, attempt) = (&item.brand, &item.member.id, i64::from(item.attempt));
        match settled {
            Settled::Delivered => self.delivered(destination, item, &[]).await,
            Settled::DeliveredExcept { parked } => self.delivered(destination, item, &parked).await,
            Settled::RetryAt { at, problem, costs_attempt } => {
                let (at, back) = (to_micros(at), i64::from(!costs_attempt));
                let parameters: Parameters<'_> = &[&destination, brand, member, &attempt, &at, &problem, &back];
                self.execute(RETRY_FEED, parameters).await.map(drop)
            }
            Settled::Dead { problem } | Settled::Unknown { problem } => {
                self.execute(BURY_FEED, &[&problem, &destination, brand, member, &attempt]).await.map(drop)
            }
        }
    }

    async fn delivered(&self, destination: &str, item: &FeedItem, parked: &[Parked]) -> Result<(), StoreError> {
        self.connections.ask(async |client| delivered(client, destination, item, parked).await).await
    }

    pub async fn lease_intents(
        &self,
        destination: &'static str,
        limit: usize,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<IntentItem>, StoreError> {
        let (now, until) = (to_micros(now), to_micros(until));
        self.execute(EXPIRE_INTENTS, &[&destination, &now]).await?;
        let mut leased =
            self.rows(LEASE_INTENTS, &[&destination, &now, &whole(limit as u64), &until, &self.name]).await?;
        leased.sort_by_key(|row| (row.get::<_, i64>(6), row.get::<_, String>(0))); // longest due first
        let items = leased.iter().map(|row| {
            Ok(IntentItem {
                id: row.try_get(0)?,
                brand: row.try_get(1)?,
                member: row.try_get(2)?,
                action: serde_json::from_str(row.try_get(3)?)?,
                valid_until: from_micros(row.try_get(4)?),
                attempt: small(row, 5)?,
            })
        });
        items.collect()
    }

    async fn settle_intent(&self, id: &str, settled: Settled) -> Result<(), StoreError> {
        let (state, due_at, problem, back) = match settled {
            Settled::Delivered | Settled::DeliveredExcept { .. } => ("done", None, None, 0),
            Settled::RetryAt { at, problem, costs_attempt } => {
                ("due", Some(to_micros(at)), Some(problem), i64::from(!costs_attempt))
            }
            Settled::Dead { problem } => ("dead", None, Some(problem), 0),
            Settled::Unknown { problem } => ("unknown", None, Some(problem), 0),
        };
        self.execute(SETTLE_INTENT, &[&id, &state, &due_at, &problem, &back]).await.map(drop)
    }

    pub async fn release_leases(&self, now: Timestamp, lease: Duration) -> Result<(), StoreError> {
        let (now, until) = (to_micros(now), to_micros(now.saturating_add(lease).unwrap_or(now)));
        for release in RELEASE {
            self.execute(release, &[&now, &until, &self.name]).await?;
        }
        Ok(())
    }

    pub async fn next_due(&self, destination: &'static str) -> Result<Option<Timestamp>, StoreError> {
        let row = self.row(NEXT_DUE, &[&destination]).await?;
        let due: Option<i64> = row.map(|row| row.try_get(0)).transpose()?.flatten();
        Ok(due.map(from_micros))
    }

    pub async fn feed_everybody(&self, destination: &'static str, now: Timestamp) -> Result<usize, StoreError> {
        Ok(self.unhurried(FEED_EVERYBODY, &[&destination, &to_micros(now)]).await?.len())
    }

    pub async fn forget_feeds(&self, destination: &'static str) -> Result<usize, StoreError> {
        let forgotten = self.unhurried("DELETE FROM feed WHERE destination = $1 RETURNING 1", &[&destination]).await?;
        Ok(forgotten.len())
    }

    pub async fn oldest_due(&self, brand: &str, destination: &'static str) -> Result<Option<Timestamp>, StoreError> {
        let row = self.row(OLDEST_DUE, &[&destination, &brand]).await?;
        let due: Option<i64> = row.map(|row| row.try_get(0)).transpose()?.flatten();
        Ok(due.map(from_micros))
    }

    pub async fn delivery_counts(&self, brand: &str) -> Result<Vec<(String, String, u64)>, StoreError> {
        let rows = self.unhurried(COUNTS, &[&brand]).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, count(row, 2)?))).collect()
    }
}

/// What was refused for ever is parked in the commit that settles the rest.
async fn delivered(
    client: &mut Client,
    destination: &str,
    item: &FeedItem,
    parked: &[Parked],
) -> Result<(), StoreError> {
    let (brand, member, version) = (&item.brand, &item.member.id, whole(item.version_due));
    let transaction = client.transaction().await?;
    for part in parked {
        let (id, action) = part.intent(destination, brand, member);
        let action = serde_json::to_string(&action)?;
        let statement = transaction.prepare_cached(PARK).await?;
        let parameters: Parameters<'_> =
            &[&id, &destination, brand, member, &version, &action, &i64::MAX, &part.problem];
        transaction.execute(&statement, parameters).await?;
    }
    let statement = transaction.prepare_cached(DELIVERED).await?;
    transaction.execute(&statement, &[&destination, brand, member, &version]).await?;
    Ok(transaction.commit().await?)
}

fn lease(row: &Row) -> Result<FeedLease, tokio_postgres::Error> {
    Ok(FeedLease {
        brand: row.try_get(0)?,
        member: row.try_get(1)?,
        version_due: count(row, 2)?,
        version_sent: count(row, 3)?,
        attempt: small(row, 4)?,
    })
}

//! Look-ups of the writer in PostgreSQL: a few statements for a whole batch, by arrays and keys, sent together.

use std::{collections::HashMap, sync::Arc};

use deadpool_postgres::{Client, GenericClient};
use serde_json::Value;
use tokio_postgres::Row;

use super::{Parameters, Postgres, rows, whole};
use crate::{
    loyalty::{Member, Order},
    store::{
        StoreError,
        find::{Found, Known, Loaded, Question},
    },
    values::{changes, person::Person},
};

const KNOWN: &str = "SELECT e.brand, e.source, e.id, e.member, e.hash, e.order_id, e.entries, e.receipt \
    FROM unnest($1::text[], $2::text[], $3::text[]) AS q(brand, source, id) \
    JOIN event e ON e.brand = q.brand AND e.source = q.source AND e.id = q.id";

const ORDERS: &str = "SELECT o.brand, o.id, o.document FROM unnest($1::text[], $2::text[]) AS q(brand, id) \
    JOIN \"order\" o ON o.brand = q.brand AND o.id = q.id";

const OWNERS: &str = "SELECT i.brand, i.kind, i.hash, i.member \
    FROM unnest($1::text[], $2::text[], $3::text[]) AS q(brand, kind, hash) \
    JOIN identity i ON i.brand = q.brand AND i.kind = q.kind AND i.hash = q.hash";

/// One statement sees one state of the database: a snapshot and exactly the events after it. The document comes once, with
/// the first of them.
const DOCUMENTS: &str = "SELECT q.n, m.version, \
    CASE WHEN e.version IS NULL OR e.version = m.version + 1 THEN m.document END, \
    e.version, e.changes, e.chain, p.key, p.facts \
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS q(brand, member, n) \
    LEFT JOIN member m ON m.brand = q.brand AND m.id = q.member \
    LEFT JOIN event e ON e.brand = q.brand AND e.member = q.member \
    AND e.version > COALESCE(m.version, 0) \
    LEFT JOIN person p ON p.brand = q.brand AND p.member = q.member \
    ORDER BY q.n, e.version";

const STALE: &str = "SELECT q.brand, q.member FROM unnest($1::text[], $2::text[], $3::bigint[]) AS q(brand, member, version) \
    JOIN event e ON e.brand = q.brand AND e.member = q.member AND e.version = q.version + 1";

type Key = (String, String);

impl Postgres {
    pub async fn find(&self, questions: Vec<Question>) -> Result<Vec<Found>, StoreError> {
        let column = |of: fn(&Question) -> &String| questions.iter().map(of).collect::<Vec<_>>();
        let (brands, sources) = (column(|question| &question.brand), column(|question| &question.source));
        let ids = column(|question| &question.id);
        let orders = questions.iter().filter_map(|question| Some((&question.brand, question.order_id.as_ref()?)));
        let (order_brands, order_ids): (Vec<&String>, Vec<&String>) = orders.unzip();
        let identities = questions
            .iter()
            .flat_map(|question| question.identities.iter().map(|(kind, hash)| (&question.brand, (*kind, hash))));
        let (owner_brands, pairs): (Vec<&String>, Vec<(&str, &String)>) = identities.unzip();
        let (kinds, hashes): (Vec<&str>, Vec<&String>) = pairs.into_iter().unzip();
        let by_id: Parameters<'_> = &[&brands, &sources, &ids];
        let by_order: Parameters<'_> = &[&order_brands, &order_ids];
        let by_hash: Parameters<'_> = &[&owner_brands, &kinds, &hashes];
        let found = async |client: &mut Client| {
            let one: &Client = client;
            tokio::try_join!(rows(one, KNOWN, by_id), rows(one, ORDERS, by_order), rows(one, OWNERS, by_hash))
        };
        let (known, orders, owners) = self.connections.ask_for_the_writer(found).await?;
        Ok(Answers::read(&known, &orders, &owners)?.to(&questions))
    }

    pub async fn load(&self, members: Vec<Key>) -> Result<Vec<Option<Loaded>>, StoreError> {
        self.connections.ask_for_the_writer(async |client| load(client, &members).await).await
    }

    /// Those whose document has moved on since that version.
    pub async fn stale(&self, members: Vec<(Key, u64)>) -> Result<Vec<Key>, StoreError> {
        let brands: Vec<&String> = members.iter().map(|((brand, _), _)| brand).collect();
        let ids: Vec<&String> = members.iter().map(|((_, id), _)| id).collect();
        let versions: Vec<i64> = members.iter().map(|(_, version)| whole(*version)).collect();
        let stale = self.look_up(STALE, &[&brands, &ids, &versions]).await?;
        Ok(stale.iter().map(pair).collect::<Result<_, _>>()?)
    }

    pub async fn member(&self, brand: &str, id: &str) -> Result<Option<Loaded>, StoreError> {
        let key = [(brand.to_owned(), id.to_owned())];
        Ok(self.documents(&key).await?.pop().flatten())
    }

    /// See [`load`]; not for the writer.
    pub(super) async fn documents(&self, members: &[Key]) -> Result<Vec<Option<Loaded>>, StoreError> {
        self.connections.ask(async |client| load(client, members).await).await
    }

    pub async fn owner(&self, brand: &str, kind: &'static str, hash: String) -> Result<Option<String>, StoreError> {
        let select = "SELECT member FROM identity WHERE brand = $1 AND kind = $2 AND hash = $3";
        Ok(self.row(select, &[&brand, &kind, &hash]).await?.map(|row| row.try_get(0)).transpose()?)
    }

    pub async fn order(&self, brand: &str, id: &str) -> Result<Option<Order>, StoreError> {
        let row = self.row("SELECT document FROM \"order\" WHERE brand = $1 AND id = $2", &[&brand, &id]).await?;
        row.map(|row| Ok(serde_json::from_str(row.try_get(0)?)?)).transpose()
    }
}

/// Rows by what was asked for.
struct Answers {
    known: HashMap<(String, String, String), Known>,
    orders: HashMap<Key, Arc<Order>>,
    owners: HashMap<(String, String, String), String>,
}

impl Answers {
    fn read(known: &[Row], orders: &[Row], owners: &[Row]) -> Result<Self, StoreError> {
        let known = known.iter().map(|row| {
            let (event, member) = ((row.try_get(2)?, row.try_get(5)?), (row.try_get(3)?, row.try_get(4)?));
            let known = Known::read(event, member, (row.try_get(6)?, row.try_get(7)?))?;
            Ok(((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?), known))
        });
        let orders = orders.iter().map(|row| Ok((pair(row)?, Arc::new(serde_json::from_str(row.try_get(2)?)?))));
        let owners = owners
            .iter()
            .map(|row| Ok(((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?), row.try_get::<_, String>(3)?)));
        Ok(Self {
            known: known.collect::<Result<_, StoreError>>()?,
            orders: orders.collect::<Result<_, StoreError>>()?,
            owners: owners.collect::<Result<_, StoreError>>()?,
        })
    }

    fn to(&self, questions: &[Question]) -> Vec<Found> {
        let found = questions.iter().map(|question| {
            let Question { brand, source, id, order_id, identities, .. } = question;
            let key = |a: &str, b: &str| (brand.clone(), a.to_owned(), b.to_owned());
            Found {
                known: self.known.get(&key(source, id)).cloned(),
                order: order_id.as_ref().and_then(|id| self.orders.get(&(brand.clone(), id.clone())).cloned()),
                owners: identities.iter().map(|(kind, hash)| self.owners.get(&key(kind, hash)).cloned()).collect(),
            }
        });
        found.collect()
    }
}

fn pair(row: &Row) -> Result<Key, tokio_postgres::Error> {
    Ok((row.try_get(0)?, row.try_get(1)?))
}

/// Documents as they stand, in the order asked: snapshot plus recorded changes.
pub(super) async fn load(client: &impl GenericClient, members: &[Key]) -> Result<Vec<Option<Loaded>>, StoreError> {
    let brands: Vec<&String> = members.iter().map(|(brand, _)| brand).collect();
    let ids: Vec<&String> = members.iter().map(|(_, id)| id).collect();
    let found = rows(client, DOCUMENTS, &[&brands, &ids]).await?;
    let mut drafts: Vec<Draft> = members.iter().map(|_| Draft::default()).collect();
    for row in &found {
        let place = usize::try_from(row.try_get::<_, i64>(0)?).unwrap_or(0);
        if let Some(draft) = place.checked_sub(1).and_then(|place| drafts.get_mut(place)) {
            draft.add(row)?;
        }
    }
    drafts.into_iter().map(Draft::finish).collect()
}

/// A document that is being put together.
#[derive(Default)]
pub(super) struct Draft {
    document: Value,
    exists: bool,
    key: Option<[u8; 32]>,
    person: Person,
    behind: u32,
}

impl Draft {
    pub(super) fn add(&mut self, row: &Row) -> Result<(), StoreError> {
        if let Some(text) = row.try_get::<_, Option<&str>>(2)? {
            self.document = serde_json::from_str(text)?;
        }
        if !self.exists
            && let Some(key) = row.try_get::<_, Option<&[u8]>>(6)?
        {
            self.key = key.try_into().ok();
            self.person = serde_json::from_str(row.try_get(7)?)?;
        }
        self.exists |= row.try_get::<_, Option<i64>>(1)?.is_some();
        if row.try_get::<_, Option<i64>>(3)?.is_some() {
            let recorded: Value = serde_json::from_str(row.try_get(4)?)?;
            changes::apply(&mut self.document, &recorded["member"]);
            self.document["head"] = Value::from(row.try_get::<_, String>(5)?);
            self.exists = true;
            self.behind += 1;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Option<Loaded>, StoreError> {
        if !self.exists {
            return Ok(None);
        }
        let member: Member = serde_json::from_value(self.document)?;
        Ok(Some(Loaded { member, key: self.key, person: self.person, behind: self.behind }))
    }
}

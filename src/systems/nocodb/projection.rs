//! Shows the ledger in NocoDB: `Points` gets one row per entry, `Members` one per member, in bulk calls.
//! Guarantees: what is there is looked up first, so a row never doubles, however a delivery before ended; an older state
//! never overwrites a newer one; a row that NocoDB refuses is parked alone and holds nobody back.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    NAME, Nocodb, TableIds,
    client::{CallError, ROWS_PER_CALL, Record},
    map,
};
use crate::{
    delivery::{FeedDestination, FeedItem, IntentDestination, IntentItem, Outcome, Sending},
    loyalty::intent::Action,
    store::deliveries::Parked,
};

/// The destination of the feed `nocodb`, and of its parked rows when a person sends them again.
pub struct Projection {
    nocodb: Nocodb,
}

const POINTS: &str = "Points";
const MEMBERS: &str = "Members";
const POINTS_COLUMNS: [&str; 11] = [
    "Id",
    "Entry",
    "Member",
    "Account",
    "Points",
    "Rule",
    "Order",
    "Text",
    "Occurred at",
    "Effective at",
    "Expires at",
];
const MEMBERS_COLUMNS: [&str; 16] = [
    "Id",
    "Member",
    "External id",
    "Name",
    "Tier",
    "Available",
    "Pending",
    "Reserved",
    "Debt",
    "Earned",
    "Orders",
    "Segments",
    "Last activity",
    "Joined",
    "Test",
    "Version",
];

/// A row on its way, with the number of the item it belongs to.
type Row = (usize, Record);

/// A row that NocoDB refuses for ever.
struct Refusal {
    item: usize,
    table: &'static str,
    row: Record,
    problem: String,
}

impl Projection {
    pub fn new(nocodb: Nocodb) -> Self {
        Self { nocodb }
    }

    /// Brings both tables up to date; what was refused for ever.
    async fn show(&self, points: Vec<Row>, members: Vec<Row>) -> Result<Vec<Refusal>, CallError> {
        let shown = async {
            let ids = self.nocodb.table_ids().await?;
            let mut refusals = Vec::new();
            for chunk in points.chunks(ROWS_PER_CALL) {
                self.append(&ids, chunk, &mut refusals).await?;
            }
            for chunk in members.chunks(ROWS_PER_CALL) {
                self.upsert(&ids, chunk, &mut refusals).await?;
            }
            Ok(refusals)
        };
        let shown = shown.await;
        if matches!(shown, Err(CallError::Missing(_))) {
            self.nocodb.forget_tables();
        }
        shown
    }

    /// Adds the entries that are not there yet.
    async fn append(&self, ids: &TableIds, rows: &[Row], refusals: &mut Vec<Refusal>) -> Result<(), CallError> {
        let new = self.not_there(ids, rows).await?;
        match self.insert(ids, POINTS, &new).await {
            Err(error) if error.is_about_content() => {}
            other => return other,
        }
        // Somebody else was faster, or a row is refused: look again, then find out which one.
        for row in self.not_there(ids, rows).await? {
            match self.insert(ids, POINTS, std::slice::from_ref(&row)).await {
                Ok(()) | Err(CallError::Duplicate(_)) => {}
                Err(error) => refuse(error, POINTS, row, refusals)?,
            }
        }
        Ok(())
    }

    async fn not_there(&self, ids: &TableIds, rows: &[Row]) -> Result<Vec<Row>, CallError> {
        let found = self.find(ids, POINTS, "Entry", &POINTS_COLUMNS, rows).await?;
        let there: BTreeSet<String> = found.iter().map(|row| key(row, "Entry")).collect();
        Ok(rows.iter().filter(|(_, row)| !there.contains(&key(row, "Entry"))).cloned().collect())
    }

    /// Adds the members that are not there yet and changes the others.
    async fn upsert(&self, ids: &TableIds, rows: &[Row], refusals: &mut Vec<Refusal>) -> Result<(), CallError> {
        let (new, known) = self.split(ids, rows).await?;
        let bulk = async {
            self.insert(ids, MEMBERS, &new).await?;
            self.update(ids, &known).await
        };
        match bulk.await {
            Err(error) if error.is_about_content() => {}
            other => return other,
        }
        let (new, known) = self.split(ids, rows).await?;
        for row in new {
            if let Err(error) = self.insert(ids, MEMBERS, std::slice::from_ref(&row)).await {
                refuse(error, MEMBERS, row, refusals)?;
            }
        }
        for row in known {
            if let Err(error) = self.update(ids, std::slice::from_ref(&row)).await {
                refuse(error, MEMBERS, row, refusals)?;
            }
        }
        Ok(())
    }

    /// Members that have no row yet, and those that have one, under its Id; a row of a newer state is left alone.
    async fn split(&self, ids: &TableIds, rows: &[Row]) -> Result<(Vec<Row>, Vec<Row>), CallError> {
        let mut there: BTreeMap<String, Record> = BTreeMap::new();
        for row in self.find(ids, MEMBERS, "Member", &MEMBERS_COLUMNS, rows).await? {
            there.entry(key(&row, "Member")).or_insert(row);
        }
        let (mut new, mut known) = (Vec::new(), Vec::new());
        for (item, row) in rows {
            let Some(found) = there.get(&key(row, "Member")) else {
                new.push((*item, row.clone()));
                continue;
            };
            if version(found) <= version(row) {
                let mut row = row.clone();
                row.insert("Id".to_owned(), map::id(found).into());
                known.push((*item, row));
            }
        }
        Ok((new, known))
    }

    /// The rows in `table` whose `column` is that of one of `rows`.
    async fn find(
        &self,
        ids: &TableIds,
        table: &str,
        column: &str,
        columns: &[&str],
        rows: &[Row],
    ) -> Result<Vec<Record>, CallError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        // Our own ids: letters, digits and _ only, so nothing in them can end the filter.
        let keys: Vec<String> = rows.iter().map(|(_, row)| key(row, column)).collect();
        let filter = format!("({column},in,{})", keys.join(","));
        self.nocodb.client.rows(&ids[table], columns, Some(&filter)).await
    }

    async fn insert(&self, ids: &TableIds, table: &str, rows: &[Row]) -> Result<(), CallError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.nocodb.client.insert(&ids[table], &records(rows)).await
    }

    async fn update(&self, ids: &TableIds, rows: &[Row]) -> Result<(), CallError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.nocodb.client.update(&ids[MEMBERS], &records(rows)).await
    }

    /// One row that was parked, once more.
    async fn again(&self, content: &Value) -> Outcome {
        let Some(row) = content["row"].as_object().map(|row| vec![(0, row.clone())]) else {
            return Outcome::Refused("it does not say which row it is".to_owned());
        };
        let (points, members) = if content["table"] == POINTS { (row, Vec::new()) } else { (Vec::new(), row) };
        match self.show(points, members).await {
            Ok(refusals) => refusals.into_iter().next().map_or(Outcome::Delivered, |r| Outcome::Refused(r.problem)),
            Err(error) => error.outcome(),
        }
    }
}

impl FeedDestination for Projection {
    fn name(&self) -> &'static str {
        NAME
    }

    fn batch(&self) -> usize {
        ROWS_PER_CALL
    }

    fn deliver<'a>(&'a self, items: &'a [FeedItem]) -> Sending<'a, Vec<Outcome>> {
        Box::pin(async move {
            let entries = items.iter().enumerate().flat_map(|(item, feed)| {
                let entries =
                    feed.events.iter().flat_map(|event| event.entries.iter().map(move |entry| (event, entry)));
                entries.map(move |(event, entry)| (item, map::points_row(event, entry)))
            });
            let members = items.iter().enumerate().map(|(item, feed)| (item, map::member_row(feed)));
            match self.show(entries.collect(), members.collect()).await {
                Ok(refusals) => outcomes(items.len(), refusals),
                Err(error) => vec![error.outcome(); items.len()],
            }
        })
    }
}

impl IntentDestination for Projection {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parallel(&self) -> usize {
        10
    }

    fn carry_out<'a>(&'a self, item: &'a IntentItem) -> Sending<'a, Outcome> {
        Box::pin(async move {
            match &item.action {
                Action::Parked { content, .. } => self.again(content).await,
                _ => Outcome::Refused("NocoDB only takes rows".to_owned()),
            }
        })
    }
}

fn outcomes(items: usize, refusals: Vec<Refusal>) -> Vec<Outcome> {
    let mut parked: Vec<Vec<Parked>> = (0..items).map(|_| Vec::new()).collect();
    for Refusal { item, table, row, problem } in refusals {
        let key = if table == POINTS { key(&row, "Entry") } else { MEMBERS.to_owned() };
        parked[item].push(Parked { key, content: json!({"table": table, "row": row}), problem });
    }
    let outcome = |parked: Vec<Parked>| {
        if parked.is_empty() { Outcome::Delivered } else { Outcome::DeliveredExcept(parked) }
    };
    parked.into_iter().map(outcome).collect()
}

/// Notes a row that will never be taken; any other error is for all rows.
fn refuse(
    error: CallError,
    table: &'static str,
    (item, mut row): Row,
    refusals: &mut Vec<Refusal>,
) -> Result<(), CallError> {
    if !matches!(error, CallError::Refused(_)) {
        return Err(error);
    }
    row.remove("Id"); // it is looked up again
    refusals.push(Refusal { item, table, row, problem: error.to_string() });
    Ok(())
}

fn records(rows: &[Row]) -> Vec<Record> {
    rows.iter().map(|(_, row)| row.clone()).collect()
}

fn key(row: &Record, column: &str) -> String {
    row.get(column).map(map::text).unwrap_or_default()
}

fn version(row: &Record) -> u64 {
    row.get("Version").map(map::text).and_then(|text| text.parse().ok()).unwrap_or(0)
}

//! Shows what of members waits for a person in the table `Parked`, and carries out what a person chooses there.
//! Guarantees: a choice is one event, however often it is read; what is given is given once, whoever else says so at the same moment;
//! what came of it is said in the row.

use std::{collections::BTreeSet, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::{
    Failure, Nocodb, TableIds,
    client::{CallError, ROWS_PER_CALL, Record},
    columns::{ID, OfParked, to_read},
    looking::{self, Looking, Pace},
    map::{self, instant, record, shown},
    pairs::Around,
    show::key,
};
use crate::{
    ids,
    intake::{Incoming, Who},
    loyalty::{
        mechanics::{CameOf, came_of, given_again},
        receipt::Receipt,
    },
    programme::tables::{self, Columns, Table},
    store::{Store, parked::ParkedRow},
    writer::Writer,
};

pub const PARKED: &str = OfParked::TABLE;
/// Facts shown at once; the next ones come as these are dealt with.
const SHOWN: usize = 200;
/// How often a base without the table is asked for it again.
const ASKED_EVERY: SignedDuration = SignedDuration::from_secs(60);
/// Who chooses here, as the ledger records it.
const SOURCE: &str = "nocodb:parked";

/// The table, and what the ledger knows beside it.
pub struct Waiting {
    nocodb: Nocodb,
    store: Store,
    writer: Writer,
    brand: String,
    pace: Pace,
    /// When the table was not there.
    absent_at: Option<Timestamp>,
}

/// What a row is to say, and whether the choice is taken away.
struct Verdict {
    state: &'static str,
    answer: String,
}

impl Verdict {
    fn of(state: &'static str, answer: impl Into<String>) -> Self {
        Self { state, answer: answer.into() }
    }
}

impl Waiting {
    pub fn new(nocodb: Nocodb, poll: Duration, around: Around) -> Self {
        let Around { store, writer, brand, clock, health } = around;
        Self { nocodb, store, writer, brand, pace: Pace { clock, health, poll }, absent_at: None }
    }

    /// Looks again and again until told to stop.
    pub async fn watch(mut self, stop: CancellationToken) {
        let pace = self.pace.clone();
        looking::watch(&mut self, &pace, stop).await;
    }

    /// Reads the table once and does what follows from it.
    pub async fn look(&mut self) -> Result<(), Failure> {
        let looked = self.look_once().await;
        if let Err(Failure::Call(CallError::Missing(_))) = looked {
            self.nocodb.forget_tables();
        }
        looked
    }

    async fn look_once(&mut self) -> Result<(), Failure> {
        let now = self.pace.clock.now();
        if self.absent_at.is_some_and(|at| now.duration_since(at) < ASKED_EVERY) {
            return Ok(());
        }
        let ids = self.nocodb.table_ids().await?;
        let Some(table) = tables::named(PARKED).filter(|table| ids.contains_key(&table.title)) else {
            self.nocodb.forget_tables(); // setup may make it
            self.absent_at = Some(now);
            return Ok(());
        };
        self.absent_at = None;
        let waits = format!("({},in,waits)", OfParked::State.title());
        let rows = self.nocodb.read(&ids, PARKED, &to_read(table), Some(&waits)).await?;
        let facts = self.store.parked(&self.brand, Default::default(), SHOWN).await?;
        let facts: Vec<ParkedRow> = facts.into_iter().filter(|fact| fact.member.is_some()).collect();
        let (mut there, mut changes) = (BTreeSet::new(), Vec::new());
        for row in &rows {
            there.insert(key(row, OfParked::Fact));
            let verdict = self.settle(row, &facts, now).await?;
            changes.extend(verdict.and_then(|verdict| changed(row, verdict)));
        }
        self.write(&ids, &changes).await?;
        self.add(&ids, table, &facts, &there).await
    }

    /// What a row is to say; nothing when it waits for a choice.
    async fn settle(&self, row: &Record, facts: &[ParkedRow], now: Timestamp) -> Result<Option<Verdict>, Failure> {
        let name = key(row, OfParked::Fact);
        let fact = match facts.iter().find(|fact| name_of(fact) == name) {
            Some(fact) => fact.clone(),
            None => match self.found(&name).await? {
                Some(fact) => fact,
                None => return self.gone(row, &name, now).await.map(Some),
            },
        };
        match key(row, OfParked::Resolve).as_str() {
            "" => Ok(None),
            "continue" => self.go_on(row, &fact, now).await.map(Some),
            "drop" => {
                self.store.unpark(&self.brand, &fact.source, &fact.id, fact.number).await?;
                Ok(Some(Verdict::of("dropped", "It is off the list; nothing was given.")))
            }
            other => Ok(Some(Verdict::of("waits", format!("Resolve: `{other}` is neither `continue` nor `drop`")))),
        }
    }

    /// One that is not among those that are shown.
    async fn found(&self, name: &str) -> Result<Option<ParkedRow>, Failure> {
        let Ok((source, id, number)) = serde_json::from_str::<(String, String, u32)>(name) else { return Ok(None) };
        let fact = self.store.parked_fact(&self.brand, &source, &id).await?;
        Ok(fact.filter(|fact| fact.number == number))
    }

    /// It waits no more: by this row's own choice, whose answer was lost, or by what happened elsewhere.
    async fn gone(&self, row: &Record, name: &str, now: Timestamp) -> Result<Verdict, Failure> {
        let elsewhere = || Verdict::of("dealt with", "It waits no more.");
        let Ok((_, fact, _)) = serde_json::from_str::<(String, String, u32)>(name) else { return Ok(elsewhere()) };
        let own = self.store.event(&self.brand, SOURCE, &event_of(row, &fact)).await?;
        Ok(own.map_or_else(elsewhere, |stored| verdict(&stored.receipt, now)))
    }

    /// Tries again what waits.
    async fn go_on(&self, row: &Record, fact: &ParkedRow, now: Timestamp) -> Result<Verdict, Failure> {
        let (Some(again), Some(member)) = (given_again(&fact.content), fact.member.clone()) else {
            let answer = "This is nothing that could be given now: mend what Reason says, then choose `drop`.";
            return Ok(Verdict::of("waits", answer));
        };
        let incoming = Incoming {
            brand: self.brand.clone(),
            source: SOURCE.to_owned(),
            id: event_of(row, &fact.id),
            occurred_at: None,
            fact: again,
            who: Who::of(member),
        };
        match self.writer.accept(incoming).await {
            Ok(accepted) => Ok(verdict(&accepted.receipt, now)),
            Err(passing) if passing.is_passing() => Err(passing.into()),
            Err(refused) => Ok(Verdict::of("waits", format!("{}: {refused}.", second(now)))),
        }
    }

    /// Facts that no row is about.
    async fn add(
        &self,
        ids: &TableIds,
        table: &Table,
        facts: &[ParkedRow],
        there: &BTreeSet<String>,
    ) -> Result<(), Failure> {
        let mut new = Vec::new();
        for fact in facts.iter().filter(|fact| !there.contains(&name_of(fact))) {
            // Dealt with since it was read, it would come back.
            let Some(fact) = self.found(&name_of(fact)).await? else { continue };
            let member = self.store.led(&self.brand, fact.member.clone().unwrap_or_default()).await?;
            new.push(record([
                (OfParked::Member, member.as_ref().map(shown).into()),
                (OfParked::Reason, fact.reason.clone().into()),
                (OfParked::State, "waits".into()),
                (OfParked::Since, instant(fact.recorded_at).into()),
                (OfParked::Fact, name_of(&fact).into()),
            ]));
        }
        for chunk in new.chunks(ROWS_PER_CALL) {
            self.nocodb.client.insert(&ids[&table.title], chunk).await?;
        }
        Ok(())
    }

    async fn write(&self, ids: &TableIds, changes: &[Record]) -> Result<(), Failure> {
        for chunk in changes.chunks(ROWS_PER_CALL) {
            match self.nocodb.client.update(&ids[PARKED], chunk).await {
                Err(CallError::Gone(_)) => {} // somebody deleted a row: the others are told at the next look
                other => other?,
            }
        }
        Ok(())
    }
}

impl Looking for Waiting {
    const WHAT: &str = "table Parked";
    const MEANWHILE: &str = "nothing is continued or dropped there meanwhile";

    async fn look(&mut self) -> Result<(), Failure> {
        Self::look(self).await
    }
}

/// The event of a choice: the answer that stands there makes each choice one of its own, and the same choice read again the same.
fn event_of(row: &Record, fact: &str) -> String {
    let before = ids::sha256_hex(key(row, OfParked::Answer).as_bytes());
    format!("{fact}:{}:{}", map::id(row), &before[..16])
}

fn verdict(receipt: &Receipt, now: Timestamp) -> Verdict {
    let at = second(now);
    match came_of(receipt) {
        CameOf::Given(what) => Verdict::of("given", format!("{at}: {what}.")),
        CameOf::Nothing(why) => Verdict::of("dealt with", format!("{at}: nothing is to be given, {why}.")),
        CameOf::Waits(why) => Verdict::of("waits", format!("{at}: it waits on. {why}.")),
    }
}

fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The name of a fact in one cell.
fn name_of(fact: &ParkedRow) -> String {
    serde_json::to_string(&(&fact.source, &fact.id, fact.number)).unwrap_or_default() // texts and a number
}

/// The row with what came of its choice. What waits on takes another choice.
fn changed(row: &Record, Verdict { state, answer }: Verdict) -> Option<Record> {
    let mut cells = Record::from_iter([(ID.to_owned(), map::id(row).into())]);
    for (column, text) in [(OfParked::State, state), (OfParked::Answer, answer.as_str())] {
        if key(row, column) != text {
            cells.insert(column.title().to_owned(), text.into());
        }
    }
    if state == "waits" && !key(row, OfParked::Resolve).is_empty() {
        cells.insert(OfParked::Resolve.title().to_owned(), serde_json::Value::Null);
    }
    (cells.len() > 1).then_some(cells)
}

//! Shows who may be one person in the table `Duplicates`, and carries out what a person decides there.
//! Guarantees: a decision is carried out once, however often it is read; nobody is merged but two whom the ledger holds for
//! possibly one, in the direction that the row shows; what is wrong is said in the row.

use std::{borrow::Cow, collections::BTreeSet, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::{
    Failure, Nocodb, TableIds,
    client::{CallError, ROWS_PER_CALL, Record},
    columns::{ID, OfDuplicates, to_read},
    looking::{self, Looking, Pace},
    map::{self, Pair},
    show::key,
};
use crate::{
    clock::{Clock, from_micros},
    delivery::Health,
    intake::{Incoming, Who, fields::check_reason},
    loyalty::{Fact, event::Merged},
    programme::tables::{self, Columns, Table},
    store::{Store, duplicates::Duplicate, find::Loaded},
    values::text,
    writer::Writer,
};

pub const DUPLICATES: &str = OfDuplicates::TABLE;
/// Pairs shown at once; the next ones come as these are settled.
const SHOWN: usize = 200;
/// How often what is shown is held against who they are now.
const COMPARED_EVERY: SignedDuration = SignedDuration::from_secs(60);
const ONE: &str = "They are one member.";
/// Who decides here, as the ledger records it.
const SOURCE: &str = "nocodb";

/// The table, and what the ledger knows beside it.
pub struct Pairs {
    nocodb: Nocodb,
    store: Store,
    writer: Writer,
    brand: String,
    pace: Pace,
    /// The open pairs of the last look, and when they were last held against who they are.
    seen: Vec<Duplicate>,
    compared_at: Option<Timestamp>,
    /// The table is not there, which was said.
    absent: bool,
}

/// What the pairs work with.
pub struct Around {
    pub store: Store,
    pub writer: Writer,
    pub brand: String,
    pub clock: Arc<dyn Clock>,
    pub health: Health,
}

/// What became of a row.
struct Verdict {
    state: &'static str,
    answer: String,
}

impl Verdict {
    fn of(state: &'static str, answer: impl Into<String>) -> Self {
        Self { state, answer: answer.into() }
    }

    fn merged() -> Self {
        Self::of("merged", ONE)
    }

    fn apart() -> Self {
        Self::of("kept apart", "They are two people.")
    }

    /// What is wrong with the decision: the pair stays open.
    fn problem(answer: impl Into<String>) -> Self {
        Self::of("open", answer)
    }
}

impl Pairs {
    pub fn new(nocodb: Nocodb, poll: Duration, around: Around) -> Self {
        let Around { store, writer, brand, clock, health } = around;
        let pace = Pace { clock, health, poll };
        Self { nocodb, store, writer, brand, pace, seen: Vec::new(), compared_at: None, absent: false }
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
        let compares = self.compared_at.is_none_or(|at| now.duration_since(at) >= COMPARED_EVERY);
        if self.absent && !compares {
            return Ok(());
        }
        let ids = self.nocodb.table_ids().await?;
        let Some(table) = tables::named(DUPLICATES).filter(|table| ids.contains_key(&table.title)) else {
            self.nocodb.forget_tables();
            self.compared_at = Some(now);
            if !std::mem::replace(&mut self.absent, true) {
                tracing::info!("NocoDB has no table {DUPLICATES} yet: `loyalty setup nocodb` makes it");
            }
            return Ok(());
        };
        self.absent = false;
        let nobody_settled = format!("({},in,open)", OfDuplicates::State.title());
        let rows = self.nocodb.read(&ids, DUPLICATES, &to_read(table), Some(&nobody_settled)).await?;
        let pairs = self.store.duplicates(&self.brand, Default::default(), SHOWN).await?;
        let mut shown = BTreeSet::new();
        let mut changes = Vec::new();
        for row in &rows {
            let is_double = pair_of(row).is_some_and(|pair| !shown.insert(sorted(pair)));
            let verdict = if is_double && decision(row).is_empty() {
                Some(Verdict::of("double", "Another row is about the same two."))
            } else {
                self.settle(row, &pairs).await?
            };
            let mut cells = match verdict {
                Some(Verdict { state, answer }) => {
                    vec![(OfDuplicates::State, state.to_owned()), (OfDuplicates::Answer, answer)]
                }
                None => vec![(OfDuplicates::Answer, String::new())],
            };
            if compares {
                cells.extend(self.named(row).await?);
            }
            changes.extend(changed(row, cells));
        }
        self.write(&ids, &changes).await?;
        if compares || pairs != self.seen {
            self.add(&ids, table, &pairs, &shown).await?;
        }
        self.seen = pairs;
        if compares {
            self.compared_at = Some(now);
        }
        Ok(())
    }

    /// What a row is to say; nothing when it waits for a decision.
    async fn settle(&self, row: &Record, pairs: &[Duplicate]) -> Result<Option<Verdict>, Failure> {
        let Some(pair) = pair_of(row) else {
            return Ok(Some(Verdict::problem(
                "Pair: was changed; delete this row, and the pair comes back in another one.",
            )));
        };
        if !pairs.iter().any(|known| known.members == sorted(pair.clone())) {
            match self.store.pair_state(&self.brand, pair.clone()).await?.as_deref() {
                Some("open") => {}
                Some("merged") => return Ok(Some(Verdict::merged())),
                Some(_) => return Ok(Some(Verdict::apart())),
                None => return Ok(Some(Verdict::problem("Pair: the ledger knows no such pair; delete this row."))),
            }
        }
        if decision(row).is_empty() {
            return Ok(None);
        }
        let reason = key(row, OfDuplicates::Reason);
        let Ok(reason) = text::clean(&reason).map(Cow::into_owned) else {
            return Ok(Some(Verdict::problem("Reason: is no text")));
        };
        let mut wrong = Vec::new();
        check_reason(&reason, &mut wrong);
        if let Some(wrong) = wrong.first() {
            return Ok(Some(Verdict::problem(format!("Reason: {}", wrong.detail))));
        }
        match decision(row).as_str() {
            "merge" => self.merge(&pair, map::id(row), reason).await.map(Some),
            "keep apart" => {
                let kept = self.store.keep_apart(&self.brand, pair, (SOURCE, &reason)).await?;
                Ok(Some(if kept { Verdict::apart() } else { Verdict::merged() }))
            }
            other => Ok(Some(Verdict::problem(format!("Decision: `{other}` is neither `merge` nor `keep apart`")))),
        }
    }

    /// The second becomes part of the first. The row's number makes it one merge, however often it is read.
    async fn merge(&self, pair: &[String; 2], row: u64, reason: String) -> Result<Verdict, Failure> {
        let [Some(first), Some(second)] = self.both(pair).await? else {
            return Ok(Verdict::problem("One of the two is no longer a member."));
        };
        if first.member.id == second.member.id {
            return Ok(Verdict::merged());
        }
        let incoming = Incoming {
            brand: self.brand.clone(),
            source: format!("{SOURCE}:merge"),
            id: format!("{}:{row}", pair.join(":")),
            occurred_at: None,
            fact: Fact::Merged(Merged { into: first.member.id, reason }),
            who: Who { id: Some(second.member.id), exact: true, ..Who::default() },
        };
        match self.writer.accept(incoming).await {
            Ok(_) => Ok(Verdict::merged()),
            Err(passing) if passing.is_passing() => Err(passing.into()),
            Err(refused) => Ok(Verdict::problem(format!("They cannot be merged: {refused}"))),
        }
    }

    async fn both(&self, [first, second]: &[String; 2]) -> Result<[Option<Loaded>; 2], Failure> {
        let first = self.store.led(&self.brand, first.clone()).await?;
        Ok([first, self.store.led(&self.brand, second.clone()).await?])
    }

    /// Who the two are now; or that they became one by another way.
    async fn named(&self, row: &Record) -> Result<Vec<(OfDuplicates, String)>, Failure> {
        let Some(pair) = pair_of(row) else { return Ok(Vec::new()) };
        let [Some(first), Some(second)] = self.both(&pair).await? else { return Ok(Vec::new()) };
        if first.member.id == second.member.id {
            return Ok(vec![(OfDuplicates::State, "merged".to_owned()), (OfDuplicates::Answer, ONE.to_owned())]);
        }
        Ok(vec![(OfDuplicates::First, map::shown(&first)), (OfDuplicates::Second, map::shown(&second))])
    }

    /// Pairs that no row is about.
    async fn add(
        &self,
        ids: &TableIds,
        table: &Table,
        pairs: &[Duplicate],
        shown: &BTreeSet<[String; 2]>,
    ) -> Result<(), Failure> {
        let mut new = Vec::new();
        for pair in pairs.iter().filter(|pair| !shown.contains(&pair.members)) {
            let [Some(one), Some(other)] = self.both(&pair.members).await? else { continue };
            if one.member.id == other.member.id {
                continue;
            }
            let [(first, one), (second, other)] = in_order([(&pair.members[0], &one), (&pair.members[1], &other)]);
            let members = [one, other];
            let (id, kind, since) = (format!("{first}:{second}"), pair.kind.as_str(), from_micros(pair.recorded_at));
            new.push(map::pair_row(&Pair { id, kind, since, members }));
        }
        for chunk in new.chunks(ROWS_PER_CALL) {
            self.nocodb.client.insert(&ids[&table.title], chunk).await?;
        }
        Ok(())
    }

    async fn write(&self, ids: &TableIds, changes: &[Record]) -> Result<(), Failure> {
        for chunk in changes.chunks(ROWS_PER_CALL) {
            match self.nocodb.client.update(&ids[DUPLICATES], chunk).await {
                Err(CallError::Gone(_)) => {} // somebody deleted a row: the others are written at the next look
                other => other?,
            }
        }
        Ok(())
    }
}

impl Looking for Pairs {
    const WHAT: &str = "table Duplicates";
    const MEANWHILE: &str = "nobody is merged or kept apart there meanwhile";

    async fn look(&mut self) -> Result<(), Failure> {
        Self::look(self).await
    }
}

/// Who has a customer number stays, then who joined earlier.
fn in_order<'a>(mut pair: [(&'a String, &'a Loaded); 2]) -> [(&'a String, &'a Loaded); 2] {
    pair.sort_by_key(|(id, loaded)| (loaded.person.external_id.is_none(), loaded.member.joined_at, (*id).clone()));
    pair
}

/// The ids of the two, the first one first.
fn pair_of(row: &Record) -> Option<[String; 2]> {
    let text = key(row, OfDuplicates::Pair);
    let (first, second) = text.split_once(':')?;
    Some([first.to_owned(), second.to_owned()])
}

fn sorted(mut pair: [String; 2]) -> [String; 2] {
    pair.sort_unstable();
    pair
}

fn decision(row: &Record) -> String {
    key(row, OfDuplicates::Decision)
}

/// The cells that the row does not show yet, with its number.
fn changed(row: &Record, mut cells: Vec<(OfDuplicates, String)>) -> Option<Record> {
    cells.retain(|(column, text)| key(row, column) != *text);
    let id = (ID.to_owned(), map::id(row).into());
    let cells: Vec<_> = cells.into_iter().map(|(column, text)| (column.title().to_owned(), text.into())).collect();
    (!cells.is_empty()).then(|| cells.into_iter().chain([id]).collect())
}

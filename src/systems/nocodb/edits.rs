//! What people change in `Members`, `Points`, `Achievements` and `Claims`: a name, language or birthday becomes an event of the member,
//! everything else is put back, and the row's `Note` says so. A row that was deleted comes back.
//! Guarantees: only rows that show what the ledger sent last are judged, so that news on its way are nobody's edit; an edit is one
//! event, however often it is read. It goes by when NocoDB changed a row, and by a round through all members: no webhook can be lost.

mod again;
mod beside;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use again::Again;

use super::{
    Failure, NAME, Nocodb, TableIds,
    client::{CallError, ROWS_PER_CALL, Record},
    columns::{ID, OfAchievements, OfClaims, OfMembers, OfPoints, to_read},
    dates,
    looking::{self, Looking, Pace},
    map,
    put_back::{self, Changed},
    show::{MEMBERS, POINTS, key},
};
use crate::{
    clock::Clock,
    delivery::Health,
    ids,
    intake::{Incoming, Reader, member::MemberBody},
    loyalty::{Fact, event::Joined},
    programme::tables::{self, Columns},
    store::{FeedItem, Store, progress::FeedProgress},
    values::{count::counted, id::entry_place},
    writer::{Writer, programmes::LiveProgrammes},
};

/// When NocoDB changed a row last; it keeps this by itself.
const CHANGED: &str = "UpdatedAt";
/// Between two looks at what changed.
const EVERY: Duration = Duration::from_secs(5);
/// Between two stretches of the round, and how many members one has.
const ROUND_EVERY: SignedDuration = SignedDuration::from_secs(60);
const STRETCH: usize = 200;
/// Members whose streams are read together.
const TOGETHER: usize = 50;
/// Rows that one look reads of a table.
const ROWS: usize = 500;
/// A new process looks this far back; the round finds what is older.
const LOOKS_BACK: SignedDuration = SignedDuration::from_mins(15);
/// NocoDB tells instants to the second.
const OVERLAP: SignedDuration = SignedDuration::from_secs(2);
/// Who edits, as the ledger records it: NocoDB does not say who it was.
const SOURCE: &str = "nocodb:member";

/// How far the rows of one table are read that changed since an instant.
#[derive(Debug, Default)]
struct Scan {
    since: Option<Timestamp>,
    newest: Option<Timestamp>,
    read: usize,
}

/// The tables, and what the ledger knows beside them.
pub struct Edits {
    nocodb: Nocodb,
    around: Around,
    pace: Pace,
    /// By table.
    scans: BTreeMap<&'static str, Scan>,
    /// Where the round is, and when it went on last.
    round: (String, String),
    went_on: Option<Timestamp>,
    /// Columns of a table that not every base has, as far as this one has them.
    beside: BTreeMap<&'static str, Vec<&'static str>>,
    /// What was missing and is sent again: once, should NocoDB refuse it.
    again: Again,
}

/// What the edits work with.
#[derive(Clone)]
pub struct Around {
    pub store: Store,
    pub live: LiveProgrammes,
    pub writer: Writer,
    pub clock: Arc<dyn Clock>,
    pub health: Health,
}

impl Edits {
    pub fn new(nocodb: Nocodb, poll: Duration, around: Around) -> Self {
        let pace = Pace { clock: Arc::clone(&around.clock), health: around.health.clone(), poll: poll.max(EVERY) };
        let (scans, round, went_on, beside, again) = Default::default();
        Self { nocodb, around, pace, scans, round, went_on, beside, again }
    }

    /// Looks again and again until told to stop.
    pub async fn watch(mut self, stop: CancellationToken) {
        let pace = self.pace.clone();
        looking::watch(&mut self, &pace, stop).await;
    }

    /// Reads once what changed, goes on with the round when it is time, and does what follows.
    pub async fn look(&mut self) -> Result<(), Failure> {
        let looked = self.look_once().await;
        if let Err(Failure::Call(CallError::Missing(_))) = looked {
            self.nocodb.forget_tables();
        }
        looked
    }

    async fn look_once(&mut self) -> Result<(), Failure> {
        let (ids, now) = (self.nocodb.table_ids().await?, self.pace.clock.now());
        let goes_on = self.went_on.is_none_or(|at| now.duration_since(at) >= ROUND_EVERY);
        if goes_on {
            self.beside = self.columns_beside(&ids).await?;
        }
        let rows = self.changed(&ids, MEMBERS, now).await?;
        self.judge_members(&ids, &rows).await?;
        let rows = self.changed(&ids, POINTS, now).await?;
        self.judge_points(&ids, &rows).await?;
        self.judge_beside::<OfAchievements>(&ids, now).await?;
        self.judge_beside::<OfClaims>(&ids, now).await?;
        if goes_on {
            self.go_on(&ids).await?;
            self.nocodb.trim(&ids, now).await?;
            self.went_on = Some(now);
            if !Nocodb::has_beside(&ids) {
                self.nocodb.forget_tables(); // setup may have made them since
            }
        }
        Ok(())
    }

    /// Rows that changed since they were looked at.
    async fn changed(&mut self, ids: &TableIds, table: &'static str, now: Timestamp) -> Result<Vec<Record>, Failure> {
        let mut columns = self.columns(table);
        columns.push(CHANGED);
        let scan = self.scans.entry(table).or_default();
        let since = *scan.since.get_or_insert(now - LOOKS_BACK);
        let filter = format!("({CHANGED},gte,exactDate,{})", map::instant(since));
        let (rows, is_last) = self.nocodb.client.some(&ids[table], &columns, &filter, (ROWS, scan.read)).await?;
        let at = rows.iter().filter_map(|row| dates::at(&key(row, CHANGED))).max();
        scan.newest = scan.newest.max(at);
        scan.read += rows.len();
        if is_last {
            let newest = scan.newest.take().map_or(since, |newest| newest - OVERLAP);
            *scan = Scan { since: Some(newest.max(since)), ..Scan::default() };
        }
        Ok(rows)
    }

    fn columns(&self, table: &'static str) -> Vec<&'static str> {
        let mut columns = tables::named(table).map(to_read).unwrap_or_default();
        columns.extend(self.beside.get(table).into_iter().flatten());
        columns
    }

    async fn columns_beside(&self, ids: &TableIds) -> Result<BTreeMap<&'static str, Vec<&'static str>>, CallError> {
        let mut beside = BTreeMap::new();
        for table in [MEMBERS, POINTS] {
            let optional = tables::named(table).into_iter().flat_map(|table| &table.columns);
            let mut there = Vec::new();
            for column in optional.filter(|column| column.optional) {
                match self.nocodb.client.first(&ids[table], &[ID, &column.title]).await {
                    Ok(_) => there.push(column.title.as_str()),
                    Err(CallError::Missing(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            beside.insert(table, there);
        }
        Ok(beside)
    }

    /// These members with what was delivered of them: all, or those about whom nothing is on its way.
    async fn shown(&self, members: BTreeSet<String>, settled: bool) -> Result<Vec<FeedItem>, Failure> {
        let brands: Vec<String> = self.around.live.all().into_keys().collect();
        let pairs = members.iter().flat_map(|member| brands.iter().map(move |brand| (brand.clone(), member.clone())));
        let progress = self.around.store.progress_with(NAME, pairs.collect()).await?;
        let wanted: Vec<FeedProgress> = progress.into_iter().filter(|one| !settled || one.is_settled()).collect();
        let mut items = Vec::new();
        for some in wanted.chunks(TOGETHER) {
            items.extend(self.around.store.delivered(some).await?);
        }
        Ok(items)
    }

    /// What people made of rows of members.
    async fn judge_members(&self, ids: &TableIds, rows: &[Record]) -> Result<(), Failure> {
        let items = self.shown(rows.iter().map(|row| key(row, OfMembers::Member)).collect(), true).await?;
        let items: BTreeMap<&str, &FeedItem> = items.iter().map(|item| (item.member.id.as_str(), item)).collect();
        let mut changes = Vec::new();
        for row in rows {
            let Some(item) = items.get(key(row, OfMembers::Member).as_str()) else { continue };
            if key(row, OfMembers::Version) != item.member.version.to_string() {
                continue; // it shows what was before, or its version was changed: the round tells it again
            }
            let wanted = map::member_row(item);
            let mut changed = put_back::of_member(row, &wanted, item.member.merged_into.is_none());
            if changed.is_nothing() {
                continue;
            }
            self.tell(item, row, (&wanted, &mut changed)).await?;
            changes.extend(self.as_written(MEMBERS, row, changed));
        }
        self.write(ids, MEMBERS, &changes).await
    }

    /// Lets the ledger know what a person wrote about a member; what it does not take is put back.
    async fn tell(
        &self,
        item: &FeedItem,
        row: &Record,
        (wanted, changed): (&Record, &mut Changed),
    ) -> Result<(), Failure> {
        let written = std::mem::take(&mut changed.written);
        if written.is_empty() {
            return Ok(());
        }
        let reader = Reader::new(self.pace.clock.now(), None);
        let text = |column: OfMembers| written.iter().find(|(known, _)| *known == column).map(|(_, text)| text.clone());
        let body = MemberBody {
            id: Some(item.member.id.clone().into()),
            name: text(OfMembers::Name),
            language: text(OfMembers::Language),
            birthday: text(OfMembers::Birthday),
            ..MemberBody::default()
        };
        let who = body.who(&reader, "", &mut Vec::new());
        let mut taken = Vec::new();
        for (column, _) in &written {
            let pointer = format!("/{}", column.title().to_lowercase());
            match who.left_out.iter().find(|error| error.pointer == pointer) {
                Some(error) => changed.put_back(*column, (row, wanted), &format!(": it {}", error.detail)),
                None => taken.push(*column),
            }
        }
        if taken.is_empty() {
            return Ok(());
        }
        let parts: Vec<String> = written.iter().map(|(column, text)| format!("{}={text}", column.title())).collect();
        let id = format!(
            "{}@{}:{}",
            item.member.id,
            item.member.version,
            &ids::sha256_hex(parts.join("\n").as_bytes())[..16]
        );
        let fact = Fact::Changed(Joined { language: who.facts.language.clone(), ..Joined::default() });
        let incoming =
            Incoming { brand: item.brand.clone(), source: SOURCE.to_owned(), id, occurred_at: None, fact, who };
        match self.around.writer.accept(incoming).await {
            Ok(_) => {
                let titles: Vec<&str> = taken.iter().map(|column| column.title()).collect();
                changed.said.push(format!("{} as it stands here is known to the ledger", titles.join(", ")));
            }
            Err(passing) if passing.is_passing() => return Err(passing.into()),
            Err(refused) => {
                for column in taken {
                    changed.put_back(column, (row, wanted), &format!(": {refused}"));
                }
            }
        }
        Ok(())
    }

    /// What people made of rows of entries.
    async fn judge_points(&self, ids: &TableIds, rows: &[Record]) -> Result<(), Failure> {
        let of = |row: &Record| entry_place(&key(row, OfPoints::Entry)).map(|(member, _)| member);
        // An entry never changes: what is on its way of its member does not matter.
        let items = self.shown(rows.iter().filter_map(of).collect(), false).await?;
        let wanted = wanted_entries(&items);
        let mut changes = Vec::new();
        for row in rows {
            let changed = match wanted.get(&key(row, OfPoints::Entry)) {
                Some(wanted) => put_back::of_entry(row, wanted),
                None => continue, // the round brings back what is missing; what is nobody's is named by `loyalty verify --nocodb`
            };
            if !changed.is_nothing() {
                changes.extend(self.as_written(POINTS, row, changed));
            }
        }
        self.write(ids, POINTS, &changes).await
    }

    /// One stretch of the round: every row of some members, what is missing of them included.
    async fn go_on(&mut self, ids: &TableIds) -> Result<(), Failure> {
        let progress = self.around.store.progress_after(NAME, self.round.clone(), STRETCH).await?;
        self.round = match progress.last().filter(|_| progress.len() == STRETCH) {
            Some(last) => (last.brand.clone(), last.member.clone()),
            None => Default::default(),
        };
        let settled: Vec<FeedProgress> = progress.into_iter().filter(FeedProgress::is_settled).collect();
        let mut again = Vec::new();
        for some in settled.chunks(TOGETHER) {
            let members: Vec<&str> = some.iter().map(|one| one.member.as_str()).collect();
            let of = |column: &str| format!("({column},in,{})", members.join(","));
            let client = &self.nocodb.client;
            let rows = client.rows(&ids[MEMBERS], &self.columns(MEMBERS), Some(&of(OfMembers::Member.title()))).await?;
            self.judge_members(ids, &rows).await?;
            let entries = client.rows(&ids[POINTS], &self.columns(POINTS), Some(&of(OfPoints::Member.title()))).await?;
            self.judge_points(ids, &entries).await?;
            // Read after the rows: what came meanwhile is not missing.
            let items = self.around.store.delivered(some).await?;
            self.bring_beside(ids, &items, self.pace.clock.now()).await?;
            let there: BTreeSet<String> = rows
                .iter()
                .map(|row| key(row, OfMembers::Member))
                .chain(entries.iter().map(|row| key(row, OfPoints::Entry)))
                .collect();
            for item in &items {
                let mut missing = self.wanted(item);
                missing.retain(|key| !there.contains(key));
                let stale = rows.iter().any(|row| {
                    key(row, OfMembers::Member) == item.member.id
                        && key(row, OfMembers::Version) != item.version_due.to_string()
                });
                if stale {
                    missing.insert(format!("{}@{}", item.member.id, item.version_due));
                }
                if !missing.is_empty() && self.again.take(&item.member.id, &missing) {
                    again.push((item.brand.clone(), item.member.id.clone()));
                }
            }
        }
        if !again.is_empty() {
            let members = self.around.store.deliver_again(NAME, again, self.pace.clock.now()).await?;
            tracing::info!("NocoDB lacks rows that were there, of {}: they are sent again", counted(members, "member"));
        }
        Ok(())
    }

    /// What is to be there of a member: its row, and those of its entries that are kept there.
    fn wanted(&self, item: &FeedItem) -> BTreeSet<String> {
        let now = self.pace.clock.now();
        let kept = item.events.iter().filter(|event| self.nocodb.keeps(event.event.occurred_at, now));
        let entries = kept.flat_map(|event| event.entries.iter().map(|entry| entry.id.clone()));
        entries.chain([item.member.id.clone()]).collect()
    }

    /// The change that puts a row back and says so, as far as this base has a place for the word.
    fn as_written(&self, table: &'static str, row: &Record, Changed { mut back, said, .. }: Changed) -> Option<Record> {
        let note = if table == MEMBERS { OfMembers::Note.title() } else { OfPoints::Note.title() };
        if self.beside.get(table).is_some_and(|beside| beside.contains(&note)) && !said.is_empty() {
            let at = self.pace.clock.now().strftime("%Y-%m-%d %H:%M UTC");
            back.insert(note.to_owned(), format!("{at}: {}.", said.join(". ")).into());
        }
        (!back.is_empty()).then(|| {
            back.insert(ID.to_owned(), map::id(row).into());
            back
        })
    }

    async fn write(&self, ids: &TableIds, table: &str, changes: &[Record]) -> Result<(), Failure> {
        for some in changes.chunks(ROWS_PER_CALL) {
            match self.nocodb.client.update(&ids[table], some).await {
                Err(CallError::Gone(_)) => {} // somebody deleted a row meanwhile: the next look puts back the others
                other => other?,
            }
        }
        Ok(())
    }
}

impl Looking for Edits {
    const WHAT: &str = "rows of Members, Points, Achievements and Claims";
    const MEANWHILE: &str = "what is changed there by hand stays as it is meanwhile";

    async fn look(&mut self) -> Result<(), Failure> {
        Self::look(self).await
    }
}

/// The rows of these members' entries, by entry.
fn wanted_entries(items: &[FeedItem]) -> BTreeMap<String, Record> {
    let entries = items.iter().flat_map(|item| item.events.iter().map(move |event| (item, event)));
    let rows = entries.flat_map(|(item, event)| {
        event.entries.iter().map(move |entry| (entry.id.clone(), map::points_row(&item.person, event, entry)))
    });
    rows.collect()
}

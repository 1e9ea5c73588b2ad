//! What `Achievements` and `Claims` are to show of members: pure, but for the counts that say which codes are used.
//! Guarantees: how far a member is follows from its document and the instant alone; a row that time changed is not taken for one that a
//! person changed, because it carries the fingerprint of what was written there.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Nocodb,
    client::Record,
    columns::{OfAchievements, OfClaims},
    dates,
    map::{self, instant, record},
    show::{Row, key},
};
use crate::{
    ids,
    loyalty::{
        counters,
        mechanics::{
            Stands,
            challenges::{Achievement, achievements},
            entitlements::{Entitled, Entitlement, GivenFor, entitlements, given_by},
        },
        seen_at,
    },
    programme::tables::{self, Columns, Kind},
    store::{FeedItem, Store, StoreError},
    values::person::Person,
    writer::programmes::LiveProgrammes,
};

pub const ACHIEVEMENTS: &str = OfAchievements::TABLE;
pub const CLAIMS: &str = OfClaims::TABLE;

/// A table beside Members and Points whose rows are told by a name of their own.
pub(super) trait Beside: Columns + PartialEq {
    /// The row's own name, whose member it is, what is said of it, and the fingerprint of what was written.
    const KEY: Self;
    const MEMBER: Self;
    const NOTE: Self;
    const SHOWN: Self;
    /// What the ledger alone says.
    const JUDGED: &'static [Self];
}

impl Beside for OfAchievements {
    const KEY: Self = Self::Achievement;
    const MEMBER: Self = Self::Member;
    const NOTE: Self = Self::Note;
    const SHOWN: Self = Self::Shown;
    const JUDGED: &'static [Self] = &[
        Self::ExternalId,
        Self::Name,
        Self::Challenge,
        Self::Progress,
        Self::State,
        Self::Times,
        Self::Badge,
        Self::When,
        Self::Member,
    ];
}

impl Beside for OfClaims {
    const KEY: Self = Self::Claim;
    const MEMBER: Self = Self::Member;
    const NOTE: Self = Self::Note;
    const SHOWN: Self = Self::Shown;
    const JUDGED: &'static [Self] = &[
        Self::ExternalId,
        Self::Name,
        Self::What,
        Self::State,
        Self::For,
        Self::Points,
        Self::Code,
        Self::When,
        Self::Until,
        Self::Member,
    ];
}

/// The fingerprint of what stands in a row.
pub(super) fn fingerprint<C: Beside>(row: &Record) -> String {
    let cells: Vec<String> = C::JUDGED.iter().map(|column| said(*column, row)).collect();
    ids::sha256_hex(cells.join("\n").as_bytes())[..16].to_owned()
}

/// A cell in one spelling, whichever database keeps it.
pub(super) fn said<C: Columns>(column: C, row: &Record) -> String {
    let kind = tables::named(C::TABLE).and_then(|table| table.column(column.title())).map(|column| column.kind);
    let text = key(row, column);
    match kind {
        Some(Kind::DateTime) => dates::at(&text).map(|at| at.to_string()).unwrap_or_default(),
        Some(Kind::Checkbox) => map::ticked(row, column.title()).to_string(),
        _ => text,
    }
}

/// What is to stand beside the rows of some members, each with the place of its member among them.
#[derive(Debug, Default, Clone)]
pub struct RowsBeside {
    pub achievements: Vec<Row>,
    pub claims: Vec<Row>,
}

/// What these rows are made of.
#[derive(Clone)]
pub struct Sources {
    pub store: Store,
    pub live: LiveProgrammes,
}

impl Sources {
    /// The rows of these members at an instant.
    pub(super) async fn rows(
        &self,
        nocodb: &Nocodb,
        items: &[FeedItem],
        now: Timestamp,
    ) -> Result<RowsBeside, StoreError> {
        let (mut rows, mut entitled) = (RowsBeside::default(), Vec::new());
        for (place, item) in items.iter().enumerate() {
            let Some(programmes) = self.live.of(&item.brand) else { continue };
            let programme = &programmes.live().programme;
            let member = seen_at(programme, &item.member, now);
            let begun = achievements(&programmes, &member, now.max(member.recorded_at));
            rows.achievements.extend(begun.iter().map(|one| (place, achievement_row(item, one))));
            let kept = entitlements(programme, &member).into_iter().filter(|one| nocodb.keeps(one.at, now));
            entitled.extend(kept.map(|one| (place, one)));
        }
        let used = self.used(items, &entitled).await?;
        let given: Vec<BTreeMap<&str, GivenFor>> = items.iter().map(given_for).collect();
        rows.claims.extend(entitled.iter().map(|(place, one)| {
            let is_used = one.open_code().is_some_and(|code| used.contains(&place_of(&items[*place], code)));
            let given_for = given[*place].get(one.id.as_str());
            (*place, claim_row((&items[*place].person, &items[*place].member.id), one, (is_used, given_for)))
        }));
        Ok(rows)
    }

    /// Codes that anybody uses, of those that may have been.
    async fn used(
        &self,
        items: &[FeedItem],
        entitled: &[(usize, Entitlement)],
    ) -> Result<BTreeSet<(String, String)>, StoreError> {
        let codes = entitled.iter().filter_map(|(place, one)| Some(place_of(&items[*place], one.open_code()?)));
        let codes: Vec<_> = codes.collect();
        if codes.is_empty() {
            return Ok(BTreeSet::new());
        }
        let counts = self.store.counts(codes).await?;
        Ok(counts.into_iter().filter(|(_, found)| found.count.used > 0).map(|(place, _)| place).collect())
    }
}

fn place_of(item: &FeedItem, code: &str) -> (String, String) {
    (item.brand.clone(), counters::code(code))
}

/// What the events of an item gave, by its id.
fn given_for(item: &FeedItem) -> BTreeMap<&str, GivenFor> {
    let events = item.events.iter();
    events.filter_map(|stored| given_by(&stored.event.fact, stored.receipt.subject.as_ref())).collect()
}

fn achievement_row(item: &FeedItem, one: &Achievement) -> Record {
    let state = match one.state {
        Stands::Done => "done",
        Stands::Missed => "missed",
        Stands::UnderWay | Stands::Within | Stands::Came | Stands::Left => "in progress",
    };
    whole::<OfAchievements>(record([
        (OfAchievements::ExternalId, json!(item.person.external_id)),
        (OfAchievements::Name, json!(item.person.name)),
        (OfAchievements::Challenge, json!(one.name)),
        (OfAchievements::Progress, json!(format!("{} of {}", one.value, one.goal))),
        (OfAchievements::State, json!(state)),
        (OfAchievements::Times, json!(one.done)),
        (OfAchievements::Badge, json!(one.badge)),
        (OfAchievements::When, json!(one.at.map(instant))),
        (OfAchievements::Member, json!(item.member.id)),
        (OfAchievements::Achievement, json!(format!("{}:{}", item.member.id, one.id))),
    ]))
}

fn claim_row(
    (person, member): (&Person, &str),
    one: &Entitlement,
    (is_used, given_for): (bool, Option<&GivenFor>),
) -> Record {
    let state = match one.state {
        Entitled::Open if is_used => "used",
        Entitled::Open => "open",
        Entitled::HandedOver => "handed over",
        Entitled::TakenBack => "taken back",
    };
    let mut row = record([
        (OfClaims::ExternalId, json!(person.external_id)),
        (OfClaims::Name, json!(person.name)),
        (OfClaims::What, json!(one.name)),
        (OfClaims::State, json!(state)),
        (OfClaims::Code, json!(one.code)),
        (OfClaims::When, json!(instant(one.at))),
        (OfClaims::Until, json!(one.until.map(instant))),
        (OfClaims::Member, json!(member)),
        (OfClaims::Claim, json!(one.id)),
    ]);
    // Of what no event of this delivery gave it stays as it stands there.
    if let Some(given) = given_for {
        row.extend(record([(OfClaims::For, json!(given.words())), (OfClaims::Points, json!(given.points()))]));
    }
    whole::<OfClaims>(row)
}

/// With the fingerprint of all that.
fn whole<C: Beside>(mut row: Record) -> Record {
    row.insert(C::SHOWN.title().to_owned(), Value::String(fingerprint::<C>(&row)));
    row
}

//! What `Points` and `Members` show, held against the ledger: rows that are missing, doubled, changed, or nobody's.
//! Reads only. Dates and texts are not compared.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{
    Nocodb,
    client::{CallError, Record},
    columns::{self, ID, OfMembers, OfPoints},
    map,
    show::{MEMBERS, POINTS, Row, key},
};
use crate::{
    programme::tables::{self, Columns},
    store::FeedItem,
    systems::difference::{Difference, Remedy},
};

/// Cells of `Points` and `Members` that must be as the ledger has them.
const OF_POINTS: [OfPoints; 5] =
    [OfPoints::Member, OfPoints::Account, OfPoints::Points, OfPoints::Rule, OfPoints::Order];
const OF_MEMBERS: [OfMembers; 7] = [
    OfMembers::Tier,
    OfMembers::Available,
    OfMembers::Pending,
    OfMembers::Reserved,
    OfMembers::Debt,
    OfMembers::Earned,
    OfMembers::Orders,
];

impl Nocodb {
    /// Differences of these members (few enough for one filter): `events` are those that NocoDB has been told. For those who
    /// are `settled` nothing is on its way.
    pub async fn compare(
        &self,
        items: &[FeedItem],
        settled: &BTreeSet<String>,
        now: Timestamp,
    ) -> Result<Vec<Difference>, CallError> {
        let ids = self.table_ids().await?;
        let members: Vec<Row> = items.iter().map(map::member_row).enumerate().collect();
        let found = self.find(&ids, MEMBERS, OfMembers::Member.title(), &members).await?;
        let mut differences: Vec<Difference> = items
            .iter()
            .zip(&members)
            .flat_map(|(item, (_, row))| of_member(item, row, &found, settled.contains(&item.member.id)))
            .collect();

        let filter: Vec<&str> = items.iter().map(|item| item.member.id.as_str()).collect();
        let filter = format!("({},in,{})", OfPoints::Member.title(), filter.join(","));
        let columns = tables::named(POINTS).map(columns::to_read).unwrap_or_default();
        let mut found = self.read(&ids, POINTS, &columns, Some(&filter)).await?;
        let rows = entries(items);
        // A row that stands under a wrong member is found by its entry.
        let there: BTreeSet<String> = found.iter().map(|row| key(row, OfPoints::Entry)).collect();
        let elsewhere: Vec<Row> =
            rows.iter().filter(|(_, row)| !there.contains(&key(row, OfPoints::Entry))).cloned().collect();
        found.extend(self.find(&ids, POINTS, OfPoints::Entry.title(), &elsewhere).await?);
        let events = items.iter().flat_map(|item| &item.events);
        let gone = events.filter(|event| !self.keeps(event.event.occurred_at, now));
        let gone: BTreeSet<&str> = gone.flat_map(|event| event.entries.iter().map(|entry| entry.id.as_str())).collect();
        differences.extend(of_points(items, (&rows, &gone), &found));
        Ok(differences)
    }

    /// Rows of members that the ledger does not have.
    pub async fn strangers(&self, known: &BTreeSet<String>) -> Result<Vec<Difference>, CallError> {
        let ids = self.table_ids().await?;
        let mut differences = Vec::new();
        for (table, column) in [(POINTS, OfPoints::Member.title()), (MEMBERS, OfMembers::Member.title())] {
            let each = |page: Vec<Record>| {
                let strange = page.into_iter().filter(|row| !known.contains(&key(row, column)));
                differences.extend(strange.map(|row| {
                    let (id, member) = (map::id(&row), key(&row, column));
                    let what = format!("{table}, row {id}: the ledger has no member `{member}`");
                    by_hand((String::new(), member), String::new(), what, format!("delete row {id} of {table}"))
                }));
            };
            self.client.pages(&ids[table], &[ID, column], None, each).await?;
        }
        Ok(differences)
    }
}

/// The rows that there must be, each with the place of its item.
fn entries(items: &[FeedItem]) -> Vec<Row> {
    let of = |(place, item): (usize, &FeedItem)| {
        let rows = item.events.iter().flat_map(|event| {
            let person = &item.person;
            event.entries.iter().map(move |entry| map::points_row(person, event, entry))
        });
        rows.map(move |row| (place, row)).collect::<Vec<_>>()
    };
    items.iter().enumerate().flat_map(of).collect()
}

fn of_member(item: &FeedItem, row: &Record, found: &[Record], settled: bool) -> Vec<Difference> {
    let member = &item.member.id;
    let of_member = || (item.brand.clone(), member.clone());
    let again = |what: String| Difference {
        brand: item.brand.clone(),
        member: member.clone(),
        key: MEMBERS.to_owned(),
        what,
        remedy: Remedy::TellAgain,
        segments: Vec::new(),
    };
    if item.version_due == 0 {
        return Vec::new(); // nothing was sent yet
    }
    let mut own = found.iter().filter(|row| key(row, OfMembers::Member) == *member);
    let Some(first) = own.next() else { return vec![again(format!("{MEMBERS}: member {member} is missing"))] };
    let mut differences: Vec<Difference> = own
        .map(|row| {
            let (id, what) =
                (map::id(row), format!("{MEMBERS}, row {}: member {member} stands there again", map::id(row)));
            by_hand(of_member(), String::new(), what, format!("delete row {id} of {MEMBERS}"))
        })
        .collect();
    let (id, version) = (map::id(first), key(first, OfMembers::Version).parse().unwrap_or(0_u64));
    if version < item.version_due {
        let what = format!(
            "{MEMBERS}, row {id}: is of event {version}, event {} was sent (member {member})",
            item.version_due
        );
        differences.push(again(what));
    } else if version > item.member.version {
        let what = format!(
            "{MEMBERS}, row {id}: is of event {version}, the ledger has {} (member {member})",
            item.member.version
        );
        differences.push(by_hand(
            of_member(),
            String::new(),
            what,
            format!("empty the cell Version of row {id}, then --again"),
        ));
    } else if settled || version == item.member.version {
        differences.extend(
            cells(&OF_MEMBERS, first, row).map(|cell| again(format!("{MEMBERS}, row {id}: {cell} (member {member})"))),
        );
    }
    differences
}

/// Rows of entries that are `gone` from there may be there still.
fn of_points(items: &[FeedItem], (rows, gone): (&[Row], &BTreeSet<&str>), found: &[Record]) -> Vec<Difference> {
    let mut by_entry: BTreeMap<String, Vec<&Record>> = BTreeMap::new();
    for row in found {
        by_entry.entry(key(row, OfPoints::Entry)).or_default().push(row);
    }
    let mut differences = Vec::new();
    for (place, row) in rows {
        let (item, entry) = (&items[*place], key(row, OfPoints::Entry));
        let of_member = || (item.brand.clone(), item.member.id.clone());
        let there = by_entry.remove(&entry).unwrap_or_default();
        let delete = |id: u64| format!("delete row {id} of {POINTS}, then --again");
        match there.split_first() {
            None if gone.contains(entry.as_str()) => {}
            None => differences.push(Difference {
                brand: item.brand.clone(),
                member: item.member.id.clone(),
                what: format!(
                    "{POINTS}: entry {entry} ({} {}) is missing",
                    key(row, OfPoints::Points),
                    key(row, OfPoints::Account)
                ),
                key: entry,
                remedy: Remedy::TellAgain,
                segments: Vec::new(),
            }),
            Some((first, others)) => {
                let id = map::id(first);
                let wrong: Vec<String> = cells(&OF_POINTS, first, row).collect();
                if !wrong.is_empty() {
                    let what = format!("{POINTS}, row {id}: {} (entry {entry})", wrong.join("; "));
                    differences.push(by_hand(of_member(), entry.clone(), what, delete(id)));
                }
                differences.extend(others.iter().map(|other| {
                    let other = map::id(other);
                    let what = format!("{POINTS}, row {other}: entry {entry} stands there again (first in row {id})");
                    by_hand(of_member(), entry.clone(), what, format!("delete row {other} of {POINTS}"))
                }));
            }
        }
    }
    differences.extend(unknown(items, &by_entry));
    differences
}

/// Rows of these members that no entry made. What came after the events that were told is on its way.
fn unknown(items: &[FeedItem], left: &BTreeMap<String, Vec<&Record>>) -> Vec<Difference> {
    let rows = left.values().flatten();
    let unknown = rows.filter_map(|row| {
        let item = items.iter().find(|item| item.member.id == key(row, OfPoints::Member))?;
        let entry = key(row, OfPoints::Entry);
        let place = crate::values::id::entry_place(&entry);
        let coming = place.is_some_and(|(member, version)| {
            member == item.member.id && (item.version_due + 1..=item.member.version).contains(&version)
        });
        let id = map::id(row);
        let what = format!("{POINTS}, row {id}: `{entry}` is no entry of member {}", item.member.id);
        let of_member = (item.brand.clone(), item.member.id.clone());
        (!coming).then(|| by_hand(of_member, entry, what, format!("delete row {id} of {POINTS}")))
    });
    unknown.collect()
}

/// Cells that say something else than they should.
fn cells<'a, C: Columns>(columns: &'a [C], there: &'a Record, wanted: &'a Record) -> impl Iterator<Item = String> + 'a {
    let differ = columns.iter().filter(|column| key(there, column) != key(wanted, column));
    differ.map(|column| {
        format!("{} is `{}`, the ledger has `{}`", column.title(), key(there, column), key(wanted, column))
    })
}

fn by_hand((brand, member): (String, String), key: String, what: String, how: String) -> Difference {
    Difference { brand, member, key, what, remedy: Remedy::ByHand(how), segments: Vec::new() }
}

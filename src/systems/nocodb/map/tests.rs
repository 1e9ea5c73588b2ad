//! What our rows look like in NocoDB, and how its cells read.

use super::*;
use crate::{
    loyalty::{
        Event, Fact, Member,
        entry::{Account, TextId},
        event::Joined,
        receipt::Receipt,
    },
    programme::tables,
    values::person::Person,
};

fn pretty(record: &Record) -> String {
    serde_json::to_string_pretty(record).unwrap()
}

fn event(entry: Entry) -> StoredEvent {
    let receipt = json!({"event_id": "e1", "member_id": "mem_1", "duplicate": false, "programme": "v1",
        "points": {"earned": 0, "change": 0}, "balance": {"available": 0, "pending": 0, "reserved": 0, "debt": 0},
        "tier": {"id": "bronze"}, "entries": []});
    StoredEvent {
        version: 3,
        event: Event {
            brand: "main".to_owned(),
            source: "shop:order".to_owned(),
            id: "1001#3".to_owned(),
            occurred_at: "2026-11-20T10:00:40.5Z".parse().unwrap(),
            fact: Fact::Joined(Joined::default()),
        },
        member: "mem_1".to_owned(),
        recorded_at: "2026-11-20T10:00:41Z".parse().unwrap(),
        entries: vec![entry],
        receipt: serde_json::from_value::<Receipt>(receipt).unwrap(),
    }
}

fn entry(debit: Account, credit: Account) -> Entry {
    Entry {
        id: "ent_1".to_owned(),
        debit,
        credit,
        points: 89,
        lot: Some("lot_1".to_owned()),
        rule: Some("base".to_owned()),
        order: Some("1001".to_owned()),
        effective_at: "2026-11-20T10:00:40Z".parse().unwrap(),
        expires_at: Some("2027-11-30T22:00:00Z".parse().unwrap()),
        text_id: TextId::Earned,
        text: Some("=1+1 <b>\0".to_owned()),
        exchange: None,
    }
}

fn anna() -> Person {
    Person {
        name: Some("Anna".to_owned()),
        email: Some("anna@example.com".to_owned()),
        phone: Some("+3725550".to_owned()),
        external_id: Some("c-1042".to_owned()),
        ..Person::default()
    }
}

#[test]
fn an_entry_shows_the_members_side_and_no_text_of_it_is_a_formula() {
    let event = event(entry(Account::Issued, Account::Available));
    insta::assert_snapshot!(pretty(&points_row(&anna(), &event, &event.entries[0])), @r#"
    {
      "Account": "available",
      "Effective at": "2026-11-20T10:00:40Z",
      "Entry": "ent_1",
      "Expires at": "2027-11-30T22:00:00Z",
      "External id": "c-1042",
      "Member": "mem_1",
      "Name": "Anna",
      "Occurred at": "2026-11-20T10:00:40Z",
      "Order": "1001",
      "Points": 89,
      "Rule": "base",
      "Text": "'=1+1 <b>"
    }
    "#);
    let taken = entry(Account::Available, Account::ClawedBack);
    assert_eq!(points_row(&anna(), &event, &taken)["Points"], -89);
}

#[test]
fn a_member_shows_its_balances_and_no_address() {
    let mut member = Member::new("mem_1".to_owned(), "2026-11-20T10:00:00Z".parse().unwrap());
    member.version = 4;
    member.tier.id = "silver".to_owned();
    member.balance.available = 278;
    member.segments = ["vip", "runner"].map(str::to_owned).into();
    let item =
        FeedItem { brand: "main".to_owned(), member, person: anna(), events: vec![], version_due: 4, attempt: 1 };
    insta::assert_snapshot!(pretty(&member_row(&item)), @r#"
    {
      "Available": 278,
      "Birthday": null,
      "Debt": 0,
      "Earned": 0,
      "External id": "c-1042",
      "Joined": "2026-11-20T10:00:00Z",
      "Language": null,
      "Last activity": null,
      "Member": "mem_1",
      "Name": "Anna",
      "Orders": 0,
      "Pending": 0,
      "Reserved": 0,
      "Segments": "runner, vip",
      "Test": false,
      "Tier": "silver",
      "Version": 4
    }
    "#);
}

#[test]
fn what_is_written_has_exactly_the_declared_columns() {
    let event = event(entry(Account::Issued, Account::Available));
    let member = Member::new("mem_1".to_owned(), event.recorded_at);
    let points = points_row(&anna(), &event, &event.entries[0]);
    let item = FeedItem {
        brand: "main".to_owned(),
        member,
        person: Person::default(),
        events: vec![],
        version_due: 1,
        attempt: 1,
    };
    for (table, row) in [("Points", points), ("Members", member_row(&item))] {
        let declared = tables::named(table).unwrap();
        let mut titles: Vec<&str> = declared.titles().filter(|title| *title != "Note").collect();
        titles.sort_unstable();
        let mut written: Vec<&str> = row.keys().map(String::as_str).collect();
        written.sort_unstable();
        assert_eq!(written, titles, "{table}");
    }
}

#[test]
fn cells_mean_the_same_however_a_database_spells_them() {
    let rules = tables::named("Rules").unwrap();
    let record = |cells: Value| cells.as_object().unwrap().clone();
    let here = record(json!({"Id": 7, "Rule": " base ", "Active": 1, "First purchase": null, "Points": 1,
        "Per amount": "1.00", "Multiplier": null, "My notes": "x", "Status": "live"}));
    let there = record(json!({"Id": 7, "Rule": "base", "Active": true, "First purchase": false, "Qualifying": "yes",
        "Points": "1.0", "Per amount": 1, "Multiplier": ""}));
    let row = programme_row(rules, &here);
    assert_eq!(row, programme_row(rules, &there));
    assert_eq!((row.key.as_str(), row.cell("Per amount"), row.cell("Qualifying")), ("7", Some("1"), Some("yes")));
    assert_eq!(row.cell("My notes").or(row.cell("Status")), None);
}

#[test]
fn an_unticked_box_says_no_only_where_the_column_says_what_is_usual() {
    let challenges = tables::named("Challenges").unwrap();
    let record = json!({"Id": 1, "Challenge": "talker", "Show as": "badge", "Active": false, "Badge": false});
    let row = programme_row(challenges, record.as_object().unwrap());
    assert_eq!((row.cell("Active"), row.cell("Badge")), (Some("no"), None), "a badge needs no tick to be one");
    let without = Row::of("1".to_owned(), [("Show as".to_owned(), "badge".to_owned())].into_iter());
    assert_eq!(as_held(challenges, &without).cell("Badge"), None);
    assert_eq!(programme_record(challenges, &without)["Badge"], Value::Null);
}

//! What people change by hand in `Members` and `Points`: taken up by the ledger or put back; what was deleted comes back, what is old goes.

use jiff::SignedDuration;
use loyalty_connector::{
    clock::Clock,
    store::find::Loaded,
    systems::nocodb::{Nocodb, beside::Sources, edits::Edits, projection::Projection},
};
use serde_json::{Value, json};

use crate::{
    house::House,
    support::nocodb::{self, StandIn},
};

/// Three members with two entries each, all shown; looked at once.
async fn shown() -> (wiremock::MockServer, StandIn, House, Edits) {
    let (server, stand_in) = nocodb::start().await;
    let house = House::open(&server.uri(), "token", "Loyalty", 2_000).await;
    house.give(3, 2).await;
    house.deliver().await;
    let mut edits = house.edits();
    edits.look().await.unwrap();
    (server, stand_in, house, edits)
}

fn later(house: &House, stand_in: &StandIn, seconds: i64) {
    let now = house.clock.now() + SignedDuration::from_secs(seconds);
    house.clock.set(now);
    stand_in.change(|state| state.changed_at = Some(now.strftime("%Y-%m-%d %H:%M:%S+00:00").to_string()));
}

async fn ledger(house: &House, stand_in: &StandIn, row: u64) -> Loaded {
    let member = stand_in.cell("Members", row, "Member").as_str().unwrap().to_owned();
    house.store.led("main", member).await.unwrap().unwrap()
}

fn note(stand_in: &StandIn, table: &str, row: u64) -> String {
    stand_in.cell(table, row, "Note").as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_balance_edited_by_hand_is_put_back_with_a_note_and_changes_no_points() {
    let (_server, stand_in, house, mut edits) = shown().await;
    let writes = stand_in.change(|state| state.writes);
    edits.look().await.unwrap();
    assert_eq!(stand_in.change(|state| state.writes), writes, "what agrees is left alone");

    later(&house, &stand_in, 10);
    stand_in.set("Members", 2, "Available", json!(5000));
    stand_in.set("Members", 2, "Tier", json!("gold"));
    stand_in.set("Points", 3, "Points", json!(777));
    edits.look().await.unwrap();
    assert_eq!(stand_in.cell("Members", 2, "Available"), 2);
    assert_eq!(stand_in.cell("Members", 2, "Tier"), "bronze");
    assert_eq!(stand_in.cell("Points", 3, "Points"), 1);
    let said = note(&stand_in, "Members", 2);
    assert!(said.starts_with("2026-11-20 12:00 UTC: Tier was changed to `gold` and is `bronze` again"), "{said}");
    assert!(said.contains("Available was changed to `5000` and is `2` again: the ledger alone changes it."), "{said}");
    let said = note(&stand_in, "Points", 3);
    assert!(said.ends_with("Points was changed to `777` and is `1` again."), "{said}");
    let loaded = ledger(&house, &stand_in, 2).await;
    assert_eq!((loaded.member.balance.available, loaded.member.version), (2, 3), "no event");
    let writes = stand_in.change(|state| state.writes);
    edits.look().await.unwrap();
    assert_eq!(stand_in.change(|state| state.writes), writes, "its own writing is nobody's edit");
}

#[tokio::test]
async fn a_name_language_or_birthday_written_by_hand_becomes_one_event_of_the_member() {
    let (_server, stand_in, house, mut edits) = shown().await;
    later(&house, &stand_in, 10);
    stand_in.set("Members", 1, "Name", json!("Anna Tamm"));
    stand_in.set("Members", 1, "Language", json!("et"));
    stand_in.set("Members", 1, "Birthday", json!("17.05.1990"));
    stand_in.set("Points", 1, "Points", json!(777));
    let mut other = house.edits(); // another connector looks at the same time
    edits.look().await.unwrap();
    other.look().await.unwrap();
    assert_eq!(stand_in.cell("Points", 1, "Points"), 1, "although news of the member are on their way");
    let loaded = ledger(&house, &stand_in, 1).await;
    assert_eq!((loaded.person.name.as_deref(), loaded.person.language.as_deref()), (Some("Anna Tamm"), Some("et")));
    assert_eq!((loaded.member.language.as_deref(), loaded.member.version), (Some("et"), 4), "one event");
    assert_eq!(loaded.person.birthday, None);
    let said = note(&stand_in, "Members", 1);
    assert!(
        said.contains("Birthday was changed to `17.05.1990` and is empty again: it is not a date like 1990-05-17"),
        "{said}"
    );
    assert!(said.ends_with("Name, Language as it stands here is known to the ledger."), "{said}");
    let stream = house.store.stream("main", &loaded.member.id).await.unwrap();
    let last = stream.rows.last().unwrap().event().unwrap();
    assert_eq!(last.source, "nocodb:member");
    house.deliver().await;
    assert_eq!(stand_in.cell("Members", 1, "Name"), "Anna Tamm");
    assert_eq!(stand_in.cell("Members", 1, "Birthday"), Value::Null);

    // What the shop says and is not shown yet is no edit of the old name.
    later(&house, &stand_in, 10);
    house.give_one("later", "c-0", "Anna Saar").await;
    edits.look().await.unwrap();
    assert_eq!(ledger(&house, &stand_in, 1).await.person.name.as_deref(), Some("Anna Saar"));
    house.deliver().await;
    edits.look().await.unwrap();
    assert_eq!(ledger(&house, &stand_in, 1).await.person.name.as_deref(), Some("Anna Saar"));
    assert_eq!(stand_in.cell("Members", 1, "Name"), "Anna Saar");
}

#[tokio::test]
async fn a_row_that_was_deleted_comes_back_and_an_edit_of_before_the_start_is_found_by_the_round() {
    let (_server, stand_in, house, mut edits) = shown().await;
    stand_in.change(|state| {
        state.tables.get_mut("Members").unwrap().retain(|row| row["Id"] != 1);
        state.tables.get_mut("Points").unwrap().retain(|row| row["Id"] != 4);
        state.changed_at = Some("2026-11-01 12:00:00+00:00".to_owned());
    });
    stand_in.set("Members", 3, "Debt", json!(9));
    edits.look().await.unwrap();
    assert_eq!(house.deliver().await, 0, "the round goes on once a minute");
    later(&house, &stand_in, 61);
    edits.look().await.unwrap();
    house.deliver().await;
    assert_eq!((stand_in.rows("Members").len(), stand_in.rows("Points").len()), (3, 6));
    assert_eq!(stand_in.cell("Members", 3, "Debt"), 0);
    assert!(note(&stand_in, "Members", 3).contains("Debt was changed to `9` and is `0` again"));
    later(&house, &stand_in, 61);
    edits.look().await.unwrap();
    assert_eq!(house.deliver().await, 0, "nothing is missing any more");
}

#[tokio::test]
async fn points_older_than_the_setting_leave_nocodb_and_the_ledger_keeps_them() {
    let (server, stand_in, house, _) = shown().await;
    let mut settings = house.settings.nocodb.clone();
    settings.url = Some(server.uri());
    settings.points_kept = Some("1M".to_owned());
    let nocodb = Nocodb::connect(&settings).unwrap().unwrap();
    let mut house = house;
    house.settings.nocodb = settings;
    house.projection =
        Projection::new(nocodb, house.clock.clone(), Sources { store: house.store.clone(), live: house.live.clone() });
    later(&house, &stand_in, 40 * 86_400);
    house.give_one("new", "c-0", "Anna").await;
    house.deliver().await;
    let mut edits = house.edits();
    edits.look().await.unwrap();
    assert_eq!(stand_in.rows("Points").len(), 1, "what is older went");
    later(&house, &stand_in, 61);
    edits.look().await.unwrap();
    assert_eq!(house.deliver().await, 0, "and is not missed");
    house.store.forget_feeds("nocodb").await.unwrap();
    house.store.feed_everybody("nocodb", house.clock.now()).await.unwrap();
    house.deliver().await;
    assert_eq!((stand_in.rows("Points").len(), stand_in.rows("Members").len()), (1, 3), "nor sent again");
    let loaded = ledger(&house, &stand_in, 1).await;
    let stream = house.store.stream("main", &loaded.member.id).await.unwrap();
    assert_eq!(stream.rows.iter().map(|row| row.stored().unwrap().entries.len()).sum::<usize>(), 3);
}

#[tokio::test]
async fn a_base_of_before_has_no_place_for_notes_and_is_put_back_all_the_same() {
    let (_server, stand_in, house, _) = shown().await;
    stand_in.change(|state| {
        state.lost = vec!["Note", "Language", "Birthday"];
        state.absent = vec!["Achievements", "Claims"];
    });
    let mut edits = house.edits();
    later(&house, &stand_in, 10);
    stand_in.set("Members", 2, "Available", json!(5000));
    edits.look().await.unwrap();
    assert_eq!(stand_in.cell("Members", 2, "Available"), 2);
    assert_eq!(note(&stand_in, "Members", 2), "");
}

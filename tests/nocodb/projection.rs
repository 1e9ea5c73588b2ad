//! Members and points in NocoDB: each entry one row, whatever happens on the way.

use std::collections::BTreeSet;

use crate::{
    house::House,
    support::nocodb::{self, Fault, StandIn},
};

async fn open() -> (wiremock::MockServer, StandIn, House) {
    let (server, stand_in) = nocodb::start().await;
    let house = House::open(&server.uri(), "token", "Loyalty", 2_000).await;
    (server, stand_in, house)
}

fn assert_once(stand_in: &StandIn, members: usize, entries: usize) {
    for (table, column, count) in [("Members", "Member", members), ("Points", "Entry", members * entries)] {
        let rows = stand_in.rows(table);
        let keys: BTreeSet<&str> = rows.iter().filter_map(|row| row[column].as_str()).collect();
        assert_eq!((rows.len(), keys.len()), (count, count), "{table}");
    }
}

#[tokio::test]
async fn a_row_stored_by_a_call_that_timed_out_is_not_stored_again() {
    let (_server, stand_in, house) = open().await;
    house.give(30, 7).await;
    stand_in.fail(&[Fault::StoredButSilent]);
    house.deliver().await;
    assert_once(&stand_in, 30, 7);
}

#[tokio::test]
async fn outages_429_and_nonsense_delay_and_lose_nothing() {
    let (_server, stand_in, house) = open().await;
    house.give(120, 2).await;
    let faults = [
        Fault::Status(500),
        Fault::Status(429),
        Fault::Page(200),
        Fault::Page(404),
        Fault::Status(503),
        Fault::Status(401),
    ];
    stand_in.fail(&faults);
    house.deliver().await;
    assert!(stand_in.change(|state| state.faults.is_empty()), "each of them was met");
    assert_once(&stand_in, 120, 2);
    assert_eq!(house.store.dead_letters("main", 10).await.unwrap(), []);
}

#[tokio::test]
async fn what_was_delivered_is_recognised_when_the_ledger_forgot_that_it_was() {
    let (_server, stand_in, house) = open().await;
    house.give(20, 3).await;
    house.deliver().await;
    house.store.forget_feeds("nocodb").await.unwrap();
    house.store.feed_everybody("nocodb", "2026-11-20T12:00:00Z".parse().unwrap()).await.unwrap();
    house.deliver().await;
    assert_once(&stand_in, 20, 3);
}

#[tokio::test]
async fn a_member_that_is_refused_is_parked_and_holds_nobody_back() {
    let (_server, stand_in, house) = open().await;
    house.give(9, 1).await;
    house.give_one("bad", "c-bad", "Poisoned").await;
    stand_in.change(|state| state.poison = Some("Poisoned"));
    house.deliver().await;
    assert_eq!((stand_in.rows("Members").len(), stand_in.rows("Points").len()), (9, 9));
    let parked = house.store.dead_letters("main", 10).await.unwrap();
    assert_eq!(parked.len(), 2, "the member's row and its entry's, which bears the name, too");
    assert!(parked[0].problem.contains("22021"), "{}", parked[0].problem);

    stand_in.change(|state| state.poison = None);
    house.store.replay("main", None, Some("nocodb".to_owned()), "2026-11-20T12:00:00Z".parse().unwrap()).await.unwrap();
    while house.courier.carry_once(&house.projection).await.unwrap() > 0 {}
    assert_once(&stand_in, 10, 1);
    assert_eq!(house.store.dead_letters("main", 10).await.unwrap(), []);
}

#[tokio::test]
async fn an_older_state_never_overwrites_a_newer_one() {
    let (_server, stand_in, house) = open().await;
    house.give(1, 2).await;
    house.deliver().await;
    stand_in.set("Members", 1, "Version", 99.into());
    stand_in.set("Members", 1, "Available", 77.into());
    house.give_one("later", "c-0", "Anna").await;
    house.deliver().await;
    assert_eq!(stand_in.cell("Members", 1, "Available"), 77);
}

#[tokio::test]
async fn a_deleted_column_is_a_problem_and_loses_nothing() {
    let (_server, stand_in, house) = open().await;
    house.give(2, 1).await;
    stand_in.change(|state| state.lost = vec!["Expires at"]);
    house.courier.feed_once(&house.projection).await.unwrap();
    let standing = house.courier.health.all().remove("nocodb").unwrap();
    let problem = standing.last_problem.unwrap();
    assert!(problem.contains("'Expires at' not found") && problem.contains("loyalty setup nocodb"), "{problem}");
    assert_eq!(stand_in.rows("Points").len(), 0);
    stand_in.change(|state| state.lost.clear());
    house.deliver().await;
    assert_once(&stand_in, 2, 1);
}

#[tokio::test]
async fn a_renamed_column_stops_the_feed_and_a_column_made_anew_is_filled_from_the_ledger() {
    let (_server, stand_in, house) = open().await;
    house.give(2, 1).await;
    house.deliver().await;
    house.give_one("later", "c-0", "Anna").await;
    stand_in.change(|state| state.renamed = vec![("Points", "Bonus")]);
    house.courier.feed_once(&house.projection).await.unwrap();
    let problem = house.courier.health.all().remove("nocodb").unwrap().last_problem.unwrap();
    assert!(problem.contains("table Points: Field 'Points' not found under this name"), "{problem}");
    assert_eq!(stand_in.rows("Points").len(), 2);

    stand_in.change(|state| {
        state.renamed.clear();
        for row in state.tables.values_mut().flatten() {
            row.insert("Points".to_owned(), serde_json::Value::Null);
            row.insert("Name".to_owned(), serde_json::Value::Null);
        }
    });
    house.store.forget_feeds("nocodb").await.unwrap();
    house.store.feed_everybody("nocodb", "2026-11-20T12:00:00Z".parse().unwrap()).await.unwrap();
    house.deliver().await;
    let rows = stand_in.rows("Points");
    assert!(rows.len() == 3 && rows.iter().all(|row| row["Points"] == 1 && row["Name"] == "Anna"), "{rows:?}");
    assert!(stand_in.rows("Members").iter().all(|row| row["Name"] == "Anna"));
}

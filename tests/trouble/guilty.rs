//! One event that cannot be decided or written, beside good ones: it alone is refused.

use serde_json::json;

use crate::{
    orders, orders_are_served,
    support::{Binary, Folder, call, postgres, purchase},
};

/// A database's words that nobody may see.
const SECRET: &str = "sesame";

async fn only_order_7_is_refused(binary: &Binary, folder: &Folder) {
    for round in 0..3 {
        for (number, (status, answer)) in orders(binary, folder, 0, 200).await.into_iter().enumerate() {
            if number == 7 {
                assert_eq!((status, &answer["type"]), (500, &json!("/errors/internal")), "round {round}: {answer}");
                assert!(!answer.to_string().contains(SECRET) && !answer.to_string().contains("constraint"), "{answer}");
            } else {
                assert_eq!(status, 200, "round {round}, order {number}: {answer}");
            }
        }
    }
    let (status, _) = call(&binary.url, &Binary::key(&folder.0), "GET", "/v1/orders/n-7", None).await;
    assert_eq!(status, 404, "nothing of it was stored");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_makes_us_panic_is_refused_and_199_beside_it_are_accepted() {
    for place in ["deciding", "writing"] {
        let folder = Folder::new();
        let binary = Binary::start(&folder.0, &[("LOYALTY_FAULT_PANIC", &format!("{place} n-7@1"))]);
        only_order_7_is_refused(&binary, &folder).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_the_database_refuses_is_refused_and_199_beside_it_are_accepted() {
    let folder = Folder::new();
    drop(Binary::start(&folder.0, &[])); // makes the tables
    if let Some(url) = postgres::of(&folder.0) {
        postgres::run(&url, &format!("ALTER TABLE event ADD CONSTRAINT {SECRET} CHECK (id <> 'n-7@1')")).await;
    } else {
        let database = rusqlite::Connection::open(folder.0.join("loyalty.db")).unwrap();
        let trigger = "CREATE TRIGGER guilty BEFORE INSERT ON event WHEN NEW.id = 'n-7@1' BEGIN \
                           SELECT RAISE(ABORT, 'open sesame'); END";
        database.execute_batch(trigger).unwrap();
    }
    let binary = Binary::start(&folder.0, &[]);
    only_order_7_is_refused(&binary, &folder).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_on_postgresql() {
    let Some(url) = postgres::database("an event that PostgreSQL refuses") else { return };
    let folder = Folder::new();
    postgres::give(&folder.0, &url);
    drop(Binary::start(&folder.0, &[]));
    postgres::run(&url, &format!("ALTER TABLE event ADD CONSTRAINT {SECRET} CHECK (id <> 'n-7@1')")).await;
    let binary = Binary::start(&folder.0, &[]);
    only_order_7_is_refused(&binary, &folder).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_breaks_off_between_two_members_is_with_neither_half() {
    let folder = Folder::new();
    let binary = Binary::start(&folder.0, &[("LOYALTY_FAULT_PANIC", "keeping n-7@2")]);
    let key = Binary::key(&folder.0);
    orders_are_served(&binary, &folder, 0, 10).await;
    let mut moved = purchase("somebody-else", 2);
    moved["member"] = json!({"external_id": "somebody-else"});
    let (status, _) = call(&binary.url, &key, "PUT", "/v1/orders/n-7", Some(moved)).await;
    assert_eq!(status, 500);
    let (_, order) = call(&binary.url, &key, "GET", "/v1/orders/n-7", None).await;
    let (_, member) = call(&binary.url, &key, "GET", "/v1/members/external:c-7", None).await;
    assert_eq!((&order["points"], &order["member_id"]), (&json!(278), &member["id"]), "{order}");
    orders_are_served(&binary, &folder, 10, 10).await;
}

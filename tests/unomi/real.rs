//! The same against the real Unomi of the test stack, whose address and keys are in the environment.

use std::{sync::Arc, time::Duration};

use loyalty_connector::{
    clock::{Clock, SystemClock},
    config,
    systems::{
        http,
        unomi::{Client, Unomi, map, setup},
    },
};
use serde_json::{Value, json};

use crate::{
    desk::{self, Desk},
    support,
};

/// Settings from the stack's environment.
fn settings() -> config::Unomi {
    let read = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run tests/stack/run.sh"));
    let mut settings = desk::settings(&read("UNOMI_URL"));
    settings.user = read("UNOMI_ADMIN_USER");
    settings.password = Some(read("UNOMI_ADMIN_PASSWORD").into());
    settings.peer_key = Some(read("UNOMI_PEER_KEY").into());
    settings
}

fn client(settings: &config::Unomi) -> Client {
    Unomi::connect(settings).unwrap().unwrap().client
}

/// A ledger at the present time before a Unomi that is set up.
async fn ready() -> (Desk, Client) {
    let settings = settings();
    let client = client(&settings);
    setup::apply(&client).await.unwrap();
    let desk = Desk::with(settings).await;
    desk.app.clock.set(SystemClock.now());
    (desk, client)
}

/// Asks until the answer is there: Unomi's index is about a second behind.
async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..100 {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("{what} did not come true within 20 s")
}

async fn search(query: &Value) -> Value {
    let read = |name: &str| std::env::var(name).unwrap();
    let request = http::client(Duration::from_secs(20))
        .unwrap()
        .post(format!("{}/cxs/events/search", read("UNOMI_URL")))
        .basic_auth(read("UNOMI_ADMIN_USER"), Some(read("UNOMI_ADMIN_PASSWORD")))
        .json(query);
    http::send(request).await.unwrap().json().unwrap()
}

/// Ids of the events of a profile.
async fn events(member: &str, kind: &str) -> Vec<String> {
    let is = |name: &str, value: &str| {
        json!({"type": "eventPropertyCondition",
               "parameterValues": {"propertyName": name, "comparisonOperator": "equals", "propertyValue": value}})
    };
    let query = json!({"limit": 100, "condition": {"type": "booleanCondition", "parameterValues": {
        "operator": "and", "subConditions": [is("profileId", member), is("eventType", kind)]}}});
    let found = search(&query).await;
    let ids = found["list"].as_array().unwrap().iter();
    ids.map(|event| event["itemId"].as_str().unwrap().to_owned()).collect()
}

fn order_now(desk: &Desk, member: &str, price: &str) -> Value {
    let now = desk.app.clock.now().to_string();
    let mut order = support::purchase(member, 1);
    order["placed_at"] = now.clone().into();
    order["paid_at"] = now.into();
    order["lines"][0]["unit_price"] = price.into();
    order
}

#[tokio::test]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn set_up_twice_changes_nothing_the_second_time() {
    let settings = settings();
    let client = client(&settings);
    println!("Unomi {}", client.version().await.unwrap());
    setup::apply(&client).await.unwrap();
    assert_eq!(setup::plan(&client).await.unwrap(), []);
    assert_eq!(setup::apply(&client).await.unwrap(), []);
    let mut wrong = settings;
    wrong.password = Some("wrong".to_owned().into());
    let error = setup::plan(&self::client(&wrong)).await.unwrap_err();
    assert!(error.to_string().contains("unomi.password"), "{error}");
}

#[tokio::test]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn segments_of_the_programme_stand_in_the_profile() {
    let (desk, client) = ready().await;
    let (_, receipt) = desk.app.put_order("1", order_now(&desk, "staff-1", "10.00")).await;
    desk.turn().await;
    let profile = client.profile(receipt["member_id"].as_str().unwrap()).await.unwrap().unwrap();
    assert_eq!(profile["properties"]["loyaltySegments"], json!(["staff"]), "{profile}");
}

#[tokio::test]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn memberships_that_somebody_changed_there_are_named_and_the_next_feed_mends_them() {
    let (desk, client) = ready().await;
    let (_, receipt) = desk.app.put_order("1", order_now(&desk, "staff-1", "10.00")).await;
    let member = receipt["member_id"].as_str().unwrap().to_owned();
    desk.turn().await;
    let strays = async || {
        let store = &desk.courier.store;
        let progress = store.progress("unomi").await.unwrap();
        let items = store.delivered(&progress).await.unwrap();
        let item = items.iter().find(|item| item.member.id == member).unwrap();
        let programmes = desk.app.app.programmes.of("main").unwrap();
        let found = client.compare(item, true, &programmes.live().programme.products).await.unwrap();
        let found = found.into_iter().flat_map(|found| found.segments);
        (item.member.clone(), found.map(|stray| (stray.segment, stray.is_there)).collect::<Vec<_>>())
    };
    let (document, found) = strays().await;
    assert_eq!(found, []);
    let mut changed = map::state(&document, desk.app.clock.now());
    changed.properties["update"]["properties.loyaltySegments"] = json!(["gone"]);
    client.context(&member, Some(changed.at), &[&changed]).await.unwrap();
    assert_eq!(strays().await.1, [("gone".to_owned(), true), ("staff".to_owned(), false)]);
    desk.turn().await;
    assert_eq!(strays().await.1, []);
}

#[tokio::test]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn a_purchase_is_a_profile_with_points_and_a_segment_and_counts_once() {
    let (desk, client) = ready().await;
    let (_, receipt) = desk.app.put_order("1", order_now(&desk, "c-1", "89.90")).await;
    let member = receipt["member_id"].as_str().unwrap().to_owned();
    desk.turn().await;
    assert_eq!((desk.states().await, desk.problem()), (vec![("sent".to_owned(), 1)], String::new()));
    let profile = client.profile(&member).await.unwrap().unwrap();
    let properties = &profile["properties"];
    assert_eq!(
        ["loyaltyPoints", "loyaltyTier", "loyaltyOrders", "loyaltySpentMinor"].map(|name| properties[name].clone()),
        [json!(278), json!("bronze"), json!(1), json!(8990)]
    );
    assert_eq!(properties["loyaltySegments"], json!([]));
    assert_eq!(profile["segments"], json!(["loyalty_new"]));
    assert_eq!(desk.member(&member).await["segments"], json!(["loyalty_new"]));

    // Everything once more, as after a crash between sending and noting it down.
    let item = || async {
        let store = &desk.courier.store;
        let now = desk.courier.clock.now();
        store.feed_everybody("unomi", now).await.unwrap();
        store.lease_feeds("unomi", 10, now, now).await.unwrap()
    };
    desk.app.put_order("2", order_now(&desk, "c-1", "10.00")).await;
    desk.app.put_order("3", order_now(&desk, "c-1", "2000.00")).await;
    let leased = item().await;
    for _ in 0..2 {
        let outcomes = loyalty_connector::delivery::FeedDestination::deliver(&desk.feed, &leased).await;
        assert_eq!(outcomes, [loyalty_connector::delivery::Outcome::Delivered]);
    }
    eventually("three purchases and three changes of points, once each", async || {
        let purchases = events(&member, "purchase").await.len();
        let points = events(&member, "loyaltyPointsChanged").await.len();
        let tiers = events(&member, "loyaltyTierChanged").await.len();
        assert!(purchases <= 3 && points <= 3 && tiers <= 1, "{purchases} purchases, {points} points, {tiers} tiers");
        (purchases == 3 && points == 3 && tiers == 1).then_some(())
    })
    .await;
    let segments = desk.member(&member).await["segments"].clone();
    assert_eq!(segments, json!(["loyalty_regular", "loyalty_vip"]));
}

#[tokio::test]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn an_event_that_the_index_refuses_is_parked_and_the_others_arrive() {
    let (desk, client) = ready().await;
    // Unomi keeps an index per month. In this one the first order number looked like a date, so the index takes dates only.
    let old = |member: &str| {
        let mut order = support::purchase(member, 1);
        order["placed_at"] = "2001-05-05T10:00:00Z".into();
        order["paid_at"] = "2001-05-05T10:00:00Z".into();
        order
    };
    desk.app.put_order("2001-05-05", old("c-0")).await;
    desk.turn().await;
    let (_, receipt) = desk.app.put_order("not a date", old("c-1")).await;
    let member = receipt["member_id"].as_str().unwrap().to_owned();
    desk.events("c-1", &["visit"]).await;
    desk.turn().await;
    let letters = desk.dead_letters().await;
    let parked: Vec<&Value> =
        letters.iter().map(|letter| &letter.content["content"]).filter(|part| part["kind"] == "purchase").collect();
    assert_eq!(parked.len(), 1, "{letters:?}");
    assert_eq!(parked[0]["properties"]["orderId"], "not a date");
    assert_eq!(desk.states().await.iter().find(|(state, _)| state == "sent"), Some(&("sent".to_owned(), 2)));
    eventually("the visit", async || events(&member, "loyaltyEvent").await.pop()).await;
    let profile = client.profile(&member).await.unwrap().unwrap();
    assert!(profile["properties"][map::VERSION_PROPERTY].as_u64() >= Some(3), "joined, order, visit: {profile}");
}

#[tokio::test]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn a_wrong_peer_key_is_noticed_although_unomi_says_200() {
    let mut settings = settings();
    setup::apply(&client(&settings)).await.unwrap();
    settings.peer_key = Some("wrong".to_owned().into());
    let desk = Desk::with(settings).await;
    desk.app.clock.set(SystemClock.now());
    desk.app.put_order("1", order_now(&desk, "c-1", "89.90")).await;
    desk.turn().await;
    assert_eq!(desk.states().await, [("due".to_owned(), 1)]);
    assert!(desk.problem().contains("unomi.peer_key"), "{}", desk.problem());
}

#[tokio::test]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn members_are_brought_in_parallel_without_losing_a_property() {
    let (desk, client) = ready().await;
    let desk = Arc::new(desk);
    let mut members = Vec::new();
    for n in 0..8 {
        let (_, receipt) = desk.app.put_order(&format!("n-{n}"), order_now(&desk, &format!("c-{n}"), "89.90")).await;
        members.push(receipt["member_id"].as_str().unwrap().to_owned());
    }
    desk.turn().await;
    for member in members {
        let profile = client.profile(&member).await.unwrap().unwrap();
        assert_eq!(profile["properties"]["loyaltyPoints"], 278, "{profile}");
    }
}

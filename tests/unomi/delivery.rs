//! Outages, refusals and silent losses, against a Unomi that misbehaves on purpose.

use loyalty_connector::{
    delivery::{FeedDestination, IntentDestination, Outcome},
    loyalty::{decide::intents::order_facts, programme::check},
    programme::{csv, sample},
};
use serde_json::json;

use crate::{
    desk::{Desk, settings},
    support::{self, unomi::Fake},
};

async fn desk() -> (Desk, Fake) {
    let fake = Fake::default();
    let url = fake.serve().await;
    (Desk::with(settings(&url)).await, fake)
}

#[tokio::test]
async fn a_purchase_becomes_events_and_properties_in_one_request() {
    let (desk, fake) = desk().await;
    let member = desk.purchase("c-1", "1001").await;
    desk.turn().await;
    assert_eq!(desk.states().await, [("sent".to_owned(), 1)]);
    fake.see(|seen| {
        let kinds: Vec<_> = seen.events.values().map(|event| event["eventType"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["loyaltyPointsChanged", "purchase"]);
        assert_eq!(seen.profiles[&member]["loyaltyPoints"], 278);
        assert_eq!(seen.requests, [1, 3], "the first request of all only proves that Unomi trusts us");
    });
}

#[tokio::test]
async fn a_profile_holds_numbers_and_nobody() {
    let (desk, fake) = desk().await;
    desk.purchase("c-1", "1001").await;
    let said = json!({"id": "r", "type": "review", "member": {"external_id": "c-1"}, "data": {"text": "a very secret opinion"}});
    desk.app.call("POST", "/v1/events", Some(said)).await;
    desk.turn().await;
    let told = fake.see(|seen| json!([seen.events, seen.profiles]).to_string());
    assert!(told.contains("loyaltyPoints") && told.contains("review"));
    for personal in ["Anna", "example.com", "c-1\"", "secret"] {
        assert!(!told.contains(personal), "{personal} is in {told}");
    }
}

#[tokio::test]
async fn delicate_goods_are_named_in_no_text_and_to_nobody_else() {
    let (desk, fake) = desk().await;
    let (app, now) = (&desk.app.app, desk.courier.clock.now());
    let mut tables = sample::tables();
    tables.0.insert("Products".to_owned(), csv::read("Products", "SKU,Delicate\nRUN-42,yes\n").unwrap());
    let programme = check(&tables).unwrap();
    app.programmes.publish(&app.store, "main", &tables, programme, now).await.unwrap();
    let mut order = support::purchase("c-1", 1);
    let mut book = order["lines"][0].clone();
    book["id"] = json!("2");
    book["sku"] = json!("BOOK-1");
    book["name"] = json!("Atlas");
    book["category"] = json!("books");
    order["lines"].as_array_mut().unwrap().push(book);
    assert_eq!(desk.app.put_order("1001", order).await.0, 200);
    desk.turn().await;
    let sent = fake.see(|seen| json!([seen.events, seen.profiles]).to_string());
    assert!(sent.contains("\"books\"") && !sent.contains("sport/shoes"), "{sent}");
    let kept = app.store.order("main", "1001").await.unwrap().unwrap();
    let programme = app.programmes.in_force("main").unwrap();
    assert_eq!(order_facts(&programme, (1, &kept.state))["goods"], "Atlas");
}

#[tokio::test]
async fn sending_again_overwrites() {
    let (desk, fake) = desk().await;
    desk.purchase("c-1", "1001").await;
    let now = desk.courier.clock.now();
    desk.courier.store.feed_everybody("unomi", now).await.unwrap();
    let leased = desk.courier.store.lease_feeds("unomi", 10, now, now).await.unwrap();
    assert_eq!(desk.feed.deliver(&leased).await, [Outcome::Delivered]);
    let first = fake.see(|seen| (seen.events.clone(), seen.profiles.clone()));
    assert_eq!(desk.feed.deliver(&leased).await, [Outcome::Delivered]);
    assert_eq!(fake.see(|seen| (seen.events.clone(), seen.profiles.clone())), first);
}

#[tokio::test]
async fn an_outage_delays_and_loses_nothing() {
    let (desk, fake) = desk().await;
    let member = desk.purchase("c-1", "1001").await;
    for status in [503, 502, 500, 429, 401] {
        fake.set(|conduct| conduct.status = Some(status));
        desk.turn().await;
        assert_eq!(desk.states().await, [("due".to_owned(), 1)], "after {status}");
        assert!(desk.dead_letters().await.is_empty(), "after {status}");
        let standing = desk.courier.health.all()["unomi"].clone();
        assert!(standing.paused_until.is_some(), "{status} makes it rest");
        assert_eq!(standing.locked, status == 401);
    }
    fake.set(|conduct| conduct.status = None);
    desk.turn().await;
    assert_eq!(fake.see(|seen| seen.profiles[&member]["loyaltyPoints"].clone()), 278);
}

#[tokio::test]
async fn nobody_there_delays_and_loses_nothing() {
    let desk = Desk::with(settings("http://127.0.0.1:1")).await;
    desk.purchase("c-1", "1001").await;
    desk.turn().await;
    assert_eq!(desk.states().await, [("due".to_owned(), 1)]);
    assert!(desk.problem().contains("cannot be reached"), "{}", desk.problem());
}

#[tokio::test]
async fn one_poisoned_event_of_ten_is_parked_and_nine_arrive() {
    let (desk, fake) = desk().await;
    fake.set(|conduct| conduct.poison = Some("bad".to_owned()));
    desk.events("c-1", &["a", "b", "c", "bad", "d", "e", "f", "g", "h", "i"]).await;
    desk.turn().await;
    let mut arrived: Vec<String> =
        fake.see(|seen| seen.events.values().map(|e| e["properties"]["kind"].as_str().unwrap().to_owned()).collect());
    arrived.sort();
    assert_eq!(arrived, ["a", "b", "c", "d", "e", "f", "g", "h", "i"]);
    let letters = desk.dead_letters().await;
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].content["content"]["properties"]["kind"], "bad");
    assert!(letters[0].problem.contains("refuses this loyaltyEvent"), "{}", letters[0].problem);
    // Those behind it are not held up, and a person can send it again once Unomi takes it.
    desk.events("c-1", &["later"]).await;
    desk.turn().await;
    assert_eq!(fake.see(|seen| seen.events.len()), 10);
    fake.set(|conduct| conduct.poison = None);
    desk.courier.store.replay("main", Some(letters[0].id.clone()), None, desk.courier.clock.now()).await.unwrap();
    assert_eq!(desk.courier.carry_once(&desk.feed).await.unwrap(), 1);
    assert_eq!(fake.see(|seen| seen.events.len()), 11);
    assert!(desk.dead_letters().await.is_empty());
}

#[tokio::test]
async fn events_that_are_dropped_with_a_200_are_noticed() {
    let (desk, fake) = desk().await;
    fake.set(|conduct| conduct.drops = Some("purchase".to_owned()));
    desk.purchase("c-1", "1001").await;
    desk.turn().await;
    let letters = desk.dead_letters().await;
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].content["content"]["properties"]["orderId"], "1001");
    assert!(letters[0].problem.contains("took 0 of 1 event"), "{}", letters[0].problem);
}

#[tokio::test]
async fn a_unomi_that_takes_nothing_is_down_and_parks_nothing() {
    let (desk, fake) = desk().await;
    fake.set(|conduct| conduct.drops = Some("updateProperties".to_owned())); // as with an unknown scope
    desk.purchase("c-1", "1001").await;
    desk.turn().await;
    assert_eq!(desk.states().await, [("due".to_owned(), 1)]);
    assert!(desk.dead_letters().await.is_empty());
    assert!(desk.problem().contains("loyalty setup unomi"), "{}", desk.problem());
}

#[tokio::test]
async fn an_answer_for_another_profile_is_no_delivery() {
    let (desk, fake) = desk().await;
    fake.set(|conduct| conduct.answers_for = Some("somebody".to_owned()));
    desk.purchase("c-1", "1001").await;
    desk.turn().await;
    assert_eq!(desk.states().await, [("due".to_owned(), 1)]);
    assert!(desk.dead_letters().await.is_empty());
    assert!(desk.problem().contains("`somebody`"), "{}", desk.problem());
}

#[tokio::test]
async fn a_peer_key_that_unomi_ignores_in_silence_is_noticed() {
    let (desk, fake) = desk().await;
    fake.set(|conduct| conduct.distrusts = true);
    desk.purchase("c-1", "1001").await;
    desk.turn().await;
    assert_eq!(desk.states().await, [("due".to_owned(), 1)]);
    assert!(desk.courier.health.all()["unomi"].locked);
    assert!(desk.problem().contains("unomi.peer_key"), "{}", desk.problem());
    assert!(fake.see(|seen| seen.events.is_empty()), "nothing is sent that Unomi would keep under ids of its own");
}

#[tokio::test]
async fn four_members_at_once_and_one_request_at_a_time_for_each() {
    let (desk, fake) = desk().await;
    desk.purchase("c-first", "first").await;
    desk.turn().await;
    for n in 0..8 {
        desk.purchase(&format!("c-{n}"), &format!("n-{n}")).await;
    }
    fake.set(|conduct| conduct.together = 4); // nobody is answered before four are there
    desk.turn().await;
    assert_eq!(desk.states().await, [("sent".to_owned(), 9)]);
    assert_eq!(fake.see(|seen| (seen.most, seen.most_for_one)), (4, 1));

    fake.set(|conduct| conduct.poison = Some("bad".to_owned()));
    desk.events("c-1", &["bad"]).await;
    desk.turn().await;
    fake.set(|conduct| conduct.poison = None);
    let now = desk.courier.clock.now();
    desk.courier.store.replay("main", None, None, now).await.unwrap();
    let parked = desk.courier.store.lease_intents("unomi", 10, now, now).await.unwrap();
    assert_eq!(parked.len(), 1);
    desk.events("c-1", &["x", "y"]).await;
    let (_, outcomes) =
        tokio::join!(desk.turn(), futures_util::future::join_all((0..8).map(|_| desk.feed.carry_out(&parked[0]))),);
    assert_eq!(outcomes.len(), 8);
    assert_eq!(fake.see(|seen| seen.most_for_one), 1, "the feed and a person's repeat never meet at a profile");
}

#[tokio::test]
async fn segments_become_an_event_of_the_member_once() {
    let (desk, fake) = desk().await;
    let names = ["loyalty_new".to_owned(), "lovers_of_boots".to_owned()];
    fake.set(|conduct| conduct.segments = names.into_iter().collect());
    let member = desk.purchase("c-1", "1001").await;
    desk.turn().await;
    let seen = desk.member(&member).await;
    assert_eq!(seen["segments"], json!(["lovers_of_boots", "loyalty_new"]));
    let version = seen["version"].clone();
    desk.turn().await; // the segments' own event, brought along by hand
    assert_eq!(desk.member(&member).await["version"], version, "the same segments are no news");
}

#[tokio::test]
async fn many_events_share_requests_of_at_most_twenty() {
    let (desk, fake) = desk().await;
    desk.events("c-1", &["e"; 45]).await;
    desk.turn().await;
    assert_eq!(fake.see(|seen| seen.requests.clone()), [1, 20, 20, 6], "a first one, 45 events and the state");
}

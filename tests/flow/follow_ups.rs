//! What follows from an event as an event of its own: given once, taken back and given again with its cause, on either store.

use loyalty_connector::{
    loyalty::mechanics::rewards::ClaimState,
    programme::{csv, sample},
};
use serde_json::{Value, json};

use super::segments::publish_tables;
use crate::support::{TestApp, purchase, still_app_with};

/// The sample with a mug for whoever buys shoes.
async fn shop() -> TestApp {
    let app = still_app_with(|_| {}).await;
    let mut tables = sample::tables();
    let rules = "Rule,Points,Per amount,Categories,Reward\nbase,1,1.00,,\nshoes,,,sport/shoes,mug\n";
    tables.0.insert("Rules".to_owned(), csv::read("Rules", rules).unwrap());
    tables.0.insert("Rewards".to_owned(), csv::read("Rewards", "Reward,Kind,Cost\nmug,gift,100\n").unwrap());
    publish_tables(&app, &tables).await;
    app
}

async fn order(app: &TestApp, revision: u32, returned: u32) -> Value {
    let mut body = purchase("c-1", revision);
    body["placed_at"] = json!("2026-11-20T14:00:00Z");
    body["paid_at"] = json!("2026-11-20T14:00:00Z");
    body["lines"][0]["returned"] = json!(returned);
    let (status, receipt) = app.put_order("1001", body).await;
    assert_eq!(status, 200, "{receipt}");
    app.followed().await;
    receipt
}

/// Ids and rewards of the claims that stand, as the only member's document has them.
async fn claims(app: &TestApp) -> Vec<(String, String)> {
    let (brand, member) = app.app.store.streams().await.unwrap().remove(0);
    let document = app.app.store.stream(&brand, &member).await.unwrap().document.unwrap();
    let standing = document.claims.iter().filter(|(_, claim)| claim.state != ClaimState::Cancelled);
    standing.map(|(id, claim)| (id.clone(), claim.reward.clone())).collect()
}

#[tokio::test]
async fn a_reward_taken_back_and_met_again_is_the_same_claim_again() {
    let app = shop().await;
    app.clock.set("2026-11-20T14:00:00Z".parse().unwrap());
    order(&app, 1, 0).await;
    let first = claims(&app).await;
    assert_eq!(first.iter().map(|(_, reward)| reward.as_str()).collect::<Vec<_>>(), ["mug"]);
    for revision in [2, 4] {
        order(&app, revision, 1).await;
        assert_eq!(claims(&app).await, [], "it comes back with the goods");
        order(&app, revision + 1, 0).await;
        assert_eq!(claims(&app).await, first, "it is the one of before");
    }
    app.verified().await;
}

#[tokio::test]
async fn what_follows_is_carried_out_once_however_often_it_is_handed_over() {
    let app = shop().await;
    app.clock.set("2026-11-20T14:00:00Z".parse().unwrap());
    order(&app, 1, 0).await;
    let (_, before) = app.call("GET", "/v1/members/external:c-1", None).await;
    app.app.store.release_leases(app.app.clock.now(), std::time::Duration::from_secs(3600)).await.unwrap();
    app.followed().await;
    let (_, after) = app.call("GET", "/v1/members/external:c-1", None).await;
    assert_eq!(before["version"], after["version"]);
    app.verified().await;
}

//! Against the real NocoDB, in a base of its own that is removed afterwards. Skipped, and said so, without one.

use std::{collections::BTreeSet, env, time::Duration};

use loyalty_connector::{
    programme::sample,
    systems::nocodb::{
        client::{Client, Record},
        load::{Done, Seed},
    },
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::house::House;

struct Real {
    house: House,
    client: Client,
    base: String,
    url: String,
    token: String,
}

/// A house on the real NocoDB with everything set up, or `None` when the environment names none.
async fn real(test: &str) -> Option<Real> {
    let (Ok(url), Ok(token)) = (env::var("NOCODB_URL"), env::var("NOCODB_API_TOKEN")) else {
        println!("SKIPPED {test}: NOCODB_URL and NOCODB_API_TOKEN are not set");
        return None;
    };
    let base = format!("Test {test} {}", std::process::id());
    let house = House::open(&url, &token, &base, 20_000).await;
    let client = Client::new(&url, token.clone().into(), Duration::from_secs(20)).unwrap();
    Some(Real { house, client, base, url, token })
}

impl Real {
    async fn rows(&self, table: &str, columns: &[&str]) -> Vec<Record> {
        let id = self.house.nocodb.table_ids().await.unwrap()[table].clone();
        self.client.rows(&id, columns, None).await.unwrap()
    }

    async fn set(&self, table: &str, change: Value) {
        let id = self.house.nocodb.table_ids().await.unwrap()[table].clone();
        self.client.update(&id, &[change.as_object().unwrap().clone()]).await.unwrap();
    }

    async fn set_up(&self, seed: Seed) -> Done {
        let House { nocodb, store, clock, .. } = &self.house;
        nocodb.set_up(store, "main", clock.as_ref(), seed, |_, _| {}).await.unwrap()
    }

    async fn remove(self) {
        self.delete_base().await;
    }

    async fn delete_base(&self) {
        for base in self.client.list("bases").await.unwrap().iter().filter(|base| base["title"] == *self.base) {
            let id = base["id"].as_str().unwrap();
            let client = loyalty_connector::systems::http::client(Duration::from_secs(20)).unwrap();
            let request = client.delete(format!("{}/api/v2/meta/bases/{id}", self.url)).header("xc-token", &self.token);
            loyalty_connector::systems::http::send(request).await.unwrap();
        }
    }
}

#[tokio::test]
async fn setup_makes_everything_once_and_the_programme_in_it_is_live() {
    let Some(real) = real("setup").await else { return };
    real.house.give(3, 1).await;
    let done = real.set_up(Seed::Live).await;
    assert!(done.plan.steps.len() > 10 && done.plan.notes.is_empty(), "{done:?}");
    assert_eq!((done.rows, done.members), (12, 3));
    real.house.deliver().await;
    assert_eq!(real.set_up(Seed::Live).await, Done::default());

    real.house.drafts().look().await.unwrap();
    for table in ["Programme", "Rules", "Tiers", "Texts"] {
        for row in real.rows(table, &["Id", "Status", "Problem"]).await {
            assert_eq!((&row["Status"], row["Problem"].as_str().unwrap_or("")), (&json!("live"), ""), "{table}");
        }
    }
    let about = real.house.nocodb.about().await.unwrap();
    println!("NocoDB {about:?}");
    real.remove().await;
}

#[tokio::test]
async fn a_base_that_was_deleted_comes_back_with_everything_in_it() {
    let Some(real) = real("again").await else { return };
    real.house.give(3, 2).await;
    real.set_up(Seed::Empty).await;
    real.house.deliver().await;
    real.delete_base().await;
    real.house.give_one("later", "c-0", "Anna").await;
    real.house.courier.feed_once(&real.house.projection).await.unwrap();
    assert_eq!(real.set_up(Seed::Empty).await.members, 3);
    real.house.deliver().await;
    assert_eq!(real.rows("Points", &["Id"]).await.len(), 7);
    assert_eq!(real.rows("Members", &["Id"]).await.len(), 3);
    real.remove().await;
}

#[tokio::test]
async fn a_rule_edited_and_ticked_goes_live_and_a_broken_one_does_not() {
    let Some(real) = real("publish").await else { return };
    real.house.nocodb.apply().await.unwrap();
    real.house.nocodb.load(&sample::tables(), |_, _| {}).await.unwrap();
    let mut drafts = real.house.drafts();
    real.set("Rules", json!({"Id": 2, "Multiplier": 3})).await;
    real.set("Programme", json!({"Id": 1, "Publish": true})).await;
    drafts.look().await.unwrap();
    assert_eq!(real.house.version(), 2);
    let row = real.rows("Programme", &["Id", "Publish", "Status", "Live version"]).await.remove(0);
    assert_eq!((&row["Publish"], &row["Status"], &row["Live version"]), (&json!(false), &json!("live"), &json!("v2")));

    real.set("Rules", json!({"Id": 2, "Multiplier": 0.5})).await;
    real.set("Programme", json!({"Id": 1, "Publish": true})).await;
    drafts.look().await.unwrap();
    assert_eq!(real.house.version(), 2);
    let rule = real.rows("Rules", &["Id", "Status", "Problem"]).await.remove(1);
    assert_eq!(
        (&rule["Status"], &rule["Problem"]),
        (&json!("problem"), &json!("Multiplier: must lie between 1 and 100"))
    );
    real.remove().await;
}

#[tokio::test]
async fn a_tick_is_live_within_five_seconds() {
    let Some(real) = real("watch").await else { return };
    real.house.nocodb.apply().await.unwrap();
    real.house.nocodb.load(&sample::tables(), |_, _| {}).await.unwrap();
    let stop = CancellationToken::new();
    let ticked = async {
        while real.rows("Rules", &["Status"]).await.iter().any(|rule| rule["Status"] != "live") {}
        real.set("Rules", json!({"Id": 2, "Multiplier": 3})).await;
        real.set("Programme", json!({"Id": 1, "Publish": true})).await;
        let live = async {
            while real.house.version() < 2 {
                real.rows("Rules", &["Status"]).await;
            }
        };
        let live = tokio::time::timeout(Duration::from_secs(5), live).await;
        stop.cancel();
        live.expect("live within five seconds");
    };
    tokio::join!(real.house.drafts().watch(stop.clone()), ticked);
    real.remove().await;
}

#[tokio::test]
async fn a_row_that_the_real_one_refuses_is_parked_alone() {
    let Some(real) = real("parked").await else { return };
    real.house.nocodb.apply().await.unwrap();
    real.house.give(3, 1).await;
    real.house.give_one("long", "c-long", &"x".repeat(100_001)).await;
    real.house.deliver().await;
    assert_eq!(real.rows("Points", &["Id"]).await.len(), 4);
    assert_eq!(real.rows("Members", &["Id"]).await.len(), 3);
    assert_eq!(real.house.store.dead_letters("main", 10).await.unwrap().len(), 1);
    real.remove().await;
}

#[tokio::test]
async fn every_entry_is_one_row_although_everything_is_projected_twice() {
    let Some(real) = real("projection").await else { return };
    real.house.nocodb.apply().await.unwrap();
    real.house.give(50, 5).await;
    real.house.deliver().await;
    real.house.store.forget_feeds("nocodb").await.unwrap();
    assert_eq!(real.set_up(Seed::Empty).await.members, 50);
    real.house.deliver().await;
    let points = real.rows("Points", &["Id", "Entry", "Points", "Occurred at"]).await;
    let entries: BTreeSet<&str> = points.iter().filter_map(|row| row["Entry"].as_str()).collect();
    assert_eq!((points.len(), entries.len()), (250, 250));
    assert_eq!(points[0]["Occurred at"], "2026-11-20 12:00:00+00:00");
    let members = real.rows("Members", &["Id", "Member", "Available", "Version", "Test"]).await;
    assert_eq!(members.len(), 50);
    assert!(members.iter().all(|row| row["Available"] == 5 && row["Version"].as_u64() >= Some(5)), "{:?}", members[0]);
    real.remove().await;
}

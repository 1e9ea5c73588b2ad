//! Against the real NocoDB, in a base of its own that is removed afterwards. Skipped, and said so, without one.

use std::{collections::BTreeSet, env, time::Duration};

use loyalty_connector::{
    programme::sample,
    systems::nocodb::{
        client::{Client, Record},
        load::project_everything,
    },
};
use serde_json::{Value, json};

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

    async fn remove(self) {
        for base in self.client.list("bases").await.unwrap().iter().filter(|base| base["title"] == *self.base) {
            let id = base["id"].as_str().unwrap();
            let client = loyalty_connector::systems::http::client(Duration::from_secs(20)).unwrap();
            let request = client.delete(format!("{}/api/v2/meta/bases/{id}", self.url)).header("xc-token", &self.token);
            loyalty_connector::systems::http::send(request).await.unwrap();
        }
    }
}

#[tokio::test]
async fn setup_makes_everything_once_and_the_sample_is_live() {
    let Some(real) = real("setup").await else { return };
    let done = real.house.nocodb.apply().await.unwrap();
    assert!(done.steps.len() > 10 && done.notes.is_empty(), "{done:?}");
    let again = real.house.nocodb.plan().await.unwrap();
    assert!(again.steps.is_empty() && again.notes.is_empty(), "{again:?}");
    assert_eq!(real.house.nocodb.load(&sample::tables(), |_, _| {}).await.unwrap(), 12);
    assert_eq!(real.house.nocodb.load(&sample::tables(), |_, _| {}).await.unwrap(), 0);

    real.house.drafts().look().await.unwrap();
    for table in ["Programme", "Rules", "Tiers", "Texts"] {
        for row in real.rows(table, &["Id", "Status", "Problem"]).await {
            assert_eq!((&row["Status"], row["Problem"].as_str().unwrap_or("")), (&json!("live"), ""), "{table}");
        }
    }
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
async fn every_entry_is_one_row_although_everything_is_projected_twice() {
    let Some(real) = real("projection").await else { return };
    real.house.nocodb.apply().await.unwrap();
    real.house.give(50, 5).await;
    real.house.deliver().await;
    assert_eq!(project_everything(&real.house.store, real.house.clock.as_ref(), true).await.unwrap(), 50);
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

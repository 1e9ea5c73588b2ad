//! What the ledger says, beside what the receivers have: each entry one row of `Points`, each member one of `Members`.

use std::{collections::BTreeMap, time::Duration};

use loyalty_connector::{loyalty::entry::Entry, store::Store};
use serde_json::{Map, Value};

use super::nocodb::StandIn;

/// Entries of each member in the ledger's order.
pub async fn entries(store: &Store) -> BTreeMap<String, Vec<Entry>> {
    let mut all = BTreeMap::new();
    for (brand, member) in store.streams().await.unwrap() {
        let stream = store.stream(&brand, &member).await.unwrap();
        let entries = stream.rows.iter().flat_map(|row| serde_json::from_str::<Vec<Entry>>(&row.entries).unwrap());
        all.insert(member, entries.collect());
    }
    all
}

/// Every entry is exactly one row of `Points`, in order per member; every member exactly one of `Members`, as it stands.
pub async fn is_shown_once(store: &Store, nocodb: &StandIn) {
    let (points, members) = (nocodb.rows("Points"), nocodb.rows("Members"));
    let ledger = entries(store).await;
    for (member, entries) in &ledger {
        let told: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
        let shown: Vec<&str> = of(&points, member).map(|row| row["Entry"].as_str().unwrap()).collect();
        assert_eq!(shown, told, "rows of Points of {member}");
        let rows: Vec<&Map<String, Value>> = of(&members, member).collect();
        assert_eq!(rows.len(), 1, "rows of Members of {member}");
        let document = store.member("main", member).await.unwrap().unwrap().member;
        let shown = (rows[0]["Available"].as_i64(), rows[0]["Debt"].as_i64());
        let told = (Some(document.balance.available), Some(document.balance.debt));
        assert_eq!(shown, told, "{member} as it stands");
        let shown = rows[0]["Version"].as_u64().unwrap(); // what a table does not show (a text was written) is not due there
        assert!(shown <= document.version, "{member}: {shown} of {}", document.version);
    }
    assert_eq!(points.len(), ledger.values().map(Vec::len).sum::<usize>(), "rows of Points");
    assert_eq!(members.len(), ledger.len(), "rows of Members");
}

fn of<'a>(rows: &'a [Map<String, Value>], member: &'a str) -> impl Iterator<Item = &'a Map<String, Value>> {
    rows.iter().filter(move |row| row["Member"] == member)
}

/// What is neither delivered nor done, by destination and state.
pub async fn outstanding(store: &Store) -> Vec<(String, String, u64)> {
    let counts = store.delivery_counts("main").await.unwrap();
    counts.into_iter().filter(|(_, state, _)| state != "sent" && state != "done").collect()
}

/// Looks again and again until everything is delivered.
pub async fn is_delivered(store: &Store) {
    let delivered = async {
        while outstanding(store).await.iter().any(|(_, state, _)| state == "due") {
            tokio::time::sleep(Duration::from_millis(50)).await; // the pace of looking, not a wait for something
        }
    };
    let ended = tokio::time::timeout(Duration::from_secs(60), delivered).await;
    let left = outstanding(store).await;
    assert!(ended.is_ok() && left.is_empty(), "not delivered: {left:?}");
}

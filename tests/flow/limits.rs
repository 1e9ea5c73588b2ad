//! Limits of all in one process: nobody looks at their counts while they are far, and none is passed.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::{self, TestApp, ledger, purchase, still_app_with};

const AT_ONCE: usize = 64;
const BUDGET: i64 = 1000;
const WINNERS: i64 = 10;

/// A point for each euro up to a budget, and a challenge that ten may win.
const RULES: &str = "Rule,Points,Per amount,Budget\nshared,1,1.00,1000\n";
const CHALLENGES: &str =
    "Challenge,Active,Counts,Counts from,Goal,Points,Most winners\nfirst,yes,orders,start,1,250,10\n";

async fn limited() -> TestApp {
    still_app_with(|settings| {
        let programme = settings.server.data.join("programme");
        support::write_sample(&programme, &[]);
        std::fs::write(programme.join("Rules.csv"), RULES).unwrap();
        std::fs::write(programme.join("Challenges.csv"), CHALLENGES).unwrap();
    })
    .await
}

/// Points that stand by this rule.
async fn stands(app: &TestApp, rule: &str) -> i64 {
    let entries = ledger::entries(&app.app.store).await;
    let all = entries.values().flatten().filter_map(|entry| entry.of_rule());
    all.filter(|(of, _)| *of == rule).map(|(_, points)| points).sum()
}

/// What the shared count says is used.
async fn used(app: &TestApp, key: &str) -> i64 {
    let counts = app.app.store.shared_counts().await.unwrap();
    counts.iter().find(|((_, of), _)| of == key).map_or(0, |(_, count)| count.used)
}

#[tokio::test]
async fn of_64_at_once_limits_are_reached_and_never_passed_and_what_is_given_back_is_there_for_the_next() {
    let app = limited().await;
    let orders = (0..AT_ONCE).map(|client| {
        let app = &app;
        async move { app.put_order(&format!("n-{client}"), purchase(&format!("c-{client}"), 1)).await.0 }
    });
    assert_eq!(join_all(orders).await, [200; AT_ONCE], "no order is refused for a limit");
    assert_eq!(stands(&app, "shared").await, BUDGET, "89 points are wanted for each of 64");
    assert_eq!(stands(&app, "challenge:first").await, WINNERS * 250, "each of 64 has reached the goal");
    assert_eq!((used(&app, "budget:shared").await, used(&app, "winners:first").await), (BUDGET, WINNERS));

    let mut entries = ledger::entries(&app.app.store).await.into_values().flatten();
    let whole = entries.find(|entry| entry.of_rule() == Some(("shared", 89))).unwrap().order.unwrap();
    let cancelled = {
        let mut body = purchase(&format!("c-{}", &whole[2..]), 2);
        body["status"] = json!("cancelled");
        body
    };
    assert_eq!(app.put_order(&whole, cancelled).await.0, 200);
    assert_eq!(used(&app, "budget:shared").await, BUDGET - 89);
    for (order, given) in [("m-1", 89), ("m-2", 0)] {
        let (_, said) = app.put_order(order, purchase(&format!("c-{order}"), 1)).await;
        let entries = said["entries"].as_array().unwrap().iter().filter(|entry| entry["rule"] == "shared");
        let points: i64 = entries.map(|entry| entry["points"].as_i64().unwrap()).sum();
        assert_eq!(points, given, "{order}: {said}");
    }
    assert_eq!(stands(&app, "shared").await, BUDGET);
    app.verified().await;
}

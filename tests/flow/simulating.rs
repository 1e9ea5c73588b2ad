//! A draft held against what happened: figures, who would have less, and nothing changed.

use loyalty_connector::{
    clock::Clock,
    forecast::{self, Progress, Request},
    intake::draft::DraftBody,
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::{TestApp, app, purchase};

async fn live_tables(app: &TestApp) -> Value {
    app.call("GET", "/v1/programme", None).await.1["tables"].clone()
}

async fn simulate(app: &TestApp, tables: &Value) -> (u16, Value) {
    app.call("POST", "/v1/programme/simulate", Some(json!({ "tables": tables }))).await
}

fn row<'a>(said: &'a Value, id: &str) -> &'a Value {
    said["rows"].as_array().unwrap().iter().find(|row| row["row"] == id).unwrap()
}

/// Running shoes for 89.90 are worth 89 for the euros, 89 for the shoes and 100 for the first purchase; a review 20.
#[tokio::test]
async fn a_draft_is_held_against_what_happened_and_changes_nothing() {
    let app = app().await;
    let mut draft = live_tables(&app).await;
    draft["Rules"][0]["Points"] = "2".into();
    draft["Rules"][3]["Active"] = "no".into();
    let (status, nothing) = simulate(&app, &draft).await;
    assert_eq!(status, 422, "before there was a programme nothing happened: {nothing}");
    for (member, order) in [("c-1", "1001"), ("c-2", "1002")] {
        app.put_order(order, purchase(member, 1)).await;
    }
    let review = json!({"id": "r1", "type": "review", "member": {"external_id": "c-1"}, "data": {}});
    app.call("POST", "/v1/events", Some(review)).await;
    let silent = json!({"id": "r2", "type": "review", "member": {"external_id": "c-3"}, "data": {}});
    app.call("POST", "/v1/events", Some(silent)).await;
    app.clock.set("2026-11-21T12:00:00Z".parse().unwrap());

    let (status, said) = simulate(&app, &draft).await;
    assert_eq!(status, 200, "{said}");
    assert_eq!((&said["live"], &said["sales"], &said["orders"]), (&json!("v1"), &json!("179.80"), &json!(2)));
    assert_eq!((&said["now"]["points"], &said["then"]["points"]), (&json!(2 * 278 + 40), &json!(2 * 456)));
    assert_eq!((&said["then"]["cost"], &said["then"]["share_of_sales"]), (&json!("9.12"), &json!("5.1")));
    assert_eq!(row(&said, "base")["then"]["points"], json!(4 * 89));
    assert_eq!(
        row(&said, "base")["says"],
        "last day: 2 members, 356 points (now 178), 3.56 EUR, 2 % of sales",
        "as the row has it"
    );
    assert_eq!(row(&said, "review")["says"], "last day: nobody (now 2)");
    let losers = &said["losers"];
    assert_eq!((&losers["members"], &losers["points"]), (&json!(1), &json!(20)), "{losers}");
    assert_eq!(losers["most"][0]["now"]["points"], 20);
    let first = &said["surprised"][0];
    assert_eq!((&first["now"]["points"], &first["then"]["points"]), (&json!(278), &json!(456)), "{first}");
    let lines = first["lines"].as_array().unwrap();
    let base = lines.iter().find(|line| line["text"] == "1 point per full euro").unwrap();
    assert_eq!((&base["now"], &base["then"]), (&json!(89), &json!(178)), "both statements side by side");

    let (_, again) = simulate(&app, &draft).await;
    assert_eq!(again, said, "the same draft, window and history say the same");
    let (_, member) = app.call("GET", "/v1/members/external:c-1", None).await;
    assert_eq!(member["balance"]["available"], 298, "nothing changed");
    assert_eq!(live_tables(&app).await["Rules"][0]["Points"], "1");
}

/// The row of a challenge has another name in entries than a rule's.
#[tokio::test]
async fn a_challenge_of_a_draft_says_what_it_would_have_given() {
    let app = app().await;
    app.clock.set("2026-11-20T12:05:00Z".parse().unwrap());
    for (member, order) in [("c-1", "1001"), ("c-2", "1002")] {
        let mut bought = purchase(member, 1);
        (bought["placed_at"], bought["paid_at"]) = (json!("2026-11-20T12:04:00Z"), json!("2026-11-20T12:04:30Z"));
        app.put_order(order, bought).await;
    }
    app.clock.set("2026-11-21T12:00:00Z".parse().unwrap());
    let mut draft = live_tables(&app).await;
    for (column, text) in [("Active", "yes"), ("Goal", "2"), ("Head start", "1")] {
        draft["Challenges"][0][column] = text.into();
    }
    let (status, said) = simulate(&app, &draft).await;
    assert_eq!((status, &draft["Challenges"][0]["Challenge"]), (200, &json!("shoe-card")), "{said}");
    assert_eq!((&said["now"]["points"], &said["then"]["points"]), (&json!(2 * 278), &json!(2 * 528)));
    let card = &row(&said, "shoe-card")["then"];
    assert_eq!((&card["points"], &card["members"]), (&json!(500), &json!(2)), "{card}");
}

/// Two purchases from before the window, and one that was changed in it, are steps.
#[tokio::test]
async fn a_challenge_of_a_draft_counts_what_was_before_the_window() {
    let app = app().await;
    for order in ["1001", "1002"] {
        app.put_order(order, purchase("c-1", 1)).await;
    }
    app.clock.set("2027-01-20T12:00:00Z".parse().unwrap());
    for (order, revision) in [("1002", 2), ("1003", 1)] {
        app.put_order(order, purchase("c-1", revision)).await;
    }
    app.clock.set("2027-01-21T12:00:00Z".parse().unwrap());
    let mut draft = live_tables(&app).await;
    for (goal, points) in [("3", 1), ("4", 0)] {
        draft["Challenges"] =
            json!([{"Challenge": "third", "Counts": "orders", "Goal": goal, "Points": "1", "Counts from": "start"}]);
        let (status, said) = simulate(&app, &draft).await;
        assert_eq!(status, 200, "{said}");
        assert_eq!(row(&said, "third")["then"]["points"], points, "{said}");
    }
}

#[tokio::test]
async fn a_draft_with_a_problem_is_not_simulated_and_its_cell_is_named() {
    let app = app().await;
    app.clock.set("2026-11-21T12:00:00Z".parse().unwrap());
    let mut draft = live_tables(&app).await;
    draft["Rules"][1]["Tiers"] = "platinum".into();
    let (status, said) = simulate(&app, &draft).await;
    assert_eq!((status, &said["errors"][0]["pointer"]), (422, &json!("/tables/Rules/1/Tiers")), "{said}");
    let window =
        json!({"tables": live_tables(&app).await, "from": "2026-11-22T00:00:00Z", "until": "2026-11-21T00:00:00Z"});
    let (status, said) = app.call("POST", "/v1/programme/simulate", Some(window)).await;
    assert_eq!((status, &said["errors"][0]["pointer"]), (422, &json!("/until")), "{said}");
}

/// What was taken with points that a draft would not have given is left out, and counted.
#[tokio::test]
async fn what_a_draft_would_have_refused_is_skipped_and_counted() {
    let app = app().await;
    app.put_order("1001", purchase("c-1", 1)).await;
    let hold = json!({"id": "till-1", "member": {"external_id": "c-1"}, "points": 200});
    assert_eq!(app.call("POST", "/v1/holds", Some(hold)).await.0, 201);
    app.clock.set("2026-11-21T12:00:00Z".parse().unwrap());
    let mut draft = live_tables(&app).await;
    draft["Rules"][2]["Active"] = "no".into();
    let (_, said) = simulate(&app, &draft).await;
    assert_eq!((&said["then"]["refused"], &said["now"]["refused"]), (&json!({"hold.made": 1}), &json!({})), "{said}");
    let one = &said["surprised"][0];
    assert_eq!((&one["now"]["points"], &one["then"]["points"]), (&json!(278), &json!(178)), "set aside is not spent");
}

/// Above a limit of memory one member in so many is looked at, by the hash of its id: the figures stand for all, and it says so.
#[tokio::test]
async fn of_very_many_members_one_in_so_many_is_looked_at_and_it_says_so() {
    let app = app().await;
    for number in 0..60 {
        app.put_order(&format!("10{number:02}"), purchase(&format!("c-{number}"), 1)).await;
    }
    app.clock.set("2026-11-21T12:00:00Z".parse().unwrap());
    let state = &app.app;
    let draft = DraftBody { tables: serde_json::from_value(live_tables(&app).await).unwrap() }.tables().unwrap();
    let request = Request::of(&state.store, &state.programmes, "main", draft, app.clock.now()).await.unwrap();
    let stop = CancellationToken::new();
    let of = async |memory: u64| {
        let request = Request { memory, ..request.clone() };
        forecast::run(&state.store, &request, Progress { done: &|_, _| (), stop: &stop }).await.unwrap()
    };
    let all = of(1 << 30).await;
    assert_eq!((all.every, all.members, all.then.points), (1, 60, 60 * 278));
    let some = of(8_000).await;
    let every = i64::from(some.every);
    assert!(every > 1 && some.members % every == 0 && some.members > 0, "{} by {every}", some.members);
    assert_eq!(some.then.points, some.members * 278, "each stands for so many");
    assert!((20..=120).contains(&some.members), "{} of 60", some.members);
    let said = format!("(worked out from one member in {every})");
    assert!(some.of_the_whole()[0].ends_with(&said), "{:?}", some.of_the_whole());
    assert!(some.of_row("Rules", "base").unwrap().ends_with(&said));
    assert_eq!(of(8_000).await, some, "the same members, whenever it is asked");
}

//! One person who was two members: everything moves, nothing is lost or doubled, and it can be undone.

mod support;

use jiff::ToSpan;
use loyalty_connector::{
    audit::verify,
    clock::Clock,
    loyalty::programme::check,
    programme::{csv, sample},
    writer::programmes::LiveProgrammes,
};
use serde_json::{Value, json};
use support::{TestApp, app, postgres, purchase};

async fn member(app: &TestApp, reference: &str) -> Value {
    app.call("GET", &format!("/v1/members/{reference}"), None).await.1
}

/// Waits for the follow-up: it is an event of the other member, carried by the deliveries.
async fn until(app: &TestApp, reference: &str, fine: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..600 {
        let view = member(app, reference).await;
        if fine(&view) {
            return view;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await; // the pace of looking
    }
    panic!("it did not come: {}", member(app, reference).await);
}

async fn proved(app: &TestApp) {
    let mut moved = 0;
    for (brand, member) in app.app.store.streams().await.unwrap() {
        let stream = app.app.store.stream(&brand, &member).await.unwrap();
        assert_eq!(verify::stream(&stream, &app.app.programmes.of(&brand).unwrap()), Vec::<String>::new(), "{member}");
        for row in &stream.rows {
            let entries: Vec<Value> = serde_json::from_str(&row.entries).unwrap();
            let side =
                |entry: &Value, name: &str| i64::from(entry[name] == "moved") * entry["points"].as_i64().unwrap();
            moved += entries.iter().map(|entry| side(entry, "credit") - side(entry, "debit")).sum::<i64>();
        }
    }
    assert_eq!(moved, 0, "what left one member came to another");
}

#[tokio::test]
async fn a_merge_moves_points_orders_and_holds_and_leads_what_comes_later() {
    let app = app().await;
    app.put_order("1001", purchase("c-1", 1)).await;
    app.put_order("1002", purchase("c-2", 1)).await;
    let hold = json!({"id": "h", "member": {"external_id": "c-1"}, "points": 100});
    let hold = app.call("POST", "/v1/holds", Some(hold)).await.1["id"].as_str().unwrap().to_owned();
    let merge = json!({"id": "m-1", "from": {"external_id": "c-1"}, "reason": "two cards"});
    let (status, receipt) = app.call("POST", "/v1/members/external:c-2/merge", Some(merge.clone())).await;
    assert_eq!((status, &receipt["balance"]["available"]), (200, &json!(0)), "{receipt}");
    let view = until(&app, "external:c-2", |view| view["balance"]["available"] == 278 + 178).await;
    assert_eq!(view["balance"]["reserved"], 100, "the hold came too: {view}");
    assert_eq!(view["tier"]["id"], "silver", "what both earned counts: {view}");
    assert_eq!(member(&app, "external:c-1").await["id"], view["id"], "the other name leads here");
    let (status, again) = app.call("POST", "/v1/members/external:c-2/merge", Some(merge.clone())).await;
    assert_eq!((status, &again["duplicate"]), (200, &json!(true)), "the same again: {again}");
    let other = json!({"id": "m-2", "from": {"external_id": "c-1"}, "reason": "two cards"});
    assert_eq!(app.call("POST", "/v1/members/external:c-2/merge", Some(other)).await.0, 422, "they are one already");
    let (_, captured) = app.call("POST", &format!("/v1/holds/{hold}/capture"), Some(json!({}))).await;
    assert_eq!((&captured["captured"], &captured["balance"]["reserved"]), (&json!(100), &json!(0)), "{captured}");
    let mut returned = purchase("c-1", 2);
    returned["lines"][0]["returned"] = json!(1);
    let (status, receipt) = app.put_order("1001", returned).await;
    assert_eq!((status, &receipt["points"]["change"]), (200, &json!(-278)), "its order is ours now: {receipt}");
    let (_, receipt) = app.put_order("1003", purchase("c-1", 1)).await;
    assert_eq!(receipt["member_id"], view["id"], "what comes for one is decided for the other");
    proved(&app).await;
}

#[tokio::test]
async fn a_merge_undone_gives_back_what_is_left() {
    let app = app().await;
    app.put_order("1001", purchase("c-1", 1)).await;
    app.put_order("1002", purchase("c-2", 1)).await;
    let other = member(&app, "external:c-1").await["id"].as_str().unwrap().to_owned();
    let merge = json!({"id": "m-1", "from": {"external_id": "c-1"}, "reason": "two cards"});
    app.call("POST", "/v1/members/external:c-2/merge", Some(merge)).await;
    until(&app, "external:c-2", |view| view["balance"]["available"] == 556).await;
    let undo = json!({"id": "u-1", "from": other, "reason": "mother and daughter"});
    let (status, receipt) = app.call("POST", "/v1/members/external:c-2/unmerge", Some(undo)).await;
    assert_eq!((status, &receipt["balance"]["available"]), (200, &json!(278)), "{receipt}");
    let view = until(&app, "external:c-1", |view| view["id"] == json!(other)).await;
    assert_eq!(view["balance"]["available"], 278, "on its own again: {view}");
    let mut returned = purchase("c-1", 2);
    returned["lines"][0]["returned"] = json!(1);
    let (status, receipt) = app.put_order("1001", returned).await;
    assert_eq!((status, &receipt["balance"]["available"]), (200, &json!(0)), "its order went with it: {receipt}");
    proved(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_interleaving_of_merge_purchase_and_payment_keeps_the_sums() {
    let app = app().await;
    app.put_order("a-0", purchase("c-1", 1)).await;
    app.put_order("b-0", purchase("c-2", 1)).await;
    let orders = (1..20).map(|number| {
        let (app, member) = (&app, if number % 2 == 0 { "c-1" } else { "c-2" });
        async move {
            let id = format!("o-{number}");
            loop {
                let (status, receipt) = app.put_order(&id, purchase(member, 1)).await;
                if status != 503 {
                    break (status, receipt["points"]["earned"].as_i64().unwrap_or(0));
                }
            }
        }
    });
    let merge = async {
        let merge = json!({"id": "m-1", "from": {"external_id": "c-1"}, "reason": "two cards"});
        app.call("POST", "/v1/members/external:c-2/merge", Some(merge)).await.0
    };
    let (merged, orders) = futures_util::future::join(merge, futures_util::future::join_all(orders)).await;
    assert_eq!(merged, 200);
    assert!(orders.iter().all(|(status, _)| *status == 200), "{orders:?}");
    let earned = orders.iter().map(|(_, earned)| earned).sum::<i64>() + 2 * 278;
    until(&app, "external:c-2", |view| view["balance"]["available"] == earned).await;
    proved(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_merges_in_opposite_directions_lose_nothing_and_end() {
    let app = app().await;
    for round in 0..10 {
        let (one, other) = (format!("a-{round}"), format!("b-{round}"));
        app.put_order(&one, purchase(&one, 1)).await;
        app.put_order(&other, purchase(&other, 1)).await;
        let merge = async |from: &str, into: &str| {
            let body = json!({"id": format!("m-{into}"), "from": {"external_id": from}, "reason": "the same"});
            app.call("POST", &format!("/v1/members/external:{into}/merge"), Some(body)).await
        };
        let answers = futures_util::future::join(merge(&one, &other), merge(&other, &one)).await;
        assert!([answers.0.0, answers.1.0].contains(&200), "{answers:?}");
        let (one, other) = (format!("external:{one}"), format!("external:{other}"));
        // Both are one, or, when both merges were taken, each is on its own again.
        for name in [one, other] {
            until(&app, &name, |view| matches!(view["balance"]["available"].as_i64(), Some(278 | 556))).await;
        }
    }
    proved(&app).await;
}

/// What `loyalty verify` finds.
async fn findings(app: &TestApp) -> Vec<String> {
    let store = &app.app.store;
    let live = LiveProgrammes::load(store).await.unwrap();
    let report = verify::ledger::ledger(store, &live, |_| {}).await.unwrap();
    assert_eq!(report.members, 3, "{report:?}");
    report.findings
}

/// Changes the database beside the service.
async fn beside(app: &TestApp, sql: &str) {
    if let Some(url) = postgres::of(&app.folder.0) {
        postgres::run(&url, sql).await;
    } else {
        let file = rusqlite::Connection::open(app.folder.0.join("loyalty.db")).unwrap();
        file.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
        file.execute_batch(sql).unwrap();
    }
}

/// The orders of both count for a goal that counts the past, each with whom they were.
#[tokio::test]
async fn what_two_members_bought_counts_together_once_they_turn_out_to_be_one() {
    let app = app().await;
    app.put_order("1001", purchase("c-1", 1)).await;
    let review = json!({"id": "r1", "type": "review", "member": {"external_id": "c-1"}, "data": {}});
    app.call("POST", "/v1/events", Some(review)).await;
    app.put_order("1002", purchase("c-2", 1)).await;
    let merge = json!({"id": "m-1", "from": {"external_id": "c-1"}, "reason": "two cards"});
    assert_eq!(app.call("POST", "/v1/members/external:c-2/merge", Some(merge)).await.0, 200);
    until(&app, "external:c-2", |view| view["balance"]["available"] == 278 + 20 + 278).await;
    let rows = "Challenge,Counts,Event,Goal,Within,Points,Counts from\nthird,orders,,3,ever,50,start\ntwice,events,review,2,ever,5,start\n";
    let mut tables = sample::tables();
    tables.0.insert("Challenges".to_owned(), csv::read("Challenges", rows).unwrap());
    app.clock.set(app.clock.now() + 1.hour());
    let (programme, now) = (check(&tables).unwrap(), app.clock.now());
    app.app.programmes.publish(&app.app.store, "main", &tables, programme, now).await.unwrap();
    let (_, said) = app.call("GET", "/v1/members/external:c-2/challenges", None).await;
    let values = |said: &Value| [0, 1].map(|place: usize| said["challenges"][place]["value"].clone());
    assert_eq!(values(&said), [json!(2), json!(1)], "{said}");
    let (_, third) = app.put_order("1003", purchase("c-2", 1)).await;
    assert_eq!(third["challenges"][0]["challenge"], "third", "{third}");
    proved(&app).await;
}

#[tokio::test]
async fn verify_sees_everything_that_was_changed_beside_the_service() {
    let app = app().await;
    app.put_order("1001", purchase("c-1", 1)).await;
    app.put_order("1002", purchase("c-2", 1)).await;
    let mut tables = sample::tables();
    let rows = tables.0.get_mut("Programme").unwrap();
    rows[0].cells.insert("Payment step".to_owned(), "1".to_owned());
    app.clock.set(app.clock.now() + 1.hour());
    let programme = check(&tables).unwrap();
    let (live, now) = (&app.app.programmes, app.clock.now());
    assert_eq!(live.publish(&app.app.store, "main", &tables, programme, now).await.unwrap(), 2);
    let mut with_code = purchase("c-3", 1);
    with_code["codes"] = json!(["WELCOME10"]);
    app.put_order("1003", with_code).await;
    let merge = json!({"id": "m-1", "from": {"external_id": "c-1"}, "reason": "two cards"});
    app.call("POST", "/v1/members/external:c-2/merge", Some(merge)).await;
    until(&app, "external:c-2", |view| view["balance"]["available"] == 556).await;
    let mut returned = purchase("c-1", 2);
    returned["lines"][0]["returned"] = json!(1);
    assert_eq!(app.put_order("1001", returned).await.0, 200);
    for (id, points) in [("plus", 5), ("minus", -3)] {
        let by_hand = json!({"id": id, "member": {"external_id": "c-3"}, "points": points, "reason": "by hand"});
        assert_eq!(app.call("POST", "/v1/adjustments", Some(by_hand)).await.0, 200);
    }
    assert_eq!(findings(&app).await, Vec::<String>::new());
    let third = member(&app, "external:c-3").await["id"].as_str().unwrap().to_owned();
    let changes = [
        ("UPDATE shared SET used = used + 1", "UPDATE shared SET used = used - 1", "count code:WELCOME10"),
        ("UPDATE shared SET used = used + 1", "UPDATE shared SET used = used - 1", "count by-hand:shop:2026-11-20"),
        (
            "UPDATE identity SET member = 'mem_x' WHERE kind = 'external_id' AND member = '3'",
            "UPDATE identity SET member = '3' WHERE member = 'mem_x'",
            "its external_id finds mem_x",
        ),
        (
            "UPDATE identity SET hash = 'x' WHERE kind = 'email' AND member = '3'",
            "DELETE FROM identity WHERE hash = 'x'",
            "is not found by its email",
        ),
        (
            "UPDATE member SET next_due_at = next_due_at + 1000000 WHERE id = '3'",
            "UPDATE member SET next_due_at = next_due_at - 1000000 WHERE id = '3'", // earlier would be fine
            "the alarm is set to",
        ),
        (
            "UPDATE event SET order_id = '9' WHERE order_id = '1003'",
            "UPDATE event SET order_id = '1003' WHERE order_id = '9'",
            "stands with order",
        ),
        (
            "UPDATE programme SET effective_at = effective_at + 86400000000 WHERE version = 2",
            "UPDATE programme SET effective_at = effective_at - 86400000000 WHERE version = 2",
            "which was not in effect then",
        ),
        (
            "UPDATE \"order\" SET member = 'mem_x' WHERE id = '1002'",
            "UPDATE \"order\" SET member = '2' WHERE id = '1002'",
            "order: a row of mem_x",
        ),
        ("DELETE FROM \"order\" WHERE id = '1001'", "", "order 1001: went to another member"),
    ];
    let second = member(&app, "external:c-2").await["id"].as_str().unwrap().to_owned();
    for (change, back, expected) in changes {
        let of_these = |sql: &str| sql.replace("'3'", &format!("'{third}'")).replace("'2'", &format!("'{second}'"));
        beside(&app, &of_these(change)).await;
        let found = findings(&app).await;
        assert!(found.iter().any(|finding| finding.contains(expected)), "{change}: {found:?}");
        beside(&app, &of_these(back)).await;
    }
}

#[test]
fn all_of_it_holds_on_postgresql_too() {
    support::postgres::proves_the_same();
}

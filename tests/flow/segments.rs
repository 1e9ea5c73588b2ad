//! Segments of a programme: those who are members already are looked at when the table is published, and lists name customer numbers.

use jiff::ToSpan;
use loyalty_connector::{
    clock::Clock,
    loyalty::programme::check,
    programme::{Tables, csv, sample},
};
use serde_json::{Value, json};

use crate::support::{TestApp, purchase, still_app_with};

async fn publish(app: &TestApp, rows: &str) {
    let mut tables = sample::tables();
    tables.0.insert("Segments".to_owned(), csv::read("Segments", rows).unwrap());
    publish_tables(app, &tables).await;
}

/// Publishes an hour later.
pub async fn publish_tables(app: &TestApp, tables: &Tables) {
    let programme = check(tables).unwrap_or_else(|problems| panic!("{problems:?}"));
    app.clock.set(app.clock.now() + 1.hour());
    app.app.programmes.publish(&app.app.store, "main", tables, programme, app.clock.now()).await.unwrap();
}

async fn swept(app: &TestApp) {
    let mut sweep = app.app.sweep();
    while sweep.look().await.unwrap() {}
}

/// Works out what those who spent most had spent.
async fn worked_out(app: &TestApp) {
    let mut worker = app.app.top_spending();
    while worker.look().await.unwrap() {}
}

async fn seen(app: &TestApp, member: &str) -> Vec<String> {
    let (_, said) = app.call("GET", &format!("/v1/members/external:{member}/segments"), None).await;
    let all = said["segments"].as_array().unwrap_or_else(|| panic!("{said}"));
    all.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

async fn kept(app: &TestApp, member: &str) -> Value {
    app.call("GET", &format!("/v1/members/external:{member}"), None).await.1
}

#[tokio::test]
async fn who_bought_before_the_table_was_published_is_in_its_segments_and_who_is_not_concerned_has_no_event() {
    let app = still_app_with(|_| {}).await;
    for (member, order) in [("c-1", "1001"), ("c-1", "1002"), ("c-2", "2001")] {
        app.put_order(order, purchase(member, 1)).await;
    }
    publish(&app, "Segment,Orders at least\noften,2\n").await;
    assert_eq!(seen(&app, "c-1").await, ["often"], "a read knows it at once");
    let version = |view: &Value| view["version"].as_u64().unwrap();
    let other = kept(&app, "c-2").await;
    swept(&app).await;
    let (after, same) = (kept(&app, "c-1").await, kept(&app, "c-2").await);
    assert_eq!(after["segments"], json!(["often"]), "{after}");
    assert_eq!(version(&same), version(&other), "nothing to record of who is in none");
    swept(&app).await;
    assert_eq!(version(&kept(&app, "c-1").await), version(&after), "looked at once");
    publish(&app, "Segment,Orders at least\noften,3\n").await;
    swept(&app).await;
    assert_eq!(kept(&app, "c-1").await["segments"], json!([]));
    app.verified().await;
}

#[tokio::test]
async fn time_alone_brings_a_member_into_a_segment_after_a_look() {
    let app = still_app_with(|_| {}).await;
    app.put_order("1001", purchase("c-1", 1)).await;
    publish(&app, "Segment,Last order before\nsilent,30D\n").await;
    swept(&app).await;
    assert_eq!(seen(&app, "c-1").await, Vec::<String>::new());
    app.clock.set(app.clock.now() + (40 * 24).hours());
    let due = app.app.store.due_members(app.clock.now(), 10).await.unwrap();
    assert_eq!(due.len(), 1, "its alarm rings");
    assert_eq!(seen(&app, "c-1").await, ["silent"]);
    app.verified().await;
}

#[tokio::test]
async fn a_list_names_customer_numbers_of_members_and_of_those_who_join_later() {
    let app = still_app_with(|_| {}).await;
    app.put_order("1001", purchase("c-1", 1)).await;
    publish(&app, "Segment,Kind,Members\nstaff,list,\"c-1\nc-9\"\n").await;
    swept(&app).await;
    assert_eq!(kept(&app, "c-1").await["segments"], json!(["staff"]));
    app.put_order("9001", purchase("c-9", 1)).await;
    app.put_order("8001", purchase("c-8", 1)).await;
    assert_eq!(kept(&app, "c-9").await["segments"], json!(["staff"]));
    assert_eq!(kept(&app, "c-8").await["segments"], json!([]));
    publish(&app, "Segment,Kind,Members\nstaff,list,c-9\n").await;
    swept(&app).await;
    assert_eq!(kept(&app, "c-1").await["segments"], json!([]));
    app.verified().await;
}

#[tokio::test]
async fn a_look_tells_nobody_who_has_come_in_and_an_order_does() {
    let app = still_app_with(|_| {}).await;
    for (member, order) in [("c-1", "1001"), ("c-1", "1002"), ("c-2", "2001")] {
        app.put_order(order, purchase(member, 1)).await;
    }
    let mut tables = sample::tables();
    let rules = "Rule,Points,Per amount,Event\nbase,1,1.00,\nwelcome,500,,segment.entered:often\n";
    tables.0.insert("Rules".to_owned(), csv::read("Rules", rules).unwrap());
    tables.0.insert("Segments".to_owned(), csv::read("Segments", "Segment,Orders at least\noften,2\n").unwrap());
    publish_tables(&app, &tables).await;
    let available = async |member: &str| kept(&app, member).await["balance"]["available"].as_i64().unwrap();
    let before = available("c-1").await;
    swept(&app).await;
    app.followed().await;
    assert_eq!(kept(&app, "c-1").await["segments"], json!(["often"]));
    assert_eq!(available("c-1").await, before, "who was in it before the table was published is given nothing for it");
    let before = available("c-2").await;
    let mut second = purchase("c-2", 1);
    second["placed_at"] = json!(app.clock.now());
    second["paid_at"] = json!(app.clock.now());
    app.put_order("2002", second).await;
    app.followed().await;
    assert_eq!(available("c-2").await, before + 89 + 500, "the second order brings the member in");
    app.verified().await;
}

#[tokio::test]
async fn who_joins_by_name_is_in_the_list_at_once() {
    let app = still_app_with(|_| {}).await;
    publish(&app, "Segment,Kind,Members\nstaff,list,c-7\n").await;
    let joined = app.call("POST", "/v1/members", Some(json!({"external_id": "c-7", "name": "Mari"}))).await;
    assert!(joined.0 < 300, "{joined:?}");
    assert_eq!(kept(&app, "c-7").await["segments"], json!(["staff"]));
}

#[tokio::test]
async fn the_best_by_spend_are_found_among_all_members_once_a_day_and_change_with_a_look_or_their_own_next_event() {
    let app = still_app_with(|_| {}).await;
    for number in 1..=21 {
        let mut order = purchase(&format!("c-{number}"), 1);
        order["lines"][0]["unit_price"] = json!(format!("{number}.00"));
        app.put_order(&format!("order-{number}"), order).await;
    }
    publish(&app, "Segment,Top percent by spend\nvip,5\n").await;
    swept(&app).await;
    assert_eq!(seen(&app, "c-21").await, Vec::<String>::new(), "nobody, before it was worked out");
    worked_out(&app).await;
    assert_eq!(seen(&app, "c-21").await, ["vip"], "a read knows it at once");
    swept(&app).await;
    assert_eq!(kept(&app, "c-21").await["segments"], json!(["vip"]));
    assert_eq!(kept(&app, "c-20").await["segments"], json!(["vip"]), "two of 21: five percent, rounded up");
    assert_eq!(kept(&app, "c-19").await["segments"], json!([]));

    let mut more = purchase("c-19", 1);
    more["lines"][0]["unit_price"] = json!("11.00");
    app.put_order("more", more).await;
    assert_eq!(kept(&app, "c-19").await["segments"], json!(["vip"]), "it spent as much as it took");
    worked_out(&app).await;
    swept(&app).await;
    assert_eq!(kept(&app, "c-20").await["segments"], json!(["vip"]), "it is worked out once a day");
    app.clock.set(app.clock.now() + 25.hours());
    worked_out(&app).await;
    let version = |view: &Value| view["version"].as_u64().unwrap();
    let before = kept(&app, "c-1").await;
    swept(&app).await;
    assert_eq!(kept(&app, "c-20").await["segments"], json!([]), "c-19 and c-21 spent more");
    let after = kept(&app, "c-1").await;
    assert_eq!(version(&before), version(&after), "nothing to record of who is not concerned");
    let (_, told) = app.call("GET", "/v1/members/external:c-20/events", None).await;
    assert!(!told.to_string().contains("segment.left"), "a look tells nobody: {told}");
    app.verified().await;

    let again = loyalty_connector::writer::programmes::LiveProgrammes::load(&app.app.store).await.unwrap();
    let (now, known) = (app.clock.now(), app.app.programmes.of("main").unwrap());
    assert_eq!(again.of("main").unwrap().top_spend(now), known.top_spend(now), "it is known after a start");
}

#[tokio::test]
async fn a_programme_that_does_not_ask_who_spent_most_works_nothing_out() {
    let app = still_app_with(|_| {}).await;
    app.put_order("1001", purchase("c-1", 1)).await;
    publish(&app, "Segment,Spent at least\nbig,1.00\n").await;
    worked_out(&app).await;
    assert_eq!(app.app.store.progress_of("top spend of main").await.unwrap(), None);
    let stream = app.app.store.streams().await.unwrap().remove(0);
    let stream = app.app.store.stream(&stream.0, &stream.1).await.unwrap();
    assert!(stream.rows.iter().all(|row| !row.given.contains("top_spend") && !row.changes.contains("top_spend")));
}

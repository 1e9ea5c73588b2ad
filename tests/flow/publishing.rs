//! Publishing by call: what goes live is what was checked, beside what was live then, by one person or two.

use loyalty_connector::access::keys;
use serde_json::{Value, json};

use crate::support::{NOW, TestApp, app, app_with_cells, call, purchase};

/// The live rows with another multiplier for shoes.
async fn draft(app: &TestApp, multiplier: &str) -> Value {
    let mut tables = app.call("GET", "/v1/programme", None).await.1["tables"].clone();
    tables["Rules"][1]["Multiplier"] = multiplier.into();
    tables
}

/// The body that publishes a draft as it is checked now.
async fn checked(app: &TestApp, tables: &Value) -> Value {
    let (status, said) = app.call("POST", "/v1/programme/check", Some(json!({ "tables": tables }))).await;
    assert_eq!((status, &said["ready"]), (200, &json!(true)), "{said}");
    json!({"tables": tables, "fingerprint": said["fingerprint"], "live": said["live"]})
}

async fn publish(app: &TestApp, key: &str, body: &Value) -> (u16, Value) {
    call(&app.url, key, "POST", "/v1/programme/publish", Some(body.clone())).await
}

async fn live(app: &TestApp) -> Value {
    app.call("GET", "/v1/programme", None).await.1["version"].clone()
}

async fn key(app: &TestApp, name: &str, scopes: &[&str]) -> String {
    let scopes: Vec<String> = scopes.iter().map(ToString::to_string).collect();
    keys::create(&app.app.store, NOW.parse().unwrap(), name, "main", &scopes).await.unwrap().1
}

#[tokio::test]
async fn what_was_checked_goes_live_and_is_in_force_from_the_next_purchase_on() {
    let app = app().await;
    let body = checked(&app, &draft(&app, "3").await).await;
    assert_eq!(body["live"], "v1");
    let (status, said) = publish(&app, &app.key, &body).await;
    assert_eq!((status, &said["version"], &said["is_new"]), (200, &json!("v2"), &json!(true)), "{said}");
    app.clock.set("2026-11-20T12:05:00Z".parse().unwrap());
    let mut bought = purchase("c-1", 1);
    (bought["placed_at"], bought["paid_at"]) = (json!("2026-11-20T12:04:00Z"), json!("2026-11-20T12:04:30Z"));
    let (_, receipt) = app.put_order("1001", bought).await;
    assert_eq!(receipt["points"]["earned"], 89 + 2 * 89 + 100, "{receipt}");
    let (status, said) = publish(&app, &app.key, &body).await;
    assert_eq!((status, &said["version"], &said["is_new"]), (200, &json!("v2"), &json!(false)), "asked twice: {said}");
    let (_, versions) = app.call("GET", "/v1/programme/versions", None).await;
    let newest = &versions["versions"][0];
    assert_eq!((&newest["version"], &newest["by"], &newest["changes"]), (&json!("v2"), &json!("shop"), &json!(1)));
}

#[tokio::test]
async fn a_draft_with_a_problem_or_of_another_fingerprint_or_without_the_scope_is_not_published() {
    let app = app().await;
    let body = checked(&app, &draft(&app, "3").await).await;
    let mut other = body.clone();
    other["tables"]["Rules"][1]["Multiplier"] = "4".into();
    let (status, problem) = publish(&app, &app.key, &other).await;
    assert_eq!((status, &problem["type"]), (409, &json!("/errors/other-draft")), "{problem}");
    let mut broken = draft(&app, "3").await;
    broken["Rules"][1]["Tiers"] = "platinum".into();
    let (_, said) = app.call("POST", "/v1/programme/check", Some(json!({ "tables": broken }))).await;
    let unpublishable = json!({"tables": broken, "fingerprint": said["fingerprint"], "live": said["live"]});
    let (status, problem) = publish(&app, &app.key, &unpublishable).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/tables/Rules/1/Tiers")), "{problem}");
    let mut nowhere = body.clone();
    nowhere["live"] = "three".into();
    let (status, problem) = publish(&app, &app.key, &nowhere).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/live")), "{problem}");
    let till = key(&app, "till", &["orders"]).await;
    assert_eq!(publish(&app, &till, &body).await.0, 403);
    assert_eq!(live(&app).await, "v1");
}

#[tokio::test]
async fn where_another_version_went_live_meanwhile_nothing_is_published_and_what_it_changed_is_told() {
    let app = app().await;
    let mine = checked(&app, &draft(&app, "3").await).await;
    let mut others = draft(&app, "2").await;
    others["Rules"][0]["Points"] = "2".into();
    let boss = key(&app, "boss", &["programme"]).await;
    assert_eq!(publish(&app, &boss, &checked(&app, &others).await).await.0, 200);
    let (status, problem) = publish(&app, &app.key, &mine).await;
    assert_eq!((status, &problem["type"]), (409, &json!("/errors/programme-moved")), "{problem}");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.starts_with("v2 went live meanwhile, by boss: Rules, base, Points: 1 is now 2."), "{detail}");
    assert_eq!(live(&app).await, "v2");
    let (status, said) = publish(&app, &app.key, &checked(&app, &mine["tables"]).await).await;
    assert_eq!((status, &said["version"]), (200, &json!("v3")), "looked at again: {said}");
}

#[tokio::test]
async fn a_version_goes_live_when_two_people_want_it_and_one_alone_is_not_enough() {
    let app = app_with_cells(&[("Programme", "Second person publishes", "yes")]).await;
    let mut body = checked(&app, &draft(&app, "3").await).await;
    body["tables"]["Programme"][0]["Second person publishes"] = "no".into();
    let body = checked(&app, &body["tables"]).await; // a draft does not free itself of it
    let boss = key(&app, "boss", &["programme"]).await;
    let again = key(&app, "shop", &["programme"]).await;
    let (status, waits) = publish(&app, &app.key, &body).await;
    assert_eq!((status, &waits["asked_by"]), (202, &json!("shop")), "{waits}");
    let path = waits["agree"].as_str().unwrap().to_owned();
    for alone in [&app.key, &again] {
        assert_eq!(publish(&app, alone, &body).await.0, 202, "still one person");
        let (status, problem) = call(&app.url, alone, "POST", &path, None).await;
        assert_eq!((status, &problem["type"]), (403, &json!("/errors/second-key")), "{problem}");
    }
    assert_eq!(live(&app).await, "v1");
    let (_, shown) = app.call("GET", "/v1/programme/waiting", None).await;
    let changes = ["Settings, Second person publishes: yes is now no", "Rules, shoes, Multiplier: 2 is now 3"];
    assert_eq!(shown["changes"], json!(changes), "{shown}");
    let (status, said) = call(&app.url, &boss, "POST", &path, None).await;
    assert_eq!((status, &said["version"]), (200, &json!("v2")), "{said}");
    assert_eq!(app.call("GET", "/v1/programme/waiting", None).await.0, 204);
    assert_eq!(call(&app.url, &boss, "POST", &path, None).await.0, 404, "it waits no more");
    let (_, versions) = app.call("GET", "/v1/programme/versions", None).await;
    let newest = &versions["versions"][0];
    assert_eq!((&newest["by"], &newest["agreed"]), (&json!("shop"), &json!("boss")), "{versions}");
}

#[tokio::test]
async fn what_waits_is_published_by_another_who_asks_for_the_same_and_can_be_withdrawn() {
    let app = app_with_cells(&[("Programme", "Second person publishes", "yes")]).await;
    let boss = key(&app, "boss", &["programme"]).await;
    let body = checked(&app, &draft(&app, "3").await).await;
    let (_, waits) = publish(&app, &app.key, &body).await;
    let path = format!("/v1/programme/waiting/{}", waits["fingerprint"].as_str().unwrap());
    assert_eq!(app.call("DELETE", &path, None).await.0, 204);
    assert_eq!(app.call("DELETE", &path, None).await.0, 404);
    assert_eq!(publish(&app, &boss, &body).await.0, 202, "from the beginning");
    let other = checked(&app, &draft(&app, "4").await).await;
    assert_eq!(publish(&app, &app.key, &other).await.0, 202, "another draft is not what somebody else wanted");
    assert_eq!(live(&app).await, "v1");
    let (status, said) = publish(&app, &boss, &other).await;
    assert_eq!((status, &said["version"]), (200, &json!("v2")), "{said}");
}

#[tokio::test]
async fn a_folder_alone_publishes_nothing_where_two_people_are_needed() {
    use loyalty_connector::systems::csv_folder::{CsvFolder, FolderError};
    let app = app_with_cells(&[("Programme", "Second person publishes", "yes")]).await;
    let rules = app.folder.0.join("programme/Rules.csv");
    let edited = std::fs::read_to_string(&rules).unwrap().replacen("Double points", "Twice the points", 1);
    std::fs::write(&rules, edited).unwrap();
    let (state, folder) = (&app.app, CsvFolder::open(&app.app.settings).unwrap());
    let waits = folder.first_publish(&state.store, &state.programmes, "main", app.clock.as_ref()).await;
    assert!(matches!(waits, Err(FolderError::Waits)), "{waits:?}");
    let (_, shown) = app.call("GET", "/v1/programme/waiting", None).await;
    assert_eq!((&shown["asked_by"], live(&app).await), (&json!("folder"), json!("v1")), "{shown}");
    assert_eq!(app.call("POST", shown["agree"].as_str().unwrap(), None).await.0, 200);
    assert_eq!(live(&app).await, "v2");
    folder.first_publish(&state.store, &state.programmes, "main", app.clock.as_ref()).await.unwrap();
    assert_eq!(live(&app).await, "v2", "that is what the folder holds");
}

fn example(points: &str) -> Value {
    json!([{"Example": "first-shoes", "Cart": "RUN-42, 89.90, sport/shoes/running", "At": "2026-11-20T12:00:00Z",
            "Orders before": "0", "Expect points": points}])
}

#[tokio::test]
async fn an_example_that_fails_keeps_a_draft_from_being_published_and_says_what_it_gave() {
    let app = app().await;
    let mut tables = draft(&app, "3").await;
    tables["Examples"] = example("278");
    let (_, said) = app.call("POST", "/v1/programme/check", Some(json!({ "tables": tables }))).await;
    assert_eq!(said["problems"][0]["detail"], "gave 367, expected 278", "{said}");
    assert_eq!((&said["problems"][0]["table"], &said["problems"][0]["row"]), (&json!("Examples"), &json!("1")));
    let body = json!({"tables": tables, "fingerprint": said["fingerprint"], "live": said["live"]});
    let (status, problem) = publish(&app, &app.key, &body).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/tables/Examples/0/Expect points")));
    tables["Examples"] = example("367");
    assert_eq!(publish(&app, &app.key, &checked(&app, &tables).await).await.0, 200);
    let mut back = draft(&app, "2").await;
    let (_, said) = app.call("POST", "/v1/programme/check", Some(json!({ "tables": back }))).await;
    assert_eq!(said["problems"][0]["detail"], "gave 278, expected 367", "what was published is held to: {said}");
    back["Examples"][0]["Active"] = "no".into();
    checked(&app, &back).await;
}

#[tokio::test]
async fn examples_are_proposed_from_typical_purchases_and_hold() {
    let app = app().await;
    let (_, none) = app.call("GET", "/v1/programme/examples", None).await;
    assert_eq!(none, json!({"rows": []}));
    for (number, price) in [(1, "10.00"), (2, "89.90"), (3, "50.00"), (4, "500.00"), (5, "60.00")] {
        let mut bought = purchase("c-1", 1);
        bought["lines"][0]["unit_price"] = price.into();
        bought["lines"][0]["quantity"] = json!(number);
        assert_eq!(app.put_order(&format!("100{number}"), bought).await.0, 200);
    }
    let (_, said) = app.call("GET", "/v1/programme/examples", None).await;
    let rows = said["rows"].as_array().unwrap();
    let carts: Vec<&str> = rows.iter().map(|row| row["Cart"].as_str().unwrap()).collect();
    let running = "sport/shoes/running";
    let wanted = [
        format!("2 x RUN-42, 89.90, {running}"),
        format!("RUN-42, 10.00, {running}"),
        format!("4 x RUN-42, 500.00, {running}"),
    ];
    assert_eq!(carts, wanted, "{said}");
    assert!(!said.to_string().contains("Anna") && !said.to_string().contains("c-1"), "of nobody by name");
    let mut tables = draft(&app, "2").await;
    tables["Examples"] = said["rows"].clone();
    checked(&app, &tables).await;
}

#[tokio::test]
async fn a_draft_that_gives_back_much_is_to_be_looked_at_before_anything_happened() {
    let app = app().await;
    let mut tables = draft(&app, "2").await;
    tables["Rules"][0]["Points"] = "11".into();
    let (_, said) = app.call("POST", "/v1/programme/check", Some(json!({ "tables": tables }))).await;
    let much = "gives back 11 % of sales, first reward after 1 purchase of 50.00 EUR";
    assert_eq!((&said["ready"], &said["warnings"][0]["detail"]), (&json!(true), &json!(much)), "{said}");
    app.put_order("1001", purchase("c-1", 1)).await;
    app.clock.set("2026-11-21T12:00:00Z".parse().unwrap());
    assert_eq!(app.call("POST", "/v1/programme/simulate", Some(json!({ "tables": tables }))).await.0, 200);
    let (_, said) = app.call("POST", "/v1/programme/check", Some(json!({ "tables": tables }))).await;
    let share = said["warnings"][0]["detail"].as_str().unwrap();
    assert!(share.starts_with("gives back 22.9 % of sales"), "by what would have happened: {said}");
}

//! What is known of stores: who joins by buying there is written to in their language, and people read names instead of ids. And a tier
//! that is sold, as whoever asks sees it.

use loyalty_connector::{
    clock::Clock,
    loyalty::programme::check,
    programme::{csv, sample},
};
use serde_json::{Value, json};

use crate::support::{TestApp, app, purchase};

async fn publish(app: &TestApp, table: &str, rows: &str) {
    let mut tables = sample::tables();
    tables.0.insert(table.to_owned(), csv::read(table, rows).unwrap());
    let programme = check(&tables).unwrap_or_else(|problems| panic!("{problems:?}"));
    app.app.programmes.publish(&app.app.store, "main", &tables, programme, app.clock.now()).await.unwrap();
}

async fn buys(app: &TestApp, id: &str, member: Value, store: Option<&str>) {
    let mut body = purchase("c-1", 1);
    (body["member"], body["store"]) = (member, json!(store));
    let (status, receipt) = app.put_order(id, body).await;
    assert_eq!(status, 200, "{receipt}");
}

async fn language(app: &TestApp, member: &str) -> Value {
    app.call("GET", &format!("/v1/members/external:{member}"), None).await.1["language"].clone()
}

#[tokio::test]
async fn who_joins_by_buying_in_a_store_is_written_to_in_its_language_and_reads_its_name() {
    let app = app().await;
    publish(&app, "Stores", "Store,Name,City,Language\nkv-1,Khreshchatyk,Kyiv,uk\nplain,,,\n").await;
    buys(&app, "1", json!({ "external_id": "a" }), Some("KV-1")).await;
    buys(&app, "2", json!({ "external_id": "b", "language": "ru" }), Some("kv-1")).await;
    buys(&app, "3", json!({ "external_id": "c" }), Some("plain")).await;
    buys(&app, "4", json!({ "external_id": "d" }), Some("elsewhere")).await;
    buys(&app, "5", json!({ "external_id": "e" }), None).await;
    buys(&app, "6", json!({ "external_id": "e" }), Some("kv-1")).await; // a member already
    let known = [("a", json!("uk")), ("b", json!("ru")), ("c", Value::Null), ("d", Value::Null), ("e", Value::Null)];
    for (member, is) in known {
        assert_eq!(language(&app, member).await, is, "{member}");
    }
    let (_, order) = app.call("GET", "/v1/orders/1", None).await;
    assert_eq!(order["store"], json!({ "id": "KV-1", "name": "Khreshchatyk", "city": "Kyiv" }));
    let (_, orders) = app.call("GET", "/v1/members/external:d/orders", None).await;
    assert_eq!(orders["items"][0]["store"], json!({ "id": "elsewhere" }), "{orders}");
    app.verified().await;
}

#[tokio::test]
async fn a_tier_that_was_bought_is_seen_with_its_end_and_a_return_ends_it() {
    let app = app().await;
    let mut body = purchase("c-1", 1);
    body["lines"] = json!([{ "id": "1", "quantity": 2, "unit_price": "49.00", "sku": "GOLD-YEAR" }]);
    app.put_order("1", body.clone()).await;
    let (_, member) = app.call("GET", "/v1/members/external:c-1", None).await;
    let until = json!("2028-11-20T10:00:40Z");
    assert_eq!((&member["tier"]["id"], &member["tier"]["until"]), (&json!("gold"), &until), "{member}");
    let (_, benefits) = app.call("GET", "/v1/members/external:c-1/benefits", None).await;
    assert_eq!((&benefits["tier"], &benefits["until"]), (&json!("gold"), &until), "{benefits}");
    (body["revision"], body["lines"][0]["returned"]) = (json!(2), json!(2));
    app.put_order("1", body).await;
    let (_, member) = app.call("GET", "/v1/members/external:c-1", None).await;
    assert_eq!(member["tier"]["id"], "bronze", "{member}");
    app.verified().await;
}

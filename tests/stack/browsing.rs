//! Segments in time: what a member looks at in the shop decides what the very next purchase earns.

use std::time::{Duration, Instant};

use loyalty_connector::{
    clock::{Clock, SystemClock},
    systems::http,
};
use serde_json::{Value, json};

use crate::{Service, Spreadsheet, environment, pay, payment, support, until, within};

/// As a marketer does in Unomi.
async fn save(path: &str, body: Value) {
    let request = support::client().post(format!("{}/cxs/{path}", environment("UNOMI_URL"))).json(&body);
    let request = request.basic_auth(environment("UNOMI_ADMIN_USER"), Some(environment("UNOMI_ADMIN_PASSWORD")));
    let answer = http::send(request).await.unwrap();
    assert!(answer.status.is_success(), "{path}: {}", answer.excerpt());
}

/// As a page of the shop does; the segments that Unomi answers.
async fn look_at(page: &str, member: &str) -> Value {
    let site = json!({"itemId": "shop", "itemType": "site", "scope": "loyalty"});
    let page = json!({"itemId": page, "itemType": "page", "scope": "loyalty",
        "properties": {"pageInfo": {"pageID": page, "pageName": page, "pagePath": page}}});
    let view = json!({"eventType": "view", "scope": "loyalty", "source": site, "target": page});
    let body = json!({"profileId": member, "sessionId": format!("{member}.visit"), "source": site,
        "requireSegments": true, "events": [view]});
    let request = support::client().post(format!("{}/cxs/context.json", environment("UNOMI_URL"))).json(&body);
    let answer = http::send(request.header("cookie", format!("context-profile-id={member}"))).await.unwrap();
    let answer: Value = answer.json().unwrap();
    assert_eq!(answer["processedEvents"], 1, "{answer}");
    answer["profileSegments"].clone()
}

/// Bought now, under the programme of now: goods that no other rule of the sample asks for.
fn kettle(order: &str) -> Value {
    let (mut payment, now) = (payment(order, 1), SystemClock.now().to_string());
    (payment["placed_at"], payment["paid_at"]) = (json!(now), json!(now));
    payment["lines"][0]["category"] = json!("home/kitchen");
    payment["lines"][0]["price"] = json!("50.00");
    payment
}

pub async fn doubles_the_very_next_purchase(service: &Service, sheet: &Spreadsheet, member: &str) {
    let condition = json!({"type": "booleanCondition", "parameterValues": {"operator": "and", "subConditions": [
        {"type": "eventTypeCondition", "parameterValues": {"eventTypeId": "view"}},
        {"type": "eventPropertyCondition", "parameterValues": {"propertyName": "target.itemId",
            "comparisonOperator": "equals", "propertyValue": "kettles"}}]}});
    // The instant, not a word: Unomi looks at a profile's segments when a property changes, and it may know the rule before it
    // knows the segment.
    let mark = json!({"type": "setPropertyAction", "parameterValues": {
        "setPropertyName": "properties.lookedAtKettles", "setPropertyValueCurrentDate": true,
        "setPropertyStrategy": "alwaysSet"}});
    save(
        "rules",
        json!({"metadata": {"id": "looked_at_kettles", "name": "Looked at kettles", "scope": "loyalty"},
        "condition": condition, "actions": [mark]}),
    )
    .await;
    save(
        "segments",
        json!({"metadata": {"id": "kettle_lovers", "name": "Kettle lovers", "scope": "loyalty"},
        "condition": {"type": "profilePropertyCondition", "parameterValues": {
            "propertyName": "properties.lookedAtKettles", "comparisonOperator": "exists"}}}),
    )
    .await;
    let rule = json!({"Rule": "kettles", "Name": "For kettle lovers", "Active": true, "Multiplier": 2,
        "Segments": "kettle_lovers", "Qualifying": true});
    sheet.offer("Rules", &json!([rule])).await;
    sheet.add("Rules", rule).await;
    let ready =
        |rows: &Value| rows.as_array().unwrap().iter().any(|row| row["Rule"] == "kettles" && row["Status"] == "ready");
    until("the new rule is ready", async || sheet.rows("Rules").await, ready).await;
    sheet.publish().await;
    let mut live = async || service.get("/v1/programme").await;
    within("it is live", Duration::from_secs(5), &mut live, |live| live["version"] == "v3").await;

    let (_, before) = pay(kettle("2001")).await;
    assert_eq!(before["points"]["change"], 100, "two points a euro: {before}");
    // Unomi loses one of two changes that come for one profile at once: what the purchase made of it has arrived.
    let settled = async || {
        let path = format!("{}/cxs/profiles/{member}", environment("UNOMI_URL"));
        let request = support::client().get(path);
        let request = request.basic_auth(environment("UNOMI_ADMIN_USER"), Some(environment("UNOMI_ADMIN_PASSWORD")));
        let profile: Value = http::send(request).await.unwrap().json().unwrap();
        json!([profile["properties"]["loyaltyOrders"], service.member().await["progress"]["orders"]])
    };
    until("the purchase is in the profile", settled, |orders| orders[0] == orders[1]).await;
    let began = Instant::now();
    let entered = |segments: &Value| segments.to_string().contains("kettle_lovers");
    until("Unomi puts who looks at kettles into the segment", async || look_at("kettles", member).await, entered).await;
    let knows = |member: &Value| member["segments"].to_string().contains("kettle_lovers");
    until("the ledger knows who browsed", async || service.member().await, knows).await;
    println!("ok  a segment entered by browsing was in the ledger after {} ms", began.elapsed().as_millis());
    let (_, after) = pay(kettle("2002")).await;
    assert_eq!(after["points"]["change"], 200, "doubled: {after}");
}

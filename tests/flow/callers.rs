//! Whoever asks a use case without HTTP gets what HTTP answers: the same values, and the same problems.

use std::{net::IpAddr, sync::Arc, time::Instant};

use futures_util::TryStreamExt;
use loyalty_connector::{
    access::Caller,
    intake::{fields::parse_value, problem::Problem},
    service::{
        codes, holds, members, orders, page::PageQuery, quotes, rewards, statement::parts::parts, views::MemberView,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::support::{TestApp, app, purchase};

async fn caller(app: &TestApp) -> Caller {
    let from = IpAddr::from([127, 0, 0, 1]);
    app.app.keys.caller(&app.app.store, Instant::now(), from, &app.key).await.unwrap()
}

fn body<T: DeserializeOwned>(value: &Value) -> T {
    parse_value(value.clone(), "").unwrap()
}

/// What a caller of HTTP reads of it.
fn answer<T: Serialize>(result: Result<T, Problem>) -> Value {
    result.map_or_else(|problem| json!(problem), |value| json!(value))
}

fn cart(currency: &str) -> Value {
    let lines = json!([{"id": "1", "category": "sport/shoes/running", "quantity": 1, "unit_price": "89.90"}]);
    json!({"member": {"external_id": "c-1"}, "currency": currency, "lines": lines})
}

#[tokio::test]
async fn whoever_asks_without_http_gets_what_http_answers() {
    let app = app().await;
    let (service, caller) = (&app.app, caller(&app).await);
    let receipt = orders::put(service, &caller, "1001".to_owned(), body(&purchase("c-1", 1))).await.unwrap();
    assert_eq!(receipt.points.earned, 278);
    let again = answer(orders::put(service, &caller, "1001".to_owned(), body(&purchase("c-1", 1))).await);
    assert_eq!(app.put_order("1001", purchase("c-1", 1)).await, (200, again));
    for currency in ["EUR", "euros"] {
        let quoted = answer(quotes::quote(service, "main", body(&cart(currency))).await);
        assert_eq!(app.call("POST", "/v1/quotes", Some(cart(currency))).await.1, quoted);
    }
    for member in ["external:c-1", "external:nobody"] {
        let offered = answer(rewards::catalogue(service, "main", Some(member)).await);
        assert_eq!(app.call("GET", &format!("/v1/rewards?member={member}"), None).await.1, offered);
    }
    let wanted = json!({"member": {"external_id": "c-1"}});
    for code in ["welcome5", "nosuch"] {
        let checked = answer(codes::check(service, &caller, code, body(&wanted)).await);
        assert_eq!(app.call("POST", &format!("/v1/codes/{code}/check"), Some(wanted.clone())).await.1, checked);
    }
    let mut hold = json!({"id": "till-1", "member": {"external_id": "c-1"}, "points": 100});
    let held = holds::make(service, &caller, body(&hold)).await.unwrap();
    let (status, known) = app.call("POST", "/v1/holds", Some(hold.clone())).await;
    assert_eq!((status, &known["duplicate"], &known["balance"]), (200, &json!(true), &json!(held.balance)), "{known}");
    (hold["id"], hold["points"]) = (json!("till-2"), json!(1000));
    let refused = answer(holds::make(service, &caller, body(&hold)).await);
    assert_eq!(app.call("POST", "/v1/holds", Some(hold)).await.1, refused);
    let found = members::find(service, "main", "external:c-1").await.unwrap();
    let shown = answer(MemberView::of(service, "main", found, service.clock.now()).await);
    assert_eq!(app.call("GET", "/v1/members/external:c-1", None).await.1, shown);
    let page = PageQuery { limit: None, cursor: None };
    let written = parts(Arc::clone(service), "main".to_owned(), "external:c-1", page).await.unwrap();
    let written: Vec<Vec<u8>> = written.try_collect().await.unwrap();
    let statement: Value = serde_json::from_slice(&written.concat()).unwrap();
    assert_eq!(app.call("GET", "/v1/members/external:c-1/statement", None).await.1, statement);
}

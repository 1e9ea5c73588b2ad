//! Texts that no store could keep, beside good orders.

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use crate::support::{Binary, Folder, call, postgres, purchase, raw};

const ORDERS: usize = 960;
const AT_ONCE: usize = 64;

/// A call with a NUL in it: method, path, body, and what is answered: status and pointer.
fn broken(number: usize) -> (&'static str, String, Option<Value>, u16, Value) {
    let order = |pointer: &str, text: &str| {
        let mut body = purchase("p1", 1);
        *body.pointer_mut(pointer).unwrap() = json!(text);
        body
    };
    let path = format!("/v1/orders/nul-{number}");
    match number % 9 {
        0 => ("PUT", path, Some(order("/member/name", "A\0B")), 422, json!("/member/name")),
        1 => ("PUT", path, Some(order("/member/external_id", "p\u{0}2")), 422, json!("/member/external_id")),
        2 => {
            let mut body = purchase("p3", 1);
            body["points_hold"] = json!("h\0");
            ("PUT", path, Some(body), 422, json!("/points_hold"))
        }
        3 => ("PUT", path, Some(order("/lines/0/sku", "\0")), 422, json!("/lines/0/sku")),
        4 => {
            let event = json!({"id": "e-1", "type": "review", "member": {"external_id": "p1"}, "data": {"a": ["\0"]}});
            ("POST", "/v1/events".to_owned(), Some(event), 422, json!("/data/a/0"))
        }
        5 => ("GET", "/v1/orders/p%00".to_owned(), None, 404, Value::Null),
        6 => ("GET", "/v1/members/external:p0/orders?cursor=%00".to_owned(), None, 404, Value::Null),
        7 => {
            ("POST", "/v1/codes/A%00B/check".to_owned(), Some(json!({"member": {"external_id": "p1"}})), 422, json!(""))
        }
        _ => ("PUT", "/v1/orders/p%00".to_owned(), Some(purchase("p1", 1)), 422, json!("")),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nul_is_refused_for_its_own_call_and_960_orders_beside_it_are_served() {
    let mut stores = vec![("sqlite", None)];
    if let Some(url) = postgres::database("NULs beside 960 orders") {
        stores.push(("postgresql", Some(url)));
    }
    for (store, url) in stores {
        let folder = Folder::new();
        if let Some(url) = url {
            postgres::give(&folder.0, &url);
        }
        let binary = Binary::start(&folder.0, &[]);
        let (url, key) = (&binary.url, Binary::key(&folder.0));
        let good = |number: usize| {
            let (path, body, key) = (format!("/v1/orders/n-{number}"), purchase(&format!("c-{number}"), 1), &key);
            async move {
                let (status, answer) = call(url, key, "PUT", &path, Some(body)).await;
                assert_eq!(
                    (status, &answer["points"]["earned"]),
                    (200, &json!(278)),
                    "{store}, order {number}: {answer}"
                );
            }
        };
        let bad = |number: usize| {
            let key = &key;
            async move {
                let (method, path, body, wanted, pointer) = broken(number);
                let (status, answer) = call(url, key, method, &path, body).await;
                let place = answer["errors"][0]["pointer"].clone();
                assert_eq!((status, &place), (wanted, &pointer), "{store}, {method} {path}: {answer}");
                assert!(answer["detail"].as_str().unwrap().contains("U+0000"), "{answer}");
            }
        };
        let all = (0..ORDERS).map(|number| {
            let (good, bad) = (good(number), bad(number));
            async move { tokio::join!(good, bad) }
        });
        stream::iter(all).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await;
    }
}

#[tokio::test]
async fn what_nobody_sees_is_no_part_of_a_name_an_id_or_a_path() {
    let folder = Folder::new();
    let binary = Binary::start(&folder.0, &[]);
    let (url, key) = (&binary.url, Binary::key(&folder.0));
    let mut body = purchase("c-1", 1);
    body["member"] = json!({"external_id": "c\u{200b}-1", "email": "\u{feff}anna@example.com", "name": "An\u{202e}na"});
    let (status, receipt) = call(url, &key, "PUT", "/v1/orders/10%E2%80%8B01", Some(body.clone())).await;
    assert_eq!(status, 200, "{receipt}");
    for path in
        ["/v1/members/external:c-1", "/v1/members/email:a%E2%80%8Dnna@example.com", "/v1/members/external:c%C2%AD-1"]
    {
        let (status, member) = call(url, &key, "GET", path, None).await;
        assert_eq!((status, &member["id"]), (200, &receipt["member_id"]), "{path}");
    }
    body["member"] = json!({"external_id": "c-1", "email": "anna@example.com", "name": "Anna"});
    let (status, again) = call(url, &key, "PUT", "/v1/orders/1001", Some(body)).await;
    assert_eq!((status, &again["duplicate"]), (200, &json!(true)), "{again}");
    let event =
        |id: &str, text: &str| json!({"id": id, "type": "note", "member": {"external_id": "c-1"}, "data": {"a": text}});
    let three = json!([event("e-1", "fine"), event("e-2", "N\0L"), event("e-3", "fine")]);
    let (_, answers) = call(url, &key, "POST", "/v1/events", Some(three)).await;
    let receipts = &answers["receipts"];
    assert_eq!(receipts[1]["problem"]["errors"][0]["pointer"], json!("/1/data/a"), "{answers}");
    assert!(
        receipts[0]["event_id"].is_string() && receipts[2]["event_id"].is_string(),
        "one of many is refused by itself"
    );
    let (status, _) = raw(url, Some(&key), "GET", "/v1/orders/%FF", Vec::new(), &[]).await;
    assert_eq!(status, 404);
}

//! What rules and challenges give beside points, and what members take: as it is listed, where it could not be given yet, and whose code
//! somebody else uses.

use jiff::ToSpan;
use loyalty_connector::{
    clock::Clock,
    loyalty::programme::check,
    programme::{csv, sample},
};
use serde_json::{Value, json};

use crate::support::{TestApp, app, ledger, purchase};

const TABLES: [(&str, &str); 4] = [
    ("Rules", "Rule,Categories,Points,Per amount,Reward\nbase,,1,1.00,\nshoes,sport/shoes,,,socks\n"),
    (
        "Rewards",
        "Reward,Name,Kind,Cost,Stock,Code offer\nsocks,Warm socks,gift,100,1,\nvoucher,Voucher,coupon,50,,five\n",
    ),
    ("Codes", "Offer,Name,Kind,Value,Uses,Until\nfive,Five off,amount,5.00,1,2027-12-31\n"),
    ("Challenges", "Challenge,Counts,Goal,Repeats,Code offer\ntwo,orders,2,every time,five\n"),
];

async fn shop() -> TestApp {
    let app = app().await;
    let mut tables = sample::tables();
    for (table, rows) in TABLES {
        tables.0.insert(table.to_owned(), csv::read(table, rows).unwrap());
    }
    let programme = check(&tables).unwrap_or_else(|problems| panic!("{problems:?}"));
    app.clock.set(app.clock.now() + 1.hour());
    app.app.programmes.publish(&app.app.store, "main", &tables, programme, app.clock.now()).await.unwrap();
    app
}

/// An order in this state, made after the rows were published; of books unless it is of shoes.
async fn buy(app: &TestApp, (member, order): (&str, &str), shoes: bool, (status, revision): (&str, u32)) {
    let mut body = purchase(member, revision);
    body["placed_at"] = json!("2026-11-20T13:00:00Z");
    body["status"] = json!(status);
    body.as_object_mut().unwrap().remove("paid_at");
    if !shoes {
        body["lines"][0]["category"] = json!("books");
    }
    let (said, receipt) = app.put_order(order, body).await;
    assert_eq!(said, 200, "{receipt}");
    app.clock.set(app.clock.now() + 1.second());
    ledger::is_delivered(&app.app.store).await;
}

async fn claims(app: &TestApp, member: &str, query: &str) -> Value {
    let (status, claims) = app.call("GET", &format!("/v1/members/external:{member}/claims{query}"), None).await;
    assert_eq!(status, 200, "{claims}");
    claims
}

async fn waiting(app: &TestApp) -> Vec<Value> {
    let (_, list) = app.call("GET", "/v1/parked", None).await;
    list["parked"].as_array().unwrap().clone()
}

async fn go_on(app: &TestApp, fact: &Value) -> (u16, Value) {
    let name = format!("source={}&id={}", fact["source"].as_str().unwrap(), fact["id"].as_str().unwrap());
    app.call("POST", &format!("/v1/parked/continue?{name}"), None).await
}

#[tokio::test]
async fn what_a_member_took_or_was_given_is_listed_with_what_for_and_how_it_stands() {
    let app = shop().await;
    buy(&app, ("c-1", "1001"), true, ("paid", 1)).await;
    buy(&app, ("c-1", "1002"), false, ("paid", 1)).await;
    app.clock.set(app.clock.now() + 1.second()); // what followed from the order came at the instant after it
    let body = json!({"id": "till-1", "member": {"external_id": "c-1"}});
    let (status, taken) = app.call("POST", "/v1/rewards/voucher/claims", Some(body)).await;
    assert_eq!(status, 201, "{taken}");
    let list = claims(&app, "c-1", "").await;
    let [voucher, code, socks] = list["items"].as_array().unwrap().as_slice() else { panic!("{list}") };
    assert_eq!((&voucher["id"], &voucher["code"], &voucher["points"]), (&taken["id"], &taken["code"], &json!(50)));
    assert_eq!((&voucher["state"], &voucher["cause"]["kind"]), (&json!("claimed"), &json!("points")), "{voucher}");
    assert_eq!((&voucher["until"], &voucher["cancellable"]), (&json!("2027-12-31T22:00:00Z"), &json!(true)));
    assert_eq!(
        (&code["offer"], &code["state"], &code["name"]),
        (&json!("five"), &json!("claimed"), &json!("Five off"))
    );
    assert_eq!(code["cause"], json!({"kind": "challenge", "id": "two"}));
    assert_eq!(
        (&socks["reward"], &socks["name"], &socks["points"]),
        (&json!("socks"), &json!("Warm socks"), &json!(0))
    );
    assert_eq!(socks["cause"], json!({"kind": "rule", "id": "shoes", "order_id": "1001"}));

    let redeem = format!("/v1/codes/{}/redeem", voucher["code"].as_str().unwrap());
    let body = json!({"id": "till-2", "member": {"external_id": "c-2"}});
    assert_eq!(app.call("POST", &redeem, Some(body)).await.0, 200, "somebody else");
    let fulfil = format!("/v1/claims/{}/fulfil", socks["id"].as_str().unwrap());
    assert_eq!(app.call("POST", &fulfil, Some(json!({}))).await.0, 200);
    let list = claims(&app, "c-1", "").await;
    let states: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|claim| &claim["state"]).collect();
    assert_eq!(states, ["used", "claimed", "fulfilled"], "{list}");
    assert!(list["items"].as_array().unwrap().iter().all(|claim| claim["cancellable"] == false));

    let (mut ids, mut query) = (Vec::new(), "?limit=1".to_owned());
    loop {
        let page = claims(&app, "c-1", &query).await;
        ids.extend(page["items"].as_array().unwrap().iter().map(|claim| claim["id"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        query = format!("?limit=1&cursor={next}");
    }
    assert_eq!(ids, [voucher, code, socks].map(|claim| claim["id"].clone()));
    let (status, problem) = app.call("GET", "/v1/members/external:c-1/claims?cursor=x", None).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/cursor")), "{problem}");
    app.verified().await;
}

#[tokio::test]
async fn a_reward_that_could_not_be_given_waits_once_and_is_given_when_a_person_says_so() {
    let app = shop().await;
    buy(&app, ("c-1", "1001"), true, ("paid", 1)).await;
    for (revision, status) in [(1, "paid"), (2, "cancelled"), (3, "paid"), (4, "cancelled"), (5, "paid")] {
        buy(&app, ("c-2", "1002"), true, (status, revision)).await;
        let expected = usize::from(status == "paid");
        assert_eq!(waiting(&app).await.len(), expected, "{status}: it waits once, and not without its cause");
    }
    let fact = waiting(&app).await.remove(0);
    assert!(fact["reason"].as_str().unwrap().contains("there are none left"), "{fact}");
    assert_eq!(fact["can_continue"], true);
    let (status, problem) = go_on(&app, &fact).await;
    assert_eq!((status, &problem["type"]), (409, &json!("/errors/waits-on")), "{problem}");
    assert_eq!(waiting(&app).await.len(), 1, "the same one");
    buy(&app, ("c-1", "1001"), true, ("cancelled", 2)).await; // there is one again
    let (status, said) = go_on(&app, &fact).await;
    assert_eq!((status, &said["outcome"]), (200, &json!("given")), "{said}");
    assert!(waiting(&app).await.is_empty());
    let list = claims(&app, "c-2", "").await;
    assert_eq!(
        (&list["items"][0]["reward"], &list["items"][0]["state"]),
        (&json!("socks"), &json!("claimed")),
        "{list}"
    );
    assert_eq!(go_on(&app, &fact).await.0, 404, "it is given once");
    app.verified().await;
}

#[tokio::test]
async fn a_code_is_used_or_taken_back_whoever_uses_it_at_the_same_moment() {
    let app = shop().await;
    for number in 0..24 {
        let (member, orders) = (format!("c-{number}"), [format!("a-{number}"), format!("b-{number}")]);
        for order in &orders {
            buy(&app, (&member, order), false, ("paid", 1)).await;
        }
        let code = claims(&app, &member, "").await["items"][0]["code"].as_str().unwrap().to_owned();
        let redeem = format!("/v1/codes/{code}/redeem");
        let body = json!({"id": "till", "member": {"external_id": format!("friend-{number}")}});
        let cancelled = async { buy(&app, (&member, &orders[1]), false, ("cancelled", 2)).await };
        let ((status, said), ()) = tokio::join!(app.call("POST", &redeem, Some(body)), cancelled);
        ledger::is_delivered(&app.app.store).await;
        let given = claims(&app, &member, "").await["items"][0]["state"].clone();
        let (_, challenges) = app.call("GET", &format!("/v1/members/external:{member}/challenges"), None).await;
        let done = &challenges["challenges"][0]["done"];
        if status == 200 {
            assert_eq!(given, "used", "{said}");
        } else {
            assert_eq!((&given, done), (&json!("cancelled"), &json!(0)), "{said}");
        }
    }
    app.verified().await;
}

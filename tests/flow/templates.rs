//! Templates: each publishes without a problem, and an ordinary purchase gives what is said of it.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use loyalty_connector::{
    loyalty::programme::check,
    programme::{
        Tables, meaning_fewer,
        templates::{self, Shop, Template},
    },
    service::templates::Answers,
    simulation::generosity::Generosity,
    values::money::{format_units, places},
};
use serde_json::{Value, json};

use crate::support::{NOW, TestApp, app};

fn as_body(tables: &Tables) -> Value {
    let rows = tables.0.iter().map(|(table, rows)| {
        let rows: Vec<Value> = rows.iter().map(|row| json!(row.cells)).collect();
        (table.clone(), json!(rows))
    });
    Value::Object(rows.collect())
}

async fn live(app: &TestApp) -> Tables {
    let published = app.app.store.published().await.unwrap();
    loyalty_connector::writer::programmes::tables(published.last().unwrap()).unwrap()
}

async fn publish(app: &TestApp, tables: &Tables) {
    let draft = as_body(&meaning_fewer(tables.clone(), &live(app).await));
    let (_, said) = app.call("POST", "/v1/programme/check", Some(json!({ "tables": draft }))).await;
    assert_eq!((&said["ready"], &said["problems"]), (&json!(true), &json!([])), "{said}");
    let body = json!({"tables": draft, "fingerprint": said["fingerprint"], "live": said["live"]});
    let (status, answer) = app.call("POST", "/v1/programme/publish", Some(body)).await;
    assert_eq!(status, 200, "{answer}");
}

/// What the second purchase of a member gives: the first may be worth more.
async fn second(app: &TestApp, template: &Template, shop: &Shop, at: Timestamp) -> Value {
    let mut answer = Value::Null;
    for number in 1..=2 {
        let who = format!("{}-{}-{}-{}", template.name, shop.currency, shop.average_order, shop.margin);
        let (id, price) = (format!("{who}-{number}"), format_units(shop.average_order, places(&shop.currency)));
        let body = json!({
            "member": {"external_id": who},
            "status": "paid", "revision": 1, "placed_at": at, "paid_at": at, "currency": shop.currency,
            "lines": [{"id": "1", "sku": "A-1", "category": template.category, "quantity": 1, "unit_price": price}]
        });
        answer = app.put_order(&id, body).await.1;
    }
    answer
}

#[tokio::test]
async fn every_template_publishes_without_a_problem_and_an_ordinary_purchase_gives_what_it_says() {
    let app = app().await;
    let mut at: Timestamp = NOW.parse().unwrap();
    let names: Vec<&str> = templates::all().iter().map(|template| template.name.as_str()).collect();
    assert_eq!(names, ["coffee", "fashion", "grocery", "beauty", "sport"]);
    for template in templates::all() {
        let usual = template.usual();
        let in_euro = |average_order: i64, margin: i64| Shop { average_order, margin, ..usual.clone() };
        let in_currency = |currency: &str, order: Option<i64>| template.usual_in(currency, order).unwrap();
        let shops = [
            usual.clone(),
            in_euro(333, 7),
            in_euro(49_990, 99),
            in_currency("UAH", Some(80_000)),
            in_currency("JPY", None),
            in_currency("KWD", Some(40_000)), // of which nothing is known
        ];
        for shop in &shops {
            at += SignedDuration::from_hours(1);
            app.clock.set(at);
            let tables = template.tables(shop);
            publish(&app, &tables).await;
            let programme = Arc::new(check(&tables).unwrap());
            let gives = Generosity::of(&programme, Some(shop.average_order), at);
            let answer = second(&app, template, shop, at).await;
            assert_eq!(answer["points"]["earned"], gives.points, "{} {shop:?}: {answer}", template.name);
            let share = (shop.margin * 10).clamp(50, 1000);
            let order = shop.average_order * 100 / shop.unit; // as if it were EUR
            // A tenth of the margin; points are whole, so an order of a few units loses or gains a part of one.
            let a_point = share * 100 * 100 / order.max(1) + 1;
            assert!((gives.share * 10 - share).abs() <= a_point + 10, "{}: {gives:?}, {share}", template.name);
        }
        let answers = Answers { kind: template.name.clone(), ..Answers::default() };
        let shown = answers.shown(at).unwrap();
        let programme = Arc::new(check(&template.tables(&usual)).unwrap());
        let gives = Generosity::of(&programme, Some(usual.average_order), at);
        assert!(shown.gives[0].contains(&format!(" gives {} points", gives.points)), "{:?}", shown.gives);
        assert!(shown.rows.iter().any(|(table, rows)| table == "Rules" && !rows.is_empty()), "{:?}", shown.rows);
    }
}

#[tokio::test]
async fn nine_coffees_of_the_coffee_shop_fill_the_card_and_the_tenth_is_free() {
    let app = app().await;
    let template = templates::named("Coffee").unwrap();
    publish(&app, &template.tables(&template.usual())).await;
    app.clock.set("2026-11-20T13:00:00Z".parse().unwrap());
    let card = async || app.call("GET", "/v1/members/external:c-1/challenges", None).await.1;
    for number in 1..=7 {
        let body = json!({"member": {"external_id": "c-1"}, "status": "paid", "revision": 1,
            "placed_at": "2026-11-20T12:30:00Z", "paid_at": "2026-11-20T12:30:00Z", "currency": "EUR",
            "lines": [{"id": "1", "sku": "L", "category": "drinks/coffee", "quantity": 1, "unit_price": "4.00"}]});
        assert_eq!(app.put_order(&format!("k-{number}"), body).await.0, 200);
        assert!(number < 7 || card().await.to_string().contains("free-coffee"), "{}", card().await);
    }
}

#[tokio::test]
async fn a_template_counts_in_round_amounts_of_its_currency() {
    let shown = |kind: &str, currency: &str, average: &str| {
        let [kind, currency, average_order] = [kind, currency, average].map(str::to_owned);
        let shown =
            Answers { kind, currency, average_order, ..Answers::default() }.shown(NOW.parse().unwrap()).unwrap();
        (shown.gives.join(" "), shown.rows.into_iter().flat_map(|(_, rows)| rows).collect::<Vec<_>>().join("\n"))
    };
    for (kind, currency, average, gives, rows) in [
        (
            "fashion",
            "uah",
            "800",
            "An order of 800.00 UAH gives 16 points, which pay 40.00 UAH: 5 %",
            "1 point per 50 UAH",
        ),
        ("fashion", "JPY", "", "An order of 6000 JPY gives 60 points, which pay 300 JPY: 5 %", "Per amount 100"),
        ("grocery", "UAH", "", "One point is 1 UAH", "joining: Name 50.00 for joining, Event joined, Points 50"),
        ("grocery", "JPY", "5 000 ¥", "One point is 1 JPY", "joining: Name 100 for joining, Event joined, Points 100"),
        ("grocery", "", "", "One point is 0.01 EUR", "joining: Name 1.00 for joining, Event joined, Points 100"),
        ("sport", "XPF", "9500", "An order of 9500 XPF gives 95 points", "1 point per 100 XPF"),
    ] {
        let (says, filled) = shown(kind, currency, average);
        assert!(says.contains(gives), "{kind} {currency}: {says}");
        assert!(filled.contains(rows), "{kind} {currency}: {filled}");
    }
}

#[tokio::test]
async fn answers_that_make_no_sense_are_told_by_their_question() {
    let wrong = |kind: &str, currency: &str, average: &str, margin: &str| {
        let [kind, currency, average_order, margin] = [kind, currency, average, margin].map(str::to_owned);
        let answers = Answers { kind, currency, average_order, margin };
        answers
            .shown(NOW.parse().unwrap())
            .unwrap_err()
            .errors
            .iter()
            .map(|error| error.pointer.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        [
            wrong("bakery", "", "", ""),
            wrong("coffee", "", "0.10", ""),
            wrong("", "", "4,50", "100"),
            wrong("", "euro", "", ""),
            wrong("", "EUR", "60 USD", ""),
            wrong("", "JPY", "60.50", ""),
            wrong("", "XPF", "", ""),
        ]
        .concat(),
        ["/kind", "/average_order", "/margin", "/currency", "/average_order", "/average_order", "/average_order"]
    );
}

//! What members read in their own language: names and descriptions of the programme, wherever they are shown.

use jiff::ToSpan;
use loyalty_connector::{
    clock::Clock,
    loyalty::programme::check,
    programme::{Tables, csv, sample},
};
use serde_json::{Value, json};

use crate::support::{TestApp, purchase, still_app_with};

const ROWS: &str = "Table,Row,Column,Language,Original,Text,Active\n\
    Tiers,bronze,Name,et,,Pronks,yes\n\
    Rules,base,Name,et,1 point per full euro,1 punkt iga täis euro eest,yes\n\
    Rules,shoes,Name,et,Another name,Topeltpunktid,yes\n\
    Rewards,socks,Name,et,,Paar jooksusokke,no\n\
    Rewards,coupon5,Name,et,,5.00 soodsam järgmine ost,yes\n\
    Challenges,three-kinds,Name,et,,Kolm liiki,yes\n\
    Challenges,three-kinds,Description,et,,Osta kuu jooksul kolmest liigist.,yes\n";

fn tables() -> Tables {
    let mut tables = sample::tables();
    tables.0.insert("Translations".to_owned(), csv::read("Translations", ROWS).unwrap());
    for row in tables.0.get_mut("Challenges").unwrap() {
        row.cells.insert("Active".to_owned(), "yes".to_owned());
    }
    tables
}

async fn open() -> TestApp {
    let app = still_app_with(|_| {}).await;
    let programme = check(&tables()).unwrap_or_else(|problems| panic!("{problems:?}"));
    app.clock.set(app.clock.now() + 1.minute());
    app.app.programmes.publish(&app.app.store, "main", &tables(), programme, app.clock.now()).await.unwrap();
    for (member, language) in [("c-1", "et"), ("c-2", "ru")] {
        let body = json!({"external_id": member, "language": language});
        assert_eq!(app.call("POST", "/v1/members", Some(body)).await.0, 200);
        let mut order = purchase(member, 1);
        order["placed_at"] = json!(app.clock.now().to_string());
        order["member"]["language"] = json!(language);
        let (status, said) = app.put_order(&format!("of-{member}"), order).await;
        assert_eq!(status, 200, "{said}");
    }
    app
}

async fn get(app: &TestApp, path: &str) -> Value {
    let (status, said) = app.call("GET", path, None).await;
    assert_eq!(status, 200, "{said}");
    said
}

#[tokio::test]
async fn a_member_reads_names_and_descriptions_in_the_own_language_and_others_the_cells_themselves() {
    let app = open().await;
    for (member, tier, coupon, socks, kinds, what) in [
        (
            "c-1",
            "Pronks",
            "5.00 soodsam järgmine ost",
            "A pair of running socks",
            "Kolm liiki",
            "Osta kuu jooksul kolmest liigist.",
        ),
        (
            "c-2",
            "Bronze",
            "5.00 off your next order",
            "A pair of running socks",
            "Three kinds",
            "Buy from three categories in a month.",
        ),
    ] {
        let benefits = get(&app, &format!("/v1/members/external:{member}/benefits")).await;
        assert_eq!(benefits["tier_name"], tier, "{benefits}");
        let rewards = get(&app, &format!("/v1/rewards?member=external:{member}")).await;
        let name = |id: &str| {
            let all = rewards["rewards"].as_array().unwrap().iter();
            all.clone().find(|reward| reward["id"] == id).unwrap()["name"].clone()
        };
        assert_eq!((name("coupon5"), name("socks")), (json!(coupon), json!(socks)), "only what is ticked");
        let challenges = get(&app, &format!("/v1/members/external:{member}/challenges")).await;
        let one = challenges["challenges"].as_array().unwrap().iter().find(|one| one["id"] == "three-kinds").unwrap();
        assert_eq!((&one["name"], &one["description"]), (&json!(kinds), &json!(what)));
        let badges = get(&app, &format!("/v1/members/external:{member}/badges")).await;
        assert_eq!(badges["badges"][0]["name"], kinds, "{badges}");
    }
    app.verified().await;
}

#[tokio::test]
async fn statement_and_why_name_rules_in_the_members_language_and_only_for_the_words_that_were_translated() {
    let app = open().await;
    let texts = async |member: &str| {
        let statement = get(&app, &format!("/v1/members/external:{member}/statement")).await;
        statement["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["text"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let (et, ru) = (texts("c-1").await.join("\n"), texts("c-2").await.join("\n"));
    assert!(et.contains("1 punkt iga täis euro eest") && !et.contains("1 point per full euro"), "{et}");
    assert!(ru.contains("1 point per full euro"), "{ru}");
    assert!(!et.contains("Topeltpunktid"), "made for other words: {et}");
    let statement = get(&app, "/v1/members/external:c-1/statement").await;
    let entry = statement["entries"].as_array().unwrap().iter().find(|one| one["rule"] == "base").unwrap();
    let why = get(&app, &format!("/v1/entries/{}/why", entry["id"].as_str().unwrap())).await;
    assert_eq!(why["rule"], "1 punkt iga täis euro eest", "{why}");
}

#[tokio::test]
async fn carts_speak_to_the_member_in_the_own_language_and_receipts_say_the_same_again() {
    let app = open().await;
    for (member, language, limit, code) in [
        ("c-1", "et", "punktidega saab maksta kuni 50 % tellimusest", "sellel liikmel pole koodi `NONE`"),
        ("c-2", "ru", "баллами оплачивается не больше 50 % заказа", "у этого участника нет кода `NONE`"),
    ] {
        let mut order = purchase(member, 1);
        order["placed_at"] = json!(app.clock.now().to_string());
        order["member"]["language"] = json!(language);
        let (_, receipt) = app.put_order(&format!("again-{member}"), order.clone()).await;
        let (_, again) = app.put_order(&format!("again-{member}"), order).await;
        assert_eq!((&receipt["entries"], &receipt["tier"]), (&again["entries"], &again["tier"]), "word for word");
        let cart = json!({"member": {"external_id": member}, "currency": "EUR", "codes": ["none"],
            "lines": [{"id": "1", "category": "sport/shoes", "quantity": 1, "unit_price": "2.00"}]});
        let (_, quote) = app.call("POST", "/v1/quotes", Some(cart)).await;
        assert!(quote["payable"]["limits"].as_array().unwrap().contains(&json!(limit)), "{quote}");
        assert_eq!(quote["codes"][0]["problem"], code, "{quote}");
    }
    app.verified().await;
}

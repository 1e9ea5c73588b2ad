//! Imports: looked at first, written once, whatever happens in between, and nobody is told.

use serde_json::json;

use crate::{
    house::{House, on_sqlite},
    support::{Binary, purchase, store},
};

const MEMBERS: &str = "external_id,email,name,language,joined_at,tier,tier_until
c-1,anna@example.com,Anna,et,2019-03-01,gold,2099-12-31
c-2,boris@example.com,Boris,ru,2021-07-15,,
";

const LOTS: &str = "external_id,points,available_from,expires_at
c-1,300,2024-05-01,2099-05-01
c-1,120,2026-01-10,2099-06-30
c-2,50,,
c-3,70,2098-01-01,2099-01-01
";

fn many(count: usize) -> String {
    let rows = (0..count).map(|row| format!("m-{row},{},2099-01-01\n", row % 90 + 1));
    format!("external_id,points,expires_at\n{}", rows.collect::<String>())
}

#[tokio::test(flavor = "multi_thread")]
async fn members_and_their_lots_come_over_as_they_were() {
    let house = House::new();
    let (fine, said) = house.import("members", &house.file("members.csv", MEMBERS), &[]);
    assert!(fine && said.contains("2 new, 0 already there"), "{said}");
    let (fine, said) = house.import("lots", &house.file("lots.csv", LOTS), &[]);
    assert!(fine && said.contains("4 new, 0 already there"), "{said}");
    let anna = house.get("/v1/members/external:c-1").await;
    assert_eq!((&anna["balance"]["available"], &anna["tier"]["id"]), (&json!(420), &json!("gold")), "{anna}");
    let ends: Vec<&str> =
        anna["lots"].as_array().unwrap().iter().filter_map(|lot| lot["expires_at"].as_str()).collect();
    assert_eq!(ends, ["2099-05-01T21:00:00Z", "2099-06-30T21:00:00Z"], "a day belongs to the lot whole, in Tallinn");
    assert_eq!(house.get("/v1/members/email:boris@example.com").await["balance"]["available"], 50);
    let third = house.get("/v1/members/external:c-3").await["balance"].clone();
    assert_eq!((&third["available"], &third["pending"]), (&json!(0), &json!(70)), "it opens in 2098");
    house.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_twice_changes_nothing() {
    let house = House::new();
    let files = [("members", "m.csv", MEMBERS), ("lots", "l.csv", LOTS), ("orders", "o.csv", ORDERS)];
    for (kind, name, text) in files {
        assert!(house.import(kind, &house.file(name, text), &[]).0);
    }
    let (events, anna) = (house.events().await, house.get("/v1/members/external:c-1").await);
    for (kind, name, text) in files {
        let rows = text.lines().count() - 1;
        let (fine, said) = house.import(kind, &house.file(name, text), &[]);
        assert!(fine && said.contains(&format!("0 new, {rows} already there")), "{said}");
    }
    assert_eq!(house.events().await, events);
    assert_eq!(house.get("/v1/members/external:c-1").await, anna);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_row_names_its_line_and_column_and_nothing_is_written() {
    let house = House::new();
    let lots = "external_id,points,expires_at\nc-1,300,2099-05-01\nc-2,many,2099-05-01\nc-3,5,31.12.2099\n,5,2099-01-01\n\
                c-1,4,2099-05-01\n";
    let (fine, said) = house.import("lots", &house.file("lots.csv", lots), &[]);
    assert!(!fine);
    for told in [
        "line 3, column points: `many` is not a whole number",
        "line 4, column expires_at: `31.12.2099` is no date",
        "line 5: names nobody: give at least one of external_id",
        "line 6: is the same as line 2",
        "nothing was written",
    ] {
        assert!(said.contains(told), "{told} in {said}");
    }
    assert_eq!(house.events().await, 0);
    let (fine, said) = house.import("lots", &house.file("lots.csv", "external_id,pionts\nc-1,5\n"), &[]);
    assert!(!fine && said.contains("line 1, column pionts: not known; is `points` meant?"), "{said}");
    let tier = "external_id,tier,tier_until\nc-1,diamond,2099-01-01\n";
    let (fine, said) = house.import("members", &house.file("members.csv", tier), &[]);
    assert!(!fine && said.contains("line 2: There is no tier `diamond`"), "{said}");
    let latin = house.folder.0.join("latin.csv");
    std::fs::write(&latin, b"external_id,name\nc-1,J\xfcri\n").unwrap();
    let (fine, said) = house.import("members", &latin, &[]);
    assert!(!fine && said.contains("line 2: is not UTF-8"), "{said}");
    let yotpo = "Email,Points Balance,Notes\nanna@example.com,12.5,x\n";
    let (fine, said) = house.import("lots", &house.file("yotpo.csv", yotpo), &["--preset", "yotpo"]);
    assert!(!fine && said.contains("line 2, column Points Balance: `12.5` is not a whole number"), "{said}");
    let lines = "{\"external_id\": \"c-1\", \"points\": 5}\n{\"external_id\": \"c-2\", \"points\": }\n";
    let (fine, said) = house.import("lots", &house.file("lots.jsonl", lines), &[]);
    assert!(!fine && said.contains("line 2: is not a JSON object"), "{said}");
    assert_eq!(house.events().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_would_happen_and_writes_nothing() {
    let house = House::new();
    let (fine, said) = house.import("lots", &house.file("lots.csv", LOTS), &["--dry-run"]);
    assert!(fine && said.contains("4 would be new, 0 already there"), "{said}");
    assert_eq!(house.events().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_killed_in_the_middle_is_run_again_and_nothing_is_double() {
    let mut house = House::new();
    let file = house.file("lots.csv", &many(2000));
    let store = store(&house.folder.0).await;
    let mut import = house.importing("lots", &file, &[]).spawn().unwrap();
    while store.streams().await.unwrap().len() < 300 {
        assert!(import.try_wait().unwrap().is_none(), "it is in the middle");
    }
    import.kill().unwrap(); // as by kill -9
    import.wait().unwrap();
    house.restart();
    let (fine, said) = house.import("lots", &file, &[]);
    assert!(fine && !said.contains("2000 new"), "{said}");
    let (_, said) = house.import("lots", &file, &[]);
    assert!(said.contains("0 new, 2000 already there"), "{said}");
    assert_eq!(house.events().await, 4000, "each member joined, and brought one lot");
    assert_eq!(house.get("/v1/members/external:m-89").await["balance"]["available"], 90);
    house.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_dies_in_the_middle_of_an_import_loses_and_doubles_nothing() {
    for (at, stands) in [("before claim", false), ("before commit", false), ("after commit", true)] {
        let mut house = House::with(&[("LOYALTY_FAULT", at)]);
        let file = house.file("lots.csv", &many(600));
        let (fine, said) = house.import("lots", &file, &[]);
        assert!(!fine && said.contains("run the same command again"), "{said}");
        house.restart();
        assert_eq!(house.events().await > 0, stands, "{at}");
        let (fine, said) = house.import("lots", &file, &[]);
        assert!(fine && said.contains(" 0 already there") != stands, "{said}");
        assert_eq!(house.events().await, 1200, "{at}");
        house.verify();
    }
}

const ORDERS: &str = "order_id,external_id,status,placed_at,currency,total,earned
o-1,c-1,fulfilled,2025-02-01,EUR,120.00,120
o-2,c-1,cancelled,2025-03-01,EUR,10.00,
o-3,c-2,fulfilled,2026-10-01,EUR,89.90,89
";

#[tokio::test(flavor = "multi_thread")]
async fn orders_of_the_past_count_and_earn_nothing() {
    let house = House::new();
    assert!(house.import("lots", &house.file("l.csv", LOTS), &[]).0);
    let (fine, said) = house.import("orders", &house.file("o.csv", ORDERS), &[]);
    assert!(fine && said.contains("3 new"), "{said}");
    let anna = house.get("/v1/members/external:c-1").await;
    assert_eq!(anna["balance"]["available"], 420, "the points came with the lots");
    assert_eq!((&anna["progress"]["orders"], &anna["progress"]["spent"]), (&json!(1), &json!("120.00")), "{anna}");
    let receipt = house.put("/v1/orders/new-1", purchase("c-1", 1)).await;
    let first = receipt["entries"].as_array().unwrap().iter().any(|entry| entry["rule"] == "first");
    assert!(!first && receipt["points"]["earned"].as_i64().unwrap() > 0, "not the first purchase any more: {receipt}");
    house.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_the_past_in_another_currency_brings_its_rate() {
    let house = House::new();
    let header = "order_id,external_id,placed_at,currency,total,exchange_rate,exchange_source\n";
    let without = format!("{header}o-1,c-1,2025-02-01,USD,10.00,,\n");
    let (fine, said) = house.import("orders", &house.file("o.csv", &without), &[]);
    assert!(!fine && said.contains("line 2, column currency"), "{said}");
    let with = format!("{header}o-1,c-1,2025-02-01,USD,10.00,0.5,the former ledger\n");
    let (fine, said) = house.import("orders", &house.file("o.csv", &with), &[]);
    assert!(fine, "{said}");
    assert_eq!(house.get("/v1/members/external:c-1").await["progress"]["spent"], "5.00");
    house.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_goes_on_with_an_order_of_the_past_without_giving_its_points_again() {
    let house = House::new();
    assert!(house.import("orders", &house.file("o.csv", ORDERS), &[]).0);
    let order = |revision: u32, returned: u32| {
        let mut order = purchase("c-2", revision);
        order["placed_at"] = json!("2026-10-01T00:00:00Z");
        order["lines"][0]["returned"] = json!(returned);
        order
    };
    for (revision, returned) in [(1, 0), (2, 1), (3, 0)] {
        let receipt = house.put("/v1/orders/o-3", order(revision, returned)).await;
        assert_eq!(receipt["points"]["change"], 0, "{receipt}");
    }
    assert_eq!(house.get("/v1/members/external:c-2").await["progress"]["orders"], 1);
    house.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_of_what_is_imported() {
    let signals = [("LOYALTY__N8N__SIGNAL_URL", "http://127.0.0.1:9"), ("LOYALTY__N8N__SIGNAL_SECRET", SECRET)];
    let house = House::with(&[&signals[..], &[("LOYALTY__NOCODB__URL", "http://127.0.0.1:9")], &TOKEN].concat());
    let anna = json!({"external_id": "c-1", "email": "anna@example.com", "phone": "+372 5123 4599"});
    house.post("/v1/members", anna).await;
    assert!(house.import("members", &house.file("m.csv", MEMBERS), &[]).0);
    let moved = "external_id,email,phone,points,id\nc-1,new@example.com,+372 5123 4598,5,moved\n";
    assert!(house.import("lots", &house.file("moved.csv", moved), &[]).0);
    let soon = "external_id,points,expires_at\nc-1,500,2026-11-25\n";
    let soon = soon.replace("2026-11-25", &in_days(2));
    assert!(house.import("lots", &house.file("l.csv", &soon), &[]).0);
    assert!(house.import("orders", &house.file("o.csv", ORDERS), &[]).0);
    let store = store(&house.folder.0).await;
    for stream in store.streams_of(store.streams().await.unwrap()).await.unwrap() {
        for row in stream.rows {
            let intents = store.intents_of(&row.brand, &row.member, row.version).await.unwrap();
            assert!(intents.is_empty(), "no text, no message, no reminder, no signal: {intents:?}");
        }
    }
    if !on_sqlite("the feeds of nobody_is_told_of_what_is_imported") {
        return;
    }
    let db = rusqlite::Connection::open(house.folder.0.join("loyalty.db")).unwrap();
    let count =
        |what: &str| db.query_row(&format!("SELECT COUNT(*) FROM {what}"), [], |row| row.get::<_, i64>(0)).unwrap();
    assert!(count("feed WHERE destination = 'nocodb'") >= 2, "the spreadsheet shows the points");
}

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const TOKEN: [(&str, &str); 1] = [("LOYALTY__NOCODB__TOKEN", "t")];

/// A day from today, by the machine's clock.
fn in_days(days: i64) -> String {
    use loyalty_connector::clock::{Clock, SystemClock};
    let day = SystemClock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    day.checked_add(jiff::Span::new().days(days)).unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_service_an_import_says_what_to_do() {
    let mut house = House::new();
    let file = house.file("lots.csv", LOTS);
    assert!(!Binary::key(&house.folder.0).is_empty());
    house.service.kill();
    let (fine, said) = house.import("lots", &file, &[]);
    assert!(!fine && said.contains("start it (loyalty serve)"), "{said}");
}

/// The rows that a file of this kind gives, or what is said of it.
fn tried(house: &House, kind: &str, name: &str, bytes: &[u8], more: &[&str]) -> (bool, String) {
    let file = house.folder.0.join(name);
    std::fs::write(&file, bytes).unwrap();
    house.import(kind, &file, &[&["--dry-run"], more].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_row_of_a_file_is_swallowed_by_a_quote_and_rows_read_are_told() {
    let house = House::new();
    let members = "external_id,email,name\nuc1,uc1@x.example,\"Anna\nuc2,uc2@x.example,Ben\nuc3,uc3@x.example,Cem\n";
    let (fine, said) = tried(&house, "members", "quote.csv", members.as_bytes(), &[]);
    assert!(!fine && said.contains("line 2, column name: a quote opens here and is never closed"), "{said}");
    let lots = "external_id,points,name\nue1,10,\"Anna\nue2,20,Ben\nue3,30,Cem\n";
    let (fine, said) = tried(&house, "lots", "quote.csv", lots.as_bytes(), &[]);
    assert!(!fine && said.contains("line 2, column name: a quote opens here and is never closed"), "{said}");
    let broken = "external_id,name\nc-1,\"Anna\nc-2,Ben\"\n";
    let (fine, said) = tried(&house, "members", "break.csv", broken.as_bytes(), &[]);
    assert!(!fine && said.contains("line 2, column name: holds a line break: is a quote missing?"), "{said}");
    let (fine, said) = tried(&house, "members", "break.csv", broken.as_bytes(), &["--line-breaks"]);
    assert!(fine && said.contains("1 row read, 1 would be new"), "{said}");
    let (_, said) = tried(&house, "lots", "both.csv", b"external_id,points\nc-1,5\nc-2,\"5\n", &[]);
    assert!(said.contains("2 rows read, 1 problem; nothing was written"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_spreadsheets_are_read_as_they_are_meant_or_refused_by_line() {
    let house = House::new();
    let dialects = "sep=;\r\nexternal_id;points;expires_at\r\nc-1;1 200,00;2099-01-01\r\n;;\r\n'00042;5;\r\n";
    let (fine, said) = tried(&house, "lots", "semicolons.csv", dialects.as_bytes(), &[]);
    assert!(fine && said.contains("2 rows read, 2 would be new"), "{said}");
    let text = "external_id,name\nc-1,Ганна Коваль\n";
    let utf_16: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let cyrillic = text.chars().map(|c| match c {
        'А'..='я' => u8::try_from(u32::from(c) - u32::from('А') + 0xc0).unwrap(),
        _ => u8::try_from(c).unwrap(),
    });
    for (bytes, name) in [(utf_16, "UTF-16LE"), (cyrillic.collect(), "windows-1251")] {
        let (fine, said) = tried(&house, "members", "letters.csv", &bytes, &[]);
        assert!(fine && said.contains(&format!("read as {name}")) && said.contains("1 would be new"), "{said}");
    }
    let damaged = "external_id,email\n7.89E+12,sc1@x.example\n'00042,sc2@x.example\n";
    let (fine, said) = tried(&house, "members", "excel.csv", damaged.as_bytes(), &[]);
    assert!(!fine && said.contains("line 2, column external_id: `7.89E+12` was shortened by a spreadsheet"), "{said}");
    let (fine, said) = tried(&house, "lots", "comma.csv", b"external_id,points\nc-1,\"1,250\"\n", &[]);
    assert!(!fine && said.contains("line 2, column points: `1,250` may be 1250 or 1.250"), "{said}");
    let smile = "email,points_balance,id\na@x.example,-20,1\na@x.example,30,2\n";
    let (fine, said) = tried(&house, "lots", "smile.csv", smile.as_bytes(), &["--preset", "smile"]);
    assert!(fine && said.contains("2 rows read, 2 would be new"), "{said}");
    house.import("lots", &house.file("smile.csv", smile), &["--preset", "smile"]);
    let owing = house.get("/v1/members/email:a@x.example").await["balance"].clone();
    assert_eq!(owing["available"].as_i64().unwrap() - owing["debt"].as_i64().unwrap(), 10, "{owing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_be_there_already_is_told_by_line_and_spellings_of_a_number_are_one() {
    let house = House::new();
    let same = "external_id,email,name\nsm1,same@x.example,A\nsm2,same@x.example,B\n";
    let (fine, said) = house.import("members", &house.file("same.csv", same), &[]);
    assert!(fine && said.contains("2 rows read, 2 new"), "{said}");
    assert!(said.contains("line 3: may be somebody who is there already"), "{said}");
    let phones = "external_id,phone\np1,00372 5123 4599\np2,+372 5123 4599\np3,5123 4599\n";
    let (fine, said) = house.import("members", &house.file("phones.csv", phones), &[]);
    assert!(fine && said.contains("line 3: may be") && said.contains("line 4: may be"), "{said}");
    let pairs = house.get("/v1/duplicates").await["items"].as_array().unwrap().clone();
    let kinds: Vec<&str> = pairs.iter().map(|pair| pair["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["email", "phone", "phone"]);
    house.verify();
}

//! `loyalty verify --nocodb`: each difference is named, whatever page it stands on, and sending again mends what it can.

use std::process::Command;

use loyalty_connector::clock::Clock;
use serde_json::json;

use crate::{
    house::House,
    support::nocodb::{self, StandIn},
};

/// Twenty members with seven entries each, all shown, read in pages of sixteen rows.
async fn shown() -> (wiremock::MockServer, StandIn, House) {
    let (server, stand_in) = nocodb::start().await;
    let house = House::open(&server.uri(), "token", "Loyalty", 20_000).await;
    house.give(20, 7).await;
    house.deliver().await;
    stand_in.change(|state| state.page = 16);
    (server, stand_in, house)
}

/// Whether all agree, and what the real binary says.
fn verify(house: &House, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loyalty"));
    command.args(["--data", house.folder().to_str().unwrap(), "verify", "--nocodb"]).args(arguments);
    command.env("LOYALTY__NOCODB__URL", house.settings.nocodb.url.as_ref().unwrap());
    let output = command.env("LOYALTY__NOCODB__TOKEN", "token").output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (output.status.success(), said)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_agrees_is_read_in_pages_and_says_so() {
    let (_server, stand_in, house) = shown().await;
    let (fine, said) = verify(&house, &[]);
    assert!(fine && said.contains("NocoDB: 20 members compared: all agree"), "{said}");
    assert!(stand_in.change(|state| state.pages) > 18, "more than one page of each");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_difference_is_named_with_its_row_and_what_to_do() {
    let (_server, stand_in, house) = shown().await;
    let entry = |id| stand_in.cell("Points", id, "Entry").as_str().unwrap().to_owned();
    let (changed, doubled, moved, lost) = (entry(137), entry(90), entry(60), entry(20));
    stand_in.set("Points", 137, "Points", json!(1000));
    stand_in.set("Points", 60, "Member", stand_in.cell("Points", 140, "Member"));
    stand_in.change(|state| {
        let rows = state.tables.get_mut("Points").unwrap();
        let mut again = rows[89].clone();
        again.insert("Id".to_owned(), json!(500));
        rows.push(again);
        let mut invented = rows[0].clone();
        invented.extend([("Id".to_owned(), json!(501)), ("Entry".to_owned(), json!("bonus"))]);
        rows.push(invented);
        let mut strange = rows[0].clone();
        strange.extend(
            [("Id", json!(502)), ("Entry", json!("x")), ("Member", json!("mem_x"))].map(|(k, v)| (k.to_owned(), v)),
        );
        rows.push(strange);
        rows.retain(|row| row["Id"] != 20);
        state.tables.get_mut("Members").unwrap().retain(|row| row["Id"] != 3);
    });
    stand_in.set("Members", 17, "Available", json!(700));
    let (fine, said) = verify(&house, &[]);
    assert!(!fine, "{said}");
    for expected in [
        format!("Points, row 137: Points is `1000`, the ledger has `1` (entry {changed})"),
        "delete row 137 of Points, then --again".to_owned(),
        format!("Points, row 500: entry {doubled} stands there again (first in row 90)"),
        "delete row 500 of Points".to_owned(),
        format!("(entry {moved})"),
        format!("Points: entry {lost} (1 available) is missing"),
        "send it again: `loyalty verify --nocodb --again`".to_owned(),
        "Points, row 501: `bonus` is no entry of member".to_owned(),
        "Points, row 502: the ledger has no member `mem_x`".to_owned(),
        "Members, row 17: Available is `700`, the ledger has `7`".to_owned(),
        "is missing\n       -> send it again".to_owned(),
        "20 members compared: 8 differences".to_owned(),
    ] {
        assert!(said.contains(&expected), "`{expected}` is not in:\n{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sending_again_mends_what_is_missing_or_changed() {
    let (_server, stand_in, house) = shown().await;
    stand_in.change(|state| {
        state.tables.get_mut("Points").unwrap().retain(|row| row["Id"] != 20);
        state.tables.get_mut("Members").unwrap().retain(|row| row["Id"] != 3);
    });
    stand_in.set("Members", 17, "Available", json!(700));
    house.clock.set("2030-01-01T00:00:00Z".parse().unwrap()); // the binary looks at the real clock
    let (fine, said) = verify(&house, &["--again"]);
    assert!(!fine && said.contains("will be sent again by the running service"), "{said}");
    assert!(house.deliver().await > 0, "they are due: {}", house.clock.now());
    let (fine, said) = verify(&house, &[]);
    assert!(fine, "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_was_refused_names_its_dead_letter() {
    let (server, stand_in) = nocodb::start().await;
    let house = House::open(&server.uri(), "token", "Loyalty", 20_000).await;
    house.give_one("bad", "c-bad", "Poisoned").await;
    stand_in.change(|state| state.poison = Some("Poisoned"));
    house.deliver().await;
    let letter = house.store.dead_letters("main", 10).await.unwrap().remove(0);
    let (fine, said) = verify(&house, &[]);
    assert!(!fine && said.contains(&format!("`loyalty dead-letters replay {}`", letter.id)), "{said}");
}

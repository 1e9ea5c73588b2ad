//! A clock that jumps ahead: nothing is written, nothing falls due, until it is right or somebody says that it is.

use serde_json::json;

use crate::{
    orders, orders_are_served, ready,
    support::{Binary, Folder, call},
};

const TWO_YEARS: &str = "63072000";

async fn points(binary: &Binary, folder: &Folder) -> (i64, i64) {
    let (_, member) = call(&binary.url, &Binary::key(&folder.0), "GET", "/v1/members/external:c-1", None).await;
    let number = |field: &str| member["balance"][field].as_i64().unwrap();
    (number("available"), number("debt"))
}

async fn nothing_is_written(binary: &Binary, folder: &Folder) {
    let said = ready(binary, 503).await;
    assert_eq!(said["type"], json!("/errors/clock"), "{said}");
    assert!(said["detail"].as_str().unwrap().contains("loyalty clock confirm"), "{said}");
    let (status, refused) = orders(binary, folder, 2, 1).await.remove(0);
    assert_eq!((status, &refused["type"]), (503, &json!("/errors/clock")), "{refused}");
    assert_eq!(points(binary, folder).await, (278, 0), "nothing has expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_two_years_ahead_expires_nothing_and_is_told() {
    let folder = Folder::new();
    let clock = folder.0.join("ahead");
    let armed = [("LOYALTY_FAULT_CLOCK", clock.to_str().unwrap())];
    let mut binary = Binary::start(&folder.0, &armed);
    orders_are_served(&binary, &folder, 1, 1).await;
    std::fs::write(&clock, TWO_YEARS).unwrap();
    nothing_is_written(&binary, &folder).await;
    std::fs::write(&clock, "0").unwrap();
    ready(&binary, 200).await;
    orders_are_served(&binary, &folder, 2, 1).await; // set right, it goes on by itself

    binary.kill();
    std::fs::write(&clock, TWO_YEARS).unwrap();
    let binary = Binary::start(&folder.0, &armed);
    nothing_is_written(&binary, &folder).await; // wrong already as it starts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_confirms_the_clock_by_call_or_command_lets_it_go_on() {
    let folder = Folder::new();
    let clock = folder.0.join("ahead");
    let armed = [("LOYALTY_FAULT_CLOCK", clock.to_str().unwrap())];
    let binary = Binary::start(&folder.0, &armed);
    let key = Binary::key(&folder.0);
    orders_are_served(&binary, &folder, 1, 1).await;
    std::fs::write(&clock, "1200").unwrap();
    nothing_is_written(&binary, &folder).await;
    let (status, confirmed) = call(&binary.url, &key, "POST", "/v1/clock/confirm", Some(json!({}))).await;
    assert!(status == 200 && confirmed["doubt"].as_str().unwrap().contains("ahead"), "{confirmed}");
    ready(&binary, 200).await;
    orders_are_served(&binary, &folder, 3, 1).await;

    std::fs::write(&clock, "2400").unwrap();
    ready(&binary, 503).await;
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_loyalty"));
    command.args(["--data", folder.0.to_str().unwrap(), "clock", "confirm"]).envs(armed);
    assert!(command.status().unwrap().success());
    ready(&binary, 200).await;
    orders_are_served(&binary, &folder, 4, 1).await;
}

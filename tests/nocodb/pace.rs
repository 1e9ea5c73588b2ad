//! How many rows a second reach the real NocoDB. A figure to read, not a promise: it depends on the machine.

use std::{env, time::Instant};

use crate::{house::House, real::real};

const MEMBERS: usize = 600;
const ENTRIES: usize = 3;

/// Milliseconds of processor time of the NocoDB in `NOCODB_PID`, where it is given.
fn nocodb_ms() -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", env::var("NOCODB_PID").ok()?)).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    Some((fields[11].parse::<u64>().ok()? + fields[12].parse::<u64>().ok()?) * 10)
}

/// Takes turns as a lane of the running service does.
async fn lane(house: &House) {
    while house.courier.feed_once(&house.projection).await.unwrap() > 0 {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn rows_a_second() {
    let real = real("pace").await;
    real.house.nocodb.apply().await.unwrap();
    real.house.give(20, 1).await;
    lane(&real.house).await; // its caches are warm
    for round in 1..=4 {
        real.house.give_round(round, MEMBERS, ENTRIES).await;
        let (began, before) = (Instant::now(), nocodb_ms());
        tokio::join!(lane(&real.house), lane(&real.house));
        let (rows, took) = (MEMBERS * (ENTRIES + 1), began.elapsed());
        let per_second = u128::from(rows as u64) * 1_000 / took.as_millis().max(1);
        let cost = nocodb_ms().zip(before).map(|(after, before)| (after - before) * 1_000 / rows as u64);
        println!("{rows} rows in {} ms: {per_second} rows/s, NocoDB's processor {cost:?} us a row", took.as_millis());
    }
    real.remove().await;
}

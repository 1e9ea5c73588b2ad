//! What a connector asks of a database: plans that hold while the tables grow, tables that are brought up to date by steps.

use futures_util::future::join_all;

use crate::support::{self, Binary, Folder, call, postgres, purchase};

const ROUNDS: usize = 60;
const AT_ONCE: usize = 8;

/// Rows of `event` that all statements together read, once the connections that ran them are gone and have told.
const READ: &str = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'event'";
const END_OTHERS: &str = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity \
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_up_reads_what_it_asks_for_although_the_table_was_empty_when_it_was_planned() {
    let Some(url) = postgres::database("plans") else { return };
    let app = support::app_with(|settings| {
        postgres::give(&settings.server.data, &url);
        settings.store.url = Some(url.clone().into());
    });
    let app = app.await;
    postgres::run(&url, "ALTER TABLE event SET (autovacuum_enabled = off)").await; // nobody tells the planner that it grew
    for round in 0..ROUNDS {
        let orders = (0..AT_ONCE).map(|at| {
            let (app, number) = (&app, round * AT_ONCE + at);
            async move { app.put_order(&format!("n-{number}"), purchase(&format!("c-{number}"), 1)).await }
        });
        assert!(join_all(orders).await.iter().all(|(status, _)| *status == 200));
    }
    postgres::rows(&url, END_OTHERS).await;
    let events = postgres::rows(&url, "SELECT COUNT(*) FROM event").await[0];
    let read = postgres::rows(&url, READ).await[0] - events; // what was counted here
    assert!(read < 10 * events, "{read} rows were read for {events} events");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_whose_steps_stopped_half_way_goes_on_where_they_stopped() {
    let Some(url) = postgres::database("half-way") else { return };
    let done = "CREATE TABLE migration (step BIGINT PRIMARY KEY); INSERT INTO migration VALUES (1), (2)";
    let (first, second) = (
        include_str!("../../migrations/postgres/0001_ledger.sql"),
        include_str!("../../migrations/postgres/0002_spending.sql"),
    );
    postgres::run(&url, &format!("{first}; {second}; {done}")).await; // as a version of two steps left it
    let folders = [Folder::new(), Folder::new()];
    for folder in &folders {
        postgres::give(&folder.0, &url);
    }
    let dies = [("LOYALTY_FAULT", "inside a migration")];
    for _ in 0..2 {
        assert!(Binary::started(&folders[0].0, "127.0.0.1:0", &dies).is_none());
        assert_eq!(postgres::rows(&url, "SELECT MAX(step) FROM migration").await, [2], "nothing of a step is left");
    }
    let started = folders.each_ref().map(|folder| {
        let folder = folder.0.clone();
        std::thread::spawn(move || Binary::start(&folder, &[]))
    });
    for (number, binary) in started.into_iter().enumerate() {
        let binary = binary.join().unwrap();
        let (order, body) = (format!("/v1/orders/n-{number}"), purchase(&format!("c-{number}"), 1));
        let key = folders.iter().find_map(|folder| std::fs::read_to_string(folder.0.join("admin.key")).ok()).unwrap();
        assert_eq!(call(&binary.url, key.trim(), "PUT", &order, Some(body)).await.0, 200);
    }
}

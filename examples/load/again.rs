//! The second life of a database: replayed by `loyalty verify`, and started with a feed row due for every member.

use std::process::Command;

use anyhow::Context;
use loyalty_connector::{
    clock::{Clock, SystemClock},
    store::Store,
};
use tokio::time::Instant;

use crate::{
    bench::Bench,
    client::Connection,
    receiver::Receiver,
    report::{decimals, median, table},
};

impl Bench {
    /// Every event decided again and compared.
    pub fn replay(&self) -> anyhow::Result<()> {
        let mut rows = Vec::new();
        for database in &self.databases {
            let start = Instant::now();
            let mut verify = Command::new(&database.binary);
            verify.arg("--data").arg(&database.folder).arg("verify").envs(database.setting());
            let output = verify.output()?;
            let took = start.elapsed().as_secs_f64();
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            anyhow::ensure!(output.status.success(), "verify found: {said}");
            let events = said.split(" members, ").nth(1).and_then(|rest| rest.split(' ').next());
            let events: f64 = events.with_context(|| format!("verify said {said}"))?.parse()?;
            rows.push(
                [database.cells(), vec![decimals(events, 0), decimals(took, 1), decimals(events / took, 0)]].concat(),
            );
        }
        let headings = ["store", "members", "events", "s", "events/s"];
        table("Replay: every event decided again and compared", &headings, &rows);
        Ok(())
    }

    /// From starting the process to its first answer.
    pub async fn start(&self) -> anyhow::Result<()> {
        let own = self.databases.iter().filter(|database| database.url.is_none());
        let Some(database) = own.max_by_key(|database| database.members) else { return Ok(()) };
        let due = Store::open(&database.folder)?.feed_everybody("unomi", SystemClock.now()).await?;
        let nobody = "127.0.0.1:9".parse()?; // everything stays due
        let mut times = Vec::new();
        for _ in 0..self.arguments.rounds {
            let start = Instant::now();
            let server = database.serve(&Receiver::settings(nobody))?;
            let request = b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n";
            Connection::open(server.address).await?.ask(request).await?;
            times.push(start.elapsed().as_secs_f64());
            server.stop()?;
        }
        Store::open(&database.folder)?.forget_feeds("unomi").await?;
        let row = [database.cells(), vec![due.to_string(), decimals(median(times), 2)]].concat();
        table("From the start to the first answer", &["store", "members", "feed rows due", "s"], &[row]);
        Ok(())
    }
}

//! From sending a purchase to its arrival at a connected system; and orders while every one is delivered and thanked for.

use std::time::Duration;

use tokio::{
    task::JoinSet,
    time::{Instant, interval, sleep},
};

use crate::{
    bench::{Bench, Database, FIGURES, Target, figures},
    client::Connection,
    orders::{self, Spread},
    receiver::Receiver,
    report::{decimals, table},
    seed,
    server::Server,
};

/// Purchases one after the other, at a shop's pace.
const EVERY: Duration = Duration::from_millis(20);
/// Longer than any purchase may take.
const PATIENCE: Duration = Duration::from_secs(60);

impl Bench {
    pub async fn delivery(&self) -> anyhow::Result<()> {
        let small = &self.databases[0];
        let folder = self.arguments.folder.join("delivering");
        let Database { name, binary, members, .. } = small;
        let database = Database { name, binary: binary.clone(), members: *members, folder, url: None };
        seed::fill(&database, "connector", &self.shop).await?;
        let (receiver, mut tasks) = (Receiver::default(), JoinSet::new());
        let address = receiver.serve(&mut tasks).await?;
        let server = database.serve(&Receiver::settings(address))?;
        let target = database.target(&server, Spread::Uniform)?;
        let latencies = self.followed(&target, &receiver).await?;
        let at = |thousandths: usize| decimals(latencies[(latencies.len() - 1) * thousandths / 1000], 1);
        let row = [database.cells(), vec!["50".to_owned(), at(500), at(990)]].concat();
        let headings = ["store", "members", "orders/s", "p50 ms", "p99 ms"];
        table("From a purchase to its arrival at a connected system", &headings, &[row]);
        let echo = Server::echo()?;
        let echoed = self.load(&Target::echo(&echo), 64, self.lasting()).await?;
        let own = self.load(&target, 64, self.lasting()).await?;
        let ratio = own.per_second / echoed.per_second;
        let row = [database.cells(), figures(64, &[own], ratio)].concat();
        let headings = [&["store", "members"], &FIGURES[..]].concat();
        table("Orders while every one is delivered and thanked for", &headings, &[row]);
        Ok(())
    }

    /// Milliseconds from sending to arrival, sorted.
    async fn followed(&self, target: &Target<'_>, receiver: &Receiver) -> anyhow::Result<Vec<f64>> {
        let (mut connection, mut pace) = (Connection::open(target.server.address).await?, interval(EVERY));
        let (mut request, mut body, mut sent) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..self.arguments.seconds * 50 {
            pace.tick().await;
            let (member, slot) = (number % target.members, 1 + number / target.members);
            request.clear();
            body.clear();
            self.shop.body(&mut body, member, self.shop.revision());
            orders::put(&mut request, &target.key, member, slot, &body);
            sent.push((orders::order_id(member, slot), Instant::now()));
            connection.ask(&request).await?;
        }
        let mut latencies = Vec::new();
        for (order, sent) in &sent {
            let arrived = loop {
                match receiver.arrived(order) {
                    Some(at) => break at,
                    None if sent.elapsed() > PATIENCE => anyhow::bail!("order {order} never arrived"),
                    None => sleep(Duration::from_millis(5)).await,
                }
            };
            latencies.push((arrived - *sent).as_secs_f64() * 1000.0);
        }
        latencies.sort_by(f64::total_cmp);
        Ok(latencies)
    }
}

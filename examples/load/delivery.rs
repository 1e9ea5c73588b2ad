//! From sending a purchase to its arrival at a connected system; and orders while every one is delivered and thanked for.

use std::time::Duration;

use tokio::{
    task::JoinSet,
    time::{Instant, interval, sleep},
};

use crate::{
    bench::{Bench, Database, FIGURES, Target, figures},
    client::{Connection, Round},
    orders::{self, Spread},
    receiver::Receiver,
    report::{decimals, median, table},
    rich::Live,
    seed,
};

/// Purchases one after the other, at a shop's pace.
const EVERY: Duration = Duration::from_millis(20);
/// So long nothing arrives when everything has.
const QUIET: Duration = Duration::from_secs(3);
/// Longer than any purchase may take.
const PATIENCE: Duration = Duration::from_secs(60);

impl Bench {
    pub async fn delivery(&self) -> anyhow::Result<()> {
        let database = self.small("delivering", 0);
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
        self.beside(&target, &receiver).await
    }

    /// Orders with and without deliveries, in turns; and how long it takes to deliver what was left.
    async fn beside(&self, delivering: &Target<'_>, receiver: &Receiver) -> anyhow::Result<()> {
        let without = self.small("silent", 1);
        seed::fill(&without, "n8n", &self.shop).await?;
        let server = without.serve(&[])?;
        let silent = without.target(&server, Spread::Uniform)?;
        let (mut with, mut rounds, mut ratios, mut shares, mut drained) = (vec![], vec![], vec![], vec![], vec![]);
        for round in 0..=self.arguments.rounds {
            let lasting = if round == 0 { self.lasting() / 4 } else { self.lasting() };
            let alone = self.load(&silent, 64, lasting).await?;
            let before = receiver.count();
            let loaded = self.load(delivering, 64, lasting).await?;
            let arrived = receiver.count() - before;
            let (after, emptied) = (Instant::now(), self.emptied(receiver).await?);
            if round == 0 {
                continue;
            }
            ratios.push(loaded.per_second / alone.per_second);
            shares.push(f64::from(u32::try_from(arrived).unwrap_or(u32::MAX)) / loaded.answers());
            drained
                .push(f64::from(u32::try_from(emptied.0)?) / emptied.1.saturating_duration_since(after).as_secs_f64());
            with.push(loaded);
            rounds.push(alone);
        }
        let spread = |all: &[f64]| {
            let of = |pick: fn(f64, f64) -> f64| all.iter().copied().reduce(pick).unwrap_or_default();
            format!("{} to {}", decimals(of(f64::min), 2), decimals(of(f64::max), 2))
        };
        let row = |name: &str, rounds: &[Round], ratio: f64| {
            [vec![name.to_owned(), delivering.members.to_string()], figures(64, rounds, ratio)].concat()
        };
        let rows = [row("without", &rounds, 1.0), row("with", &with, median(ratios.clone()))];
        let mut headings = [&["deliveries", "members"], &FIGURES[..]].concat();
        headings[4] = "of without";
        table("Orders while each is delivered and thanked for, beside orders without", &headings, &rows);
        println!("of without, round by round: {}", spread(&ratios));
        println!("purchases that arrived during the load, of those accepted: {}", decimals(median(shares), 2));
        println!("purchases a second that arrived afterwards: {}", decimals(median(drained), 0));
        Ok(())
    }

    /// A small database: on PostgreSQL where an address of this number is given.
    fn small(&self, folder: &str, address: usize) -> Database {
        let Database { name, binary, members, .. } = &self.databases[0];
        let (folder, url) = (self.arguments.folder.join(folder), self.arguments.postgres.get(address).cloned());
        let name = if url.is_some() { "postgres" } else { name };
        Database { name, binary: binary.clone(), members: *members, folder, live: Live::Six, url }
    }

    /// Waits until nothing arrives any more: purchases that arrived meanwhile, and when the last of them did.
    async fn emptied(&self, receiver: &Receiver) -> anyhow::Result<(usize, Instant)> {
        let (before, began) = (receiver.count(), Instant::now());
        let (mut count, mut last) = (before, began);
        while last.elapsed() < QUIET {
            sleep(Duration::from_millis(50)).await;
            let now = receiver.count();
            if now > count {
                (count, last) = (now, Instant::now());
            }
            anyhow::ensure!(began.elapsed() < PATIENCE * 5, "deliveries do not come to an end");
        }
        Ok((count - before, last))
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

//! Orders a second, their latencies, and the memory of the servers afterwards. Echo and servers take turns within each round.

use crate::{
    bench::{Bench, FIGURES, Target, figures},
    client::Round,
    orders::Spread,
    report::{median, table},
    server::Server,
};

impl Bench {
    pub async fn throughput(&self) -> anyhow::Result<()> {
        let echo = Server::echo()?;
        let servers = self.databases.iter().map(|database| database.serve(&[])).collect::<anyhow::Result<Vec<_>>>()?;
        let mut targets = Vec::new();
        for (database, server) in self.databases.iter().zip(&servers) {
            for spread in [Spread::Zipf, Spread::Uniform] {
                targets.push((database, database.target(server, spread)?));
            }
        }
        let mut rows = Vec::new();
        for &connections in &self.arguments.connections {
            let mut echoes = Vec::new();
            let mut rounds: Vec<Vec<Round>> = targets.iter().map(|_| Vec::new()).collect();
            for round in 0..=self.arguments.rounds {
                let warms_up = round == 0;
                let lasting = if warms_up { self.lasting() / 4 } else { self.lasting() };
                let echoed = self.load(&Target::echo(&echo), connections, lasting / 2).await?;
                echoes.extend((!warms_up).then_some(echoed));
                for ((database, target), rounds) in targets.iter().zip(&mut rounds) {
                    if self.arguments.warm {
                        database.read_through()?;
                    }
                    let loaded = self.load(target, connections, lasting).await?;
                    rounds.extend((!warms_up).then_some(loaded));
                }
            }
            let none = String::new;
            rows.push([vec!["echo".to_owned(), none(), none()], figures(connections, &echoes, 1.0)].concat());
            for ((database, target), rounds) in targets.iter().zip(&rounds) {
                let ratios = rounds.iter().zip(&echoes).map(|(own, echo)| own.per_second / echo.per_second);
                let figures = figures(connections, rounds, median(ratios.collect()));
                rows.push([database.cells(), vec![target.spread.name().to_owned()], figures].concat());
            }
        }
        let headings = [&["store", "members", "spread"], &FIGURES[..]].concat();
        table("Durable orders, each judged by six rules", &headings, &rows);
        let mut memory = Vec::new();
        for (database, server) in self.databases.iter().zip(&servers) {
            memory.push([database.cells(), vec![server.resident_mb()?.to_string()]].concat());
        }
        table("Resident memory after it", &["store", "members", "MB"], &memory);
        drop(targets);
        servers.into_iter().try_for_each(Server::stop)
    }
}

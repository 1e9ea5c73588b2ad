//! What the parts share: the databases with the builds that serve them, and how one of them is loaded.

use std::{fs::File, io, path::PathBuf, sync::Arc, time::Duration};

use crate::{
    Arguments,
    client::{self, Round},
    orders::{Orders, Shop, Spread},
    report::{decimals, median, medians},
    rich::Live,
    server::{self, Server},
};

/// A database of so many members, and the build that serves it.
pub struct Database {
    pub name: &'static str,
    pub binary: PathBuf,
    pub members: u64,
    pub folder: PathBuf,
    pub live: Live,
    /// PostgreSQL; none: SQLite in the folder.
    pub url: Option<String>,
}

pub struct Bench {
    pub arguments: Arguments,
    pub shop: Shop,
    pub databases: Vec<Database>,
}

/// A server under load, and whose orders it gets.
pub struct Target<'a> {
    pub server: &'a Server,
    pub key: Arc<str>,
    pub members: u64,
    pub spread: Spread,
}

impl Database {
    pub fn serve(&self, environment: &[(&str, String)]) -> anyhow::Result<Server> {
        let url = self.setting();
        Server::loyalty(&self.binary, &self.folder, environment.iter().chain(&url))
    }

    /// Where its rows are, as the program is told.
    pub fn setting(&self) -> Option<(&'static str, String)> {
        self.url.clone().map(|url| ("LOYALTY__STORE__URL", url))
    }

    pub fn target<'a>(&self, server: &'a Server, spread: Spread) -> anyhow::Result<Target<'a>> {
        Ok(Target { server, key: server::key(&self.folder)?, members: self.members, spread })
    }

    /// Leaves the file in the machine's memory, as far as it has room.
    pub fn read_through(&self) -> anyhow::Result<()> {
        if self.url.is_none() {
            io::copy(&mut File::open(self.folder.join("loyalty.db"))?, &mut io::sink())?;
        }
        Ok(())
    }

    /// The first cells of a row about it.
    pub fn cells(&self) -> Vec<String> {
        vec![self.name.to_owned(), self.members.to_string()]
    }
}

impl<'a> Target<'a> {
    /// The echo takes anything.
    pub fn echo(server: &'a Server) -> Self {
        Self { server, key: "".into(), members: 1000, spread: Spread::Uniform }
    }
}

impl Bench {
    pub fn lasting(&self) -> Duration {
        Duration::from_secs(self.arguments.seconds)
    }

    /// One round.
    pub async fn load(&self, target: &Target<'_>, connections: u64, lasting: Duration) -> anyhow::Result<Round> {
        let before = target.server.processor_us()?;
        let mut round = client::round(target.server.address, connections, lasting, |number| {
            let seed = self.shop.revision() ^ (number << 32);
            let mut orders = Orders::new(&target.key, target.members, target.spread, seed, &self.shop);
            move |request: &mut Vec<u8>| orders.next(request)
        })
        .await?;
        #[expect(clippy::cast_precision_loss, reason = "a few hours at most")]
        let used = (target.server.processor_us()? - before) as f64;
        round.processor_us = used / round.answers();
        Ok(round)
    }
}

/// Headings of [`figures`].
pub const FIGURES: [&str; 6] = ["connections", "orders/s", "of echo", "p50 ms", "p99 ms", "server us"];

/// The last cells of a row about rounds.
pub fn figures(connections: u64, rounds: &[Round], of_echo: f64) -> Vec<String> {
    let (rate, p50, p99) = medians(rounds);
    let processor = median(rounds.iter().map(|round| round.processor_us).collect());
    vec![
        connections.to_string(),
        decimals(rate, 0),
        decimals(of_echo, 3),
        decimals(p50, 1),
        decimals(p99, 1),
        decimals(processor, 0),
    ]
}

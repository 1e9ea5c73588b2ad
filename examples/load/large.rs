//! What a large programme costs: the next state of an order, decided and what it changes written, under each of the programmes of
//! [`rich`](crate::rich), beside the six rules.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use loyalty_connector::{
    loyalty::{
        Event, Fact, Member, Order, OrderState, Programmes, Version,
        counters::{Counts, Given},
        decide,
        event::Joined,
        programme::check,
    },
    programme::{Tables, csv, settings_rows},
    writer::rows::Columns,
};
use serde_json::json;

use crate::{
    report::{decimals, median, table},
    rich::Live,
};

const ORDERS: usize = 4;
const ROUNDS: usize = 41;
const DECIDED_A_ROUND: i64 = 100;

/// A member with some orders, of which one state comes after the other.
struct Life {
    programmes: Programmes,
    member: Member,
    orders: BTreeMap<String, Order>,
    now: Timestamp,
    revision: i64,
}

/// Decides states of orders under each programme in turn, and prints what one takes.
pub fn deciding() -> anyhow::Result<()> {
    let all = [Live::Six, Live::Rich, Live::Budgets];
    let mut lives = all.iter().map(|live| Life::under(*live)).collect::<anyhow::Result<Vec<_>>>()?;
    let mut times = vec![Vec::new(); all.len()];
    for _ in 0..ROUNDS {
        for (life, times) in lives.iter_mut().zip(&mut times) {
            let start = Instant::now();
            for _ in 0..DECIDED_A_ROUND {
                std::hint::black_box(life.next()?);
            }
            times.push(start.elapsed().as_secs_f64() * 1e4);
        }
    }
    let times: Vec<f64> = times.into_iter().map(median).collect();
    let rows = all.iter().zip(&lives).zip(&times).map(|((live, life), time)| {
        let bytes = serde_json::to_string(&life.member)?.len();
        let cells = [bytes.to_string(), decimals(*time, 1), decimals(*time / times[0], 2)];
        Ok([&[live.name().to_owned()], &cells[..]].concat())
    });
    let rows: Vec<Vec<String>> = rows.collect::<anyhow::Result<_>>()?;
    table(
        "The next state of an order: decided, and what it changes written",
        &["live", "bytes", "us", "of six"],
        &rows,
    );
    Ok(())
}

impl Life {
    fn under(live: Live) -> anyhow::Result<Self> {
        let read = live.tables("n8n").into_iter().map(|(table, text)| {
            let rows = csv::read(table, &text).ok().with_context(|| format!("{table} of {}", live.name()))?;
            Ok((table.to_owned(), rows))
        });
        let mut tables = settings_rows::folded(Tables(read.collect::<anyhow::Result<_>>()?));
        tables.0.remove(settings_rows::SETTINGS);
        let programme = check(&tables).ok().context("these tables are a programme")?;
        let version = Version { number: 1, effective_at: Timestamp::UNIX_EPOCH, programme: Arc::new(programme) };
        let programmes = Programmes::new(vec![version]).context("there is a version")?;
        let now: Timestamp = "2026-11-29T10:00:00Z".parse()?;
        let (member, orders) = (Member::new("mem_1".to_owned(), now), BTreeMap::new());
        let mut life = Self { programmes, member, orders, now, revision: 0 };
        life.decide(Fact::Joined(Joined::default()), "joined".to_owned())?;
        (0..ORDERS).try_for_each(|_| life.next().map(drop))?;
        Ok(life)
    }

    /// The next state of one of its orders; how many bytes it leaves.
    fn next(&mut self) -> anyhow::Result<usize> {
        self.revision += 1;
        self.now += SignedDuration::from_secs(60);
        let number = self.revision % i64::try_from(ORDERS)?;
        let (shoes, tent) = (4_090 + self.revision % 60 * 100, 9_050 + self.revision % 7 * 1_000);
        let line = |id: &str, sku: &str, category: &str, price: i64| json!({ "id": id, "sku": sku, "category": category, "quantity": 1000, "unit_price": price });
        let state = json!({ "status": "paid", "revision": self.revision, "placed_at": "2026-11-28T10:00:00Z",
            "paid_at": "2026-11-28T10:00:00Z", "currency": "EUR", "channel": "web", "shipping": 490,
            "lines": [line("1", "RUN-42", "sport/shoes/running", shoes), line("2", "TNT-3", "outdoor/tents", tent)] });
        let state: OrderState = serde_json::from_value(state)?;
        let (order_id, id) = (number.to_string(), format!("{number}@{}", self.revision));
        self.decide(Fact::Order { order_id, state: Box::new(state) }, id)
    }

    fn decide(&mut self, fact: Fact, id: String) -> anyhow::Result<usize> {
        let order = fact.order_id().and_then(|id| self.orders.get(id));
        let event = Event { brand: "main".to_owned(), source: "order".to_owned(), id, occurred_at: self.now, fact };
        let nobody_looked = Counts::new();
        let counts = Given::looked_up(&nobody_looked);
        let decision = decide(&self.programmes, &self.member, order, &event, counts, self.now)?;
        let Columns { given, entries, changes, receipt } = Columns::of((&self.member, order), &decision)?;
        self.member = decision.member;
        self.orders.extend(decision.order.map(|order| (order.id.clone(), order)));
        Ok(given.len() + entries.len() + changes.len() + receipt.len())
    }
}

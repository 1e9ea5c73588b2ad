//! What a long life costs: one more order of a member who has had a thousand and more, beside one of a new member.

use std::{sync::Arc, time::Instant};

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use loyalty_connector::{
    loyalty::{
        Event, Fact, Member, OrderState, Programmes, Version, counters::Counts, decide, order::Revision,
        programme::check,
    },
    programme::sample,
    writer::rows::Columns,
};
use serde_json::json;

use crate::report::{decimals, median, table};

/// Nearly two orders a day; each is worth points that live for a year.
const HOURS_APART: i64 = 13;
const AFTER: [i64; 4] = [1, 150, 500, 2_000];
const ROUNDS: usize = 41;
const DECIDED_A_ROUND: u32 = 200;

struct Life {
    programmes: Programmes,
    member: Member,
    now: Timestamp,
}

/// Decides one more order after each of so many, and prints what it takes.
pub fn deciding() -> anyhow::Result<()> {
    let programme = check(&sample::tables()).ok().context("the sample is a programme")?;
    let version = Version { number: 1, effective_at: Timestamp::UNIX_EPOCH, programme: Arc::new(programme) };
    let programmes = Programmes::new(vec![version]).context("there is a version")?;
    let now: Timestamp = "2026-01-05T10:00:00Z".parse()?;
    let mut life = Life { programmes, member: Member::new("mem_1".to_owned(), now), now };
    let mut lives = Vec::new();
    for number in 1..=AFTER[AFTER.len() - 1] {
        life.member = life.decide(&life.event(number)?)?;
        life.now += SignedDuration::from_hours(HOURS_APART);
        if AFTER.contains(&number) {
            lives.push((number, life.member.clone(), life.now));
        }
    }
    let times = life.measured(&lives)?;
    let rows = lives.iter().zip(&times).map(|((number, member, _), time)| {
        let bytes = serde_json::to_string(member)?.len();
        Ok(vec![number.to_string(), bytes.to_string(), decimals(*time, 1), decimals(*time / times[0], 2)])
    });
    let rows: Vec<Vec<String>> = rows.collect::<anyhow::Result<_>>()?;
    let headings = ["orders", "bytes", "us", "of a new member's"];
    table("One more order: decided, and what it changes written", &headings, &rows);
    Ok(())
}

impl Life {
    fn event(&self, number: i64) -> anyhow::Result<Event> {
        let line =
            |id: &str, category: &str| json!({ "id": id, "quantity": 1000, "unit_price": 4_990, "category": category });
        let state = json!({ "status": "paid", "revision": 1, "placed_at": self.now, "paid_at": self.now, "currency": "EUR",
            "lines": [line("1", "books"), line("2", if number % 5 == 0 { "sport/shoes" } else { "home" })] });
        let state: OrderState = serde_json::from_value(state)?;
        let fact = Fact::Order {
            order_id: number.to_string(),
            state: Box::new(OrderState { revision: Revision::Number(1), ..state }),
        };
        Ok(Event {
            brand: "main".to_owned(),
            source: "order".to_owned(),
            id: format!("{number}@1"),
            occurred_at: self.now,
            fact,
        })
    }

    fn decide(&self, event: &Event) -> anyhow::Result<Member> {
        let decision = decide(&self.programmes, &self.member, None, event, &Counts::new(), self.now)?;
        Columns::of((&self.member, None), &decision)?;
        Ok(decision.member)
    }

    /// Microseconds of one decision for each of these members; they take turns.
    fn measured(&mut self, lives: &[(i64, Member, Timestamp)]) -> anyhow::Result<Vec<f64>> {
        let mut times = vec![Vec::new(); lives.len()];
        for _ in 0..ROUNDS {
            for ((number, member, now), times) in lives.iter().zip(&mut times) {
                (self.member, self.now) = (member.clone(), *now);
                let event = self.event(number + 1)?;
                let start = Instant::now();
                for _ in 0..DECIDED_A_ROUND {
                    std::hint::black_box(self.decide(&event)?);
                }
                times.push(start.elapsed().as_secs_f64() * 1e6 / f64::from(DECIDED_A_ROUND));
            }
        }
        Ok(times.into_iter().map(median).collect())
    }
}

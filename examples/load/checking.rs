//! What looking at a long table costs: rules by the thousand, right ones, and such of which every row has mistakes.

use std::time::Instant;

use anyhow::Context;
use loyalty_connector::{
    loyalty::programme::{compile, review},
    programme::{Known, ORDERS_ENOUGH, Row, Seen, Tables, names::Kind, sample},
};

use crate::report::{decimals, table};

const ROWS: [usize; 4] = [1_000, 2_000, 5_000, 10_000];
/// Names of each kind that orders brought.
const NAMES: usize = 1_900;

/// Checks and reads so many rules, and prints what it takes.
pub fn checking() -> anyhow::Result<()> {
    let known = known();
    let mut rows = Vec::new();
    for many in ROWS {
        let (right, wrong) = (rules(many, row), rules(many, wrong));
        let (checked, reviewed) = timed(|| review(&right, &known));
        let warned = reviewed.ok().context("these rules have no problem")?.1.len();
        let (read, _) = timed(|| compile(&right));
        let (refused, problems) = timed(|| review(&wrong, &known).err().map_or(0, |problems| problems.len()));
        let (same, _) = timed(|| review(&rules(many, |_| row(0)), &known).err().map_or(0, |problems| problems.len()));
        rows.push(vec![
            many.to_string(),
            decimals(checked, 1),
            warned.to_string(),
            decimals(read, 1),
            decimals(refused, 1),
            problems.to_string(),
            decimals(same, 1),
        ]);
    }
    let headings = ["rules", "checked ms", "to be looked at", "read ms", "all wrong ms", "problems", "all the same ms"];
    table("Rules looked at", &headings, &rows);
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let made = work();
    (start.elapsed().as_secs_f64() * 1e3, made)
}

fn known() -> Known {
    let mut seen = Seen::after(ORDERS_ENOUGH);
    for number in 0..NAMES {
        seen.add(Kind::Category, format!("sport/shoes/model-{number}"));
        seen.add(Kind::Segment, format!("segment-{number}"));
        seen.add(Kind::Store, format!("store-{number}"));
    }
    Known { live: sample::tables(), seen, ..Known::default() }
}

fn rules(many: usize, of: impl Fn(usize) -> Vec<(&'static str, String)>) -> Tables {
    let mut tables = sample::tables();
    let made = |number: usize| Row {
        key: (number + 2).to_string(),
        cells: of(number).into_iter().map(|(column, text)| (column.to_owned(), text)).collect(),
    };
    tables.0.entry("Rules".to_owned()).or_default().extend((0..many).map(made));
    tables
}

/// Each names a category, a segment and a store that never came.
fn row(number: usize) -> Vec<(&'static str, String)> {
    vec![
        ("Rule", format!("rule-{number}")),
        ("Categories", format!("kitchen/pots/type {number}")),
        ("Segments", format!("who likes pots {number}")),
        ("Stores", format!("shop {number}")),
        ("Points", "10".to_owned()),
        ("Condition", "order.total >= 50 and member.tier = \"gold\"".to_owned()),
    ]
}

fn wrong(number: usize) -> Vec<(&'static str, String)> {
    let mistakes = [
        ("Points", "1.000".to_owned()),
        ("Until", "31.2.2027".to_owned()),
        ("Tiers", format!("goldd-{number}")),
        ("Condition", "order.totl >= 50".to_owned()),
        ("Stacking", "ad".to_owned()),
    ];
    row(number)
        .into_iter()
        .filter(|(column, _)| !mistakes.iter().any(|(wrong, _)| wrong == column))
        .chain(mistakes.clone())
        .collect()
}

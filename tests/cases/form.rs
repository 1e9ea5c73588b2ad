//! A file of cases: changes of the sample programme, and cases with their steps.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use loyalty_connector::{
    loyalty::{Programme, Programmes, Version, programme::check},
    programme::{Problem, Row, Tables, sample},
};
use serde::Deserialize;

use crate::{books::Ledger, step::Step};

/// Cells of a row, by column.
type Cells = BTreeMap<String, toml::Value>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The rule that the cases are about, in words.
    pub about: String,
    #[serde(default)]
    pub given: Given,
    pub case: Vec<Case>,
}

/// Changes of the sample programme.
#[derive(Deserialize, Default, Clone)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// Cells of the one row of `Programme`.
    #[serde(default)]
    programme: Cells,
    /// Whole tables in place of the sample's.
    rules: Option<Vec<Cells>>,
    tiers: Option<Vec<Cells>>,
    rewards: Option<Vec<Cells>>,
    codes: Option<Vec<Cells>>,
    challenges: Option<Vec<Cells>>,
    products: Option<Vec<Cells>>,
    segments: Option<Vec<Cells>>,
    stores: Option<Vec<Cells>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    /// The thread in which somebody met it.
    #[serde(default)]
    pub seen_in: Option<String>,
    #[serde(default)]
    given: Given,
    step: Vec<Step>,
}

impl File {
    pub fn read(text: &str) -> Result<Self, toml::de::Error> {
        let file: Self = toml::from_str(text)?;
        assert!(!file.about.is_empty() && file.case.iter().all(|case| case.seen_in.as_deref() != Some("")));
        Ok(file)
    }
}

impl Case {
    /// Plays the steps; the first difference, in words.
    pub fn run(&self, file: &File) -> Result<(), String> {
        let mut givens = vec![&file.given, &self.given];
        let first = Version { number: 1, effective_at: Timestamp::UNIX_EPOCH, programme: programme(&givens)? };
        let mut ledger = Ledger::new(Programmes::new(vec![first]).ok_or("no version")?);
        ledger.explains = true;
        let mut names = BTreeMap::new();
        for (number, step) in (1..).zip(&self.step) {
            step.begin(&mut ledger);
            if let Some(change) = &step.publish {
                givens.push(change);
                let number = ledger.programmes.live().number + 1;
                let next = Version { number, effective_at: ledger.now, programme: programme(&givens)? };
                ledger.programmes = ledger.programmes.with(next);
            }
            step.play(&mut ledger, &mut names).map_err(|difference| format!("step {number}: {difference}"))?;
            ledger.check_books();
        }
        Ok(())
    }
}

fn programme(changes: &[&Given]) -> Result<Arc<Programme>, String> {
    let mut tables = sample::tables();
    for given in changes {
        if let Some(row) = tables.0.get_mut("Programme").and_then(|rows| rows.first_mut()) {
            row.cells.extend(text_cells(&given.programme));
        }
        replace(&mut tables, "Rules", given.rules.as_ref());
        replace(&mut tables, "Tiers", given.tiers.as_ref());
        replace(&mut tables, "Rewards", given.rewards.as_ref());
        replace(&mut tables, "Codes", given.codes.as_ref());
        replace(&mut tables, "Challenges", given.challenges.as_ref());
        replace(&mut tables, "Products", given.products.as_ref());
        replace(&mut tables, "Segments", given.segments.as_ref());
        replace(&mut tables, "Stores", given.stores.as_ref());
    }
    let problems = |problems: Vec<Problem>| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    check(&tables).map(Arc::new).map_err(problems)
}

fn replace(tables: &mut Tables, table: &str, rows: Option<&Vec<Cells>>) {
    let Some(rows) = rows else { return };
    let rows =
        (1..).zip(rows).map(|(number, cells): (u32, _)| Row { key: number.to_string(), cells: text_cells(cells) });
    tables.0.insert(table.to_owned(), rows.collect());
}

fn text_cells(cells: &Cells) -> BTreeMap<String, String> {
    let text = |value: &toml::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    cells.iter().map(|(column, value)| (column.clone(), text(value))).collect()
}

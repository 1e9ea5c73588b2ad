//! The columns `Sold as` and `Lasts` of Tiers.

use std::collections::BTreeMap;

use crate::{
    loyalty::mechanics::FromRows,
    programme::{
        Core, Problem, Row, Tables, check::tiers::Column, names, product::SKU, reading::Reading, tables::Columns,
    },
    values::{count::counted, span::Span},
};

/// What is sold, by the article's name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Config(BTreeMap<String, Sold>);

/// A tier, and how long one piece of the article lasts.
#[derive(Debug, Clone, PartialEq)]
pub struct Sold {
    pub tier: String,
    pub lasts: Span,
}

impl Config {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What an article of this name is.
    pub fn of(&self, sku: &str) -> Option<&Sold> {
        self.0.get(&names::key(sku))
    }
}

impl FromRows for Config {
    fn from_rows(tables: &Tables, core: &Core, problems: &mut Vec<Problem>) -> Self {
        let mut sold: BTreeMap<String, Sold> = BTreeMap::new();
        for row in tables.rows(Column::TABLE) {
            let Some((sku, of_row)) = sells(row, core, problems) else { continue };
            match sold.get(&names::key(&sku)) {
                Some(known) => {
                    let detail = format!("`{sku}` is sold as {}, too; a tier has an article of its own", known.tier);
                    Reading::of(row, problems).problem(Column::SoldAs, detail);
                }
                None => drop(sold.insert(names::key(&sku), of_row)),
            }
        }
        Self(sold)
    }
}

/// The article and what it is of one row, if that is complete.
fn sells(row: &Row, core: &Core, problems: &mut Vec<Problem>) -> Option<(String, Sold)> {
    let (sku, lasts) = (row.cell(Column::SoldAs.title()), row.cell(Column::Lasts.title()));
    sku.or(lasts)?;
    let mut reading = Reading::of(row, problems);
    let lasts = reading.parsed::<Span>(Column::Lasts);
    let Some(sku) = sku else {
        reading.problem(Column::Lasts, "is the time of no article: fill Sold as");
        return None;
    };
    if sku.chars().count() > SKU {
        reading.problem(Column::SoldAs, format!("is longer than {}", counted(SKU, "character")));
    }
    let tier = core.tier(row.cell(Column::Tier.title())?);
    if tier.is_some_and(|tier| tier.threshold == Some(0)) {
        reading.problem(Column::SoldAs, "everybody has the first tier already: sell one above it");
    } else if reading.text(Column::Lasts).is_none() {
        reading.disagree(Column::Lasts, [Column::SoldAs], "is empty; write how long one piece lasts, like 1M or 12M");
    }
    if lasts.is_some_and(|lasts| lasts.is_nothing()) {
        reading.problem(Column::Lasts, "is no time at all; write how long one piece lasts, like 1M or 12M");
    }
    Some((sku.to_owned(), Sold { tier: tier?.id.clone(), lasts: lasts? }))
}

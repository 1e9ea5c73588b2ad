//! The columns `Reward` and `Code offer` of Rules.

use crate::{
    loyalty::mechanics::{FromRows, codes::Offers, rewards::Catalogue},
    programme::{Core, Problem, Rule, Tables, check::rules::Column, reading::Reading, tables::Columns},
};

/// Whether any rule gives something beside points.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    pub any: bool,
}

impl FromRows for Config {
    fn from_rows(tables: &Tables, core: &Core, problems: &mut Vec<Problem>) -> Self {
        let (catalogue, offers) = (Catalogue::of(tables, core), Offers::of(tables, core));
        for row in tables.rows(Column::TABLE) {
            let mut row = Reading::of(row, problems);
            catalogue.named(&mut row, Column::Reward);
            offers.named(&mut row, Column::CodeOffer);
        }
        Self { any: core.rules.iter().any(Rule::gives_more) }
    }
}

//! The column `Reward on reaching` of Tiers.

use std::collections::BTreeMap;

use crate::{
    loyalty::mechanics::{FromRows, rewards::Catalogue},
    programme::{Core, Problem, Tables, check::tiers::Column, reading::Reading, tables::Columns},
};

/// Rewards by tier.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Config(pub BTreeMap<String, String>);

impl FromRows for Config {
    fn from_rows(tables: &Tables, core: &Core, problems: &mut Vec<Problem>) -> Self {
        let catalogue = Catalogue::of(tables, core);
        let mut rewards = BTreeMap::new();
        for row in tables.rows(Column::TABLE) {
            let mut reading = Reading::of(row, problems);
            let Some(reward) = catalogue.named(&mut reading, Column::RewardOnReaching) else { continue };
            let tier = row.cell(Column::Tier.title()).and_then(|tier| core.tier(tier));
            rewards.extend(tier.map(|tier| (tier.id.clone(), reward)));
        }
        Self(rewards)
    }
}

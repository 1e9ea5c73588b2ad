//! The column `Reward on reaching` of Tiers.

use std::collections::BTreeMap;

use crate::{
    loyalty::mechanics::{FromRows, rewards},
    programme::{Core, Problem, Tables, check::tiers::Column, reading::Reading, tables::Columns},
};

/// Rewards by tier.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Config(pub BTreeMap<String, String>);

impl FromRows for Config {
    fn from_rows(tables: &Tables, core: &Core, problems: &mut Vec<Problem>) -> Self {
        // What is wrong with Rewards is said where they are read.
        let catalogue = rewards::Config::from_rows(tables, core, &mut Vec::new()).catalogue;
        let mut rewards = BTreeMap::new();
        for row in tables.rows(Column::TABLE) {
            let Some(reward) = row.cell(Column::RewardOnReaching.title()) else { continue };
            if !catalogue.iter().any(|known| known.id == reward) {
                let detail = format!("there is no active reward `{reward}` in Rewards");
                Reading::of(row, problems).problem(Column::RewardOnReaching, detail);
            }
            let tier = row.cell(Column::Tier.title()).and_then(|tier| core.tier(tier));
            rewards.extend(tier.map(|tier| (tier.id.clone(), reward.to_owned())));
        }
        Self(rewards)
    }
}

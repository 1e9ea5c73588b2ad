//! The setting `Converts to`: what points turn into by themselves.

use crate::{
    loyalty::mechanics::{
        FromRows,
        rewards::{self, Catalogue, RewardKind},
    },
    programme::{Core, Problem, Tables, WHOLE, check::settings, reading::Reading},
};

/// The programme's coupon.
#[derive(Debug, Clone, PartialEq)]
pub struct Coupon {
    /// The row of Rewards.
    pub reward: String,
    /// Points; more than 0.
    pub cost: i64,
}

/// What the cell says; `None` when points stay points.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub coupon: Option<Coupon>,
}

impl FromRows for Config {
    /// The coupon must be there, and cost points.
    fn from_rows(tables: &Tables, core: &Core, problems: &mut Vec<Problem>) -> Self {
        let (Some(wanted), Some(row)) = (&core.settings.converts_to, tables.rows(WHOLE).first()) else {
            return Self { coupon: None };
        };
        // What is wrong with Rewards is said where they are read.
        let rewards = rewards::Config::from_rows(tables, core, &mut Vec::new());
        let problem = match rewards.catalogue.iter().find(|reward| reward.id == *wanted) {
            None => Catalogue::of(tables, core).lacks(wanted).unwrap_or_default(),
            Some(reward) if reward.kind != RewardKind::Coupon || reward.cost == 0 => {
                format!("`{wanted}` must be a coupon that costs points")
            }
            Some(reward) => {
                return Self { coupon: Some(Coupon { reward: reward.id.clone(), cost: reward.cost }) };
            }
        };
        Reading::of(row, problems).problem(settings::Column::ConvertsTo, problem);
        Self { coupon: None }
    }
}

//! Points set aside for a payment.

use serde::{Deserialize, Serialize};

use super::kind::{EachText, Kind};
use crate::values::{
    bounds::{AMOUNT, TooLarge, points_of_event, within},
    span::Span,
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldMade {
    pub points: i64,
    /// How long it lasts; the programme's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// What the amounts of the goods are in; the programme's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The goods to pay for; lots restricted to some goods are used only for these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goods: Vec<Goods>,
}

/// Goods of a cart, as far as paying with points looks at them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goods {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// Minor units to pay.
    pub amount: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldCaptured {
    pub hold: String,
    /// All when absent; the rest is released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldReleased {
    pub hold: String,
}

impl Kind for HoldMade {
    fn each_text(&mut self, _: EachText<'_>) {}

    fn bounded(&self) -> Result<(), TooLarge> {
        let goods = ("/goods", "the worth of goods in minor units");
        self.goods.iter().try_for_each(|of| within(of.amount, 0, AMOUNT, goods))?;
        points_of_event(self.points, 0)
    }
}

impl Kind for HoldCaptured {
    fn each_text(&mut self, _: EachText<'_>) {}

    fn bounded(&self) -> Result<(), TooLarge> {
        points_of_event(self.points.unwrap_or(0), 0)
    }
}

impl Kind for HoldReleased {
    fn each_text(&mut self, _: EachText<'_>) {}
}

//! A cart -> the state that an order of it would have.

use jiff::Timestamp;
use serde::Deserialize;

use super::{
    code::check_codes,
    currency::{currency_code, currency_places},
    fields::{Decimal, Unread, all_valid, check_points, list, optional, optional_whole, yes, yes_or},
    line::{LineBody, check_worth, checked_lines},
    member::MemberBody,
};
use crate::loyalty::{OrderState, order::Revision};

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CartBody {
    pub member: MemberBody,
    #[schema(example = "EUR")]
    pub currency: String,
    #[serde(default = "yes", deserialize_with = "yes_or")]
    pub prices_include_tax: bool,
    pub lines: Vec<LineBody>,
    #[serde(default, deserialize_with = "optional")]
    pub shipping: Option<Decimal>,
    /// Points the member wants to pay with; all that may when left out.
    #[serde(default, deserialize_with = "optional_whole")]
    pub points: Option<i64>,
    #[serde(default, deserialize_with = "list")]
    pub codes: Vec<String>,
}

/// A cart, read.
pub struct Cart {
    pub member: MemberBody,
    /// The order that it would be, paid at once.
    pub state: OrderState,
    /// Points that the member wants to pay with; `None` = all that may.
    pub points: Option<i64>,
}

impl CartBody {
    pub fn read(self, now: Timestamp) -> Result<Cart, Unread> {
        let mut errors = Vec::new();
        let currency = currency_code(&self.currency);
        let places = currency_places(&currency, &mut errors);
        let lines = checked_lines(self.lines, (places, self.prices_include_tax), (&mut errors, &mut Vec::new()));
        let shipping = self.shipping.map_or(0, |amount| amount.units(places, "/shipping", &mut errors));
        check_worth(&lines, places, &mut errors);
        if let Some(points) = self.points {
            check_points(points, 0, "/points", &mut errors);
        }
        check_codes(&self.codes, &mut errors);
        all_valid(errors)?;
        let order = OrderState::paid(Revision::Number(0), now, &currency, lines);
        let state = OrderState { paid_at: Some(now), shipping, codes: self.codes, ..order };
        Ok(Cart { member: self.member, state, points: self.points })
    }
}

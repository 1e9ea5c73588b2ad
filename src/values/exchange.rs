//! Orders in another currency than the programme's: one rate, fixed when the order is first seen and kept with its source, so
//! that a refund counts with the rate of the purchase. What a line came to is exchanged once and rounded half up.

use serde::{Deserialize, Serialize};

use super::{
    bounds::{self, TooLarge},
    money::{format_units, places},
};

/// Decimal places of a rate.
pub const PLACES: u32 = 9;

/// What one unit of an order's currency is in the programme's, and who says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The order's.
    pub currency: String,
    /// In billionths.
    pub rate: i64,
    pub source: String,
}

impl Exchange {
    /// The rate as a decimal, without zeros at its end.
    pub fn decimal(&self) -> String {
        format_units(self.rate, PLACES).trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    /// Minor units of the order's currency in minor units of `currency`, rounded half up.
    pub fn amount(&self, units: i64, currency: &str) -> Result<i64, TooLarge> {
        let (from, to) = (10_i128.pow(places(&self.currency)), 10_i128.pow(places(currency)));
        let (product, whole) = (i128::from(units) * i128::from(self.rate) * to, from * 10_i128.pow(PLACES));
        bounds::amount((product * 2 + whole) / (whole * 2))
    }

    /// Minor units of `currency` in those of the order's currency, rounded down: a discount is never more than it is worth.
    pub fn back(&self, units: i64, currency: &str) -> Result<i64, TooLarge> {
        let (from, to) = (10_i128.pow(places(&self.currency)), 10_i128.pow(places(currency)));
        bounds::amount(i128::from(units) * from * 10_i128.pow(PLACES) / (i128::from(self.rate) * to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_exchanged_between_the_units_of_its_currencies_and_rounded_half_up() {
        for (currency, rate, units, ours, expected) in [
            ("USD", 900_000_000, 10_000, "EUR", 9_000),
            ("JPY", 6_000_000, 10_000, "EUR", 6_000), // no decimals: 10 000 yen are 60.00
            ("EUR", 160_000_000_000, 100, "JPY", 160),
            ("KWD", 3_000_000_000, 1_000, "EUR", 300), // three decimals
            ("USD", 500_000_000, 1, "EUR", 1),
            ("USD", 499_999_999, 1, "EUR", 0),
        ] {
            let exchange = Exchange { currency: currency.to_owned(), rate, source: String::new() };
            assert_eq!(exchange.amount(units, ours), Ok(expected), "{units} {currency} at {}", exchange.decimal());
        }
    }
}

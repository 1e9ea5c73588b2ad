//! The currency of an order, and what one unit of it is in the programme's.

use serde::Deserialize;

use super::fields::{Decimal, FieldError, check_id};
use crate::values::{
    bounds,
    exchange::{Exchange, PLACES},
    money::{self, places},
};

/// The code as it is meant: `eur` is EUR.
pub fn currency_code(text: &str) -> String {
    text.trim().to_uppercase()
}

/// Decimal places of a currency code.
pub fn currency_places(currency: &str, errors: &mut Vec<FieldError>) -> u32 {
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        errors.push(FieldError::at("/currency", format!("`{currency}` is not a currency code like EUR")));
    }
    places(currency)
}

/// What one unit of the order's currency is in the programme's.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExchangeBody {
    /// At most nine decimal places.
    pub rate: Decimal,
    /// Who says so, for whoever asks later.
    #[schema(example = "ECB 2026-11-20")]
    pub source: String,
}

impl ExchangeBody {
    pub fn checked(self, currency: &str, errors: &mut Vec<FieldError>) -> Exchange {
        let rate = money::parse_within(&self.rate.0, PLACES, bounds::RATE).unwrap_or_else(|error| {
            errors.push(FieldError::at("/exchange/rate", error.to_string()));
            1
        });
        if rate == 0 {
            errors.push(FieldError::at("/exchange/rate", "must be more than 0"));
        }
        check_id(&self.source, "/exchange/source", errors);
        Exchange { currency: currency.to_owned(), rate, source: self.source }
    }
}

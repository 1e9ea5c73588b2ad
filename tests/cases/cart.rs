//! A cart in a case: its lines, and what a quote says of it.

use loyalty_connector::{
    loyalty::{
        OrderState,
        order::Line,
        quote::{Request, quote},
    },
    values::money::{Quantity, format_units, parse_units},
};
use serde::Deserialize;

use crate::{books::Ledger, step::same};

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct CaseLine {
    price: String,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    sku: Option<String>,
    #[serde(default)]
    product_brand: Option<String>,
    #[serde(default)]
    quantity: Option<String>,
    #[serde(default)]
    discount: Option<String>,
    /// The number of the line, when it is not its place.
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    by_points: Option<String>,
    #[serde(default)]
    tax: Option<String>,
    #[serde(default)]
    tax_on_top: bool,
    #[serde(default)]
    gift_card: bool,
    #[serde(default)]
    replaces: Option<String>,
}

/// What must be true of a quote.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Quoted {
    /// Points that the member wants to pay with; all that may when left out.
    points: Option<i64>,
    /// Points it would earn.
    earns: Option<i64>,
    /// Points that may pay, and what they are worth.
    payable: Option<i64>,
    amount: Option<String>,
    /// Why not more.
    limits: Option<Vec<String>>,
    /// What points take off each line.
    by_points: Option<Vec<String>>,
    by_codes: Option<Vec<String>>,
    free_shipping: Option<bool>,
    /// Why codes cannot be used.
    unusable: Option<Vec<String>>,
}

impl CaseLine {
    pub fn line(&self, number: u32, places: u32) -> Line {
        let units = |text: &Option<String>| text.as_ref().map_or(0, |text| parse_units(text, places).unwrap());
        let quantity = self.quantity.as_deref().unwrap_or("1");
        Line {
            id: self.id.clone().unwrap_or_else(|| number.to_string()),
            sku: self.sku.clone(),
            product_brand: self.product_brand.clone(),
            category: self.category.clone(),
            quantity: Quantity(parse_units(quantity, 3).unwrap()),
            unit_price: parse_units(&self.price, places).unwrap(),
            discount: units(&self.discount),
            by_points: units(&self.by_points),
            tax: units(&self.tax),
            tax_on_top: self.tax_on_top,
            gift_card: self.gift_card,
            replaces: self.replaces.clone(),
            ..Line::default()
        }
    }
}

impl Quoted {
    pub fn compare(&self, ledger: &Ledger, cart: &OrderState) -> Result<(), String> {
        let asked = Request { state: cart, points: self.points };
        let quote = quote(&ledger.programmes, &ledger.member, &asked, &ledger.counts, ledger.now)
            .map_err(|refusal| format!("refused: {refusal}"))?;
        same("earns", self.earns, quote.earns)?;
        same("payable", self.payable, quote.points)?;
        same("amount", self.amount.clone(), format_units(quote.amount, 2))?;
        same("limits", self.limits.clone(), quote.limits.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        let off = |of: fn(&loyalty_connector::loyalty::quote::Discount) -> i64| -> Vec<String> {
            quote.lines.iter().map(|line| format_units(of(line), 2)).collect()
        };
        same("by_points", self.by_points.clone(), off(|line| line.by_points))?;
        same("by_codes", self.by_codes.clone(), off(|line| line.by_codes))?;
        same("free_shipping", self.free_shipping, quote.free_shipping)?;
        let unusable: Vec<String> =
            quote.codes.into_iter().filter_map(|code| code.refused).map(|why| why.to_string()).collect();
        same("unusable", self.unusable.clone(), unusable)
    }
}

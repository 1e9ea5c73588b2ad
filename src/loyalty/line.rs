//! One line of an order: what it came to and what is left of it, in the order's own currency. Every amount follows from the
//! state alone, so that many partial returns come to what one full return does.

use serde::{Deserialize, Serialize};

use crate::{
    programme::goods::Article,
    values::money::{Quantity, is_zero, share},
};

/// One line of an order, amounts in minor units; its fields are in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Line {
    /// The part of `discount` that codes gave, where the shop says so.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub by_codes: i64,
    /// The part of `discount` that points paid, where the shop says so.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub by_points: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Off the whole line.
    #[serde(default)]
    pub discount: i64,
    /// Money for later: it earns when it is spent, not when it is bought.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gift_card: bool,
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Who makes the goods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_brand: Option<String>,
    pub quantity: Quantity,
    /// The line that it was given for in exchange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    #[serde(default)]
    pub returned: Quantity,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// Tax of the whole line, after its discount.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tax: i64,
    /// The tax comes on top of price and discount; otherwise it is in them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tax_on_top: bool,
    pub unit_price: i64,
}

impl Line {
    /// What people call the goods: their name, else what else is known of them.
    pub fn called(&self) -> &str {
        self.name.as_ref().or(self.sku.as_ref()).unwrap_or(&self.id)
    }

    /// What rows for some goods look at.
    pub fn article(&self) -> Article<'_> {
        let Self { category, sku, product_brand, .. } = self;
        let (category, product) = (category.as_deref(), sku.as_deref());
        Article { category, product, product_brand: product_brand.as_deref() }
    }

    /// What the goods cost before any discount, rounded half up.
    pub fn exact_value(&self) -> i128 {
        (i128::from(self.unit_price) * i128::from(self.quantity.0) * 2 + 1000).div_euclid(2000)
    }

    /// The same, within the bounds of an order.
    pub fn value(&self) -> i64 {
        share(self.unit_price, self.quantity.0, 1000)
    }

    /// What was to pay for the line after its discount, with tax, before any return.
    pub fn total(&self) -> i64 {
        self.value() - self.discount + if self.tax_on_top { self.tax } else { 0 }
    }

    /// What is left of [`Line::total`] after the returned part.
    pub fn left(&self) -> i64 {
        self.of_what_is_left(self.total().max(0))
    }

    /// What is left of [`Line::value`] after the returned part.
    pub fn value_left(&self) -> i64 {
        self.of_what_is_left(self.value())
    }

    fn of_what_is_left(&self, amount: i64) -> i64 {
        share(amount, (self.quantity.0 - self.returned.0).max(0), self.quantity.0)
    }

    /// The tax within `amount` of [`Line::total`].
    pub fn tax_within(&self, amount: i64) -> i64 {
        share(self.tax, amount, self.total()).min(amount)
    }
}

//! The lines of an order or of a cart, each checked. What can be done without is left out and named.

use std::{collections::BTreeSet, fmt::Arguments};

use serde::Deserialize;

use super::{
    GivenId,
    fields::{Decimal, FieldError, ID, check_length, fact, flag, optional, optional_text},
};
use crate::{
    loyalty::order::Line,
    values::{
        bounds,
        money::{Quantity, format_units},
    },
};

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineBody {
    #[schema(value_type = String)]
    pub id: GivenId,
    #[serde(default, deserialize_with = "optional_text")]
    pub sku: Option<String>,
    #[serde(default, deserialize_with = "fact")]
    pub name: Option<String>,
    /// Who makes the goods, like `Acme`.
    #[serde(default, deserialize_with = "optional_text")]
    pub product_brand: Option<String>,
    /// A path like `sport/shoes/running`.
    #[serde(default, deserialize_with = "optional_text")]
    pub category: Option<String>,
    /// At most three decimal places.
    pub quantity: Decimal,
    pub unit_price: Decimal,
    /// Off the whole line, by whatever.
    #[serde(default, deserialize_with = "optional")]
    pub discount: Option<Decimal>,
    /// The part of the discount that points paid, as the quote said it.
    #[serde(default, deserialize_with = "optional")]
    pub by_points: Option<Decimal>,
    /// The part of the discount that codes gave.
    #[serde(default, deserialize_with = "optional")]
    pub by_codes: Option<Decimal>,
    /// Tax of the whole line, after its discount.
    #[serde(default, deserialize_with = "optional")]
    pub tax: Option<Decimal>,
    /// Money for later: it earns nothing when it is bought.
    #[serde(default, deserialize_with = "flag")]
    pub gift_card: bool,
    /// The line that this one was given for in exchange: what points paid of that one stays paid while this one is kept.
    #[serde(default, deserialize_with = "optional_text")]
    pub replaces: Option<String>,
    /// How much of the quantity came back.
    #[serde(default, deserialize_with = "optional")]
    pub returned: Option<Decimal>,
}

/// Lines of an order.
pub const LINES: usize = 1000;

/// The lines, each checked; their ids differ. What can be done without is left out, a line of which nothing was bought too.
pub fn checked_lines(
    bodies: Vec<LineBody>,
    (places, include_tax): (u32, bool),
    (errors, left_out): (&mut Vec<FieldError>, &mut Vec<FieldError>),
) -> Vec<Line> {
    if bodies.len() > LINES {
        errors.push(FieldError::at("/lines", format!("has more than {LINES} lines")));
    }
    let mut ids = BTreeSet::new();
    let mut lines = Vec::with_capacity(bodies.len());
    for (index, line) in bodies.into_iter().enumerate() {
        let at = format_args!("/lines/{index}");
        let line = line.checked((places, include_tax), at, (errors, left_out));
        if !ids.insert(line.id.clone()) {
            errors.push(FieldError::at(format!("{at}/id"), format!("`{}` is there twice", line.id)));
        }
        if line.quantity.0 == 0 && line.returned.0 == 0 {
            left_out.push(FieldError::at(format!("{at}/quantity"), "is 0, so is the line"));
        } else {
            lines.push(line);
        }
    }
    lines
}

/// All lines together are within the bound of an order.
pub fn check_worth(lines: &[Line], places: u32, errors: &mut Vec<FieldError>) {
    if lines.iter().map(Line::exact_value).sum::<i128>() > i128::from(bounds::AMOUNT) {
        errors.push(FieldError::at("/lines", format!("are worth more than {} together", most_worth(places))));
    }
}

fn most_worth(places: u32) -> String {
    format_units(bounds::AMOUNT, places)
}

impl LineBody {
    fn checked(
        mut self,
        (places, include_tax): (u32, bool),
        at: Arguments<'_>,
        (errors, left_out): (&mut Vec<FieldError>, &mut Vec<FieldError>),
    ) -> Line {
        let quantity = Quantity(self.quantity.units(3, format_args!("{at}/quantity"), errors));
        let returned = self.returned.map_or(0, |returned| returned.units(3, format_args!("{at}/returned"), errors));
        let unit_price = self.unit_price.units(places, format_args!("{at}/unit_price"), errors);
        let mut amount = |amount: &Option<Decimal>, field: &str| {
            amount.as_ref().map_or(0, |amount| amount.units(places, format_args!("{at}/{field}"), errors))
        };
        let (discount, tax) = (amount(&self.discount, "discount"), amount(&self.tax, "tax"));
        let (by_points, by_codes) = (amount(&self.by_points, "by_points"), amount(&self.by_codes, "by_codes"));
        if by_points + by_codes > discount {
            errors.push(FieldError::at(
                format!("{at}/by_points"),
                "is more, with by_codes, than the discount it is part of",
            ));
        }
        let id = self.id.verbatim();
        for (field, text) in [
            ("id", Some(&id)),
            ("sku", self.sku.as_ref()),
            ("category", self.category.as_ref()),
            ("product_brand", self.product_brand.as_ref()),
            ("replaces", self.replaces.as_ref()),
        ] {
            check_length(text.map(String::as_str), ID, format_args!("{at}/{field}"), errors);
        }
        if !check_length(self.name.as_deref(), ID, format_args!("{at}/name"), left_out) {
            self.name = None;
        }
        let line = Line {
            by_codes,
            by_points,
            category: self.category.map(|path| path.trim_matches('/').to_owned()),
            discount,
            gift_card: self.gift_card,
            id,
            name: self.name,
            product_brand: self.product_brand,
            quantity,
            replaces: self.replaces,
            returned: Quantity(returned),
            sku: self.sku,
            tax,
            tax_on_top: tax > 0 && !include_tax,
            unit_price,
        };
        if line.exact_value() > i128::from(bounds::AMOUNT) {
            errors.push(FieldError::at(at.to_string(), format!("is worth more than {}", most_worth(places))));
            return Line { quantity: Quantity(0), returned: Quantity(0), discount: 0, ..line };
        }
        if line.value() < line.discount {
            errors.push(FieldError::at(format!("{at}/discount"), "is more than the line costs"));
        }
        line
    }
}

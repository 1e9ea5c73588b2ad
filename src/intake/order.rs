//! The full state of an order -> its canonical event.

use jiff::Timestamp;
use serde::Deserialize;

use super::{
    Incoming,
    fields::{Decimal, FieldError, Unread, check_id},
    member::MemberBody,
};
use crate::loyalty::{
    Fact, bounds,
    exchange::{Exchange, PLACES},
    money::{self, Quantity, format_units, places},
    order::{Line, OrderState, Revision, Status},
};

/// The full state of an order.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderBody {
    pub member: MemberBody,
    #[schema(value_type = String, example = "paid")]
    pub status: Status,
    /// Orders the states of the order; or give `updated_at`.
    pub revision: Option<i64>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub updated_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    pub placed_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub paid_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub fulfilled_at: Option<Timestamp>,
    #[schema(example = "EUR")]
    pub currency: String,
    /// For another currency than the programme's; the order's first one is kept for all its states.
    pub exchange: Option<ExchangeBody>,
    pub channel: Option<String>,
    pub store: Option<String>,
    pub operator: Option<String>,
    pub payment_hash: Option<String>,
    pub lines: Vec<LineBody>,
    #[serde(default)]
    pub shipping: Option<Decimal>,
    /// Returned money that names no line.
    #[serde(default)]
    pub refunded: Option<Decimal>,
    /// The hold that pays for a part of it: captured when the order is paid, given back when it is cancelled.
    pub points_hold: Option<String>,
    /// Codes that were used on it.
    #[serde(default)]
    pub codes: Vec<String>,
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

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineBody {
    pub id: String,
    pub sku: Option<String>,
    pub name: Option<String>,
    /// A path like `sport/shoes/running`.
    pub category: Option<String>,
    /// At most three decimal places.
    pub quantity: Decimal,
    pub unit_price: Decimal,
    #[serde(default)]
    pub discount: Option<Decimal>,
    /// How much of the quantity came back.
    #[serde(default)]
    pub returned: Option<Decimal>,
}

const LINES: usize = 1000;
const CODES: usize = 20;
const LONGEST: usize = 200;

impl OrderBody {
    /// The canonical event of this state.
    pub fn incoming(self, brand: &str, order_id: &str, test: bool) -> Result<Incoming, Unread> {
        let mut errors = Vec::new();
        check_id(order_id, "/order_id", &mut errors);
        let revision = revision(self.revision, self.updated_at, &mut errors);
        let mut who = self.member.who("/member", &mut errors);
        who.facts.test = test;
        let places = currency_places(&self.currency, &mut errors);
        let lines = checked_lines(self.lines, places, &mut errors);
        let mut amount = |amount: Option<Decimal>, pointer: &str| {
            amount.map_or(0, |amount| amount.units(places, pointer, &mut errors))
        };
        let (shipping, refunded) = (amount(self.shipping, "/shipping"), amount(self.refunded, "/refunded"));
        check_worth(&lines, places, &mut errors);
        let goods: i64 = lines.iter().map(Line::kept).sum();
        if refunded > goods + shipping {
            let left = format_units(goods + shipping, places);
            errors.push(FieldError::at("/refunded", format!("is more than the {left} that is left of the order")));
        }
        let exchange = self.exchange.map(|exchange| exchange.checked(&self.currency, &mut errors));
        check_codes(&self.codes, &mut errors);
        let short = [
            ("channel", &self.channel),
            ("store", &self.store),
            ("operator", &self.operator),
            ("points_hold", &self.points_hold),
            ("payment_hash", &self.payment_hash),
        ];
        for (field, text) in short {
            if text.as_deref().is_some_and(|text| text.chars().count() > LONGEST) {
                errors.push(FieldError::at(format!("/{field}"), format!("is longer than {LONGEST} characters")));
            }
        }
        let Some(revision) = revision.filter(|_| errors.is_empty()) else { return Err(Unread::Invalid(errors)) };
        let state = OrderState {
            status: self.status,
            revision,
            placed_at: self.placed_at,
            paid_at: self.paid_at,
            fulfilled_at: self.fulfilled_at,
            currency: self.currency,
            exchange,
            channel: self.channel,
            store: self.store,
            operator: self.operator,
            payment_hash: self.payment_hash,
            lines,
            shipping,
            refunded: refunded.min(goods),
            points_hold: self.points_hold,
            codes: self.codes,
        };
        Ok(Incoming {
            brand: brand.to_owned(),
            // The identity of an order's state is (brand, order, revision), whoever sends it.
            source: "order".to_owned(),
            id: format!("{order_id}@{revision}"),
            occurred_at: Some(state.placed_at),
            fact: Fact::Order { order_id: order_id.to_owned(), state: Box::new(state) },
            who,
        })
    }
}

/// The codes of an order or of a cart: few, and short.
pub fn check_codes(codes: &[String], errors: &mut Vec<FieldError>) {
    if codes.len() > CODES {
        errors.push(FieldError::at("/codes", format!("has more than {CODES} codes")));
        return;
    }
    for (index, code) in codes.iter().enumerate() {
        check_id(code, &format!("/codes/{index}"), errors);
    }
}

/// The lines, each checked; their ids differ.
pub fn checked_lines(bodies: Vec<LineBody>, places: u32, errors: &mut Vec<FieldError>) -> Vec<Line> {
    if bodies.len() > LINES {
        errors.push(FieldError::at("/lines", format!("has more than {LINES} lines")));
    }
    let mut ids = std::collections::BTreeSet::new();
    let mut lines = Vec::with_capacity(bodies.len());
    for (index, line) in bodies.into_iter().enumerate() {
        if !ids.insert(line.id.clone()) {
            errors.push(FieldError::at(format!("/lines/{index}/id"), format!("`{}` is there twice", line.id)));
        }
        lines.push(line.checked(places, &format!("/lines/{index}"), errors));
    }
    lines
}

/// All lines together are within the bound of an order.
pub fn check_worth(lines: &[Line], places: u32, errors: &mut Vec<FieldError>) {
    if lines.iter().map(Line::exact_value).sum::<i128>() > i128::from(bounds::WORTH) {
        errors.push(FieldError::at("/lines", format!("are worth more than {} together", most_worth(places))));
    }
}

fn most_worth(places: u32) -> String {
    format_units(bounds::WORTH, places)
}

impl LineBody {
    fn checked(self, places: u32, at: &str, errors: &mut Vec<FieldError>) -> Line {
        let quantity = Quantity(self.quantity.units(3, &format!("{at}/quantity"), errors));
        let returned = self.returned.map_or(0, |returned| returned.units(3, &format!("{at}/returned"), errors));
        let unit_price = self.unit_price.units(places, &format!("{at}/unit_price"), errors);
        let discount = self.discount.map_or(0, |discount| discount.units(places, &format!("{at}/discount"), errors));
        if quantity.0 == 0 && errors.is_empty() {
            errors.push(FieldError::at(format!("{at}/quantity"), "must be more than 0"));
        }
        if returned > quantity.0 {
            errors.push(FieldError::at(format!("{at}/returned"), "is more than was bought"));
        }
        for (field, text) in [
            ("id", Some(&self.id)),
            ("sku", self.sku.as_ref()),
            ("name", self.name.as_ref()),
            ("category", self.category.as_ref()),
        ] {
            if text.is_some_and(|text| text.chars().count() > LONGEST) {
                errors.push(FieldError::at(format!("{at}/{field}"), format!("is longer than {LONGEST} characters")));
            }
        }
        let (sku, name) = (self.sku, self.name);
        let category = self.category.map(|path| path.trim_matches('/').to_owned());
        let line =
            Line { id: self.id, sku, name, category, quantity, unit_price, discount, returned: Quantity(returned) };
        if line.exact_value() > i128::from(bounds::WORTH) {
            errors.push(FieldError::at(at, format!("is worth more than {}", most_worth(places))));
            return Line { quantity: Quantity(0), returned: Quantity(0), discount: 0, ..line };
        }
        if line.total() < 0 {
            errors.push(FieldError::at(format!("{at}/discount"), "is more than the line costs"));
        }
        line
    }
}

fn revision(number: Option<i64>, updated_at: Option<Timestamp>, errors: &mut Vec<FieldError>) -> Option<Revision> {
    match (number, updated_at) {
        (Some(number), None) if number >= 0 => Some(Revision::Number(number)),
        (None, Some(at)) => Some(Revision::UpdatedAt(at)),
        (Some(_), None) => {
            errors.push(FieldError::at("/revision", "must not be negative"));
            None
        }
        _ => {
            errors
                .push(FieldError::at("/revision", "give exactly one of revision and updated_at: it orders the states"));
            None
        }
    }
}

/// Decimal places of a currency code.
pub fn currency_places(currency: &str, errors: &mut Vec<FieldError>) -> u32 {
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        errors.push(FieldError::at("/currency", format!("`{currency}` is not a currency code like EUR")));
    }
    places(currency)
}

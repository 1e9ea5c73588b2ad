//! The full state of an order -> its canonical event.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use super::{
    GivenId, Incoming, Reader,
    fields::{
        Decimal, FieldError, ID, Unread, check_id, check_length, fact, flag, list, optional, optional_text,
        optional_whole,
    },
    member::MemberBody,
};
use crate::{
    loyalty::{
        Fact,
        order::{Line, OrderState, Revision, Status},
    },
    values::{
        bounds,
        exchange::{Exchange, PLACES},
        money::{self, Quantity, format_units, places},
    },
};

/// The full state of an order.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderBody {
    pub member: MemberBody,
    #[schema(value_type = String, example = "paid")]
    pub status: Status,
    /// Orders the states of the order; or give `updated_at`.
    #[serde(default, deserialize_with = "optional_whole")]
    pub revision: Option<i64>,
    #[serde(default, deserialize_with = "optional")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub updated_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    pub placed_at: Timestamp,
    #[serde(default, deserialize_with = "optional")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub paid_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "optional")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub fulfilled_at: Option<Timestamp>,
    #[schema(example = "EUR")]
    pub currency: String,
    /// For another currency than the programme's; the order's first one is kept for all its states.
    pub exchange: Option<ExchangeBody>,
    #[serde(default, deserialize_with = "optional_text")]
    pub channel: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    pub store: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    pub operator: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    pub payment_hash: Option<String>,
    /// Whether the tax of lines and shipping is in their prices and discounts; otherwise it comes on top.
    #[serde(default = "yes", deserialize_with = "yes_or")]
    pub prices_include_tax: bool,
    pub lines: Vec<LineBody>,
    /// Off the whole order; spread over its lines by what is left to pay of them.
    #[serde(default, deserialize_with = "optional")]
    pub discount: Option<Decimal>,
    #[serde(default, deserialize_with = "optional")]
    pub shipping: Option<Decimal>,
    #[serde(default, deserialize_with = "optional")]
    pub shipping_tax: Option<Decimal>,
    /// Of shipping, with its tax, what was given back.
    #[serde(default, deserialize_with = "optional")]
    pub shipping_refunded: Option<Decimal>,
    /// Fees never earn, nor do tips.
    #[serde(default, deserialize_with = "optional")]
    pub fees: Option<Decimal>,
    #[serde(default, deserialize_with = "optional")]
    pub tips: Option<Decimal>,
    /// Money that came back in all without naming a line, with tax: for goods first, then for shipping and fees.
    #[serde(default, deserialize_with = "optional")]
    pub refunded: Option<Decimal>,
    /// The hold that pays for a part of it: captured when the order is paid, given back when it is cancelled.
    #[serde(default, deserialize_with = "optional")]
    #[schema(value_type = Option<String>)]
    pub points_hold: Option<GivenId>,
    /// Codes that were used on it.
    #[serde(default, deserialize_with = "list")]
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
    #[schema(value_type = String)]
    pub id: GivenId,
    #[serde(default, deserialize_with = "optional_text")]
    pub sku: Option<String>,
    #[serde(default, deserialize_with = "fact")]
    pub name: Option<String>,
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

/// What a flag says that is left out.
pub fn yes() -> bool {
    true
}

/// The same for one that is `null` or empty.
pub fn yes_or<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(optional(deserializer)?.unwrap_or_else(yes))
}

pub const LINES: usize = 1000;
pub const CODES: usize = 20;

impl OrderBody {
    /// The canonical event of this state.
    pub fn incoming(self, reader: &Reader, brand: &str, order_id: &GivenId, test: bool) -> Result<Incoming, Unread> {
        let mut errors = Vec::new();
        let order_id = order_id.own("/order_id", &mut errors);
        let revision = revision(self.revision, self.updated_at, &mut errors);
        self.dates(reader, &mut errors);
        let mut who = self.member.who(reader, "/member", &mut errors);
        who.facts.test = test;
        let currency = currency_code(&self.currency);
        let places = currency_places(&currency, &mut errors);
        let mut lines = checked_lines(self.lines, (places, self.prices_include_tax), (&mut errors, &mut who.left_out));
        if let Some(discount) = &self.discount {
            let discount = discount.units(places, "/discount", &mut errors);
            spread_discount(discount, &mut lines, &mut errors);
        }
        let mut amount = |amount: Option<Decimal>, pointer: &str| {
            amount.map_or(0, |amount| amount.units(places, pointer, &mut errors))
        };
        let shipping_tax = amount(self.shipping_tax, "/shipping_tax");
        let shipping = amount(self.shipping, "/shipping") + if self.prices_include_tax { 0 } else { shipping_tax };
        let shipping_refunded = amount(self.shipping_refunded, "/shipping_refunded");
        let fees = amount(self.fees, "/fees") + amount(self.tips, "/tips");
        let refunded = amount(self.refunded, "/refunded");
        check_worth(&lines, places, &mut errors);
        let exchange = self.exchange.map(|exchange| exchange.checked(&currency, &mut errors));
        check_codes(&self.codes, &mut errors);
        let points_hold = self.points_hold.map(|hold| hold.known("/points_hold", &mut errors));
        let short = [
            ("channel", &self.channel),
            ("store", &self.store),
            ("operator", &self.operator),
            ("payment_hash", &self.payment_hash),
        ];
        for (field, text) in short {
            check_length(text.as_deref(), ID, &format!("/{field}"), &mut errors);
        }
        let Some(revision) = revision.filter(|_| errors.is_empty()) else { return Err(Unread::Invalid(errors)) };
        let state = OrderState {
            status: self.status,
            revision,
            placed_at: self.placed_at,
            paid_at: self.paid_at,
            fulfilled_at: self.fulfilled_at,
            currency,
            exchange,
            channel: self.channel,
            store: self.store,
            operator: self.operator,
            payment_hash: self.payment_hash,
            lines,
            shipping,
            shipping_refunded,
            fees,
            refunded,
            points_hold,
            codes: self.codes,
        };
        Ok(Incoming {
            brand: brand.to_owned(),
            // The identity of an order's state is (brand, order, revision), whoever sends it.
            source: "order".to_owned(),
            id: format!("{order_id}@{revision}"),
            occurred_at: Some(state.placed_at),
            fact: Fact::Order { order_id, state: Box::new(state) },
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

impl OrderBody {
    fn dates(&self, reader: &Reader, errors: &mut Vec<FieldError>) {
        reader.happened(self.placed_at, "/placed_at", errors);
        for (at, pointer) in [(self.paid_at, "/paid_at"), (self.fulfilled_at, "/fulfilled_at")] {
            if let Some(at) = at {
                reader.after_placed(self.placed_at, at, pointer, errors);
            }
        }
        if let Some(at) = self.updated_at {
            reader.happened(at, "/updated_at", errors);
        }
    }
}

/// The lines, each checked; their ids differ. What can be done without is left out, a line of which nothing was bought too.
pub fn checked_lines(
    bodies: Vec<LineBody>,
    (places, include_tax): (u32, bool),
    (errors, left_out): (&mut Vec<FieldError>, &mut Vec<FieldError>),
) -> Vec<Line> {
    if bodies.len() > LINES {
        errors.push(FieldError::at("/lines", format!("has more than {LINES} lines")));
    }
    let mut ids = std::collections::BTreeSet::new();
    let mut lines = Vec::with_capacity(bodies.len());
    for (index, line) in bodies.into_iter().enumerate() {
        let at = format!("/lines/{index}");
        let line = line.checked((places, include_tax), &at, (errors, left_out));
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

/// A discount of the whole order goes to its lines by what is left to pay of them.
fn spread_discount(discount: i64, lines: &mut [Line], errors: &mut Vec<FieldError>) {
    let left: Vec<i64> = lines.iter().map(|line| (line.value() - line.discount).max(0)).collect();
    if discount > left.iter().sum() {
        errors.push(FieldError::at("/discount", "is more than the goods cost after the discounts of their lines"));
        return;
    }
    for (line, off) in lines.iter_mut().zip(money::spread(discount, &left)) {
        line.discount += off;
    }
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
    fn checked(
        mut self,
        (places, include_tax): (u32, bool),
        at: &str,
        (errors, left_out): (&mut Vec<FieldError>, &mut Vec<FieldError>),
    ) -> Line {
        let quantity = Quantity(self.quantity.units(3, &format!("{at}/quantity"), errors));
        let returned = self.returned.map_or(0, |returned| returned.units(3, &format!("{at}/returned"), errors));
        let unit_price = self.unit_price.units(places, &format!("{at}/unit_price"), errors);
        let mut amount = |amount: &Option<Decimal>, field: &str| {
            amount.as_ref().map_or(0, |amount| amount.units(places, &format!("{at}/{field}"), errors))
        };
        let (discount, tax) = (amount(&self.discount, "discount"), amount(&self.tax, "tax"));
        let (by_points, by_codes) = (amount(&self.by_points, "by_points"), amount(&self.by_codes, "by_codes"));
        if by_points + by_codes > discount {
            errors.push(FieldError::at(
                format!("{at}/by_points"),
                "is more, with by_codes, than the discount it is part of",
            ));
        }
        let id = self.id.as_told();
        for (field, text) in [
            ("id", Some(&id)),
            ("sku", self.sku.as_ref()),
            ("category", self.category.as_ref()),
            ("replaces", self.replaces.as_ref()),
        ] {
            check_length(text.map(String::as_str), ID, &format!("{at}/{field}"), errors);
        }
        if !check_length(self.name.as_deref(), ID, &format!("{at}/name"), left_out) {
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
            quantity,
            replaces: self.replaces,
            returned: Quantity(returned),
            sku: self.sku,
            tax,
            tax_on_top: tax > 0 && !include_tax,
            unit_price,
        };
        if line.exact_value() > i128::from(bounds::WORTH) {
            errors.push(FieldError::at(at, format!("is worth more than {}", most_worth(places))));
            return Line { quantity: Quantity(0), returned: Quantity(0), discount: 0, ..line };
        }
        if line.value() < line.discount {
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

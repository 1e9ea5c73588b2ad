//! The full state of an order -> its canonical event.

use jiff::Timestamp;
use serde::Deserialize;

use super::{
    GivenId, Incoming, Reader,
    code::check_codes,
    currency::{ExchangeBody, currency_code, currency_places},
    fields::{
        Decimal, FieldError, ID, Unread, check_length, list, optional, optional_text, optional_whole, yes, yes_or,
    },
    line::{LineBody, check_worth, checked_lines},
    member::MemberBody,
};
use crate::{
    loyalty::{
        Fact,
        order::{Line, OrderState, Revision, Status},
    },
    values::money,
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

impl OrderBody {
    /// The canonical event of this state.
    pub fn incoming(self, reader: &Reader, brand: &str, order_id: &GivenId, test: bool) -> Result<Incoming, Unread> {
        let mut errors = Vec::new();
        let order_id = order_id.strict("/order_id", &mut errors);
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
        let points_hold = self.points_hold.map(|hold| hold.lenient("/points_hold", &mut errors));
        check_short(
            [
                ("channel", &self.channel),
                ("store", &self.store),
                ("operator", &self.operator),
                ("payment_hash", &self.payment_hash),
            ],
            &mut errors,
        );
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

/// Texts that are as short as an id.
fn check_short(texts: [(&str, &Option<String>); 4], errors: &mut Vec<FieldError>) {
    for (field, text) in texts {
        check_length(text.as_deref(), ID, format_args!("/{field}"), errors);
    }
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

//! An order from before: its last state, with its lines or with nothing but its total.

use jiff::Timestamp;
use serde::Deserialize;

use super::{RowReader, points, when::When, whole};
use crate::{
    intake::{
        GivenId, Incoming, Who,
        currency::{ExchangeBody, currency_code, currency_places},
        fields::{Decimal, FieldError},
        line::{LineBody, check_worth, checked_lines},
    },
    loyalty::{
        Fact,
        event::OrderImported,
        order::{Line, OrderState, Revision, Status},
    },
};

/// Columns beside those that say whose it is.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderRow {
    #[schema(value_type = String)]
    order_id: GivenId,
    /// placed, paid, fulfilled or cancelled; fulfilled when left out.
    #[schema(value_type = Option<String>)]
    status: Option<Status>,
    revision: Option<Decimal>,
    updated_at: Option<When>,
    placed_at: When,
    paid_at: Option<When>,
    fulfilled_at: Option<When>,
    currency: String,
    /// For another currency than the programme's: what one unit was in it, and who says so.
    exchange_rate: Option<Decimal>,
    exchange_source: Option<String>,
    /// What was paid for the goods, when there are no lines.
    total: Option<Decimal>,
    lines: Option<Vec<LineBody>>,
    shipping: Option<Decimal>,
    shipping_refunded: Option<Decimal>,
    fees: Option<Decimal>,
    /// `false`: the tax of lines comes on top of their prices.
    prices_include_tax: Option<String>,
    refunded: Option<Decimal>,
    channel: Option<String>,
    store: Option<String>,
    /// Points that the former programme gave for it.
    earned: Option<Decimal>,
    /// `true`: its member came with what it counts (`carried`).
    counted: Option<String>,
}

impl OrderRow {
    pub(super) fn incoming(self, rows: &RowReader<'_>, mut who: Who, errors: &mut Vec<FieldError>) -> Option<Incoming> {
        let order_id = rows.reader.id(&self.order_id, "/order_id", errors);
        let mut at = |when: Option<When>, pointer: &str| when.and_then(|when| when.start(&rows.zone, pointer, errors));
        let placed_at = at(Some(self.placed_at), "/placed_at");
        let (paid_at, fulfilled_at) = (at(self.paid_at, "/paid_at"), at(self.fulfilled_at, "/fulfilled_at"));
        let updated_at = at(self.updated_at, "/updated_at");
        for (at, pointer) in [(placed_at, "/placed_at"), (updated_at, "/updated_at")] {
            if let Some(at) = at {
                rows.reader.happened(at, pointer, errors);
            }
        }
        for (at, pointer) in [(paid_at, "/paid_at"), (fulfilled_at, "/fulfilled_at")] {
            if let (Some(placed_at), Some(at)) = (placed_at, at) {
                rows.reader.after_placed(placed_at, at, pointer, errors);
            }
        }
        let revision = revision(self.revision.as_ref(), updated_at, errors);
        let currency = currency_code(&self.currency);
        let places = currency_places(&currency, errors);
        let include_tax = self.prices_include_tax.as_ref().is_none_or(|text| text.trim() != "false");
        let lines = match (self.lines, self.total) {
            (Some(lines), None) => checked_lines(lines, (places, include_tax), (errors, &mut who.left_out)),
            (None, Some(total)) => vec![one_line(total.units(places, "/total", errors))],
            _ => {
                errors.push(FieldError::at("/total", "give either total or lines"));
                Vec::new()
            }
        };
        check_worth(&lines, places, errors);
        let mut amount =
            |amount: Option<Decimal>, pointer: &str| amount.map_or(0, |amount| amount.units(places, pointer, errors));
        let (shipping, refunded) = (amount(self.shipping, "/shipping"), amount(self.refunded, "/refunded"));
        let shipping_refunded = amount(self.shipping_refunded, "/shipping_refunded");
        let fees = amount(self.fees, "/fees");
        let goods: i64 = lines.iter().map(Line::left).sum();
        if refunded > goods + shipping + fees {
            errors.push(FieldError::at("/refunded", "is more than what was paid"));
        }
        let source = self.exchange_source.unwrap_or_else(|| "import".to_owned());
        let exchange = self.exchange_rate.map(|rate| ExchangeBody { rate, source }.checked(&currency, errors));
        let earned = self.earned.map_or(0, |earned| points(&earned.0, "/earned", 0, errors));
        let counted = self.counted.is_some_and(|counted| counted.trim() == "true");
        let placed_at: Timestamp = placed_at?;
        let state = OrderState {
            status: self.status.unwrap_or(Status::Fulfilled),
            paid_at,
            fulfilled_at,
            exchange,
            channel: self.channel,
            store: self.store,
            shipping,
            shipping_refunded,
            fees,
            refunded: refunded.min(goods),
            ..OrderState::paid(revision, placed_at, &currency, lines)
        };
        Some(Incoming {
            brand: rows.brand.to_owned(),
            source: "import:order".to_owned(),
            id: order_id.clone(),
            occurred_at: Some(placed_at),
            fact: Fact::OrderImported(Box::new(OrderImported { order_id, state, earned, counted })),
            who,
        })
    }
}

/// What orders its states, when it has more than one.
fn revision(number: Option<&Decimal>, updated_at: Option<Timestamp>, errors: &mut Vec<FieldError>) -> Revision {
    match (number, updated_at) {
        (Some(number), _) => Revision::Number(whole(&number.0, "/revision", (0, i64::MAX), errors)),
        (None, Some(at)) => Revision::UpdatedAt(at),
        (None, None) => Revision::Number(0),
    }
}

/// An order of which nothing is known but what it cost.
fn one_line(total: i64) -> Line {
    use crate::values::money::Quantity;
    Line { id: "1".to_owned(), quantity: Quantity(1000), unit_price: total, ..Line::default() }
}

//! What a condition sees: one read-only view of an order, an event or a member alone. Of the member it has what was pinned, never the
//! member itself, so a state that is judged again sees the same.

use std::borrow::Cow;

use jiff::{Timestamp, Zoned};

use super::{
    Programme,
    earn::Good,
    order::OrderState,
    pins::{Pinned, Pins},
};
use crate::{
    programme::condition::{Exact, Fact, Facts, Value, names::WEEKDAYS},
    values::money::places,
};

/// The view: by the programme that judges.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub programme: &'a Programme,
    pub pins: &'a Pins,
    pub of: Of<'a>,
}

/// What happened.
#[derive(Clone, Copy)]
pub enum Of<'a> {
    /// A state of an order, and its goods that can earn.
    Order { state: &'a OrderState, goods: &'a [Good<'a>] },
    /// An event of another kind, with its data where it has any.
    Event { kind: &'a str, data: Option<&'a serde_json::Value> },
    /// Nothing: only the member is looked at.
    Member,
}

impl Context<'_> {
    fn money(&self, units: i64) -> Value<'_> {
        Value::Number(Exact::of_units(units, places(&self.programme.settings.currency)))
    }

    fn placed(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.programme.settings.zone.clone())
    }

    fn pinned(&self, fact: Fact) -> Option<Value<'_>> {
        Some(match self.pins.fact(fact)? {
            Pinned::Number(units) if fact == Fact::MemberSpent => self.money(*units),
            Pinned::Number(number) => Value::Number(Exact::whole(*number)),
            Pinned::YesNo(yes) => Value::YesNo(*yes),
            Pinned::Text(text) => Value::Text(text.into()),
            Pinned::Texts(texts) => Value::Texts(Cow::Borrowed(texts)),
        })
    }

    fn of_order(&self, fact: Fact, (state, goods): (&OrderState, &[Good<'_>])) -> Option<Value<'_>> {
        let text = |text: &String| Value::Text(text.clone().into());
        match fact {
            Fact::OrderTotal => Some(self.money(goods.iter().map(|good| good.amount).sum())),
            Fact::OrderCurrency => Some(text(&state.currency)),
            Fact::OrderChannel => state.channel.as_ref().map(text),
            Fact::OrderStore => state.store.as_ref().map(text),
            Fact::OrderCity => self.programme.stores.of(state.store.as_ref())?.city.as_ref().map(text),
            Fact::OrderRegion => self.programme.stores.of(state.store.as_ref())?.region.as_ref().map(text),
            Fact::OrderWeekday => {
                let day = self.placed(state.placed_at).weekday().to_monday_zero_offset();
                usize::try_from(day).ok().and_then(|day| WEEKDAYS.get(day)).map(|day| Value::Text((*day).into()))
            }
            Fact::OrderHour => Some(Value::Number(Exact::whole(self.placed(state.placed_at).hour().into()))),
            _ => None,
        }
    }
}

impl Facts for Context<'_> {
    fn fact(&self, fact: Fact) -> Option<Value<'_>> {
        match (fact, self.of) {
            (Fact::MemberTier, _) => {
                Some(&self.pins.tier).filter(|tier| !tier.is_empty()).map(|tier| Value::Text(tier.into()))
            }
            (Fact::MemberSegments, _) => Some(Value::Texts(Cow::Borrowed(&self.pins.segments))),
            (Fact::EventType, Of::Event { kind, .. }) => Some(Value::Text(kind.into())),
            (fact, _) if fact.is_inside() => self.pinned(fact),
            (Fact::OrderFirst | Fact::OrderNumber, Of::Order { .. }) => self.pinned(fact),
            (fact, Of::Order { state, goods }) => self.of_order(fact, (state, goods)),
            _ => None,
        }
    }

    fn measure(&self, id: &str) -> Option<Value<'_>> {
        match self.pins.measure(id)? {
            Pinned::Number(number) => Some(Value::Number(Exact::whole(*number))),
            Pinned::Text(parts) => Exact::written(parts).ok().map(Value::Number),
            Pinned::YesNo(_) | Pinned::Texts(_) => None,
        }
    }

    /// Texts of an event are sealed or will be: they are not here.
    fn of_event(&self, field: &str) -> Option<Value<'_>> {
        let Of::Event { data, .. } = self.of else { return None };
        match field.split('.').try_fold(data?, named)? {
            serde_json::Value::Bool(yes) => Some(Value::YesNo(*yes)),
            serde_json::Value::Number(number) => Exact::of_json(&number.to_string()).map(Value::Number),
            _ => None,
        }
    }

    fn lines(&self) -> usize {
        if let Of::Order { goods, .. } = self.of { goods.len() } else { 0 }
    }

    fn of_line(&self, line: usize, fact: Fact) -> Option<Value<'_>> {
        let Of::Order { goods, .. } = self.of else { return None };
        let Good { line, amount, .. } = goods.get(line)?;
        match fact {
            Fact::LineSku => line.sku.as_deref().map(|sku| Value::Text(sku.into())),
            Fact::LineCategory => line.category.as_deref().map(|path| Value::Category(path.into())),
            Fact::LineBrand => line.product_brand.as_deref().map(|brand| Value::Text(brand.into())),
            Fact::LineAmount => Some(self.money(*amount)),
            Fact::LineQuantity => Some(Value::Number(Exact::of_units(line.quantity.0 - line.returned.0, 3))),
            _ => None,
        }
    }
}

/// The field of this name, whatever its case.
fn named<'v>(value: &'v serde_json::Value, name: &str) -> Option<&'v serde_json::Value> {
    let fields = value.as_object()?;
    fields
        .get(name)
        .or_else(|| fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

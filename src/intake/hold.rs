//! Points to be set aside for a payment, and how many of them are paid.

use serde::Deserialize;

use super::{
    GivenId, Incoming, Reader,
    currency::{currency_code, currency_places},
    fields::{Decimal, FieldError, ID, Unread, all_valid, check_length, check_points, optional, whole},
    incoming::Origin,
    member::MemberBody,
};
use crate::{
    loyalty::{
        Fact,
        event::{Goods, HoldMade},
    },
    values::span::Span,
};

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "till-3-778", "member": {"external_id": "c-1042"}, "points": 100, "ttl": "15m", "order_id": "1001"}))]
pub struct HoldBody {
    #[schema(value_type = String)]
    pub id: GivenId,
    pub member: MemberBody,
    #[serde(deserialize_with = "whole")]
    pub points: i64,
    /// How long it lasts, like `15m`; the programme's when left out, a day at most.
    pub ttl: Option<String>,
    #[serde(default, deserialize_with = "optional")]
    #[schema(value_type = Option<String>)]
    pub order_id: Option<GivenId>,
    /// Needed only where points are for some goods. Where an `sku` is named, points pay no more than those of the goods are worth
    /// that points may pay for.
    #[serde(default)]
    pub goods: Vec<GoodsBody>,
    pub currency: Option<String>,
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GoodsBody {
    pub category: Option<String>,
    pub sku: Option<String>,
    pub amount: Decimal,
}

/// Longest life of a hold.
const LIFE_MAX: &str = "1D";
/// Goods of one hold.
pub const GOODS: usize = 1000;

impl HoldBody {
    /// The event that sets the points aside.
    pub fn incoming(self, reader: &Reader, origin: Origin<'_>) -> Result<Incoming, Unread> {
        let mut errors = Vec::new();
        let id = self.id.strict("/id", &mut errors);
        check_points(self.points, 1, "/points", &mut errors);
        let ttl = lifetime(self.ttl.as_deref(), reader, &mut errors);
        let order = self.order_id.map(|order| order.strict("/order_id", &mut errors));
        let currency = self.currency.map(|code| currency_code(&code));
        let places = currency_places(currency.as_deref().unwrap_or("EUR"), &mut errors);
        if self.goods.len() > GOODS {
            errors.push(FieldError::at("/goods", format!("has more than {GOODS} entries")));
        }
        let goods = self.goods.into_iter().enumerate().map(|(index, goods)| {
            let at = format_args!("/goods/{index}");
            check_length(goods.category.as_deref(), ID, format_args!("{at}/category"), &mut errors);
            check_length(goods.sku.as_deref(), ID, format_args!("{at}/sku"), &mut errors);
            Goods {
                sku: goods.sku,
                category: goods.category.map(|path| path.trim_matches('/').to_owned()),
                amount: goods.amount.units(places, format_args!("{at}/amount"), &mut errors),
            }
        });
        let goods = goods.collect();
        let who = self.member.who(reader, "/member", &mut errors);
        all_valid(errors)?;
        let fact = Fact::HoldMade(HoldMade { points: self.points, ttl, order, currency, goods });
        Ok(origin.event(("hold", id), who, fact))
    }
}

fn lifetime(text: Option<&str>, reader: &Reader, errors: &mut Vec<FieldError>) -> Option<Span> {
    let span = match text?.parse::<Span>() {
        Ok(span) => span,
        Err(error) => {
            errors.push(FieldError::at("/ttl", error.to_string()));
            return None;
        }
    };
    let zone = jiff::tz::TimeZone::UTC;
    let longest = LIFE_MAX.parse::<Span>().ok()?;
    if span.after(reader.now, &zone) > longest.after(reader.now, &zone) {
        errors.push(FieldError::at("/ttl", format!("is longer than {LIFE_MAX}")));
    }
    Some(span)
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaptureBody {
    /// All when left out; the rest is given back.
    pub points: Option<i64>,
}

impl CaptureBody {
    /// The points to pay with; `None` = all.
    pub fn checked(&self) -> Result<Option<i64>, Unread> {
        let mut errors = Vec::new();
        if let Some(points) = self.points {
            check_points(points, 1, "/points", &mut errors); // to pay with none, the hold is released
        }
        all_valid(errors).map(|()| self.points)
    }
}

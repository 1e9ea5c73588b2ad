//! Members and orders as they are shown: to callers of the API, on pages, in a chat.

use jiff::Timestamp;
use serde::Serialize;

use super::{App, claims::used_counts};
use crate::{
    intake::{problem::Problem, savings::Choice},
    loyalty::{
        Member, Order, Programme, lot::Lot, mechanics::codes::Coupon, member::Balance, progress::Progress,
        receipt::TierView, seen_at, tier,
    },
    programme::{Outlet, Stores},
    store::find::Loaded,
    values::money::{format_units, places, plain_decimal},
};

/// A member as of now: what is due counts as done.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MemberView {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub joined_at: Timestamp,
    pub balance: Balance,
    /// Points that wait until the member accepts to be one; not there once it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<UnacceptedView>,
    pub tier: TierView,
    pub benefits: BenefitsView,
    /// Lots with points left, in the order they are spent.
    pub lots: Vec<LotView>,
    pub segments: Vec<String>,
    /// Codes of the member's own that rules and challenges gave, the newest first.
    pub codes: Vec<OwnCodeView>,
    pub savings: Choice,
    pub progress: ProgressView,
    /// Number of the member's last event.
    pub version: u64,
}

/// What waits until the member accepts to be one.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UnacceptedView {
    pub points: i64,
    /// Then they are lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub accept_by: Option<Timestamp>,
}

impl UnacceptedView {
    fn of(member: &Member) -> Option<Self> {
        let points = member.balance.pending;
        let accept_by = member.accept_by().filter(|_| points > 0);
        member.is_unaccepted().then_some(Self { points, accept_by })
    }
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LotView {
    pub id: String,
    pub points: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OwnCodeView {
    pub code: String,
    /// The row of Codes that it is worth, and its name.
    pub offer: String,
    pub name: String,
    #[schema(value_type = String, format = DateTime)]
    pub given_at: Timestamp,
    /// The first instant at which it is worth nothing any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// How often it is used, by whomever.
    pub used: i64,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProgressView {
    pub orders: i64,
    /// Money for goods in orders that earn now.
    pub spent: String,
    pub earned: i64,
}

/// What the member's tier brings beside points; the shop acts on it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BenefitsView {
    /// The tier's id and its name.
    pub tier: String,
    pub tier_name: String,
    /// Until when the tier is kept without qualifying again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// Percent off, like `5` or `7.5`; `0` = none. The shop takes it off its prices before it asks for a quote or tells the order.
    pub discount_percent: String,
    pub free_shipping: bool,
    pub early_access: bool,
}

impl BenefitsView {
    fn of(programme: &Programme, member: &Member) -> Self {
        let tier = &programme.tiers[programme.tier_rank(&member.tier.id)];
        Self {
            tier: tier.id.clone(),
            tier_name: programme.said(member.language.as_deref(), &tier.name).to_owned(),
            until: member.tier.until,
            discount_percent: plain_decimal(tier.discount, 2),
            free_shipping: tier.free_shipping,
            early_access: tier.early_access,
        }
    }

    /// Of a loaded member at `now`.
    pub fn at(app: &App, brand: &str, loaded: &Loaded, now: Timestamp) -> Result<Self, Problem> {
        let programmes = app.programmes_of(brand)?;
        let programme = &programmes.live().programme;
        Ok(Self::of(programme, &seen_at(programme, &loaded.member, now)))
    }
}

impl MemberView {
    /// The view of a loaded member at `now`.
    pub async fn of(app: &App, brand: &str, loaded: Loaded, now: Timestamp) -> Result<Self, Problem> {
        let programmes = app.programmes_of(brand)?;
        let programme = &programmes.live().programme;
        let member = seen_at(programme, &loaded.member, now);
        let coupons = member.coupons.valid();
        let used = used_counts(app, brand, coupons.iter().map(|coupon| coupon.code.as_str())).await?;
        let own_code = |coupon: &Coupon| OwnCodeView::of(programme, coupon, used.get(&coupon.code));
        let order = member.spend_order();
        Ok(Self {
            external_id: loaded.person.external_id,
            name: loaded.person.name,
            language: member.language.clone(),
            joined_at: member.joined_at,
            balance: member.balance,
            waiting: UnacceptedView::of(&member),
            tier: tier::view(programme, &member, now),
            benefits: BenefitsView::of(programme, &member),
            lots: order.iter().map(|id| LotView::of(id, &member.lots[id])).collect(),
            segments: member.in_segments().iter().cloned().collect(),
            codes: coupons.into_iter().map(own_code).collect(),
            savings: member.saving.into(),
            progress: ProgressView::of(&member.progress, &programme.settings.currency),
            version: member.version,
            id: member.id,
        })
    }
}

impl OwnCodeView {
    fn of(programme: &Programme, coupon: &Coupon, used: Option<&i64>) -> Self {
        let offer = programme.mechanics.codes.offers.iter().find(|offer| offer.id == coupon.offer);
        Self {
            code: coupon.code.clone(),
            offer: coupon.offer.clone(),
            name: offer.map_or_else(|| coupon.offer.clone(), |offer| offer.name.clone()),
            given_at: coupon.at,
            until: offer.and_then(|offer| offer.until),
            used: used.copied().unwrap_or(0),
        }
    }
}

impl LotView {
    fn of(id: &str, lot: &Lot) -> Self {
        let Lot { points, rule, order, expires_at, .. } = lot.clone();
        Self { id: id.to_owned(), points, rule, order_id: order, expires_at }
    }
}

impl ProgressView {
    fn of(progress: &Progress, currency: &str) -> Self {
        Self { orders: progress.orders, spent: format_units(progress.spent, places(currency)), earned: progress.earned }
    }
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ExchangeView {
    #[schema(example = "0.92")]
    pub rate: String,
    pub source: String,
}

/// A store, by its row in the table Stores where it has one.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StoreView {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

impl StoreView {
    fn of(id: String, stores: &Stores) -> Self {
        let known = stores.of(Some(&id));
        let text = |of: fn(&Outlet) -> &Option<String>| known.and_then(|known| of(known).clone());
        let (name, city, region) =
            (text(|outlet| &outlet.name), text(|outlet| &outlet.city), text(|outlet| &outlet.region));
        Self { id, name, city, region }
    }

    /// As people call it: its name and its city, else its id.
    pub fn called(&self) -> String {
        let called = self.name.as_ref().unwrap_or(&self.id);
        let city = self.city.as_ref().filter(|city| !called.contains(city.as_str()));
        city.map_or_else(|| called.clone(), |city| format!("{called}, {city}"))
    }
}

/// What is kept of an order.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OrderView {
    pub order_id: String,
    pub member_id: String,
    pub status: String,
    pub revision: String,
    #[schema(value_type = String, format = DateTime)]
    pub placed_at: Timestamp,
    /// Where it was placed, if the shop says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreView>,
    /// The order's own; all amounts are in it.
    pub currency: String,
    /// What one unit of it counts in the programme's, and who says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange: Option<ExchangeView>,
    /// Goods after discounts and returns, without shipping.
    pub total: String,
    /// Programme version the order is judged by.
    pub programme: String,
    pub points: i64,
    /// Points that stand, per rule.
    pub earned: std::collections::BTreeMap<String, i64>,
}

impl OrderView {
    /// With what the live programme knows of its store.
    pub fn of(order: Order, stores: &Stores) -> Self {
        let state = &order.state;
        Self {
            status: state.status.name().to_owned(),
            revision: state.revision.to_string(),
            placed_at: state.placed_at,
            store: state.store.clone().map(|store| StoreView::of(store, stores)),
            total: format_units(state.total(), places(&state.currency)),
            currency: state.currency.clone(),
            exchange: state.exchange.as_ref().map(|by| ExchangeView { rate: by.decimal(), source: by.source.clone() }),
            programme: format!("v{}", order.programme),
            points: order.earned(),
            earned: order.awards.iter().map(|(rule, award)| (rule.clone(), award.points)).collect(),
            order_id: order.id,
            member_id: order.member,
        }
    }
}

//! Quotes: what a cart would earn, how many points may pay for it and why not more, and the discount of each line.
//! Nothing is promised and nothing is kept: the cart is decided like an order, and the decision is thrown away.

use jiff::Timestamp;

use super::{
    Fact, Member, NotAllowed, Refusal,
    books::Books,
    catalogue::{completed, payable as payable_good},
    decide,
    due::fall_due,
    event::{Event, Goods, Kind},
    funding::{Lines, Share, covers},
    mechanics::ALL,
    order::{Line, OrderState},
};
use crate::{
    loyalty::{Programme, Programmes, Version, counters::Counts},
    programme::Settings,
    values::{bounds::TooLarge, count::counted, money::spread},
};

/// The answer to a cart. Amounts in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Points it would earn, with the codes and the points that were asked for taken off.
    pub earns: i64,
    pub points: i64,
    pub amount: i64,
    /// Why not more points, most important first.
    pub limits: Vec<Limit>,
    /// Discount per line, by points and by codes.
    pub lines: Vec<Discount>,
    pub codes: Vec<CodeAnswer>,
    pub free_shipping: bool,
    /// Of the tier, in hundredths of a percent: the shop takes it off its prices.
    pub discount: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discount {
    pub id: String,
    pub by_points: i64,
    pub by_codes: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeAnswer {
    pub code: String,
    pub offer: Option<String>,
    /// Minor units taken off.
    pub amount: i64,
    pub refused: Option<Refusal>,
}

/// A cart on its way to its quote: mechanics take off its lines what they take off.
pub struct Cart<'a> {
    pub state: OrderState,
    pub programme: &'a Programme,
    pub counts: &'a Counts,
    /// As it stands now.
    pub member: &'a Member,
    pub now: Timestamp,
    /// What became of each code.
    pub codes: Vec<CodeAnswer>,
    pub free_shipping: bool,
}

/// What keeps a payment from being larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    #[error("the member can spend {}", counted(.0, "point"))]
    Balance(i64),
    #[error("the member may spend {} today", counted(.0, "more point"))]
    Day(i64),
    #[error("points pay at most {0} % of the order")]
    Share(i64),
    #[error("only part of the goods can be paid with points")]
    Goods,
    #[error("payments are multiples of {}", counted(.0, "point"))]
    Step(i64),
    #[error("the smallest payment is {}", counted(.0, "point"))]
    Smallest(i64),
    #[error("{0}")]
    NotAllowed(NotAllowed),
}

/// What is request: a cart as the order it would become, and the points the member wants to pay with (all that may, when absent).
pub struct Request<'a> {
    pub state: &'a OrderState,
    pub points: Option<i64>,
}

/// Quotes a cart for a member (a new one for somebody unknown).
pub fn quote(
    programmes: &Programmes,
    member: &Member,
    request: &Request<'_>,
    counts: &Counts,
    now: Timestamp,
) -> Result<Quote, Refusal> {
    let programme = &programmes.live().programme;
    request.state.bounded()?;
    let state = &completed(programme, &exchanged(programmes.live(), request.state)?).into_owned();
    let mut books = Books::open(member.clone(), &programme.settings);
    fall_due(programme, &mut books, now.max(member.recorded_at));
    let (member_now, codes, free_shipping) = (&books.member, Vec::new(), false);
    let mut taken = Cart { state: state.clone(), programme, counts, member: member_now, now, codes, free_shipping };
    for listed in ALL {
        listed.mechanic.quoted(&mut taken);
    }
    let Cart { state: mut cart, codes, free_shipping, .. } = taken;
    let by_codes: Vec<i64> = discounted(&state.lines, &cart.lines);
    let goods = payable_goods(programme, &cart)?;
    let (points, limits) = payable(&programme.settings, &books, &cart, (&goods, request.points, now))?;
    let amount = programme.settings.spending.worth(points);
    let by_points = put_on(&programme.settings, &books, &cart, (points, amount, goods))?;
    for (line, off) in cart.lines.iter_mut().zip(&by_points) {
        line.discount += off;
    }
    let earns = earns(programmes, member, cart, counts, now)?;
    let each = state.lines.iter().zip(by_points.into_iter().zip(by_codes));
    let lines =
        each.map(|(line, (by_points, by_codes))| Discount { id: line.id.clone(), by_points, by_codes }).collect();
    let tier = &programme.tiers[programme.tier_rank(&books.member.tier.id)];
    let free_shipping = free_shipping || tier.free_shipping;
    Ok(Quote { earns, points, amount, limits, lines, codes, free_shipping, discount: tier.discount })
}

/// How many points may pay, and what keeps it from being more.
fn payable(
    settings: &Settings,
    books: &Books<'_>,
    cart: &OrderState,
    (each, wanted, now): (&[i64], Option<i64>, Timestamp),
) -> Result<(i64, Vec<Limit>), TooLarge> {
    let spending = &settings.spending;
    let (mut points, mut limits) = (i64::MAX, Vec::new());
    let mut at_most = |most: i64, limit: Limit| {
        if most < points {
            points = most;
            limits.insert(0, limit);
        }
    };
    if !spending.allowed {
        at_most(0, Limit::NotAllowed(NotAllowed::SpendingOff));
    }
    if books.member.restricted {
        at_most(0, Limit::NotAllowed(NotAllowed::OnHold));
    }
    if books.member.is_unaccepted() {
        at_most(0, Limit::NotAllowed(NotAllowed::Unaccepted));
    }
    if books.member.left_at.is_some() {
        at_most(0, Limit::NotAllowed(NotAllowed::Left));
    }
    let goods: i64 = cart.worth(&settings.currency)?.iter().sum();
    let payable: i64 = each.iter().sum();
    let share = i64::try_from(i128::from(goods) * i128::from(spending.share_percent) / 100).unwrap_or(goods);
    at_most(spending.points_for(payable), Limit::Goods);
    at_most(spending.points_for(share), Limit::Share(spending.share_percent));
    let spendable = books.spendable_on(&goods_of(cart, each), settings);
    at_most(spendable, Limit::Balance(spendable));
    if let Some((left, _)) = books.member.limits.left_today(settings, now) {
        at_most(left, Limit::Day(left));
    }
    if payable == goods {
        limits.retain(|limit| *limit != Limit::Goods);
    }
    if spending.share_percent == 100 {
        limits.retain(|limit| !matches!(limit, Limit::Share(_)));
    }
    points = points.min(wanted.unwrap_or(i64::MAX)).max(0);
    if points % spending.step != 0 {
        points -= points % spending.step;
        limits.push(Limit::Step(spending.step));
    }
    if points < spending.smallest {
        if points > 0 || wanted.is_some_and(|wanted| wanted > 0) {
            limits.push(Limit::Smallest(spending.smallest));
        }
        points = 0;
    }
    Ok((points, limits))
}

/// The goods of a cart as a hold looks at them.
fn goods_of(cart: &OrderState, payable: &[i64]) -> Vec<Goods> {
    let lines = cart.lines.iter().zip(payable);
    lines
        .map(|(line, amount)| Goods { category: line.category.clone(), sku: line.sku.clone(), amount: *amount })
        .collect()
}

/// What these points take off each line, in the cart's currency: those for some goods lie on these.
fn put_on(
    settings: &Settings,
    books: &Books<'_>,
    cart: &OrderState,
    (points, amount, payable): (i64, i64, Vec<i64>),
) -> Result<Vec<i64>, TooLarge> {
    let parts = books.usable(points, &goods_of(cart, &payable), settings);
    let points: Vec<i64> = parts.iter().map(|(_, points)| *points).collect();
    let mut shares: Vec<Share<'_>> = Vec::new();
    let mut of_any = 0;
    for ((lot, _), amount) in parts.iter().zip(spread(amount, &points)) {
        let goods = books.member.lots[lot].goods.as_slice();
        if goods.is_empty() {
            of_any += amount;
        } else {
            let room: i64 =
                cart.lines.iter().zip(&payable).filter(|(line, _)| covers(goods, line)).map(|(_, room)| room).sum();
            let before: i64 = shares.iter().filter(|(_, other)| *other == goods).map(|(amount, _)| amount).sum();
            let fits = amount.min((room - before).max(0)); // a rounded unit too much is for any goods
            shares.push((fits, goods));
            of_any += amount - fits;
        }
    }
    shares.push((of_any, &[]));
    let put = Lines { lines: &cart.lines, weights: payable.clone(), caps: payable }.put(&shares);
    let each = (0..cart.lines.len()).map(|line| put.iter().map(|of| of[line]).sum::<i64>());
    match cart.foreign(&settings.currency) {
        Some(by) => each.map(|amount| by.back(amount, &settings.currency)).collect(),
        None => Ok(each.collect()),
    }
}

/// The cart with the rate of its currency.
fn exchanged(live: &Version, cart: &OrderState) -> Result<OrderState, Refusal> {
    let settings = &live.programme.settings;
    let exchange = match settings.rates.get(&cart.currency) {
        _ if cart.currency == settings.currency => None,
        Some(rate) => Some(settings.exchange(&cart.currency, *rate, live.number)),
        None => {
            let (programme, order) = (settings.currency.clone(), cart.currency.clone());
            return Err(Refusal::WrongCurrency { programme, order });
        }
    };
    Ok(OrderState { exchange, ..cart.clone() })
}

/// What of each line may be paid with points, in the programme's money.
fn payable_goods(programme: &Programme, cart: &OrderState) -> Result<Vec<i64>, TooLarge> {
    let may = |line: &Line| payable_good(programme, line.sku.as_deref(), line.category.as_deref());
    let worth = cart.worth(&programme.settings.currency)?;
    Ok(cart.lines.iter().zip(worth).map(|(line, worth)| if may(line) { worth } else { 0 }).collect())
}

fn discounted(before: &[Line], after: &[Line]) -> Vec<i64> {
    before.iter().zip(after).map(|(before, after)| after.discount - before.discount).collect()
}

/// What the cart would earn as a paid order of its own.
fn earns(
    programmes: &Programmes,
    member: &Member,
    cart: OrderState,
    counts: &Counts,
    now: Timestamp,
) -> Result<i64, Refusal> {
    let id = "quote".to_owned();
    let state = Box::new(OrderState { codes: Vec::new(), points_hold: None, ..cart });
    let fact = Fact::Order { order_id: id.clone(), state };
    let event = Event { brand: String::new(), source: id.clone(), id, occurred_at: now, fact };
    decide(programmes, member, None, &event, counts, now).map(|decision| decision.receipt.points.earned)
}

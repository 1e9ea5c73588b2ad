//! One member: balance, tier, lots by expiry, holds, orders, what the mechanics show, and the statement that answers "where are my points?".

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::{Path, State},
    response::Response,
};
use jiff::{Timestamp, tz::TimeZone};
use minijinja::{Value, context, value::Serde};
use serde::Serialize;

use super::{
    challenges, claims,
    session::Visitor,
    view::{self, moment, signed},
};
use crate::{
    loyalty::{
        Member, Programme,
        mechanics::{self, Cell, Table},
        seen_at, tier,
    },
    service::{
        App,
        statement::{Speech, lines},
        views::{MemberView, OrderView, StoreView},
    },
    store::StoreError,
    values::calendar::{last_day, month},
};

/// Rows of a table.
const ROWS: usize = 50;
const ENTRIES: usize = 200;

pub async fn page(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Response> {
    let (brand, zone, now) = (&visitor.brand, view::zone(&app, &visitor.brand), app.clock.now());
    let loaded = app.store.member(brand, &id).await.map_err(view::trouble)?;
    let loaded = loaded.ok_or_else(|| view::not_found("member"))?;
    let programmes = app.programmes.of(brand).ok_or_else(|| view::not_found("programme yet"))?;
    let programme = &programmes.live().programme;
    let (test, email, key) = (loaded.member.test, loaded.person.email.clone(), loaded.key);
    let progress = percent_to_next_tier(programme, &loaded.member, now);
    let seen = seen_at(programme, &loaded.member, now);
    let member = MemberView::of(&app, brand, loaded, now).await.map_err(view::problem)?;
    let claims = claims::rows(&app, (brand, &id), &zone).await.map_err(view::problem)?;
    let challenges = challenges::cards(&app, (brand, &id), programme, &zone).await.map_err(view::problem)?;
    let statement = statement(&app, (brand, &id), key.as_ref(), &zone).await.map_err(view::trouble)?;
    let orders = orders(&app, (brand, &id), programme, &zone).await.map_err(view::trouble)?;
    let holds = holds(&seen, &zone);
    let of_mechanics = mechanics::show(programme, &seen);
    let tables: Vec<_> = of_mechanics.tables.iter().map(|table| table_of(table, &zone)).collect();
    let (restricted, left) = (seen.restricted, seen.left_at.map(|at| moment(at, &zone)));
    let waiting = member.waiting.as_ref().map(|waiting| {
        context! { points => waiting.points, by => waiting.accept_by.map(|at| last_day(at, &zone).to_string()) }
    });
    let (months, joined) = (months(&member, &zone), moment(member.joined_at, &zone));
    Ok(view::page(
        "member.html",
        context! {
            csrf => visitor.csrf, here => "members", member => shown(&member), statement, orders, months => Serde(&months),
            joined, progress, test, email, challenges, most => ENTRIES, most_claims => claims::ROWS, holds, claims, tables,
            marks => of_mechanics.marks, restricted, left, waiting,
        },
    ))
}

/// The newest lines of the statement.
async fn statement(
    app: &App,
    (brand, id): (&str, &str),
    key: Option<&[u8; 32]>,
    zone: &TimeZone,
) -> Result<Vec<Value>, StoreError> {
    let (rows, newest) = app.store.statement(brand, id, None, ENTRIES).await?;
    let lines = lines(rows, newest.as_ref(), key, Speech::of("en", zone)).into_iter().map(|line| {
        let expires = line.expires_at.map(|at| last_day(at, zone).to_string());
        context! { at => moment(line.occurred_at, zone), points => signed(line.points), up => line.points > 0,
        account => line.account, balance => line.balance, text => line.text, reason => line.reason, order => line.order_id, expires }
    });
    Ok(lines.collect())
}

async fn orders(
    app: &App,
    (brand, id): (&str, &str),
    programme: &Programme,
    zone: &TimeZone,
) -> Result<Vec<Value>, StoreError> {
    let orders = app.store.orders_of(brand, id, "", ROWS).await?;
    let orders = orders.into_iter().map(|order| OrderView::of(order, &programme.stores)).map(|order| {
        context! { store => order.store.as_ref().map(StoreView::called), id => order.order_id, status => order.status, total => order.total, currency => order.currency,
        points => order.points, at => moment(order.placed_at, zone) }
    });
    Ok(orders.collect())
}

fn holds(member: &Member, zone: &TimeZone) -> Vec<Value> {
    let holds = member.holds.iter().map(|(id, hold)| {
        context! { id, points => hold.points, order => hold.order.clone(), until => moment(hold.expires_at, zone) }
    });
    holds.collect()
}

/// A table of a mechanic, its newest rows.
fn table_of(table: &Table, zone: &TimeZone) -> Value {
    let cell = |(column, cell): (&&'static str, &Cell)| {
        let (text, code, kind) = match cell {
            Cell::Text(text) => (Some(text.clone()), None, "text"),
            Cell::Code(code) => (None, code.clone(), "code"),
            Cell::At(at) => (Some(moment(*at, zone)), None, "when"),
        };
        context! { column => *column, text, code, kind }
    };
    let rows = table.rows.iter().take(ROWS).map(|row| table.columns.iter().zip(row).map(cell).collect::<Vec<_>>());
    context! { title => table.title, columns => table.columns.to_vec(), rows => rows.collect::<Vec<_>>() }
}

/// Everything the page names, also what this member lacks: a template must not meet a field that is not there.
fn shown(member: &MemberView) -> Value {
    let MemberView { id, external_id, name, balance, tier, segments, progress, .. } = member;
    context! {
        id, external_id, name, segments,
        balance => context! {
            available => balance.available, pending => balance.pending, reserved => balance.reserved, debt => balance.debt,
            spendable => balance.spendable().max(0),
        },
        tier => context! { name => &member.benefits.tier_name, next => &tier.next, missing => &tier.missing },
        progress => context! { orders => progress.orders, spent => &progress.spent, earned => progress.earned },
    }
}

/// Percent of the way from this tier to the next; 100 at the top.
fn percent_to_next_tier(programme: &Programme, member: &Member, now: Timestamp) -> i64 {
    let Some((_, needed)) = programme.next_tier(&member.tier.id) else { return 100 };
    let start = programme.tiers[programme.tier_rank(&member.tier.id)].threshold.unwrap_or(0);
    let way = (needed - start).max(1);
    ((tier::qualified(programme, member, now) - start) * 100 / way).clamp(0, 100)
}

/// Points that expire in one month; `share` is the length of its bar in percent of the longest.
#[derive(Serialize)]
struct Month {
    name: String,
    points: i64,
    share: i64,
}

fn months(member: &MemberView, zone: &TimeZone) -> Vec<Month> {
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for lot in &member.lots {
        let name = lot.expires_at.map_or("never".to_owned(), |at| month(last_day(at, zone)));
        *sums.entry(name).or_insert(0) += lot.points;
    }
    let longest = sums.values().copied().max().unwrap_or(1).max(1);
    sums.into_iter().map(|(name, points)| Month { name, points, share: (points * 100 / longest).max(1) }).collect()
}

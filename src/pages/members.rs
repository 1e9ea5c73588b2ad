//! "Where are my points?": a member found, with balance, tier, lots by expiry, and the statement.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use jiff::tz::TimeZone;
use minijinja::{Value, context, value::Serde};
use serde::{Deserialize, Serialize};

use super::{
    session::Visitor,
    view::{self, moment, signed},
};
use crate::{
    loyalty::{
        mechanics::{self, Cell, Table},
        seen_at, tier,
    },
    programme::Programme,
    service::{App, statement::lines, views::MemberView},
    store::{MemberHit, StoreError},
    values::{person::Person, seal::keyed_hash},
};

const HITS: usize = 50;
const ENTRIES: usize = 200;

#[derive(Deserialize)]
pub struct Search {
    #[serde(default)]
    q: String,
}

pub async fn search(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(search): Query<Search>,
) -> Result<Response, Response> {
    let hits = find(&app, &visitor.brand, search.q.trim()).await.map_err(view::trouble)?;
    let hits: Vec<_> = hits
        .into_iter()
        .map(|hit| context! { id => hit.id, name => hit.name, email => hit.email, external_id => hit.external_id })
        .collect();
    Ok(view::page(
        "members.html",
        context! { csrf => visitor.csrf, here => "members", q => search.q, hits, most => HITS },
    ))
}

/// Members by words, and whoever this is an order, a card or the id of.
async fn find(app: &App, brand: &str, text: &str) -> Result<Vec<MemberHit>, StoreError> {
    let mut hits = app.store.search_members(brand, text, HITS).await?;
    let card = keyed_hash(&app.secret, &["card", text]);
    let order = app.store.order(brand, text).await?.map(|order| order.member);
    let exactly = [Some(text.to_owned()), order, app.store.owner(brand, "card", card).await?];
    for id in exactly.into_iter().flatten() {
        if let Some(loaded) = app.store.member(brand, &id).await?
            && hits.iter().all(|hit| hit.id != id)
        {
            let Person { name, email, external_id, .. } = loaded.person;
            hits.insert(0, MemberHit { id, name, email, external_id });
        }
    }
    Ok(hits)
}

/// Points that expire in one month; `share` is the length of its bar in percent of the longest.
#[derive(Serialize)]
struct Month {
    name: String,
    points: i64,
    share: i64,
}

pub async fn page(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Response> {
    let (brand, zone, now) = (&visitor.brand, view::zone(&app, &visitor.brand), app.clock.now());
    let loaded = app.store.member(brand, &id).await.map_err(view::trouble)?;
    let loaded = loaded.ok_or_else(|| view::not_found("member"))?;
    let (test, person, key) = (loaded.member.test, loaded.person.clone(), loaded.key);
    let programmes = app.programmes.of(brand).ok_or_else(|| view::not_found("programme yet"))?;
    let progress = climb(&programmes.live().programme, &loaded.member, now);
    let failed = |problem: crate::intake::problem::Problem| {
        view::message(StatusCode::SERVICE_UNAVAILABLE, &problem.title, &problem.detail)
    };
    let seen = seen_at(&programmes.live().programme, &loaded.member, now);
    let member = MemberView::of(&app, brand, loaded, now).map_err(failed)?;
    let (rows, newest) = app.store.statement(brand, &id, None, ENTRIES).await.map_err(view::trouble)?;
    let statement: Vec<_> = lines(rows, newest.as_ref(), key.as_ref(), ("en", &zone))
        .into_iter()
        .map(|line| {
            let expires = line.expires_at.map(|at| last_day(at, &zone));
            context! { at => moment(line.occurred_at, &zone), points => signed(line.points), up => line.points > 0,
            account => line.account, balance => line.balance, text => line.text, reason => line.reason, order => line.order_id, expires }
        })
        .collect();
    let orders = app.store.orders_of(brand, &id, "", HITS).await.map_err(view::trouble)?;
    let orders: Vec<_> = orders
        .into_iter()
        .map(crate::service::views::OrderView::from)
        .map(|order| {
            context! { id => order.order_id, status => order.status, total => order.total, currency => order.currency,
            points => order.points, at => moment(order.placed_at, &zone) }
        })
        .collect();
    let holds = seen.holds.iter().map(|(id, hold)| {
        context! { id, points => hold.points, order => hold.order.clone(), until => moment(hold.expires_at, &zone) }
    });
    let holds: Vec<_> = holds.collect();
    let of_mechanics = mechanics::show(&seen);
    let tables: Vec<_> = of_mechanics.tables.iter().map(|table| table_of(table, &zone)).collect();
    let (restricted, left) = (seen.restricted, seen.left_at.map(|at| moment(at, &zone)));
    let months = months(&member, &zone);
    let joined = moment(member.joined_at, &zone);
    Ok(view::page(
        "member.html",
        context! {
            csrf => visitor.csrf, here => "members", member => shown(&member), statement, orders, months => Serde(&months), joined, progress, test,
            email => person.email, most => ENTRIES, holds, tables, marks => of_mechanics.marks, restricted, left,
        },
    ))
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
    let rows = table.rows.iter().take(HITS).map(|row| table.columns.iter().zip(row).map(cell).collect::<Vec<_>>());
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
        tier => context! { id => &tier.id, next => &tier.next, missing => &tier.missing },
        progress => context! { orders => progress.orders, spent => &progress.spent, earned => progress.earned },
    }
}

/// Percent of the way from this tier to the next; 100 at the top.
fn climb(programme: &Programme, member: &crate::loyalty::Member, now: jiff::Timestamp) -> i64 {
    let rank = programme.tier_rank(&member.tier.id);
    let Some(next) = programme.tiers.get(rank + 1) else { return 100 };
    let start = programme.tiers[rank].threshold;
    let way = (next.threshold - start).max(1);
    ((tier::qualified(programme, member, now) - start) * 100 / way).clamp(0, 100)
}

fn months(member: &MemberView, zone: &TimeZone) -> Vec<Month> {
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for lot in &member.lots {
        let month = lot.expires_at.map_or("never".to_owned(), |at| last_day(at, zone)[..7].to_owned());
        *sums.entry(month).or_insert(0) += lot.points;
    }
    let longest = sums.values().copied().max().unwrap_or(1).max(1);
    sums.into_iter().map(|(name, points)| Month { name, points, share: (points * 100 / longest).max(1) }).collect()
}

/// An expiry is the first instant that no longer belongs: the last day of the points is the one before.
fn last_day(at: jiff::Timestamp, zone: &TimeZone) -> String {
    let last = at.checked_sub(jiff::SignedDuration::from_secs(1)).unwrap_or(at);
    last.to_zoned(zone.clone()).strftime("%Y-%m-%d").to_string()
}

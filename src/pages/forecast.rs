//! What the draft of the programme would have done over the last 30 days: the whole, charts, each row, and who would be surprised.

use std::sync::Arc;

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use jiff::tz::TimeZone;
use minijinja::{Value, context};

use super::{
    session::Visitor,
    view::{self, moment, signed},
};
use crate::{
    forecast::latest::Made,
    service::{App, simulation},
    simulation::{
        Forecast,
        forecast::{Difference, Does, Gives, OfOneRow, Surprised},
        generosity::Generosity,
        words::number,
    },
    store::StoreError,
};

/// Height of the tallest bar, and rows that are drawn.
const TALLEST: i64 = 100;
const DRAWN: usize = 12;

pub async fn page(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Response, Response> {
    let zone = view::zone(&app, &visitor.brand);
    let made = simulation::shown(&app, &visitor.brand).await.map_err(view::trouble)?;
    let shown = match &made {
        Some(made) => Some(shown(&app, &visitor.brand, made, &zone).await.map_err(view::trouble)?),
        None => None,
    };
    let from_nocodb = app.settings.nocodb.url.is_some();
    let live = app.programmes.of(&visitor.brand).map(|programmes| programmes.live().clone());
    let by_rows = live.map(|live| {
        let order = app.latest.usual_order(&visitor.brand);
        let generosity = Generosity::of(&live.programme, order, app.clock.now());
        context! { version => format!("v{}", live.number), says => generosity.says(), look => generosity.look().is_some() }
    });
    Ok(view::page(
        "forecast.html",
        context! { csrf => visitor.csrf, here => "forecast", forecast => shown, from_nocodb, by_rows },
    ))
}

/// Everybody who would have been given other points, or would stand otherwise, as a file.
pub async fn members(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Response, Response> {
    let made = simulation::shown(&app, &visitor.brand).await.map_err(view::trouble)?;
    let made = made.ok_or_else(|| view::not_found("forecast yet"))?;
    let mut file =
        "member,points now,points by the draft,difference,given now,given by the draft,tier now,tier by the draft\n"
            .to_owned();
    for one in &made.forecast.differences {
        let Difference { member, now, then } = one;
        let (points, tiers) = (one.points(), format!("{},{}", now.tier, then.tier));
        let line = format!("{member},{},{},{points},{},{},{tiers}\n", now.points, then.points, now.given, then.given);
        file.push_str(&line);
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"forecast.csv\""),
    ];
    Ok((headers, file).into_response())
}

async fn shown(app: &App, brand: &str, made: &Made, zone: &TimeZone) -> Result<Value, StoreError> {
    let forecast = made.forecast.as_ref();
    let mut surprised = Vec::new();
    for one in &forecast.surprised {
        surprised.push(member(&name(app, brand, &one.difference).await?, one, zone));
    }
    let mut losers = Vec::new();
    for one in &forecast.losers.most {
        let name = name(app, brand, one).await?;
        losers.push(context! { id => one.member.clone(), name, points => signed(one.points()),
        now => one.now.points, then => one.then.points, tiers => tiers(one) });
    }
    let same = (forecast.now.points, forecast.now.members) == (forecast.then.points, forecast.then.members);
    let (live, every) = (format!("v{}", forecast.live), forecast.every);
    Ok(context! {
        live, draft => forecast.draft.clone(), at => moment(made.at, zone), every, same,
        from => moment(forecast.window.from, zone), until => moment(forecast.window.until, zone),
        empty => !forecast.has_history(),
        says => forecast.of_the_whole(),
        members => number(forecast.members), orders => number(forecast.orders), currency => forecast.currency.clone(),
        points => number(forecast.then.points), points_now => number(forecast.now.points),
        groups => groups(forecast), points_of => points_of(forecast), rows => rows(forecast), losers, surprised,
    })
}

/// What a person calls the member.
async fn name(app: &App, brand: &str, difference: &Difference) -> Result<String, StoreError> {
    let person = app.store.member(brand, &difference.member).await?.map(|loaded| loaded.person);
    let known = person.and_then(|person| person.name.or(person.external_id));
    Ok(known.unwrap_or_else(|| format!("{}…", difference.member.get(..12).unwrap_or(&difference.member))))
}

/// Members by their difference, as bars: place and size in a box of 450 by 150. Each says how far from nothing it goes.
fn groups(forecast: &Forecast) -> Vec<Value> {
    let most = forecast.groups.iter().map(|(_, members)| *members).max().unwrap_or(0).max(1);
    let mut before = None;
    let bars = forecast.groups.iter().zip(0_i64..).map(|((end, members), at)| {
        let words = match (before, *end) {
            (None, end) => format!("< {}", said(end + 1)),
            (Some(before), i64::MAX) => format!("> {}", said(before)),
            (Some(before), end) if end < 0 => said(before + 1),
            (_, end) => said(end),
        };
        before = Some(*end);
        let kind = match end.signum() {
            -1 => "fewer",
            0 => "same",
            _ => "more",
        };
        let height = if *members == 0 { 0 } else { (members * TALLEST / most).max(2) };
        let (y, above) = (TALLEST + 24 - height, TALLEST + 18 - height);
        context! { words, members => number(*members), kind, x => at * 50 + 6, middle => at * 50 + 25, height, y, above }
    });
    bars.collect()
}

/// `−10`, `1k`.
fn said(points: i64) -> String {
    let sign = if points < 0 { "−" } else { "" };
    let points = points.unsigned_abs();
    if points >= 1000 { format!("{sign}{}k", points / 1000) } else { format!("{sign}{points}") }
}

/// The rows that give most, by what they give now and would give, in percent of the most.
fn points_of(forecast: &Forecast) -> Vec<Value> {
    let points = |gives: Option<Gives>| gives.map_or(0, |gives| gives.points).max(0);
    let gives = |row: &&OfOneRow| row.does == Does::Gives;
    let mut rows: Vec<&OfOneRow> = forecast.rows.iter().filter(gives).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(points(row.now).max(points(row.then))));
    let most = rows.first().map_or(1, |row| points(row.now).max(points(row.then))).max(1);
    let drawn = rows.into_iter().take(DRAWN).filter(|row| points(row.now) + points(row.then) > 0);
    let bars = drawn.map(|row| {
        let (now, then) = (points(row.now), points(row.then));
        context! { name => row.name.clone(), row => row.row.clone(), now => number(now), then => number(then),
        now_percent => now * 100 / most, then_percent => then * 100 / most }
    });
    bars.collect()
}

fn rows(forecast: &Forecast) -> Vec<Value> {
    let rows = forecast.rows.iter().map(|row| {
        let says = forecast.of_row(&row.table, &row.row);
        context! { table => row.table.clone(), row => row.row.clone(), name => row.name.clone(), says, is_new => row.now.is_none(), gone => row.then.is_none() }
    });
    rows.collect()
}

fn tiers(difference: &Difference) -> Option<String> {
    let (now, then) = (&difference.now.tier, &difference.then.tier);
    (now != then).then(|| format!("{now} → {then}"))
}

fn member(name: &str, one: &Surprised, zone: &TimeZone) -> Value {
    let difference = &one.difference;
    let lines = one.lines.iter().map(|line| {
        let points = |points: Option<i64>| points.map(signed);
        context! { at => moment(line.at, zone), text => line.text.clone(), now => points(line.now), then => points(line.then), differs => line.now != line.then }
    });
    context! {
        id => difference.member.clone(), name, points => signed(difference.points()), more => difference.points() > 0,
        now => number(difference.now.points), then => number(difference.then.points), tiers => tiers(difference),
        lines => lines.collect::<Vec<_>>(),
    }
}

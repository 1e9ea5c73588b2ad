//! The console: what is connected and how it is doing, the last events with what each led to, and two forms.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::{Query, State},
    response::Response,
};
use jiff::tz::TimeZone;
use minijinja::{context, value::Serde};
use serde::{Deserialize, Serialize};

use super::{
    session::Visitor,
    view::{self, moment, signed, told},
};
use crate::{
    app::App,
    delivery::Standing,
    store::{EventSummary, StoreError},
};

const EVENTS: usize = 50;

#[derive(Deserialize)]
pub struct After {
    /// The sample order that was just sent or taken back.
    sample: Option<String>,
}

pub async fn page(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(after): Query<After>,
) -> Result<Response, Response> {
    let zone = view::zone(&app, &visitor.brand);
    let events = app.store.recent_events(&visitor.brand, EVENTS).await.map_err(view::trouble)?;
    let systems = systems(&app, &zone).await.map_err(view::trouble)?;
    let sample = match after.sample {
        Some(id) => app.store.order(&visitor.brand, &id).await.map_err(view::trouble)?,
        None => None,
    };
    let listens = app.settings.n8n.signal_url.is_some(); // without a listener a signal is no news
    let live = app.programmes.of(&visitor.brand);
    let programme = live.map(|live| {
        let version = live.live();
        let from = if app.settings.nocodb.url.is_some() { "NocoDB" } else { "CSV files" };
        let since = moment(version.effective_at, &zone);
        context! { number => version.number, since, from, name => version.programme.settings.name.clone(),
        rules => version.programme.rules.len(), not_live => app.not_live.borrow().clone() }
    });
    Ok(view::page(
        "console.html",
        context! {
            csrf => visitor.csrf, here => "console", programme, systems => Serde(&systems),
            events => Serde(events.iter().map(|event| Line::of(event, &zone, listens)).collect::<Vec<_>>()),
            sample => sample.map(|order| context! { id => order.id.clone(), points => order.earned(), member => order.member.clone() }),
        },
    ))
}

/// One card.
#[derive(Serialize)]
struct System {
    name: &'static str,
    /// `ok`, `rests`, `locked`, `waiting`, or `off`.
    state: &'static str,
    line: String,
    problem: Option<String>,
    waiting: u64,
    dead: u64,
}

async fn systems(app: &App, zone: &TimeZone) -> Result<Vec<System>, StoreError> {
    let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
    for (destination, state, count) in app.store.delivery_counts().await? {
        *counts.entry((destination, state)).or_insert(0) += count;
    }
    let (health, settings) = (app.health.all(), &app.settings);
    let known = [
        ("NocoDB", "nocodb", settings.nocodb.url.is_some(), "Rules come from CSV files; members are shown here."),
        ("Unomi", "unomi", settings.unomi.url.is_some(), "No segments from behaviour."),
        ("OpenAI", "text", settings.openai.url.is_some(), "Texts are the programme's own templates."),
        ("Brevo", "message", settings.brevo.api_key.is_some(), "Messages go to the preview mailbox."),
        ("n8n", "signal", settings.n8n.signal_url.is_some(), "No signals are sent; its workflows can still call."),
    ];
    let count =
        |destination: &str, state: &str| counts.get(&(destination.to_owned(), state.to_owned())).copied().unwrap_or(0);
    let cards = known.into_iter().map(|(name, destination, connected, instead)| {
        let standing = health.get(destination).cloned().unwrap_or_default();
        let (waiting, dead) = (count(destination, "due"), count(destination, "dead") + count(destination, "unknown"));
        let (state, line) =
            if connected { doing(&standing, zone, app) } else { ("off", format!("Not connected. {instead}")) };
        let problem = standing.last_problem.filter(|_| connected && state != "ok");
        System { name, state, line, problem, waiting, dead }
    });
    Ok(cards.collect())
}

fn doing(standing: &Standing, zone: &TimeZone, app: &App) -> (&'static str, String) {
    let resting = standing.paused_until.filter(|until| *until > app.clock.now());
    match (standing.locked, resting, standing.last_success_at) {
        (true, ..) => ("locked", "Refuses our credentials: check the settings.".to_owned()),
        (_, Some(until), _) => ("rests", format!("Out of reach; tried again at {}.", moment(until, zone))),
        (_, None, Some(at)) if standing.failures_in_a_row == 0 => {
            ("ok", format!("Last delivery {}.", moment(at, zone)))
        }
        (_, None, _) if standing.failures_in_a_row > 0 => ("rests", "Is being tried again.".to_owned()),
        _ => ("ok", "Connected; nothing was sent since the start.".to_owned()),
    }
}

/// One event.
#[derive(Serialize)]
struct Line {
    at: String,
    member: String,
    name: String,
    test: bool,
    what: String,
    points: String,
    change: i64,
    /// Destination and state.
    led_to: Vec<(String, String)>,
    /// The order that can be taken back, when it was a try.
    take_back: Option<String>,
}

impl Line {
    fn of(event: &EventSummary, zone: &TimeZone, listens: bool) -> Self {
        let (stored, fact) = (&event.stored, &event.stored.event.fact);
        let change = stored.receipt.points.change;
        Self {
            at: moment(stored.recorded_at, zone),
            member: stored.member.clone(),
            name: event
                .name
                .clone()
                .unwrap_or_else(|| format!("{}…", stored.member.get(..12).unwrap_or(&stored.member))),
            test: event.test,
            what: told(fact),
            points: signed(change),
            change,
            led_to: event.deliveries.iter().filter(|(name, _)| listens || name != "signal").cloned().collect(),
            take_back: fact.order_id().filter(|_| event.test && change > 0).map(str::to_owned),
        }
    }
}

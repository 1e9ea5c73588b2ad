//! The console: what is connected and how it is doing, the last events with what each led to, and two forms.

use std::sync::Arc;

use axum::{
    extract::{Query, State},
    response::Response,
};
use jiff::tz::TimeZone;
use minijinja::{context, value::Serde};
use serde::{Deserialize, Serialize};

use super::{
    session::Visitor,
    view::{self, moment, signed},
};
use crate::{
    delivery::{Condition, Standing},
    service::{
        App,
        conditions::{System, systems},
        programme,
    },
    store::EventSummary,
};

const EVENTS: usize = 50;

#[derive(Deserialize)]
pub struct ConsoleQuery {
    /// The sample order that was just sent or taken back.
    sample: Option<String>,
}

pub async fn page(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(query): Query<ConsoleQuery>,
) -> Result<Response, Response> {
    let zone = view::zone(&app, &visitor.brand);
    let events = app.store.recent_events(&visitor.brand, EVENTS).await.map_err(view::trouble)?;
    let systems = systems(&app, &visitor.brand).await.map_err(view::trouble)?;
    let systems: Vec<Card> = systems.into_iter().map(|system| Card::of(system, &zone)).collect();
    let sample = match query.sample {
        Some(id) => app.store.order(&visitor.brand, &id).await.map_err(view::trouble)?,
        None => None,
    };
    let listens = app.settings.n8n.signal_url.is_some(); // without a listener a signal is no news
    let live = app.programmes.of(&visitor.brand);
    let look = programme::warnings(&app, &visitor.brand).await.map_err(view::trouble)?;
    let shown = live.map(|live| {
        let version = live.live();
        let from = if app.settings.nocodb.url.is_some() { "NocoDB" } else { "CSV files" };
        let since = moment(version.effective_at, &zone);
        context! { number => version.number, since, from, name => version.programme.settings.name.clone(),
        rules => version.programme.rules.len(), not_live => app.not_live.borrow().clone(), look => look.clone() }
    });
    Ok(view::page(
        "console.html",
        context! {
            csrf => visitor.csrf, here => "console", programme => shown, systems => Serde(&systems),
            events => Serde(events.iter().map(|event| Line::of(event, &zone, listens)).collect::<Vec<_>>()),
            sample => sample.map(|order| context! { id => order.id.clone(), points => order.earned(), member => order.member.clone() }),
        },
    ))
}

/// One card.
#[derive(Serialize)]
struct Card {
    name: &'static str,
    /// The name of its [`Condition`].
    state: &'static str,
    line: String,
    problem: Option<String>,
    waiting: u64,
    dead: u64,
}

impl Card {
    fn of(system: System, zone: &TimeZone) -> Self {
        let line = line(&system, zone);
        let System { name, condition, standing, waiting, dead, .. } = system;
        let problem = standing.last_problem.filter(|_| !condition.is_fine());
        Self { name, state: condition.name(), line, problem, waiting, dead }
    }
}

fn line(system: &System, zone: &TimeZone) -> String {
    let Standing { paused_until, last_success_at, .. } = system.standing;
    let last = last_success_at.map(|at| format!("Last delivery {}.", moment(at, zone)));
    match (system.condition, paused_until) {
        (Condition::Off, _) => format!("Not connected. {}", system.instead.unwrap_or_default()),
        (Condition::Unused, _) => "Connected; nothing was sent since the start.".to_owned(),
        (Condition::Well, _) => last.unwrap_or_default(),
        (Condition::Locked, _) => "Refuses our credentials: check the settings.".to_owned(),
        (Condition::Rests, Some(until)) => format!("Out of reach; tried again at {}.", moment(until, zone)),
        (Condition::Rests, None) => "Is being tried again.".to_owned(),
        (Condition::Troubled, _) if system.dead > 0 => {
            last.unwrap_or_else(|| "Something waits for a person.".to_owned())
        }
        (Condition::Troubled, _) => format!("Did not do what it was asked for. {}", last.unwrap_or_default()),
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
            what: fact.line(),
            points: signed(change),
            change,
            led_to: event.deliveries.iter().filter(|(name, _)| listens || name != "signal").cloned().collect(),
            take_back: fact.order_id().filter(|_| event.test && change > 0).map(str::to_owned),
        }
    }
}

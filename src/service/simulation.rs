//! What a draft would have done, for whoever asks: figures as texts and numbers, money as decimal texts.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde::Serialize;

use super::App;
use crate::{
    forecast::{Refused, Request, latest::Made},
    intake::{
        draft::{DraftBody, SimulateBody, at_cells},
        problem::Problem,
    },
    simulation::{
        Forecast, Side,
        forecast::{BothLines, Difference, Gives, OfOneRow, Stands},
    },
    store::StoreError,
    values::money::{format_units, places},
    writer::known,
};

/// After so long a caller may ask again who did not get a turn.
const COME_AGAIN_SECONDS: u32 = 10;

/// What a draft would have done in a window, beside what the live version does.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Simulated {
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// The version that it was held against.
    pub live: String,
    /// The fingerprint of the draft.
    pub draft: String,
    /// One in so many members was looked at; the figures are for all.
    pub every: u32,
    pub currency: String,
    /// Members who did something, their events, and the orders that stand of these.
    pub members: i64,
    pub events: i64,
    pub orders: i64,
    /// Paid for goods.
    pub sales: String,
    /// As the live version has it.
    pub now: SimulatedSide,
    /// As the draft would have had it.
    pub then: SimulatedSide,
    pub rows: Vec<SimulatedRow>,
    /// Members by their difference in points.
    pub groups: Vec<SimulatedGroup>,
    pub losers: SimulatedLosers,
    /// The ten whose points differ most, with both statements.
    pub surprised: Vec<SimulatedMember>,
    /// The whole in a few sentences.
    pub says: Vec<String>,
}

/// One programme in the window.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SimulatedSide {
    /// Given by rules, less what was taken back.
    pub points: i64,
    /// Members who got some.
    pub members: i64,
    /// What these points pay.
    pub cost: String,
    /// The cost in percent of the sales.
    pub share_of_sales: String,
    /// Purchases of the usual size until points pay for the first thing.
    pub first_reward_after: Option<i64>,
    /// Members at the end, by tier.
    pub tiers: BTreeMap<String, i64>,
    /// Recorded events that it would have refused, by type.
    pub refused: BTreeMap<String, i64>,
}

/// A row of the programme.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SimulatedRow {
    pub table: String,
    pub row: String,
    pub name: String,
    /// Absent where the live version has no such row.
    pub now: Option<SimulatedGives>,
    /// Absent where the draft has no such row.
    pub then: Option<SimulatedGives>,
    /// The same in words, as the column `Forecast` has it.
    pub says: Option<String>,
}

/// What a row gives; a reward takes points.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SimulatedGives {
    pub members: i64,
    pub points: i64,
    pub times: i64,
    pub cost: String,
    pub share_of_sales: String,
}

/// Members whose points differ by `from` to `to`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SimulatedGroup {
    pub from: Option<i64>,
    pub to: Option<i64>,
    pub members: i64,
}

/// Who would have fewer points, or a lower tier.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SimulatedLosers {
    pub members: i64,
    /// Fewer by so many in all.
    pub points: i64,
    pub lower_tier: i64,
    /// The ten who lose most.
    pub most: Vec<SimulatedMember>,
}

/// A member under both programmes.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SimulatedMember {
    pub member_id: String,
    pub now: SimulatedStands,
    pub then: SimulatedStands,
    /// The statement under both.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<SimulatedLine>,
}

/// How a member stands at the end of the window.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SimulatedStands {
    /// All points, also those that wait or are set aside, less what is owed.
    pub points: i64,
    pub tier: String,
}

/// A line of both statements; absent where one has none.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SimulatedLine {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub text: String,
    pub now: Option<i64>,
    pub then: Option<i64>,
}

/// Works it out, when it is its turn.
pub async fn simulate(app: &App, brand: &str, body: SimulateBody) -> Result<Simulated, Problem> {
    let SimulateBody { tables, from, until } = body;
    let draft = DraftBody { tables }.tables()?;
    let request = Request::of(&app.store, &app.programmes, brand, draft, app.clock.now()).await;
    let request = request.and_then(|request| request.within(from, until)).map_err(refused)?;
    match app.latest.at_once(&request).await {
        Some(Ok(forecast)) => Ok(Simulated::of(&forecast)),
        Some(Err(error)) => {
            tracing::error!(%error, "a draft could not be simulated");
            Err(Problem::unavailable("It could not be worked out"))
        }
        None => {
            let detail = "Another draft is being simulated. Ask again in a moment.";
            let problem = Problem::new(429, "too-many-requests", "Come again in a moment", detail);
            Err(problem.after(COME_AGAIN_SECONDS))
        }
    }
}

/// The forecast that people look at: that of the draft where NocoDB holds one, else the one that somebody asked for last; else what is
/// live, as far as it is worked out.
pub async fn shown(app: &App, brand: &str) -> Result<Option<Made>, StoreError> {
    let Some(programmes) = app.programmes.of(brand) else { return Ok(None) };
    if app.settings.nocodb.url.is_some() && app.latest.is_busy_with(brand) {
        return Ok(app.latest.of(brand));
    }
    if let Some(made) = app.latest.against(brand, programmes.live().number) {
        return Ok(Some(made));
    }
    let (number, programme) = (programmes.live().number, Arc::clone(&programmes.live().programme));
    let live = known::published_tables(&app.store, brand, number).await?.named();
    let (key, now) = ((live.fingerprint(), number), app.clock.now());
    let request = || Request::checked(brand, (live.clone(), programme), (live, programmes), now);
    Ok(app.latest.wanted(brand, &key, request))
}

fn refused(error: Refused) -> Problem {
    match error {
        Refused::Problems(problems) => Problem::invalid(at_cells(&problems)),
        Refused::NoTime => Problem::invalid_field("/until", "lies before `from`, or before there was a programme"),
        Refused::NoProgramme(_) => Problem::unavailable("The brand has no programme yet"),
        Refused::Store(error) => error.into(),
    }
}

impl Simulated {
    pub fn of(forecast: &Forecast) -> Self {
        let money = |units: i64| format_units(units, places(&forecast.currency));
        let rows = forecast.rows.iter().map(|row| SimulatedRow::of(forecast, row, &money));
        let ends = forecast.groups.iter().map(|(end, _)| *end);
        let begins = std::iter::once(None).chain(ends.map(|end| end.checked_add(1)));
        let groups = forecast.groups.iter().zip(begins).map(|((end, members), from)| SimulatedGroup {
            from,
            to: Some(*end).filter(|end| *end != i64::MAX),
            members: *members,
        });
        Self {
            from: forecast.window.from,
            until: forecast.window.until,
            live: format!("v{}", forecast.live),
            draft: forecast.draft.clone(),
            every: forecast.every,
            currency: forecast.currency.clone(),
            members: forecast.members,
            events: forecast.events,
            orders: forecast.orders,
            sales: money(forecast.sales),
            now: SimulatedSide::of(&forecast.now, &money),
            then: SimulatedSide::of(&forecast.then, &money),
            rows: rows.collect(),
            groups: groups.collect(),
            losers: SimulatedLosers {
                members: forecast.losers.members,
                points: forecast.losers.points,
                lower_tier: forecast.losers.lower_tier,
                most: forecast.losers.most.iter().map(|one| SimulatedMember::of(one, &[])).collect(),
            },
            surprised: forecast.surprised.iter().map(|one| SimulatedMember::of(&one.difference, &one.lines)).collect(),
            says: forecast.of_the_whole(),
        }
    }
}

/// Thousandths as percent, in digits alone.
fn percent(thousandths: i64) -> String {
    format_units(thousandths, 1)
}

impl SimulatedSide {
    fn of(side: &Side, money: &dyn Fn(i64) -> String) -> Self {
        Self {
            points: side.points,
            members: side.members,
            cost: money(side.cost),
            share_of_sales: percent(side.share),
            first_reward_after: side.first_reward_after,
            tiers: side.tiers.clone(),
            refused: side.refused.clone(),
        }
    }
}

impl SimulatedRow {
    fn of(forecast: &Forecast, row: &OfOneRow, money: &dyn Fn(i64) -> String) -> Self {
        let gives = |gives: Gives| SimulatedGives {
            members: gives.members,
            points: gives.points,
            times: gives.times,
            cost: money(gives.cost),
            share_of_sales: percent(gives.share),
        };
        Self {
            table: row.table.clone(),
            row: row.row.clone(),
            name: row.name.clone(),
            now: row.now.map(gives),
            then: row.then.map(gives),
            says: forecast.of_row(&row.table, &row.row),
        }
    }
}

impl SimulatedMember {
    fn of(difference: &Difference, lines: &[BothLines]) -> Self {
        let stands = |stands: &Stands| SimulatedStands { points: stands.points, tier: stands.tier.clone() };
        let lines = lines.iter().map(|BothLines { at, text, now, then }| SimulatedLine {
            at: *at,
            text: text.clone(),
            now: *now,
            then: *then,
        });
        Self {
            member_id: difference.member.clone(),
            now: stands(&difference.now),
            then: stands(&difference.then),
            lines: lines.collect(),
        }
    }
}

//! The programme: what is live, and what a draft would have wrong.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde::Serialize;

use super::{App, publishing::publishing};
use crate::{
    intake::{draft::DraftBody, problem::Problem},
    loyalty::{Programme, programme::review},
    programme::{self, Row},
    simulation::generosity::Generosity,
    store::StoreError,
    writer::{known, programmes},
};

/// The live version, as the rows that made it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LiveView {
    pub version: String,
    #[schema(value_type = String, format = DateTime)]
    pub effective_at: Timestamp,
    /// Table -> rows -> column -> text.
    #[schema(value_type = Object)]
    pub tables: BTreeMap<String, Vec<BTreeMap<String, String>>>,
}

/// The live version of a brand.
pub async fn live(app: &App, brand: &str) -> Result<LiveView, Problem> {
    let published = app.store.published().await?;
    let live = published.iter().rfind(|rows| rows.brand == brand);
    let live = live.ok_or_else(|| Problem::not_found("programme yet"))?;
    let tables = programmes::tables(live)?.0.into_iter();
    let cells = |rows: Vec<Row>| rows.into_iter().map(|row| row.cells).collect();
    Ok(LiveView {
        version: format!("v{}", live.number),
        effective_at: live.effective_at,
        tables: tables.map(|(name, rows)| (name, cells(rows))).collect(),
    })
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Checked {
    /// Whether it could go live as it is.
    pub ready: bool,
    /// Names exactly these rows: publishing makes live what has this fingerprint and nothing else.
    pub fingerprint: String,
    /// The version that is live now; `v0` before the first.
    pub live: String,
    pub problems: Vec<programme::Problem>,
    /// What keeps nothing from going live and should be looked at: names that never came, placeholders that nothing fills ...
    pub warnings: Vec<programme::Problem>,
}

/// Checks a draft against what is live and what ever came. Changes nothing.
pub async fn check(app: &App, brand: &str, body: DraftBody) -> Result<Checked, Problem> {
    let tables = body.tables()?;
    let known = known::for_draft(&app.store, &app.programmes, brand, &tables).await?;
    let (fingerprint, number) = (tables.fingerprint(), publishing(app, brand).number());
    let (problems, warnings) = match review(&tables, &known) {
        Ok((programme, mut warnings)) => {
            warnings.extend(publishing(app, brand).look_at_stopped(&tables).await?);
            warnings.extend(of_the_whole(app, brand, (&fingerprint, number), programme));
            (Vec::new(), warnings)
        }
        Err(problems) => (problems, Vec::new()),
    };
    Ok(Checked { ready: problems.is_empty(), fingerprint, live: format!("v{number}"), problems, warnings })
}

/// What is to be looked at in a draft as a whole: by what it would have done, where that is worked out; else by its rows.
fn of_the_whole(
    app: &App,
    brand: &str,
    (fingerprint, live): (&str, u32),
    programme: Programme,
) -> Vec<programme::Problem> {
    let made = app.latest.made(brand, &(fingerprint.to_owned(), live)).filter(|made| made.forecast.has_history());
    if let Some(made) = made {
        let look = made.forecast.to_look_at().into_iter();
        let whole = |detail| programme::Problem {
            table: programme::WHOLE.to_owned(),
            row: String::new(),
            column: String::new(),
            detail,
        };
        return look.map(whole).collect();
    }
    let order = app.latest.usual_order(brand);
    Generosity::of(&Arc::new(programme), order, app.clock.now()).warning().into_iter().collect()
}

/// What should be looked at in the version that is live, a sentence each.
pub async fn warnings(app: &App, brand: &str) -> Result<Vec<String>, StoreError> {
    let warnings = known::look_at_live(&app.store, brand).await?;
    Ok(warnings.iter().map(ToString::to_string).collect())
}

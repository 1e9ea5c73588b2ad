//! Whether the service can serve, and how it and the systems around it are doing. Tells nothing about anybody.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use super::{App, conditions::conditions};
use crate::{intake::problem::Problem, store::StoreError, writer::Unwell};

/// A store that serves answers a question sooner.
const ANSWER: Duration = Duration::from_secs(2);

/// The number of the live programme, when the writer and the store answer and the clock can be trusted; else what is wrong.
pub async fn ready(app: &App) -> Result<u32, Problem> {
    if app.tasks.stop.is_cancelled() {
        return Err(Problem::stopping());
    }
    if let Some(doubt) = app.clock.doubt() {
        return Err(Problem::clock(doubt));
    }
    let (writes, reads) = tokio::join!(app.writer.answers(), tokio::time::timeout(ANSWER, app.store.keys()));
    match writes {
        Ok(()) => {}
        Err(Unwell::Ended) => return Err(Problem::stopping()),
        Err(unwell) => return Err(Problem::unavailable(unwell.to_string())),
    }
    reads.map_err(|_| Problem::unavailable(format!("the store does not answer within {} s", ANSWER.as_secs())))??;
    let brand = &app.settings.server.brand;
    if let Some(too_new) = app.programmes.too_new(brand) {
        return Err(Problem::unavailable(too_new.to_string()));
    }
    let programmes = app.programmes.of(brand);
    let programmes = programmes.ok_or_else(|| Problem::unavailable(format!("Brand {brand} has no programme yet")))?;
    Ok(programmes.live().number)
}

/// `status` is `well` when nothing needs a person's look.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HealthView {
    /// `well` or `troubled`.
    pub status: String,
    /// Of each system: `well`, `unused` (nothing was sent since the start), `off` (not connected), `troubled` (refused
    /// something, has dead letters, or something stood in for it), `rests` (out of reach) or `locked` (refuses our
    /// credentials).
    pub systems: BTreeMap<String, String>,
}

/// A word for each system.
pub async fn health(app: &App) -> Result<HealthView, StoreError> {
    let systems = conditions(app).await?;
    let fine = systems.iter().all(|system| system.condition.is_fine()) && app.not_live.borrow().is_empty();
    let systems = systems.into_iter().map(|system| (system.name.to_lowercase(), system.condition.name().to_owned()));
    Ok(HealthView { status: if fine { "well" } else { "troubled" }.to_owned(), systems: systems.collect() })
}

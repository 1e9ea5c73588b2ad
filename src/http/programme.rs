//! The programme: what is live, and what a draft would have wrong.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::body::Body;
use crate::{
    access::Caller,
    intake::problem::Problem,
    programme::{self, Row, Tables, tables},
    service::App,
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

/// The live programme
#[utoipa::path(get, path = "/v1/programme", tag = "programme",
    security(("key" = ["programme"])),
    responses((status = 200, body = LiveView)))]
pub async fn get(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<LiveView>, Problem> {
    let published = app.store.published().await?;
    let live = published.iter().rfind(|rows| rows.brand == caller.brand);
    let live = live.ok_or_else(|| Problem::not_found("programme yet"))?;
    let tables = programmes::tables(live)?.0.into_iter();
    let cells = |rows: Vec<Row>| rows.into_iter().map(|row| row.cells).collect();
    Ok(Json(LiveView {
        version: format!("v{}", live.number),
        effective_at: live.effective_at,
        tables: tables.map(|(name, rows)| (name, cells(rows))).collect(),
    }))
}

/// A draft: table -> rows -> column -> text.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftBody {
    pub tables: BTreeMap<String, Vec<BTreeMap<String, String>>>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Checked {
    /// Whether it could go live as it is.
    pub ready: bool,
    pub problems: Vec<programme::Problem>,
    /// What keeps nothing from going live and should be looked at: names that never came, placeholders that nothing fills ...
    pub warnings: Vec<programme::Problem>,
}

/// Check a draft without changing anything
#[utoipa::path(post, path = "/v1/programme/check", tag = "programme",
    security(("key" = ["programme"])),
    request_body = DraftBody,
    responses((status = 200, body = Checked)))]
pub async fn check(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<DraftBody>,
) -> Result<Json<Checked>, Problem> {
    let known: Vec<&str> = tables::programme().map(|table| table.title.as_str()).collect();
    if let Some(unknown) = body.tables.keys().find(|name| !known.contains(&name.as_str())) {
        let detail = format!("is none of {}", known.join(", "));
        return Err(Problem::invalid_field(format!("/tables/{unknown}"), detail));
    }
    let numbered = |rows: Vec<BTreeMap<String, String>>| {
        let rows = rows.into_iter().enumerate();
        rows.map(|(index, cells)| Row { key: (index + 1).to_string(), cells }).collect()
    };
    let tables = Tables(body.tables.into_iter().map(|(name, rows)| (name, numbered(rows))).collect());
    let known = known::for_draft(&app.store, &app.programmes, &caller.brand, &tables).await?;
    let (problems, warnings) = match programme::review(&tables, &known) {
        Ok((_, warnings)) => (Vec::new(), warnings),
        Err(problems) => (problems, Vec::new()),
    };
    Ok(Json(Checked { ready: problems.is_empty(), problems, warnings }))
}

//! Beginning from a template: four questions, what it would fill in and give back, and a button that fills the empty tables.

use std::sync::Arc;

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use minijinja::{Value, context};
use serde::Deserialize;

use super::{session::Visitor, view};
use crate::{
    service::{
        App,
        templates::{self, Answers},
    },
    values::count::counted,
    web::body::Form,
};

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Questions {
    kind: String,
    currency: String,
    average_order: String,
    margin: String,
}

impl From<Questions> for Answers {
    fn from(Questions { kind, currency, average_order, margin }: Questions) -> Self {
        Self { kind, currency, average_order, margin }
    }
}

pub async fn page(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(questions): Query<Questions>,
) -> Result<Response, Response> {
    let answers = Answers::from(questions);
    let (said, said_margin) = (answers.average_order.clone(), answers.margin.clone());
    let shown = answers.shown(app.clock.now()).map_err(|problem| {
        let errors =
            problem.errors.iter().map(|error| format!("{}: {}", error.pointer.trim_matches('/'), error.detail));
        view::message(StatusCode::UNPROCESSABLE_ENTITY, &problem.title, &errors.collect::<Vec<_>>().join("; "))
    })?;
    let kinds: Vec<Value> =
        templates::kinds().map(|(name, title)| context! { name, title, chosen => name == shown.kind }).collect();
    let rows: Vec<Value> = shown.rows.into_iter().map(|(table, rows)| context! { table, rows }).collect();
    Ok(view::page(
        "templates.html",
        context! { csrf => visitor.csrf, here => "templates", kinds, kind => shown.kind, title => shown.title,
        meaning => shown.meaning, currency => shown.currency, currencies => templates::currencies().collect::<Vec<_>>(), said,
        said_margin, average_order => shown.average_order, margin => shown.margin, gives => shown.gives, rows,
        from_nocodb => app.sheet.is_some() },
    ))
}

#[derive(Deserialize)]
pub struct FillForm {
    csrf: String,
    kind: String,
    currency: String,
    average_order: String,
    margin: String,
}

pub async fn fill(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Form(form): Form<FillForm>,
) -> Result<Response, Response> {
    visitor.check(&form.csrf)?;
    let FillForm { kind, currency, average_order, margin, .. } = form;
    let answers = Answers { kind, currency, average_order, margin };
    let rows = templates::fill(&app, &visitor.brand, &answers).await.map_err(view::problem)?;
    let text = format!(
        "{} are in NocoDB. Look at them there, then tick Publish in the table Programme.",
        counted(rows, "row")
    );
    Ok(view::message(StatusCode::OK, "The tables are filled", &text))
}

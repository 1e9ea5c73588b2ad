//! HTTP in: asks who comes and limits (door), describes each call, asks its use case, and answers. Nothing is decided here.

pub mod adjustments;
mod around;
mod bounds;
mod caller;
pub mod challenges;
pub mod clock;
pub mod codes;
mod contract;
pub mod deliveries;
pub mod door;
pub mod duplicates;
pub mod events;
pub mod health;
pub mod holds;
pub mod identities;
pub mod imports;
pub mod listener;
pub mod members;
pub mod merging;
pub mod messages;
pub mod metrics;
pub mod orders;
pub mod parked;
pub mod programme;
pub mod quotes;
pub mod rewards;
pub mod savings;
pub mod segments;
pub mod standing;
pub mod statement;
pub mod texts;
pub mod webhooks;
pub mod why;

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::DefaultBodyLimit,
    http::{StatusCode, header::CONTENT_TYPE},
    middleware::from_fn_with_state,
    routing::get,
};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{intake::problem::Problem, loyalty::receipt::Receipt, service::App};

/// Bytes of a body.
const BODY: usize = 1024 * 1024;

/// The machine interface, with its description.
fn api() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(contract::Documentation::openapi())
        .routes(routes!(orders::put, orders::get))
        .routes(routes!(orders::of_member))
        .routes(routes!(events::post))
        .routes(routes!(members::join))
        .routes(routes!(members::get, members::change))
        .routes(routes!(members::benefits))
        .routes(routes!(members::accept))
        .routes(routes!(statement::get))
        .routes(routes!(why::get))
        .routes(routes!(why::of_order))
        .routes(routes!(why::of_event))
        .routes(routes!(adjustments::post))
        .routes(routes!(adjustments::get))
        .routes(routes!(adjustments::approve))
        .routes(routes!(parked::list, parked::dismiss))
        .routes(routes!(parked::go_on))
        .routes(routes!(quotes::post))
        .routes(routes!(holds::make))
        .routes(routes!(holds::capture))
        .routes(routes!(holds::release))
        .routes(routes!(rewards::list))
        .routes(routes!(rewards::claim))
        .routes(routes!(rewards::of_member))
        .routes(routes!(rewards::fulfil))
        .routes(routes!(rewards::cancel))
        .routes(routes!(codes::issue))
        .routes(routes!(codes::check))
        .routes(routes!(codes::redeem))
        .routes(routes!(codes::release))
        .routes(routes!(standing::reactivate))
        .routes(routes!(standing::grant_tier))
        .routes(routes!(standing::restrict))
        .routes(routes!(standing::membership))
        .routes(routes!(savings::choose))
        .routes(routes!(challenges::of_member))
        .routes(routes!(challenges::badges))
        .routes(routes!(challenges::join))
        .routes(routes!(challenges::correct))
        .routes(routes!(segments::of_member))
        .routes(routes!(merging::merge))
        .routes(routes!(merging::unmerge))
        .routes(routes!(duplicates::list))
        .routes(routes!(duplicates::apart))
        .routes(routes!(identities::release))
        .routes(routes!(imports::post))
        .routes(routes!(texts::post))
        .routes(routes!(messages::post))
        .routes(routes!(programme::get))
        .routes(routes!(programme::check))
        .routes(routes!(programme::simulate))
        .routes(routes!(programme::publish))
        .routes(routes!(programme::preview))
        .routes(routes!(programme::roll_back))
        .routes(routes!(programme::versions))
        .routes(routes!(programme::examples))
        .routes(routes!(programme::waiting))
        .routes(routes!(programme::agree))
        .routes(routes!(programme::withdraw))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::replay))
        .routes(routes!(webhooks::standard))
        .routes(routes!(webhooks::unomi))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(health::health))
        .routes(routes!(clock::confirm))
        .routes(routes!(metrics::get))
}

/// The contract as OpenAPI 3.1.
pub fn openapi() -> utoipa::openapi::OpenApi {
    contract::complete(api().into_openapi())
}

/// Everything that is served: the API, and the pages that come with it.
pub fn router(app: Arc<App>, pages: Router<Arc<App>>) -> Router {
    let (api, description) = api().split_for_parts();
    let door = door::Door::new(Arc::clone(&app), &description);
    // As bytes: each connection gets a copy of the router and all that is in it.
    let description = Bytes::from(contract::complete(description).to_json().unwrap_or_default());
    let described = move || std::future::ready(([(CONTENT_TYPE, "application/json")], description.clone()));
    let requests = app.metrics.requests.clone();
    api.route_layer(from_fn_with_state(door, door::ask))
        .route("/openapi.json", get(described))
        .merge(pages)
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .with_state(app)
        .layer(DefaultBodyLimit::max(BODY))
        .layer(from_fn_with_state(requests, around::around))
}

/// 202 where nothing was applied and a person decides.
fn applied(receipt: &Receipt) -> StatusCode {
    if receipt.waits { StatusCode::ACCEPTED } else { StatusCode::OK }
}

/// 201 for what was made now, 200 for what was made by the same call before.
fn made(duplicate: bool) -> StatusCode {
    if duplicate { StatusCode::OK } else { StatusCode::CREATED }
}

async fn unknown_path(uri: axum::http::Uri) -> Problem {
    Problem::not_found(format!("path `{}`; /openapi.json lists all", uri.path()))
}

async fn wrong_method(method: axum::http::Method, uri: axum::http::Uri) -> Problem {
    let detail = format!("`{}` does not take {method}; /openapi.json lists what it takes.", uri.path());
    Problem::new(405, "wrong-method", "Another method is needed", detail)
}

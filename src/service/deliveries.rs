//! Dead letters: what waits for a person, and sending it again under the same key.

use serde::Serialize;

use super::App;
use crate::{
    intake::problem::Problem,
    store::{DeadLetter, StoreError},
};

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeadLetters {
    pub deliveries: Vec<DeadLetter>,
}

/// Deliveries in a state; only `dead` can be listed.
pub async fn list(app: &App, brand: &str, state: Option<&str>, limit: Option<usize>) -> Result<DeadLetters, Problem> {
    if state.is_some_and(|state| state != "dead") {
        return Err(Problem::invalid_field("/state", "only state=dead can be listed"));
    }
    let limit = limit.unwrap_or(100).clamp(1, 1000);
    Ok(DeadLetters { deliveries: app.store.dead_letters(brand, limit).await? })
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Replayed {
    pub replayed: usize,
}

/// Sends one again, those of one destination, or (with neither) all.
pub async fn replay(
    app: &App,
    brand: &str,
    id: Option<String>,
    destination: Option<String>,
) -> Result<Replayed, StoreError> {
    let replayed = app.store.replay(brand, id, destination, app.clock.now()).await?;
    app.news.ring();
    Ok(Replayed { replayed })
}

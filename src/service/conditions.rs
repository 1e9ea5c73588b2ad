//! How each outside system is doing, said in one place for console, `/health`, metrics and `loyalty check`. Green means that
//! it does what it is there for: not one whose calls are refused, that has dead letters, or that something else stands in for.

use std::collections::BTreeMap;

use crate::{
    config::Settings,
    delivery::{Condition, Standing},
    service::App,
    store::StoreError,
};

/// One system, as people should see it.
#[derive(Debug, Clone)]
pub struct System {
    pub name: &'static str,
    /// Its name in the store and in metrics.
    pub destination: &'static str,
    /// What happens without it; only where it is not connected.
    pub instead: Option<&'static str>,
    pub standing: Standing,
    pub condition: Condition,
    pub waiting: u64,
    /// Deliveries that wait for a person.
    pub dead: u64,
}

/// Deliveries by destination and state.
pub type Deliveries = BTreeMap<(String, String), u64>;

/// All systems, with everything that waits: it goes through all deliveries.
pub async fn systems(app: &App, brand: &str) -> Result<Vec<System>, StoreError> {
    let counts = app.store.delivery_counts(brand).await?;
    let counts = counts.into_iter().map(|(destination, state, count)| ((destination, state), count));
    Ok(with(app, &counts.collect()))
}

/// All systems, with what waits for a person; cheap.
pub async fn conditions(app: &App) -> Result<Vec<System>, StoreError> {
    let counts = app.store.dead_counts().await?;
    let counts = counts.into_iter().map(|(destination, count)| ((destination, "dead".to_owned()), count));
    Ok(with(app, &counts.collect()))
}

fn with(app: &App, counts: &Deliveries) -> Vec<System> {
    let (health, now) = (app.health.all(), app.clock.now());
    let count = |destination: &str, states: &[&str]| {
        states.iter().filter_map(|state| counts.get(&(destination.to_owned(), (*state).to_owned()))).sum()
    };
    let each = known(&app.settings).into_iter().map(|(name, destination, connected, instead)| {
        let standing = health.get(destination).cloned().unwrap_or_default();
        let (waiting, dead) = (count(destination, &["due"]), count(destination, &["dead", "unknown"]));
        let condition = if connected { standing.condition(dead, now) } else { Condition::Off };
        let instead = (!connected).then_some(instead);
        System { name, destination, instead, standing, condition, waiting, dead }
    });
    each.collect()
}

/// Whether something is connected that takes what goes to this destination; else something stands in for it.
pub fn is_connected(settings: &Settings, destination: &str) -> bool {
    known(settings).into_iter().any(|(_, name, connected, _)| name == destination && connected)
}

/// Name, destination, whether it is connected, and what stands in for it.
fn known(settings: &Settings) -> Vec<(&'static str, &'static str, bool, &'static str)> {
    vec![
        ("NocoDB", "nocodb", settings.nocodb.url.is_some(), "Rules come from CSV files; members are shown here."),
        ("Unomi", "unomi", settings.unomi.url.is_some(), "No segments from behaviour."),
        ("OpenAI", "text", settings.openai.url.is_some(), "Texts are the programme's own templates."),
        ("Brevo", "message", settings.brevo.api_key.is_some(), "Messages go to the preview mailbox."),
        ("n8n", "signal", settings.n8n.signal_url.is_some(), "No signals are sent; its workflows can still call."),
    ]
}

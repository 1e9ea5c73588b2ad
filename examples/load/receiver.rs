//! A Unomi that takes everything at once and notes when each purchase arrived.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{Json, Router, extract::State, routing::post};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet, time::Instant};

/// Arrivals by order. Cloning shares them.
#[derive(Clone, Default)]
pub struct Receiver {
    arrivals: Arc<Mutex<HashMap<String, Instant>>>,
    /// States of orders, repeated ones included.
    states: Arc<AtomicUsize>,
}

impl Receiver {
    /// Serves on a free port for as long as the tasks live; its address.
    pub async fn serve(&self, tasks: &mut JoinSet<std::io::Result<()>>) -> anyhow::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let router = Router::new().route("/cxs/context.json", post(context)).with_state(self.clone());
        tasks.spawn(async move { axum::serve(listener, router).await });
        Ok(address)
    }

    /// The settings that connect `loyalty` to it.
    pub fn settings(address: SocketAddr) -> Vec<(&'static str, String)> {
        vec![("LOYALTY__UNOMI__URL", format!("http://{address}")), ("LOYALTY__UNOMI__PEER_KEY", "load".to_owned())]
    }

    /// States of orders that arrived since the start.
    pub fn count(&self) -> usize {
        self.states.load(Ordering::Relaxed)
    }

    pub fn arrived(&self, order: &str) -> Option<Instant> {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).get(order).copied()
    }
}

async fn context(State(receiver): State<Receiver>, Json(body): Json<Value>) -> Json<Value> {
    let now = Instant::now();
    let events = body["events"].as_array().map_or(&[][..], Vec::as_slice);
    let mut version = Value::Null;
    for event in events {
        let properties = &event["properties"];
        if let Some(order) = properties["orderId"].as_str() {
            let mut arrivals = receiver.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
            arrivals.entry(order.to_owned()).or_insert(now);
            receiver.states.fetch_add(1, Ordering::Relaxed);
        }
        if event["eventType"] == "updateProperties" {
            version.clone_from(&properties["update"]["properties.loyaltyVersion"]);
        }
    }
    Json(json!({ "profileId": body["profileId"], "processedEvents": events.len(), "profileSegments": [],
        "profileProperties": { "loyaltyVersion": version } }))
}

//! Requests as they are answered: how many, by route and status, and how long they took. Routes, never paths: paths hold ids.

use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};

/// A request by the route that took it, not by its path: paths hold ids.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

/// Seconds a request took: from less than a commit to longer than anybody waits.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// Requests as they are answered. Cloning shares it.
#[derive(Clone)]
pub struct Requests {
    answered: Family<Call, Counter>,
    seconds: Family<Route, Histogram, fn() -> Histogram>,
}

impl Default for Requests {
    fn default() -> Self {
        Self { answered: Family::default(), seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)) }
    }
}

impl Requests {
    /// Counts a request that a route took, and how long the answer took.
    pub fn answered(&self, by: &str, route: &str, status: u16, took: Duration) {
        let route = route.to_owned();
        self.seconds.get_or_create(&Route { route: route.clone() }).observe(took.as_secs_f64());
        self.answered.get_or_create(&Call { method: method(by), route, status }).inc();
    }

    pub fn register(&self, all: &mut Registry) {
        all.register("http_requests", "Requests answered", self.answered.clone());
        all.register("http_request_seconds", "Time until the answer", self.seconds.clone());
    }
}

/// A caller may invent methods; they are one.
fn method(method: &str) -> &'static str {
    match method {
        "GET" => "GET",
        "PUT" => "PUT",
        "POST" => "POST",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

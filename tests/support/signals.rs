//! A listener for signals: it counts what came under each webhook-id.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::method};

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Bodies by webhook-id, in the order they came.
#[derive(Clone, Default)]
pub struct Listener(pub Arc<Mutex<BTreeMap<String, Vec<Vec<u8>>>>>);

pub async fn start() -> (MockServer, Listener) {
    let (server, listener) = (MockServer::start().await, Listener::default());
    Mock::given(method("POST")).respond_with(listener.clone()).mount(&server).await;
    (server, listener)
}

impl Respond for Listener {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let id = request.headers["webhook-id"].to_str().unwrap().to_owned();
        self.0.lock().unwrap().entry(id).or_default().push(request.body.clone());
        ResponseTemplate::new(200)
    }
}

impl Listener {
    /// How many different signals of this name came.
    pub fn named(&self, name: &str) -> usize {
        self.distinct();
        let is_it = |bodies: &&Vec<Vec<u8>>| {
            let body: serde_json::Value = serde_json::from_slice(&bodies[0]).unwrap();
            body["type"] == name
        };
        self.0.lock().unwrap().values().filter(is_it).count()
    }

    /// How many different signals came; each said the same every time.
    pub fn distinct(&self) -> usize {
        let all = self.0.lock().unwrap();
        assert!(all.values().all(|bodies| bodies.iter().all(|body| *body == bodies[0])), "one id, one content");
        all.len()
    }
}

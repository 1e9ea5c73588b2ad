//! A model that writes and a Brevo that accepts one mail under one key.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::method};

/// How many texts it was asked for.
#[derive(Clone, Default)]
pub struct Model(Arc<AtomicUsize>);

impl Model {
    pub async fn start() -> (MockServer, Self) {
        serving(Self::default()).await
    }

    pub fn asked(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Respond for Model {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        self.0.fetch_add(1, Ordering::Relaxed);
        let content = "Subject: Aitäh!\n\nTeenisid {{points}} punkti, {{name}}.";
        let choice = json!({"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"});
        ResponseTemplate::new(200).set_body_json(json!({"id": "c", "object": "chat.completion", "choices": [choice]}))
    }
}

#[derive(Clone, Default)]
pub struct Brevo(Arc<Mutex<Mails>>);

#[derive(Default)]
struct Mails {
    /// Those accepted, by key.
    accepted: BTreeMap<String, Vec<Value>>,
    /// Keys that are refused a second time.
    known: BTreeSet<String>,
}

impl Brevo {
    pub async fn start() -> (MockServer, Self) {
        serving(Self::default()).await
    }

    /// Mails accepted under each key.
    pub fn accepted(&self) -> BTreeMap<String, Vec<Value>> {
        self.0.lock().unwrap().accepted.clone()
    }

    /// Half an hour passes: it knows no key any more.
    pub fn forget(&self) {
        self.0.lock().unwrap().known.clear();
    }
}

impl Respond for Brevo {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mail: Value = request.body_json().unwrap();
        let key = mail["headers"]["idempotencyKey"].as_str().unwrap().to_owned();
        let mut mails = self.0.lock().unwrap();
        if !mails.known.insert(key.clone()) {
            let repeated = json!({"code": "duplicate_parameter", "message": "idempotencyKey exists"});
            return ResponseTemplate::new(400).set_body_json(repeated);
        }
        mails.accepted.entry(key).or_default().push(mail);
        ResponseTemplate::new(201).set_body_json(json!({"messageId": "<1@smtp-relay.mailin.fr>"}))
    }
}

async fn serving<T: Respond + Clone + 'static>(stand_in: T) -> (MockServer, T) {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(stand_in.clone()).mount(&server).await;
    (server, stand_in)
}

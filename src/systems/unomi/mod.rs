//! Apache Unomi 2.x and 3.0: a profile per member with absolute properties, the member's events, and segments in return.
//! Guarantees: one request at a time per profile, stable event ids, and nothing that Unomi drops in silence goes unseen.

pub mod batch;
pub mod client;
mod compare;
pub mod feed;
pub mod map;
pub mod peer;
mod segments;
pub mod setup;
pub mod watch;

use std::time::Duration;

use reqwest::Url;
use secrecy::ExposeSecret;

use crate::{
    config::{self, SettingsError},
    store::Store,
    systems::http,
    writer::{Writer, programmes::LiveProgrammes},
};
pub use client::Client;
pub use feed::Feed;

/// The connected Unomi.
pub struct Unomi {
    pub client: Client,
    parallel: usize,
}

impl Unomi {
    /// `None` while `unomi.url` is not set. Nothing is sent yet.
    pub fn connect(settings: &config::Unomi) -> Result<Option<Self>, SettingsError> {
        let Some(url) = &settings.url else { return Ok(None) };
        Url::parse(url).map_err(|error| wrong("url", &error.to_string()))?;
        let peer_key = settings.peer_key.clone().filter(|key| !key.expose_secret().is_empty()).ok_or_else(|| {
            wrong("peer_key", "is needed: without it Unomi ignores our event ids and properties, and says nothing")
        })?;
        if !fits_id(&settings.scope) {
            return Err(wrong("scope", "must be 1 to 60 characters of A-Z a-z 0-9 _ . @ -"));
        }
        if settings.parallel == 0 {
            return Err(wrong("parallel", "must be at least 1"));
        }
        let http = http::client(Duration::from_millis(settings.timeout_ms))
            .map_err(|error| wrong("timeout_ms", &error.to_string()))?;
        let client = Client {
            http,
            url: url.trim_end_matches('/').to_owned(),
            peer_key,
            user: settings.user.clone(),
            password: settings.password.clone(),
            scope: settings.scope.clone(),
            hook: settings.connector_url.as_ref().map(|url| format!("{}/webhooks/unomi", url.trim_end_matches('/'))),
        };
        Ok(Some(Self { client, parallel: settings.parallel }))
    }

    /// Keeps the ledger's segments up to date; none without the administrator's password, whom alone Unomi answers.
    pub fn watch(self, poll: Duration, around: watch::Around) -> Option<watch::Watch> {
        self.client.is_administrator().then(|| watch::Watch::new(self.client, poll, around))
    }

    /// Keeps the profiles up to date; segments that Unomi gives in return go to the writer as events.
    pub fn feed(self, store: Store, writer: Writer, programmes: LiveProgrammes) -> Feed {
        Feed::new((self.client, self.parallel), store, writer, programmes)
    }
}

/// Whether Unomi takes this as an id. It refuses a whole request for one that it does not take.
pub fn fits_id(id: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_.@-".contains(c);
    (1..=60).contains(&id.len()) && id.chars().all(fits)
}

fn wrong(setting: &str, detail: &str) -> SettingsError {
    SettingsError::Wrong {
        name: format!("unomi.{setting}"),
        variable: format!("UNOMI__{}", setting.to_uppercase()),
        detail: detail.to_owned(),
    }
}

//! The running service, as an import sees it.

use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::{Client, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::file::Row;
use crate::{
    cli::health,
    config::Settings,
    intake::imports::Kind,
    systems::http::{self, NoAnswer},
    values::count::counted,
};

/// What the service says of one row.
#[derive(Default)]
pub struct Answer {
    pub id: Option<String>,
    pub new: bool,
    pub known: bool,
    /// It may be somebody who is there already.
    pub doubtful: bool,
    /// Pointer and what is wrong there.
    pub wrong: Vec<(String, String)>,
}

pub struct Service {
    client: Client,
    url: String,
    key: SecretString,
    kind: Kind,
}

/// A service that has too much to do is asked so often again.
const TRIES: u32 = 60;

impl Service {
    pub fn of(settings: &Settings, url: Option<String>, key: Option<SecretString>, kind: Kind) -> anyhow::Result<Self> {
        let url = url.unwrap_or_else(|| health::address(&settings.server.listen));
        let file = settings.server.data.join("admin.key");
        let key = match key.or_else(|| settings.admin_key.clone()) {
            Some(key) => key,
            None => std::fs::read_to_string(&file)
                .map(|key| key.trim().to_owned().into())
                .with_context(|| format!("no key: {} cannot be read; give --key or LOYALTY_KEY", file.display()))?,
        };
        Ok(Self { client: http::client(Duration::from_secs(120))?, url, key, kind })
    }

    /// One answer per row.
    pub async fn send(&self, rows: &[Row], check: bool) -> anyhow::Result<Vec<Answer>> {
        let kind = match self.kind {
            Kind::Members => "members",
            Kind::Lots => "lots",
            Kind::Orders => "orders",
        };
        let url = format!("{}/v1/imports/{kind}?check={check}", self.url);
        let body = Value::from(rows.iter().map(|row| Value::Object(row.data.clone())).collect::<Vec<_>>()).to_string();
        for _ in 0..TRIES {
            let request = self.client.post(&url).bearer_auth(self.key.expose_secret()).body(body.clone());
            let answer = http::send(request).await.map_err(|cause| self.gone(&cause))?;
            if answer.status != StatusCode::SERVICE_UNAVAILABLE {
                if !answer.status.is_success() {
                    bail!("{url} answered {}: {}", answer.status, answer.excerpt());
                }
                let answers: Value = serde_json::from_slice(&answer.body)?;
                let answers = answers["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
                if answers.len() != rows.len() {
                    bail!("{url} answered {} of {}: is it another version?", answers.len(), counted(rows.len(), "row"));
                }
                if !answers.iter().any(|row| row["problem"]["status"] == 503) {
                    return Ok(answers.iter().map(read).collect());
                }
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        bail!("the service at {} has too much to do: run the same command again later", self.url)
    }

    fn gone(&self, cause: &NoAnswer) -> anyhow::Error {
        anyhow::anyhow!(
            "the service at {} {cause}. An import goes through the running service: start it (loyalty serve) or name it \
             (--url), and run the same command again; what is there already is not counted twice",
            self.url
        )
    }
}

fn read(row: &Value) -> Answer {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let problem = &row["problem"];
    let mut wrong: Vec<(String, String)> = problem["errors"].as_array().map_or_else(Vec::new, |errors| {
        errors.iter().map(|error| (text(&error["pointer"]), text(&error["detail"]))).collect()
    });
    if wrong.is_empty() && problem.is_object() {
        wrong.push((String::new(), text(&problem["detail"])));
    }
    Answer {
        id: row["id"].as_str().map(str::to_owned),
        new: row["state"] == "new",
        known: row["state"] == "known",
        doubtful: row["notes"].as_array().is_some_and(|notes| !notes.is_empty()),
        wrong,
    }
}

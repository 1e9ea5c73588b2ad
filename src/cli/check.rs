//! `loyalty check`: what each system says now: reached, version, credentials, what setup would change, what to do about it.
//! It stores nothing here; in Unomi it writes one profile of its own (`loyalty.check`), because only that proves the peer
//! key, and with `--send-test` it sends one mail. Ends with 1 when something configured does not work.

mod brevo;
mod ledger;
mod n8n;
mod nocodb;
mod openai;
mod service;
mod unomi;

use std::{process::ExitCode, time::Duration};

use clap::Args;
use futures_util::{FutureExt, future::join_all};
use serde::Serialize;

use crate::{cli::setup::n8n::Owner, config::Settings};

#[derive(Args)]
pub struct Check {
    /// Send one mail to this address through Brevo
    #[arg(long, value_name = "ADDRESS")]
    send_test: Option<String>,
    /// One JSON document instead of the table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    owner: Owner,
}

/// How it is with one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Ok,
    /// Not connected: something else takes its place.
    Off,
    /// Works, and should still be looked at.
    Note,
    /// Setup has not been run, or not to its end.
    Missing,
    Wrong,
}

/// One line of the table.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    pub system: &'static str,
    pub state: State,
    pub detail: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub todo: Option<String>,
}

/// The findings about one system, as they come.
pub struct Findings {
    system: &'static str,
    list: Vec<Finding>,
}

/// Longest time one system may take altogether.
const LIMIT: Duration = Duration::from_mins(1);

impl Findings {
    fn of(system: &'static str) -> Self {
        Self { system, list: Vec::new() }
    }

    fn add(&mut self, state: State, detail: impl Into<String>, todo: Option<&str>) {
        let todo = todo.map(str::to_owned);
        self.list.push(Finding { system: self.system, state, detail: detail.into(), todo });
    }

    pub fn ok(&mut self, detail: impl Into<String>) {
        self.add(State::Ok, detail, None);
    }

    pub fn off(&mut self, instead: &str) {
        self.add(State::Off, format!("not connected: {instead}"), None);
    }

    pub fn note(&mut self, detail: impl Into<String>, todo: &str) {
        self.add(State::Note, detail, Some(todo));
    }

    pub fn missing(&mut self, detail: impl Into<String>, todo: &str) {
        self.add(State::Missing, detail, Some(todo));
    }

    pub fn wrong(&mut self, detail: impl Into<String>, todo: &str) {
        self.add(State::Wrong, detail, Some(todo));
    }
}

pub async fn run(settings: &Settings, check: Check) -> anyhow::Result<ExitCode> {
    let findings = look(settings, &check).await;
    if check.json {
        println!("{}", serde_json::to_string_pretty(&serde_json::json!({ "findings": findings }))?);
    } else {
        print(&findings);
    }
    let failed = findings.iter().any(|finding| matches!(finding.state, State::Missing | State::Wrong));
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// All systems at once, each within its limit, in the order of the table.
async fn look(settings: &Settings, check: &Check) -> Vec<Finding> {
    let looks = vec![
        within("ledger", async |findings| ledger::look(settings, findings).await).boxed_local(),
        within("service", async |findings| service::look(settings, findings).await).boxed_local(),
        within("nocodb", async |findings| nocodb::look(settings, findings).await).boxed_local(),
        within("unomi", async |findings| unomi::look(settings, findings).await).boxed_local(),
        within("openai", async |findings| openai::look(settings, findings).await).boxed_local(),
        within("brevo", async |findings| brevo::look(settings, check.send_test.as_deref(), findings).await)
            .boxed_local(),
        within("n8n", async |findings| n8n::look(settings, &check.owner, findings).await).boxed_local(),
    ];
    join_all(looks).await.concat()
}

async fn within(system: &'static str, look: impl AsyncFnOnce(&mut Findings)) -> Vec<Finding> {
    let mut findings = Findings::of(system);
    if tokio::time::timeout(LIMIT, look(&mut findings)).await.is_err() {
        findings.wrong(format!("took longer than {} s", LIMIT.as_secs()), "look at how busy the system is");
    }
    findings.list
}

fn print(findings: &[Finding]) {
    let mut last = "";
    for finding in findings {
        let system = if finding.system == last { "" } else { finding.system };
        last = finding.system;
        let state = match finding.state {
            State::Ok => "ok",
            State::Off => "-",
            State::Note => "note",
            State::Missing => "MISSING",
            State::Wrong => "WRONG",
        };
        println!("{system:<8} {state:<8} {}", finding.detail);
        if let Some(todo) = &finding.todo {
            println!("{:<17} -> {todo}", "");
        }
    }
}

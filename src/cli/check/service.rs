//! What the running service says of itself and of the systems around it; nothing when none runs.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;

use super::Findings;
use crate::{cli::health::address, config::Settings, systems::http};

#[derive(Deserialize)]
struct Health {
    systems: BTreeMap<String, String>,
}

const WAIT: Duration = Duration::from_secs(5);

pub async fn look(settings: &Settings, findings: &mut Findings) {
    let url = format!("{}/health", address(&settings.server.listen));
    let Ok(client) = http::client(WAIT) else { return };
    let Ok(answer) = http::send(client.get(&url)).await else {
        findings.off("no service answers on this address; it is looked at when one runs");
        return;
    };
    let Ok(health) = serde_json::from_slice::<Health>(&answer.body) else {
        findings.wrong(format!("{url} answers, but not like this program"), "is another program on this port?");
        return;
    };
    let mut fine = true;
    for (system, condition) in &health.systems {
        let todo = match condition.as_str() {
            "troubled" => "the console says what was refused; `loyalty dead-letters list` what waits for a person",
            "rests" => "it is tried again by itself; is it up?",
            "locked" => "it refuses our credentials: mend the settings",
            _ => continue,
        };
        fine = false;
        findings.wrong(format!("{system}: {condition}"), todo);
    }
    if fine {
        findings.ok("runs, and every connected system does its part");
    }
}

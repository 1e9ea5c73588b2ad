//! Unomi: version, administrator, what setup would change, and whether it takes the peer key.

use super::Findings;
use crate::{
    cli::setup::unomi::reachable,
    clock::{Clock, SystemClock},
    config::Settings,
    systems::unomi::{Client, Unomi, client::AdminError, peer, setup},
};

pub async fn look(settings: &Settings, findings: &mut Findings) {
    let unomi = match Unomi::connect(&reachable(settings)) {
        Ok(Some(unomi)) => unomi,
        Ok(None) => return findings.off("segments are those the ledger itself can tell"),
        Err(error) => return findings.wrong(error.to_string(), "see config/default.toml, section unomi"),
    };
    let client = &unomi.client;
    let mut set_up = true;
    if client.is_administrator() {
        match definitions(client, findings).await {
            Ok(there) => set_up = there,
            Err(error) => return findings.wrong(error.to_string(), "see docs/connect/unomi.md"),
        }
    } else {
        findings.note(
            "setting unomi.password is not given: scope, schemas and segments cannot be looked at",
            "give it as LOYALTY__UNOMI__PASSWORD to setup and check; the service itself works without",
        );
    }
    if !set_up {
        return findings.note("whether the peer key is accepted shows when Unomi is set up", "`loyalty setup unomi`");
    }
    match peer::accepts(client, SystemClock.now()).await {
        Ok(true) => findings.ok("peer key accepted"),
        Ok(false) => findings.wrong(
            "the peer key is not accepted: Unomi would drop every update without a word",
            "the key AND this machine's address must stand in Unomi's etc/org.apache.unomi.thirdparty.cfg \
             (UNOMI_THIRDPARTY_PROVIDER1_KEY, _IPADDRESSES); behind a proxy it is the proxy's address",
        ),
        Err(problem) => findings.wrong(problem, "see docs/connect/unomi.md"),
    }
}

/// Whether Unomi takes anything of ours: before it has our scope it takes nothing.
async fn definitions(client: &Client, findings: &mut Findings) -> Result<bool, AdminError> {
    findings.ok(format!("Unomi {}, administrator accepted", client.version().await?));
    let steps = setup::plan(client).await?;
    if let Some(scope) = steps.iter().find(|step| step.definition.kind == setup::Kind::Scope) {
        findings.missing(format!("{scope}, nothing is set up yet"), "`loyalty setup unomi`");
        return Ok(false);
    }
    for step in &steps {
        findings.missing(step.to_string(), "`loyalty setup unomi`");
    }
    if steps.is_empty() {
        findings.ok(format!("scope {}, schemas, properties and segments are there", client.scope()));
    }
    Ok(true)
}

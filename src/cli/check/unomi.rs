//! Unomi: version, administrator, what setup would change, and whether it takes the peer key.

use super::Findings;
use crate::{
    clock::{Clock, SystemClock},
    config::Settings,
    systems::unomi::{Client, Unomi, client::AdminError, peer, setup},
};

pub async fn look(settings: &Settings, findings: &mut Findings) {
    let unomi = match Unomi::connect(&settings.unomi) {
        Ok(Some(unomi)) => unomi,
        Ok(None) => return findings.off("segments are those the ledger itself can tell"),
        Err(error) => return findings.wrong(error.to_string(), "see config/default.toml, section unomi"),
    };
    let client = &unomi.client;
    if !client.is_administrator() {
        findings.note(
            "setting unomi.password is not given: scope, schemas and segments cannot be looked at",
            "give it as LOYALTY__UNOMI__PASSWORD to setup and check; the service itself works without",
        );
    } else if let Err(error) = definitions(client, findings).await {
        return findings.wrong(error.to_string(), "see docs/connect/unomi.md");
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

async fn definitions(client: &Client, findings: &mut Findings) -> Result<(), AdminError> {
    findings.ok(format!("Unomi {}, administrator accepted", client.version().await?));
    let steps = setup::plan(client).await?;
    for step in &steps {
        findings.missing(step.to_string(), "`loyalty setup unomi`");
    }
    if steps.is_empty() {
        findings.ok(format!("scope {}, schemas, properties and segments are there", client.scope()));
    }
    Ok(())
}

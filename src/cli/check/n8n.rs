//! n8n: reached, and with the owner's sign-in what setup would change; signals need a secret.

use std::time::Duration;

use super::Findings;
use crate::{
    cli::setup::n8n::{Owner, base_url, workflows},
    config::Settings,
    systems::{
        http,
        n8n::{
            console::{ConsoleError, Door},
            setup::{self, SetupError, Step, Wanted},
            workflow::CREDENTIAL,
        },
    },
};

pub async fn look(settings: &Settings, owner: &Owner, findings: &mut Findings) {
    let own = &settings.n8n;
    if own.url.is_none() && own.signal_url.is_none() {
        return findings.off("thank-yous are sent by the connector itself; nobody hears signals");
    }
    if let Some(url) = own.url.as_deref()
        && let Err(problem) = console(settings, url, owner, findings).await
    {
        findings.wrong(problem, "see docs/connect/n8n.md");
    }
    match (&own.signal_url, &own.signal_secret) {
        (Some(url), Some(_)) => findings.ok(format!("signals go to {url}, signed")),
        (Some(_), None) => {
            findings.wrong(
                "setting n8n.signal_secret is missing",
                "signals are always signed: LOYALTY__N8N__SIGNAL_SECRET",
            );
        }
        (None, _) => findings.off("no workflow hears signals (LOYALTY__N8N__SIGNAL_URL)"),
    }
}

async fn console(settings: &Settings, url: &str, owner: &Owner, findings: &mut Findings) -> Result<(), String> {
    let http = http::client(Duration::from_millis(settings.n8n.timeout_ms)).map_err(|error| error.to_string())?;
    let door = Door::new(http, url);
    door.ready().await.map_err(|error| error.to_string())?;
    let Some(login) = owner.login() else {
        findings.note(
            format!("n8n answers at {url}; without its owner's sign-in the workflows cannot be looked at"),
            "--owner-email and LOYALTY_N8N_OWNER_PASSWORD",
        );
        return Ok(());
    };
    let console = match door.sign_in(&login).await {
        Err(error @ ConsoleError::NoOwner) => {
            findings.missing(error.to_string(), "`loyalty setup n8n`");
            return Ok(());
        }
        other => other.map_err(|error| error.to_string())?,
    };
    findings.ok(format!("n8n {}, owner accepted", console.version().await.map_err(|error| error.to_string())?));
    let workflows = workflows().map_err(|error| error.to_string())?;
    let credential = CREDENTIAL.to_owned();
    let wanted = Wanted { credential, workflows, base_url: base_url(settings), key: None, replace: false };
    let steps = setup::plan(&console, &wanted).await.map_err(|error: SetupError| error.to_string())?;
    for step in steps {
        match step {
            Step::Exists(what) => findings.ok(what),
            Step::Added(what) => findings.missing(format!("{what}: missing"), "`loyalty setup n8n`"),
            Step::Changed(what) => findings.missing(what, "`loyalty setup n8n`"),
            Step::Kept(what) => findings.note(what, "nothing, when it was edited on purpose"),
        }
    }
    Ok(())
}

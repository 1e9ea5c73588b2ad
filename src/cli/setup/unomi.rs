//! `loyalty setup unomi`.

use anyhow::Context;

use super::Waiting;
use crate::{
    cli::health,
    config::{self, Settings},
    systems::unomi::{
        Unomi,
        setup::{self, Step, Why},
    },
};

pub async fn run(settings: &Settings, waiting: Waiting) -> anyhow::Result<()> {
    let own = reachable(settings);
    let unomi = Unomi::connect(&own)?.context("setting unomi.url is missing (LOYALTY__UNOMI__URL)")?;
    let client = &unomi.client;
    // A server that starts answers some paths before others, and takes some away again while its parts find each other.
    let version = waiting.until("unomi", || client.version()).await?;
    let steps = waiting.until("unomi", || setup::apply(client)).await?;
    println!("= Unomi {version}");
    for step in &steps {
        println!("{} {step}", mark(step));
    }
    if !setup::runs_groovy(client).await? {
        println!(
            "! this Unomi runs no Groovy actions, so no rule tells us whose profile changed: we look by ourselves"
        );
    }
    if steps.is_empty() {
        println!("= scope {}, schemas, properties and segments", client.scope());
    } else {
        println!("= all of it is in use");
    }
    Ok(())
}

/// The settings with the address that Unomi calls us at.
pub fn reachable(settings: &Settings) -> config::Unomi {
    let mut own = settings.unomi.clone();
    own.connector_url.get_or_insert_with(|| health::address(&settings.server.listen));
    own
}

fn mark(step: &Step) -> char {
    match step.why {
        Why::Missing => '+',
        Why::Different => '~',
    }
}

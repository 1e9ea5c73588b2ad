//! `loyalty setup unomi`.

use anyhow::Context;

use super::Waiting;
use crate::{
    config::Settings,
    systems::unomi::{
        Unomi,
        setup::{self, Step, Why},
    },
};

pub async fn run(settings: &Settings, waiting: Waiting) -> anyhow::Result<()> {
    let unomi = Unomi::connect(&settings.unomi)?.context("setting unomi.url is missing (LOYALTY__UNOMI__URL)")?;
    let client = &unomi.client;
    // A server that starts answers some paths before others, and takes some away again while its parts find each other.
    let version = waiting.until("unomi", || client.version()).await?;
    let steps = waiting.until("unomi", || setup::apply(client)).await?;
    println!("= Unomi {version}");
    for step in &steps {
        println!("{} {step}", mark(step));
    }
    if steps.is_empty() {
        println!("= scope {}, schemas, properties and segments", client.scope());
    } else {
        println!("= all of it is in use");
    }
    Ok(())
}

fn mark(step: &Step) -> char {
    match step.why {
        Why::Missing => '+',
        Why::Different => '~',
    }
}

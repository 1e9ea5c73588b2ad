//! Fills a data folder with members that have bought once, through the library's own writer: the rows are those of real
//! orders, and what is measured later runs on a database that could have grown by itself.

use std::{collections::VecDeque, fs, sync::Arc};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use loyalty_connector::{
    clock::SystemClock,
    config::Settings,
    intake::{fields::parse, order::OrderBody},
    lifecycle::Tasks,
    service::App,
};

use crate::{
    bench::Database,
    orders::{self, Shop},
};

/// Orders under way at once: several commits' worth, below what the writer's queue holds.
const AHEAD: usize = 1024;

/// Writes the programme and makes the members, unless the folder has them already, or the database is PostgreSQL.
pub async fn fill(database: &Database, thank_you: &str, shop: &Shop) -> anyhow::Result<()> {
    let Database { folder, members, url, live, .. } = database;
    fs::create_dir_all(folder.join("programme"))?;
    for (table, text) in live.tables(thank_you) {
        fs::write(folder.join("programme").join(format!("{table}.csv")), text)?;
    }
    let done = folder.join(format!("seeded-{members}"));
    if done.exists() || url.is_some() {
        return Ok(()); // a shared database is met empty, as by who installs it
    }
    let mut settings = Settings::load(None)?;
    folder.clone_into(&mut settings.server.data);
    let tasks = Tasks::default();
    let app = loyalty_connector::serve::open(settings, Arc::new(SystemClock), tasks.clone()).await?;
    buy_once(&app, *members, shop).await?;
    drop(app); // the last handle of the writer
    tasks.stop.cancel();
    tasks.ended().await;
    fs::write(done, "").context("marking the folder as seeded")
}

async fn buy_once(app: &App, members: u64, shop: &Shop) -> anyhow::Result<()> {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} members, {per_sec}, {eta} left")?;
    let progress = ProgressBar::new(members).with_style(style);
    let mut under_way = VecDeque::with_capacity(AHEAD);
    let mut text = Vec::new();
    for member in 0..members {
        text.clear();
        shop.body(&mut text, member, 0);
        let body: OrderBody = parse(&text)?;
        let order = orders::order_id(member, 0).into();
        let incoming = body.incoming(&app.reader(), &app.settings.server.brand, &order, false)?;
        under_way.push_back(app.writer.submit(incoming)?);
        if under_way.len() == AHEAD
            && let Some(oldest) = under_way.pop_front()
        {
            oldest.await??;
        }
        if member % 1000 == 999 {
            progress.inc(1000);
        }
    }
    for answer in under_way {
        answer.await??;
    }
    progress.finish_and_clear();
    Ok(())
}

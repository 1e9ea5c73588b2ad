//! Random histories of everything that can happen to a few members who share budgets, stock and codes, against a model of
//! plain sums. 300 of them, the same each time; `.cargo/config.toml` says how to try others.

#[path = "../support/books.rs"]
mod books;
mod forecast;
mod forms;
mod goals;
mod happens;
mod joining;
mod kept;
mod long_lives;
mod merging;
mod model;
mod moving_house;
mod net;
mod play;
mod programme;
mod promises;
#[path = "../support/mod.rs"]
mod support;

use happens::{history, setting};
use moving_house::{brought, persons};
use proptest::prelude::*;

fn histories() -> ProptestConfig {
    let cases = std::env::var("LOYALTY_HISTORIES").ok().and_then(|text| text.parse().ok()).unwrap_or(300);
    ProptestConfig { cases, max_shrink_iters: 20_000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(histories())]

    #[test]
    fn any_history_is_its_sums_and_replays_to_the_byte(setting in setting(), history in history()) {
        let mut play = play::Play::new(&setting);
        for step in &history {
            play.step(step);
        }
        play.end();
    }

    #[test]
    fn any_history_kept_by_either_store_comes_back_byte_for_byte(setting in setting(), history in history()) {
        let mut play = play::Play::of_brand(&kept::brand(), &setting);
        for step in &history {
            play.step(step);
        }
        play.end();
        kept::by_both_stores(&play.ledger, happens::MEMBERS);
    }

    #[test]
    fn any_history_exported_and_imported_elsewhere_stands_as_it_stood(
        setting in setting(), history in history(), brought in brought(), persons in persons(),
    ) {
        let mut play = play::Play::new(&setting);
        for step in &history {
            play.step(step);
        }
        play.end();
        moving_house::bring(&mut play.ledger, &brought);
        moving_house::comes_back(&play.ledger, &persons);
    }
}

//! Examples for the table `Examples`, proposed from what members bought: a usual purchase, a small and a large one of late.

use std::collections::BTreeMap;

use serde::Serialize;

use super::App;
use crate::{
    intake::problem::Problem,
    loyalty::{
        Fact, OrderState,
        example::{Buyer, proposed},
    },
};

/// Events that are looked through, the newest first.
const LOOKED_AT: usize = 500;
/// Which of the purchases, by their worth, in hundredths of all, and what the example is called.
const TYPICAL: [(&str, usize); 3] = [("usual", 50), ("small", 10), ("large", 90)];

/// Rows for the table Examples; they hold by the live programme.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Examples {
    /// Column -> text.
    #[schema(value_type = Vec<Object>)]
    pub rows: Vec<BTreeMap<String, String>>,
}

/// Typical purchases as examples: fewer where fewer were made, none where none was.
pub async fn propose(app: &App, brand: &str) -> Result<Examples, Problem> {
    let live = app.programmes_of(brand)?.live().clone();
    let mut bought = Vec::new();
    for event in app.store.recent_events(brand, LOOKED_AT).await? {
        let (member, fact) = (event.stored.member, event.stored.event.fact);
        if let Fact::Order { state, .. } = fact
            && !event.test
            && state.currency == live.programme.settings.currency
        {
            bought.push((state.kept().iter().sum::<i64>(), member, state));
        }
    }
    bought.retain(|(worth, ..)| *worth > 0);
    bought.sort_by(|one, other| (one.0, &one.1, one.2.placed_at).cmp(&(other.0, &other.1, other.2.placed_at)));
    let mut rows = Vec::new();
    for (name, hundredths) in TYPICAL {
        let from = bought.len() * hundredths / 100;
        let rest = bought.iter().skip(from).chain(bought.iter().take(from).rev());
        for (_, member, state) in rest {
            let buyer = buyer(app, brand, member).await?;
            if let Some(cells) = proposed(name, &as_bought(state), &buyer, &live.programme)
                && !rows.iter().any(|known| same(known, &cells))
            {
                rows.push(cells);
                break;
            }
        }
    }
    Ok(Examples { rows })
}

/// The order as it was placed, whatever became of it.
fn as_bought(state: &OrderState) -> OrderState {
    OrderState { codes: Vec::new(), points_hold: None, ..state.clone() }
}

/// Two examples of one cart at one instant say the same.
fn same(one: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> bool {
    (one.get("Cart"), one.get("At")) == (other.get("Cart"), other.get("At"))
}

/// Who the member is today; with this purchase not counted.
async fn buyer(app: &App, brand: &str, member: &str) -> Result<Buyer, Problem> {
    let Some(loaded) = app.store.led(brand, member.to_owned()).await? else { return Ok(Buyer::default()) };
    let member = loaded.member;
    let orders = (member.progress.orders - 1).max(0);
    Ok(Buyer { tier: Some(member.tier.id).filter(|tier| !tier.is_empty()), segments: member.segments, orders })
}

//! Rewards: claimed for points while stock lasts, fulfilled, or cancelled with points and stock returned.

mod decide;
mod event;
mod rows;
mod state;

use super::{Cell, Mechanic, Shown, Table, Used};
use crate::loyalty::{Member, Order, lot::Part, shared};
pub use event::{ClaimStep, Claimed};
pub use rows::{Config, Reward, RewardKind};
pub use state::{Claim, ClaimState, Claims};

pub(in crate::loyalty) struct Rewards;

impl Mechanic for Rewards {
    fn parts<'m>(&self, member: &'m Member) -> Vec<&'m [Part]> {
        member.claims.values().map(|claim| claim.parts.as_slice()).collect()
    }

    fn used(&self, member: &Member, _: &[Order], used: &mut Used) {
        for claim in member.claims.values().filter(|claim| claim.state != ClaimState::Cancelled) {
            used.add(shared::stock(&claim.reward), 1);
        }
    }

    fn show(&self, member: &Member, shown: &mut Shown) {
        let rows = member.claims.iter().rev().map(|(id, claim)| {
            let state = match claim.state {
                ClaimState::Claimed => "to be handed over",
                ClaimState::Fulfilled => "handed over",
                ClaimState::Cancelled => "cancelled",
            };
            let (reward, code) = (Cell::Text(claim.reward.clone()), Cell::Code(claim.code.clone()));
            vec![Cell::At(claim.at), reward, Cell::Text(state.to_owned()), code, Cell::Code(Some(id.clone()))]
        });
        let rows: Vec<_> = rows.collect();
        if !rows.is_empty() {
            let columns = &["When", "Reward", "State", "Code", "Claim"];
            shown.tables.push(Table { title: "Rewards taken", columns, rows });
        }
    }
}

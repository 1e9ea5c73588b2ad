//! Points that a member brings from another programme: each lot as it stood there, with the end that was promised.

use jiff::Timestamp;

use super::{About, Books};
use crate::loyalty::{
    entry::{Account, TextId},
    event::{Opening, OpeningState},
    lot::{Hold, Lot, Part},
};

impl Books<'_> {
    /// They come as they are: what is owed was owed before and is not repaid by it.
    pub fn bring(&mut self, id: &str, opening: &Opening, now: Timestamp) {
        self.wait_for_acceptance(now);
        let waits = opening.state == OpeningState::Pending || opening.available_from.is_some_and(|from| from > now);
        let about = About { lot: Some(id), expires_at: opening.expires_at, ..About::default() };
        let at = opening.available_from.filter(|from| *from <= now).unwrap_or(now);
        let to = match opening.state {
            OpeningState::Debt => {
                let about = About::default();
                return self.post((Account::Debt, Account::Issued), opening.points, TextId::Brought, &about, now);
            }
            OpeningState::Reserved => Account::Reserved,
            OpeningState::Available | OpeningState::Pending if waits => Account::Pending,
            OpeningState::Available | OpeningState::Pending => Account::Available,
        };
        self.post((Account::Issued, to), opening.points, TextId::Brought, &about, at);
        let pending = to == Account::Pending;
        let nothing_known = opening.awaits.is_none() && opening.available_from.is_none();
        let lot = Lot {
            points: opening.points,
            rule: None,
            order: None,
            available_from: opening.available_from.or((!pending).then_some(now)),
            expires_at: opening.expires_at,
            pending,
            awaits: opening.awaits.clone().filter(|_| pending),
            lapses_at: None,
            held: pending && (opening.held || nothing_known),
            expires: opening.expires_after.filter(|_| pending),
            goods: opening.goods.clone(),
            alike: false,
            of: None,
        };
        match &opening.hold {
            Some(hold) if to == Account::Reserved => {
                let held = self.member.holds.entry(hold.id.clone()).or_insert_with(|| Hold {
                    points: 0,
                    parts: Vec::new(),
                    expires_at: hold.expires_at,
                    order: hold.order.clone(),
                    day: None,
                });
                held.points += opening.points;
                held.parts.push(Part { id: id.to_owned(), lot, returned: 0 });
            }
            _ => {
                self.member.lots.insert(id.to_owned(), lot.into());
            }
        }
    }
}

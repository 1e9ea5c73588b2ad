//! Why an entry that no rule gave stands there: points set aside, paid, given back, expired, opened, repaid, taken by hand,
//! moved; and where the points came from.

use super::{Before, Sentence, Value, number, say, text};
use crate::{
    loyalty::{
        Decision, Fact, Programmes,
        entry::{Account, Entry, TextId},
        lot::{Lot, Part},
        mechanics::{self, ALL},
        order::{Order, Status},
    },
    values::money::{format_units, places},
};

/// What an entry is explained from.
pub struct Basis<'a> {
    pub programmes: &'a Programmes,
    pub before: &'a Before<'a>,
    pub decision: &'a Decision,
    pub entry: &'a Entry,
}

impl Basis<'_> {
    /// What the entry did, and where its points came from.
    pub fn sentences(&self) -> Vec<Sentence> {
        if matches!(self.entry.text_id, TextId::Earned | TextId::TakenBack | TextId::Owed) {
            let said: Vec<Sentence> = ALL.iter().flat_map(|listed| listed.mechanic.why(self)).collect();
            if !said.is_empty() {
                return self.decision.order.as_ref().and_then(over).into_iter().chain(said).collect();
            }
        }
        let mut sentences = match self.entry.text_id {
            TextId::Reserved => self.set_aside(),
            TextId::Released => self.released(),
            TextId::Spent | TextId::Owed => self.paid(),
            TextId::Returned => self.returned(),
            TextId::Expired | TextId::Unaccepted => self.expired(),
            TextId::Opened => self.opened(),
            TextId::DebtRepaid => self.repaid(),
            TextId::Adjusted => self.by_hand(),
            TextId::Claimed | TextId::ClaimReturned => self.claimed(),
            TextId::MovedOut | TextId::MovedIn => self.moved(),
            TextId::Reactivated if self.entry.credit == Account::Pending => vec![say("why-in-time", Vec::new())],
            TextId::Reactivated => vec![say("why-reactivated", Vec::new())],
            TextId::Brought => vec![say("why-brought", Vec::new())],
            TextId::Earned | TextId::TakenBack => Vec::new(),
        };
        sentences.extend(self.origin());
        sentences
    }

    fn set_aside(&self) -> Vec<Sentence> {
        let held = self.decision.member.holds.iter().find(|(id, _)| !self.before.member.holds.contains_key(*id));
        let Some((id, hold)) = held else { return Vec::new() };
        let facts =
            vec![("hold", text(id)), ("points", number(hold.points)), ("until", Value::Instant(hold.expires_at))];
        let order = hold.order.as_ref().map(|order| say("why-for-order", vec![("order", text(order))]));
        [say("why-set-aside", facts)].into_iter().chain(order).collect()
    }

    fn released(&self) -> Vec<Sentence> {
        match &self.before.event.fact {
            Fact::HoldReleased(wanted) => vec![say("why-released", vec![("hold", text(&wanted.hold))])],
            Fact::HoldCaptured(wanted) => {
                let held = self.before.member.holds.get(&wanted.hold).map_or(0, |hold| hold.points);
                let paid = wanted.points.unwrap_or(held);
                vec![say("why-released-rest", vec![("points", number(paid)), ("held", number(held))])]
            }
            Fact::Order { order_id, state } if state.status == Status::Cancelled => {
                vec![say("why-released-cancelled", vec![("order", text(order_id))])]
            }
            Fact::Membership(_) => vec![say("why-left-ends", Vec::new())],
            _ => vec![say("why-released-ended", vec![("at", Value::Instant(self.entry.effective_at))])],
        }
    }

    fn paid(&self) -> Vec<Sentence> {
        match (&self.before.event.fact, &self.decision.order) {
            (Fact::HoldCaptured(wanted), _) => {
                vec![say("why-captured", vec![("hold", text(&wanted.hold))])]
            }
            (Fact::Order { .. }, Some(order)) if self.was_paid() => {
                vec![say("why-paid-again", vec![("order", text(&order.id))])]
            }
            (Fact::Order { .. }, Some(order)) => {
                let (paid, _) = points_of(order);
                let hold = order.hold.as_deref().unwrap_or_default();
                let facts = vec![("order", text(&order.id)), ("points", number(paid)), ("hold", text(hold))];
                vec![say("why-paid", facts)]
            }
            _ => Vec::new(),
        }
    }

    fn was_paid(&self) -> bool {
        self.before.order.is_some_and(|order| !order.paid.is_empty())
    }

    /// Whole, or by the share of what was given back.
    fn returned(&self) -> Vec<Sentence> {
        let Some(order) = &self.decision.order else { return Vec::new() };
        let (paid, back) = points_of(order);
        let id = match (order.state.status, back == paid) {
            (Status::Cancelled, _) => "why-returned-cancelled",
            (_, true) => "why-returned-whole",
            (_, false) => "why-returned-share",
        };
        let currency = &order.state.currency;
        let left = format!("{} {currency}", format_units(order.state.total(), places(currency)));
        let facts =
            vec![("order", text(&order.id)), ("points", number(paid)), ("back", number(back)), ("left", text(&left))];
        vec![say(id, facts)]
    }

    fn expired(&self) -> Vec<Sentence> {
        if matches!(&self.before.event.fact, Fact::Membership(wanted) if wanted.left) {
            return vec![say("why-left-ends", Vec::new())];
        }
        let at = Value::Instant(self.entry.effective_at);
        if self.entry.text_id == TextId::Unaccepted {
            return vec![say("why-not-accepted", vec![("at", at)])];
        }
        if self.entry.debit == Account::Pending {
            return vec![say("why-not-activated", vec![("at", at)])];
        }
        let from = self.lot().and_then(|lot| lot.available_from);
        match from {
            Some(from) => vec![say("why-expired", vec![("from", Value::Instant(from)), ("at", at)])],
            None => vec![say("why-expired-at", vec![("at", at)])],
        }
    }

    fn opened(&self) -> Vec<Sentence> {
        let Some(lot) = self.lot() else { return Vec::new() };
        if self.before.member.is_unaccepted() {
            return vec![say("why-accepted", Vec::new())];
        }
        match (&lot.awaits, lot.held) {
            (Some(kind), false) => vec![say("why-opened-event", vec![("kind", text(kind))])],
            (_, true) => vec![say("why-opened-lifted", Vec::new())],
            _ => vec![say("why-opened-time", vec![("at", Value::Instant(self.entry.effective_at))])],
        }
    }

    fn repaid(&self) -> Vec<Sentence> {
        let (owed, left) = (self.before.member.balance.debt, self.decision.member.balance.debt);
        vec![say("why-repaid", vec![("points", number(owed)), ("left", number(left))])]
    }

    fn by_hand(&self) -> Vec<Sentence> {
        let Fact::Adjustment(adjustment) = &self.before.event.fact else { return Vec::new() };
        let by = self.before.event.source.split(':').next().unwrap_or_default();
        vec![say("why-by-hand", vec![("points", number(adjustment.points)), ("by", text(by))])]
    }

    fn claimed(&self) -> Vec<Sentence> {
        let name = self.entry.text.as_deref().unwrap_or_default();
        let id = if self.entry.text_id == TextId::Claimed { "why-claimed" } else { "why-claim-cancelled" };
        let cost: i64 =
            self.decision.entries.iter().filter(|entry| entry.text_id == self.entry.text_id).map(|e| e.points).sum();
        vec![say(id, vec![("name", text(name)), ("points", number(cost))])]
    }

    fn moved(&self) -> Vec<Sentence> {
        let (id, other) = match &self.before.event.fact {
            Fact::Merged(merged) => ("why-merged", merged.into.as_str()),
            Fact::Absorbed(absorbed) => ("why-absorbed", absorbed.from.as_str()),
            Fact::Unmerged(unmerged) => ("why-unmerged", unmerged.from.as_str()),
            Fact::Restored(restored) => ("why-restored", restored.from.as_str()),
            _ => return Vec::new(),
        };
        vec![say(id, vec![("member", text(other))])]
    }

    /// By which rule, for which order the points of the entry's lot came, where the entry does not say so itself.
    fn origin(&self) -> Option<Sentence> {
        if matches!(self.entry.text_id, TextId::Earned | TextId::TakenBack | TextId::Brought) {
            return None;
        }
        let lot = self.lot()?;
        let rules = || self.programmes.iter().flat_map(|version| &version.programme.rules);
        let name = |id: &String| {
            let rule = rules().filter(|rule| rule.id == *id).last().map(|rule| rule.name.clone());
            rule.or_else(|| mechanics::name_of(self.programmes, id)).unwrap_or_else(|| id.clone())
        };
        let rule = lot.rule.as_ref().map(name);
        match (rule, &lot.order) {
            (Some(rule), Some(order)) => {
                Some(say("why-from-order", vec![("rule", text(&rule)), ("order", text(order))]))
            }
            (Some(rule), None) => Some(say("why-from-rule", vec![("rule", text(&rule))])),
            _ => None,
        }
    }

    /// The lot of the entry, as it was before or is since, wherever it stands.
    fn lot(&self) -> Option<&Lot> {
        let id = self.entry.lot.as_ref()?;
        let members = [self.before.member, &self.decision.member];
        let lots = members.iter().find_map(|member| member.lots.get(id).map(|lot| &**lot));
        let of_parts = |parts: &'_ [Part]| parts.iter().position(|part| part.id == *id);
        let held = members.iter().flat_map(|member| member.holds.values()).map(|hold| hold.parts.as_slice());
        let of_mechanics =
            members.iter().flat_map(|member| ALL.iter().flat_map(|listed| listed.mechanic.parts(member)));
        let paid = members.iter().flat_map(|member| member.payments.values()).map(|payment| payment.parts.as_slice());
        let orders =
            [self.before.order, self.decision.order.as_ref()].into_iter().flatten().map(|order| order.paid.as_slice());
        let mut all = held.chain(of_mechanics).chain(paid).chain(orders);
        lots.or_else(|| all.find_map(|parts| of_parts(parts).map(|at| &parts[at].lot)))
    }
}

/// Points that paid an order, and those of them that went back.
fn points_of(order: &Order) -> (i64, i64) {
    let paid = order.paid.iter().map(|part| part.lot.points).sum();
    (paid, order.paid.iter().map(|part| part.returned).sum())
}

/// Whether the order is over, and how: for points that are taken back.
pub fn over(order: &Order) -> Option<Sentence> {
    let state = &order.state;
    let id = match state.status {
        _ if order.left_for.is_some() => "why-another-members",
        Status::Cancelled => "why-cancelled",
        _ if state.status.earns() && state.total() == 0 => "why-returned-all",
        _ => return None,
    };
    Some(say(id, Vec::new()))
}

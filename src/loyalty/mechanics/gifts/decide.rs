//! Rewards and codes that rules give follow what an order or event meets, as points do: what its last state met was given then.

use std::collections::{BTreeMap, BTreeSet};

use super::{Gift, States};
use crate::{
    loyalty::{
        Fact, Order, Programme, Refusal,
        deciding::Deciding,
        earn::{Circumstances, Judgement, met_by_event},
        mechanics::{Cause, codes::CodeGiven, rewards::RewardGiven},
        order::OrderState,
    },
    programme::Rule,
    values::bounds::TooLarge,
};

/// What rules give beside points, by rule.
type Gifts = BTreeMap<String, Gift>;

impl Deciding<'_> {
    pub(super) fn give_for_order(&mut self, order: &Order, States { last, new }: States<'_>) -> Result<(), Refusal> {
        let pinned = &self.programmes.number(order.programme).programme;
        if !pinned.mechanics.gifts.any {
            return Ok(());
        }
        let given = Circumstances::of_order(order, &self.books.member.progress);
        let met = |state: &OrderState| -> Result<Gifts, TooLarge> {
            let judgement = Judgement::of(pinned, state, &given)?;
            Ok(self.gifts(judgement.met()))
        };
        let (is, was) = (met(new)?, last.map_or(Ok(Gifts::new()), met)?);
        // Whoever it goes to now: it is given and taken where it was made.
        let owner = self.owner.clone().unwrap_or_else(|| order.owner().clone());
        let of = format!("order {}", order.id);
        let known = self.books.member.gifts.for_one((&owner, &of));
        let rules: BTreeSet<&String> = is.keys().chain(known.keys()).collect();
        for rule in rules {
            // What is forgotten was given where the last state met the rule.
            let stands = known.get(rule).map_or_else(|| was.contains_key(rule), |gift| !gift.lost);
            match (is.get(rule), known.get(rule)) {
                (Some(new), known) if !stands => {
                    let gift = known.map_or_else(|| new.clone(), |known| Gift { at: self.now, ..known.clone() });
                    self.bring_gift((&owner, &of), rule, Gift { lost: false, ..gift });
                }
                (None, Some(known)) if stands => {
                    self.bring_gift((&owner, &of), rule, Gift { lost: true, ..known.clone() });
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn give_for_event(&mut self, (programme, kind): (&Programme, &str), given: &Circumstances<'_>) {
        if !programme.mechanics.gifts.any {
            return;
        }
        let (owner, of) = (self.books.member.id.clone(), format!("event {} {}", self.event.source, self.event.id));
        for (rule, gift) in self.gifts(met_by_event(programme, kind, given).into_iter()) {
            self.bring_gift((&owner, &of), &rule, gift);
        }
    }

    fn gifts<'r>(&self, rules: impl Iterator<Item = &'r Rule>) -> Gifts {
        let gift = |rule: &Rule| Gift {
            at: self.now,
            reward: rule.reward.clone(),
            offer: rule.code_offer.clone(),
            lost: false,
        };
        rules.filter(|rule| rule.gives_more()).map(|rule| (rule.id.clone(), gift(rule))).collect()
    }

    /// A code of the member's own is unused again: what was lost meanwhile is brought to what stands.
    pub(in crate::loyalty) fn settle_gifts_of(&mut self, code: &str) {
        let member = &self.books.member;
        let coupons: BTreeSet<&String> =
            member.coupons.iter().filter(|(_, coupon)| coupon.code == code && !coupon.void).map(|(id, _)| id).collect();
        if coupons.is_empty() {
            return;
        }
        let brand = &self.event.brand;
        let lost = member.gifts.all().filter(|(.., gift)| gift.lost).filter_map(|(owner, of, rule, gift)| {
            let (period, named) = (of.to_owned(), Some(rule.to_owned()));
            let cause = Cause { rule: named, period, n: 1, owner: owner.to_owned(), ..Cause::default() };
            let given = CodeGiven::of(cause, gift.offer.clone()?);
            coupons.contains(&given.name(brand)).then_some((given, rule.to_owned()))
        });
        for (given, rule) in lost.collect::<Vec<_>>() {
            self.bring_about(&Fact::CodeGiven(given), &[code, &rule]);
        }
    }

    fn bring_gift(&mut self, (owner, of): (&str, &str), rule: &str, gift: Gift) {
        let Gift { reward, offer, .. } = gift.clone();
        self.books.member.gifts.put((owner, of), rule, gift);
        let (period, rule_named) = (of.to_owned(), Some(rule.to_owned()));
        let cause = Cause { rule: rule_named, period, n: 1, owner: owner.to_owned(), ..Cause::default() };
        let key = [owner, rule, of];
        if let Some(reward) = reward {
            self.bring_about(&Fact::RewardGiven(RewardGiven::of(cause.clone(), reward)), &key);
        }
        if let Some(offer) = offer {
            self.bring_about(&Fact::CodeGiven(CodeGiven::of(cause, offer)), &key);
        }
    }
}

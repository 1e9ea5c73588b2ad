//! A reward that something gives for no points: a claim that costs nothing. It needs stock and perhaps a code, so it follows as an
//! event of its own, which gives only if its cause still stands then, and takes back what nobody has used if it does not.

use super::{ClaimState, ClaimStep, Reward, RewardGiven};
use crate::loyalty::{
    Fact, Programmes, counters,
    deciding::{Deciding, Outcome},
    mechanics::cause::to_be_given,
    subject::Subject,
};
use serde_json::json;

/// A row of Rewards that is offered now.
pub(super) fn offered<'p>(programmes: &'p Programmes, reward: &str) -> Option<&'p Reward> {
    programmes.live().programme.mechanics.rewards.catalogue.iter().find(|known| known.id == reward)
}

impl Deciding<'_> {
    /// It is never refused: nobody asks for it who could read why.
    pub(in crate::loyalty) fn settle_reward(&mut self, given: &RewardGiven) -> Outcome {
        let stands = given.cause.stands(&self.books.member);
        let (id, code) = (given.claim(&self.event.brand), &given.code);
        self.settled = Some(id.clone()); // unless it waits again
        let claim = self.books.member.claims.get(&id).map(|claim| (claim.state, claim.code.clone()));
        let note = |why: &str| Outcome { note: Some(why.to_owned()), ..Outcome::nothing() };
        match (stands, claim) {
            (true, None | Some((ClaimState::Cancelled, _))) => self.give_reward(&id, given, code.as_deref()),
            (false, Some((ClaimState::Claimed, code))) => {
                let used = code.as_deref().is_some_and(|code| self.shared.count(&counters::code(code)).used > 0);
                if used {
                    return note("the reward is used already: it stays");
                }
                let step = ClaimStep { claim: id, note: None };
                self.cancel(&step).unwrap_or_else(|refusal| note(&refusal.to_string()))
            }
            _ => note("the reward is as it should be"),
        }
    }

    fn give_reward(&mut self, id: &str, given: &RewardGiven, code: Option<&str>) -> Outcome {
        let waits = |deciding: &mut Self, why: &str| {
            let again = Fact::RewardGiven(RewardGiven::of(given.cause.clone(), given.reward.clone()));
            let mut content = to_be_given(&given.cause, &again);
            content["reward"] = json!(given.reward);
            content["claim"] = json!(id);
            let reason = format!("reward {} of {}: {why}", given.reward, given.cause.words());
            deciding.park_gift(id, reason, content);
            Outcome::nothing()
        };
        let Some(reward) = offered(self.programmes, &given.reward) else { return waits(self, "it is offered no more") };
        if self.books.member.restricted {
            return waits(self, "the member's account is on hold");
        }
        if self.books.member.left_at.is_some() {
            return Outcome { note: Some("the member has left the programme".to_owned()), ..Outcome::nothing() };
        }
        if reward.stock.is_some_and(|stock| self.shared.count(&counters::stock(&reward.id)).used >= stock) {
            return waits(self, "there are none left");
        }
        let handed_over = self.give_free(id, reward, code);
        let (code, points, state) = (code.map(str::to_owned), 0, ClaimState::Claimed);
        let subject = Subject::Claim { code, id: id.to_owned(), points, reward: reward.id.clone(), state };
        Outcome { intents: vec![handed_over], ..Outcome::nothing() }.about(subject)
    }
}

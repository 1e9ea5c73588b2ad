//! Holds: quote -> hold -> capture (all or part) | release | ends by itself. Points in a hold are promised to nobody else.

use super::{Deciding, NotAllowed, Outcome, Refusal};
use crate::{
    loyalty::{
        books::About,
        catalogue::payable_of,
        entry::{Account, TextId},
        event::{Goods, HoldCaptured, HoldMade, HoldReleased},
        lot::{EndedHold, Hold, Payment},
        subject::Subject,
    },
    values::id::derived,
};

impl Deciding<'_> {
    /// Sets points aside, lot by lot.
    pub(super) fn hold(&mut self, wanted: &HoldMade) -> Result<Outcome, Refusal> {
        let settings = &self.live.programme.settings;
        self.may_spend()?;
        if wanted.points < settings.spending.smallest {
            return Err(Refusal::NotAllowed(NotAllowed::TooSmall));
        }
        if wanted.points % settings.spending.step != 0 {
            return Err(Refusal::NotAllowed(NotAllowed::WrongStep));
        }
        let goods = self.in_our_money(wanted)?;
        let goods = match payable_of(self.programme(), &goods) {
            Some(goods) => {
                let worth = goods.iter().map(|of| of.amount).sum();
                let most = settings.spending.points_for(worth);
                if most < wanted.points {
                    return Err(Refusal::NotAllowed(NotAllowed::OtherGoods(most)));
                }
                goods
            }
            None => goods,
        };
        let available = self.books.spendable_on(&goods, settings);
        if available < wanted.points {
            return Err(Refusal::NotEnoughPoints { available, wanted: wanted.points });
        }
        let day = self.spend_today(wanted.points)?;
        let id = derived("hold", &[&self.event.brand, &self.event.source, &self.event.id]);
        let about = About { order: wanted.order.as_deref(), ..About::default() };
        let to = (Account::Reserved, TextId::Reserved);
        let parts = self.books.take_parts(to, wanted.points, &goods, (&about, settings), self.now);
        let expires_at = wanted.ttl.unwrap_or(settings.spending.hold).after(self.now, &settings.zone);
        let hold = Hold { points: wanted.points, parts, expires_at, order: wanted.order.clone(), day };
        self.books.member.holds.insert(id.clone(), hold);
        Ok(Outcome::nothing().about(Subject::HoldMade { expires_at, id, points: wanted.points }))
    }

    /// The goods to pay for with their amounts in the programme's money.
    fn in_our_money(&self, wanted: &HoldMade) -> Result<Vec<Goods>, Refusal> {
        let ours = &self.live.programme.settings.currency;
        let Some(theirs) = wanted.currency.as_ref().filter(|theirs| *theirs != ours) else {
            return Ok(wanted.goods.clone());
        };
        let refused = || Refusal::WrongCurrency { programme: ours.clone(), order: theirs.clone() };
        let by = self.our_rate(theirs).ok_or_else(refused)?;
        let goods = wanted.goods.iter().map(|of| Ok(Goods { amount: by.amount(of.amount, ours)?, ..of.clone() }));
        goods.collect()
    }

    /// A hold becomes a payment. More than it holds is refused; what is not captured goes back.
    pub(super) fn capture(&mut self, wanted: &HoldCaptured) -> Result<Outcome, Refusal> {
        let id = &wanted.hold;
        let Some(hold) = self.books.member.holds.get(id).cloned() else { return Err(self.no_hold(id)) };
        let points = wanted.points.unwrap_or(hold.points);
        if points > hold.points {
            return Err(Refusal::NotEnoughPoints { available: hold.points, wanted: points });
        }
        self.books.member.holds.remove(id);
        let order = hold.order.clone();
        let released = hold.points - points;
        let parts = self.books.capture(hold, points, order.as_deref(), self.now);
        self.books.member.payments.insert(id.clone(), Payment { order, parts, at: self.now });
        Ok(Outcome::nothing().about(Subject::HoldCaptured { captured: points, id: id.clone(), released }))
    }

    /// Gives a hold back.
    pub(super) fn release(&mut self, wanted: &HoldReleased) -> Result<Outcome, Refusal> {
        let id = &wanted.hold;
        let Some(hold) = self.books.member.holds.remove(id) else { return Err(self.no_hold(id)) };
        self.books.release(&hold, self.now);
        self.books.member.ended.insert(id.clone(), EndedHold { points: hold.points, at: self.now });
        Ok(Outcome::nothing().about(Subject::HoldReleased { id: id.clone(), released: hold.points }))
    }

    pub(in crate::loyalty) fn may_spend(&self) -> Result<(), Refusal> {
        let refused = |why| Err(Refusal::NotAllowed(why));
        if !self.live.programme.settings.spending.allowed {
            return refused(NotAllowed::SpendingOff);
        }
        if self.books.member.left_at.is_some() {
            return refused(NotAllowed::Left);
        }
        if self.books.member.is_unaccepted() {
            return refused(NotAllowed::Unaccepted);
        }
        if self.books.member.restricted { refused(NotAllowed::OnHold) } else { Ok(()) }
    }

    fn no_hold(&self, id: &str) -> Refusal {
        let member = &self.books.member;
        let (what, id) = ("hold", id.to_owned());
        if member.payments.contains_key(&id) {
            Refusal::Over { what, id, state: "captured" }
        } else if member.ended.contains_key(&id) {
            Refusal::Over { what, id, state: "ended" }
        } else {
            Refusal::NoSuch { what, id }
        }
    }
}

//! What a programme gives back of a purchase, and how soon points pay for something: worked out from its rows alone, before anything
//! happened, for a purchase of the usual size of somebody who bought before.

use std::sync::Arc;

use jiff::Timestamp;

use super::words::{GENEROUS, LONG_WAY, percent};
use crate::{
    loyalty::{
        Programme,
        example::{Buyer, earns},
        order::{Line, OrderState, Revision},
    },
    programme::{Problem, WHOLE},
    values::{
        count::counted,
        money::{Quantity, format_units, places, share},
    },
};

/// A purchase where nobody knows how large they are, in whole units of the currency.
const USUAL: i64 = 50;

/// What comes back to members of one purchase of any goods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generosity {
    currency: String,
    /// The purchase, in minor units.
    order: i64,
    pub points: i64,
    /// What they pay, in thousandths of the purchase.
    pub share: i64,
    /// Purchases until points pay for the first thing; none where they never do.
    pub first_reward_after: Option<i64>,
}

impl Generosity {
    /// Of goods that no row names, in minor units (the usual amount where none is known), at an instant.
    pub fn of(programme: &Arc<Programme>, order: Option<i64>, at: Timestamp) -> Self {
        let settings = &programme.settings;
        let usual = USUAL * 10_i64.pow(places(&settings.currency));
        let order = order.filter(|order| *order > 0).unwrap_or(usual);
        let line = Line { id: "1".to_owned(), quantity: Quantity(1000), unit_price: order, ..Line::default() };
        let state = OrderState::paid(Revision::Number(1), at, &settings.currency, vec![line]);
        let points = earns(programme, &Buyer { orders: 1, ..Buyer::default() }, state).unwrap_or(0);
        let share = share(1000, settings.spending.worth(points), order);
        let cost = first_cost(programme);
        let first_reward_after =
            (points > 0).then(|| cost.div_euclid(points) + i64::from(cost % points != 0)).map(|after| after.max(1));
        Self { currency: settings.currency.clone(), order, points, share, first_reward_after }
    }

    /// Like `gives back 1 % of sales, first reward after 5 purchases of 50.00 EUR`.
    pub fn says(&self) -> String {
        let order = format!("{} {}", format_units(self.order, places(&self.currency)), self.currency);
        match self.first_reward_after {
            Some(after) => {
                let purchases = counted(after, "purchase");
                format!("gives back {} of sales, first reward after {purchases} of {order}", percent(self.share))
            }
            None => format!("a purchase of {order} earns nothing where no row names its goods"),
        }
    }

    /// What a person should look at of a draft, beside what stands in its rows.
    pub fn warning(&self) -> Option<Problem> {
        let detail = self.look()?;
        Some(Problem { table: WHOLE.to_owned(), row: String::new(), column: String::new(), detail })
    }

    /// What a person should look at, if so: a lot is given away, or nobody will live to see a reward.
    pub fn look(&self) -> Option<String> {
        let far = self.first_reward_after.is_some_and(|after| after > LONG_WAY);
        (self.share >= GENEROUS || far).then(|| self.says())
    }
}

/// Points of the cheapest reward, or of the smallest payment where there is none.
pub(super) fn first_cost(programme: &Programme) -> i64 {
    let rewards = programme.mechanics.rewards.catalogue.iter().map(|reward| reward.cost).filter(|cost| *cost > 0);
    let payment = programme.settings.spending.smallest.max(programme.settings.spending.step).max(1);
    rewards.min().unwrap_or(payment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{loyalty::programme::check, programme::sample};

    /// The sample: 100 points pay 1.00, the cheapest reward costs 250.
    #[test]
    fn what_a_programme_gives_back_is_told_from_its_rows_and_a_lot_of_it_is_to_be_looked_at() {
        let at = "2026-11-20T12:00:00Z".parse().unwrap();
        let of = |points: &str, order: Option<i64>| {
            let mut tables = sample::tables();
            tables.0.get_mut("Rules").unwrap()[0].cells.insert("Points".to_owned(), points.to_owned());
            Generosity::of(&Arc::new(check(&tables).unwrap()), order, at)
        };
        assert_eq!(of("1", None).says(), "gives back 1 % of sales, first reward after 5 purchases of 50.00 EUR");
        assert_eq!(of("1", None).look(), None);
        let much = "gives back 11 % of sales, first reward after 1 purchase of 50.00 EUR";
        assert_eq!(of("11", None).look().as_deref(), Some(much));
        let far = "gives back 1 % of sales, first reward after 25 purchases of 10.00 EUR";
        assert_eq!(of("1", Some(1000)).look().as_deref(), Some(far), "of the size that purchases have");
        assert_eq!(of("0", None).says(), "a purchase of 50.00 EUR earns nothing where no row names its goods");
    }
}

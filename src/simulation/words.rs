//! A forecast in a marketer's words: one line for each row of the programme, a few for the whole.

use super::forecast::{Does, Forecast, Gives, OfOneRow, Side};
use crate::values::{
    count::{counted, noun},
    money::{format_units, places},
};

/// From so many thousandths of the sales on it is worth a second look.
pub(super) const GENEROUS: i64 = 100;
/// Members who wait longer for their first reward often never see one.
pub(super) const LONG_WAY: i64 = 15;

/// Stands before what a person should look at.
const LOOK: &str = "Look: ";

/// What nothing happened in says instead of figures.
pub const NO_HISTORY: &str = "Nothing has happened yet to work it out from.";

impl Forecast {
    /// Whether anything happened that figures could come from.
    pub fn has_history(&self) -> bool {
        self.events > 0
    }

    /// Like `last 30 days`.
    pub fn span(&self) -> String {
        let seconds = self.window.until.as_second() - self.window.from.as_second();
        let days = ((seconds + 86_399) / 86_400).max(1);
        if days == 1 { "last day".to_owned() } else { format!("last {}", counted(days, "day")) }
    }

    fn money(&self, units: i64) -> String {
        format!("{} {}", grouped(&format_units(units, places(&self.currency))), self.currency)
    }

    /// What a row of a table would have done; none where nothing is counted of such rows.
    pub fn of_row(&self, table: &str, row: &str) -> Option<String> {
        let known = self.rows.iter().find(|known| known.table == table && known.row == row)?;
        let then = known.then?;
        if !self.has_history() {
            return Some(NO_HISTORY.to_owned());
        }
        Some(format!("{}: {}{}", self.span(), self.said(known, &then), self.sampled()))
    }

    fn said(&self, known: &OfOneRow, then: &Gives) -> String {
        let now = known.now.unwrap_or_default();
        let before = |was: i64, is: i64| {
            let changed = known.now.is_some() && was != is;
            if changed { format!(" (now {})", number(was)) } else { String::new() }
        };
        let members = format!("{}{}", many(then.members, "member"), before(now.members, then.members));
        match known.does {
            Does::Wears => format!("{members} at the end"),
            Does::IsUsed | Does::Takes if then.times == 0 => format!("nobody{}", before(now.times, then.times)),
            Does::IsUsed => format!("used {}{} by {members}", many(then.times, "time"), before(now.times, then.times)),
            Does::Takes => {
                let times = format!("{}{}", many(then.times, "time"), before(now.times, then.times));
                format!("taken {times} by {members} for {}", many(then.points, "point"))
            }
            Does::Gives if then.points == 0 && then.members == 0 => {
                format!("nobody{}", before(now.members, then.members))
            }
            Does::Gives => {
                let points = format!("{}{}", many(then.points, "point"), before(now.points, then.points));
                format!("{members}, {points}{}", self.worth(then.cost, then.share))
            }
        }
    }

    /// What the whole would have done, line by line; what is to be looked at first begins with `Look: `.
    pub fn of_the_whole(&self) -> Vec<String> {
        if !self.has_history() {
            return vec![NO_HISTORY.to_owned()];
        }
        let gives = |side: &Side| {
            let (points, members) = (many(side.points, "point"), many(side.members, "member"));
            format!("{points} to {members}{}", self.worth(side.cost, side.share))
        };
        let mut lines = vec![format!("In the {}: {}{}", self.span(), gives(&self.then), self.sampled())];
        if (self.now.points, self.now.members) != (self.then.points, self.then.members) {
            lines.push(format!("As it is live: {}", gives(&self.now)));
        }
        lines.extend((self.orders > 0).then(|| self.generosity()));
        lines.push(self.who_loses());
        let refused: i64 = self.then.refused.values().sum();
        if refused > 0 {
            lines.push(format!("{} of that time would be refused and were left out", many(refused, "event")));
        }
        lines
    }

    /// What of the whole should be looked at.
    pub fn to_look_at(&self) -> Vec<String> {
        let lines = self.of_the_whole().into_iter();
        lines.filter_map(|line| line.strip_prefix(LOOK).map(str::to_owned)).collect()
    }

    /// What comes back to members, and how soon.
    fn generosity(&self) -> String {
        let gives = format!("{} of sales", percent(self.then.share));
        let first = match self.then.first_reward_after {
            Some(after) => format!("first reward after {}", many(after, "purchase")),
            None => "no purchase brings a reward nearer".to_owned(),
        };
        let far = self.then.first_reward_after.is_none_or(|after| after > LONG_WAY);
        let look = if self.then.share >= GENEROUS || far { "Look: gives back" } else { "Gives back" };
        format!("{look} {gives}, {first}")
    }

    fn who_loses(&self) -> String {
        let losers = &self.losers;
        if losers.members == 0 {
            return "Nobody would have less".to_owned();
        }
        let lower =
            if losers.lower_tier > 0 { format!(", {} a lower tier", number(losers.lower_tier)) } else { String::new() };
        let points =
            if losers.points > 0 { format!(", {} in all", many(losers.points, "point")) } else { String::new() };
        format!("Look: {} would have less{points}{lower}", many(losers.members, "member"))
    }

    /// What points pay, and of how much.
    fn worth(&self, cost: i64, share: i64) -> String {
        let share = match (self.sales > 0, share) {
            (false, _) => String::new(),
            (true, 0) if cost > 0 => ", under 0.1 % of sales".to_owned(),
            (true, share) => format!(", {} of sales", percent(share)),
        };
        format!(", {}{share}", self.money(cost))
    }

    fn sampled(&self) -> String {
        if self.every > 1 { format!(" (worked out from one member in {})", self.every) } else { String::new() }
    }
}

/// `8 560 points`.
fn many(count: i64, one: &str) -> String {
    format!("{} {}", number(count), noun(count, one))
}

/// `8 560`.
pub fn number(count: i64) -> String {
    grouped(&count.to_string())
}

/// The whole part of a decimal text in groups of three.
fn grouped(text: &str) -> String {
    let (whole, rest) = text.find('.').map_or((text, ""), |at| text.split_at(at));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut said = String::with_capacity(text.len() + 4);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            said.push(' ');
        }
        said.push(digit);
    }
    format!("{sign}{said}{rest}")
}

/// Thousandths as percent.
pub fn percent(thousandths: i64) -> String {
    if thousandths % 10 == 0 {
        format!("{} %", thousandths / 10)
    } else {
        format!("{} %", format_units(thousandths, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_people_read_them() {
        assert_eq!(["0", "999", "8560", "-1234567.80"].map(grouped), ["0", "999", "8 560", "-1 234 567.80"]);
        assert_eq!([0, 4, 110, 1234].map(percent), ["0 %", "0.4 %", "11 %", "123.4 %"]);
        assert_eq!(many(1, "member"), "1 member");
    }
}

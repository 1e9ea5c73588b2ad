//! Live, but look: what can go live and probably does not work, or is not meant. A warning keeps nothing from being published.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};

use super::{
    Core, Effect, NewMembers, Rule, SEGMENT_ENTERED, SEGMENT_LEFT, Seen, TIER_CHANGED, Tables,
    check::{rules, settings, texts, tiers},
    names,
    rows::{Problem, Row},
    tables::{self, Cells, Columns},
    translations,
};
use crate::values::{
    count::counted,
    money::{format_units, places},
    near::{Near, is_it_meant},
    span::Span,
};

/// What is known besides the rows.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The rows that are live; none before the first version.
    pub live: Tables,
    /// The version that was live before, compiled.
    pub before: Option<Core>,
    pub seen: Seen,
    /// Members by the tier they wear; only those of tiers that the draft no longer has.
    pub worn: BTreeMap<String, u64>,
}

/// The text that asks a member to accept to be one.
const CLAIM: &str = "claim_points";
/// Points for one thing that pay this many whole units of the currency are probably a slip of the keyboard.
const PAYS_MUCH: i64 = 1_000;
/// The same where points pay nothing.
const POINTS: i64 = 100_000;
const TIMES: i64 = 10;
const NAME_CHARS: usize = 200;
const DAY_SECONDS: i64 = 86_400;

/// What a person should look at, cell by cell.
pub fn look(tables: &Tables, programme: &Core, known: &Known) -> Vec<Problem> {
    let mut look = Look { tables, programme, known, found: Vec::new() };
    look.names_never_seen();
    look.texts_near_our_own();
    look.placeholders();
    look.expiries();
    look.currency();
    look.nobody_asks();
    look.many_points();
    look.paid_again_and_again();
    look.long_names();
    look.tiers_that_are_worn();
    look.found.extend(translations::outdated(tables));
    look.found
}

struct Look<'a> {
    tables: &'a Tables,
    programme: &'a Core,
    known: &'a Known,
    found: Vec<Problem>,
}

impl<'a> Look<'a> {
    fn tell<C: Columns>(&mut self, row: &Row, column: C, detail: String) {
        self.tell_in(C::TABLE, row, column.title(), detail);
    }

    fn tell_in(&mut self, table: &str, row: &Row, column: &str, detail: String) {
        self.found.push(Problem { table: table.to_owned(), row: row.key.clone(), column: column.to_owned(), detail });
    }

    fn rows<C: Columns>(&self) -> &'a [Row] {
        self.tables.rows(C::TABLE)
    }

    /// What is to be said of the cells of one kind, in whatever table.
    fn each(&mut self, of: impl Fn(Cells) -> bool, say: impl Fn(Cells, &str) -> Vec<String>) {
        for table in tables::programme() {
            for column in &table.columns {
                let Some(cells) = column.cells.filter(|cells| of(*cells)) else { continue };
                for row in self.tables.rows(&table.title) {
                    for detail in row.cell(&column.title).map(|cell| say(cells, cell)).unwrap_or_default() {
                        self.tell_in(&table.title, row, &column.title, detail);
                    }
                }
            }
        }
    }

    fn names_never_seen(&mut self) {
        let mut seen = self.known.seen.clone();
        for table in tables::programme() {
            let (Some(kind), Some(id)) = (table.brings.and_then(Cells::names), table.columns_of(Cells::Id).next())
            else {
                continue;
            };
            let ids = self.tables.rows(&table.title).iter().filter_map(|row| row.cell(&id.title));
            ids.for_each(|id| seen.add(kind, id));
        }
        let seen = seen.ready();
        self.each(|cells| cells.names().is_some(), |cells, cell| seen.look(cells, cell));
    }

    /// A text is asked for by its name: one that is nearly a name of ours is probably meant to be it.
    fn texts_near_our_own(&mut self) {
        let own = || OWN_TEXTS.iter().map(|(text, _)| *text);
        for row in self.rows::<texts::Column>() {
            let Some(text) = row.cell(texts::Column::Text).filter(|text| own().all(|own| own != *text)) else {
                continue;
            };
            if let Some(near) = Near::of(own()).slip(text) {
                self.tell(
                    row,
                    texts::Column::Text,
                    format!("no message of ours is called `{text}`; is `{near}` meant?"),
                );
            }
        }
    }

    fn placeholders(&mut self) {
        let environment = minijinja::Environment::new();
        for row in self.rows::<texts::Column>() {
            let Some(facts) = row.cell(texts::Column::Text).and_then(facts_of) else { continue };
            for column in [texts::Column::Subject, texts::Column::Body] {
                let text = row.cell(column).unwrap_or_default();
                let Ok(template) = environment.template_from_str(text) else { continue };
                let mut unknown: Vec<String> = template.undeclared_variables(false).into_iter().collect();
                unknown.retain(|name| !facts.contains(&name.as_str()));
                unknown.sort();
                for name in unknown {
                    let near = Some(is_it_meant(&name, facts)).filter(|near| !near.is_empty());
                    let near = near.unwrap_or_else(|| ".".to_owned());
                    let facts = facts.join(", ");
                    self.tell(row, column, format!("nothing fills `{{{{ {name} }}}}`{near} There are {facts}"));
                }
            }
        }
    }

    fn expiries(&mut self) {
        let soon = |cell: &str| {
            let length = cell.parse::<Span>().ok()?.after(Timestamp::UNIX_EPOCH, &TimeZone::UTC).as_second();
            let detail = || format!("`{cell}`: these points end within a day; M is months, m is minutes");
            (length < DAY_SECONDS).then(detail)
        };
        self.each(|cells| cells == Cells::EndOfPoints, |_, cell| soon(cell).into_iter().collect());
    }

    fn currency(&mut self) {
        let (Some(before), Some(row)) = (&self.known.before, self.rows::<settings::Column>().first()) else { return };
        let (was, is) = (&before.settings.currency, &self.programme.settings.currency);
        if was != is {
            let detail = format!(
                "was {was} and is {is} now: all amounts of the tables are read as {is}, and orders in {was} need an exchange rate"
            );
            self.tell(row, settings::Column::Currency, detail);
        }
    }

    /// Points wait until members accept, and no text asks them to.
    fn nobody_asks(&mut self) {
        let waits = self.programme.settings.new_members == NewMembers::WaitUntilAccepted;
        let asks = self.rows::<texts::Column>().iter().any(|row| row.cell(texts::Column::Text) == Some(CLAIM));
        if let Some(row) = self.rows::<settings::Column>().first().filter(|_| waits && !asks) {
            let detail = format!("no text `{CLAIM}` asks members to accept: write one into Texts");
            self.tell(row, settings::Column::NewMembers, detail);
        }
    }

    fn many_points(&mut self) {
        let of_rules = by_id(self.rows::<rules::Column>(), rules::Column::Rule);
        let of_tiers = by_id(self.rows::<tiers::Column>(), tiers::Column::Tier);
        for rule in &self.programme.rules {
            let Some(detail) = self.many(rule) else { continue };
            let multiplies = matches!(rule.effect, Effect::Multiply { .. });
            let own = if multiplies { rules::Column::Multiplier } else { rules::Column::Points };
            let tier = |prefix| rule.id.strip_prefix(prefix).and_then(|tier| of_tiers.get(tier));
            match (tier("birthday-"), tier("tier-"), of_rules.get(rule.id.as_str())) {
                (Some(row), ..) => self.tell(row, tiers::Column::BirthdayPoints, detail),
                (_, Some(row), _) => self.tell(row, tiers::Column::Multiplier, detail),
                (.., Some(row)) => self.tell(row, own, detail),
                _ => {}
            }
        }
    }

    /// What is unusual about what a rule gives.
    fn many(&self, rule: &Rule) -> Option<String> {
        let settings = &self.programme.settings;
        let worth = |points: i64| if settings.spending.allowed { settings.spending.worth(points) } else { 0 };
        let (decimals, currency) = (places(&settings.currency), &settings.currency);
        match rule.effect {
            Effect::Fixed { points } if worth(points) >= PAYS_MUCH * 10_i64.pow(decimals) => {
                let pays = format_units(worth(points), decimals);
                Some(format!("{} worth {pays} {currency}", counted(points, "point")))
            }
            Effect::Fixed { points } if points >= POINTS => Some(format!("{} at once", counted(points, "point"))),
            Effect::PerAmount { points, per } if worth(points) >= per => Some(format!(
                "for {} {currency} it gives points that pay {} {currency}",
                format_units(per, decimals),
                format_units(worth(points), decimals)
            )),
            Effect::Multiply { thousandths } if thousandths > TIMES * 1000 => {
                Some(format!("more than {TIMES} times the points"))
            }
            _ => None,
        }
    }

    /// Who buys, gets points, returns and buys again comes and goes as often as it likes.
    fn paid_again_and_again(&mut self) {
        let of_rules = by_id(self.rows::<rules::Column>(), rules::Column::Rule);
        let comes_again = |event: &str| {
            let of = event.split(':').next().unwrap_or_default();
            [SEGMENT_ENTERED, SEGMENT_LEFT, TIER_CHANGED].iter().any(|own| names::same(own, of))
        };
        let paid = self.programme.rules.iter().filter(|rule| comes_again(&rule.event) && rule.cap.is_none());
        for rule in paid.filter(|rule| matches!(rule.effect, Effect::Fixed { points } if points > 0)) {
            let detail = "a member may come and go by buying and returning, and gets the points each time; fill this cell, \
                with the points of the rule for once in the Cap period";
            if let Some(row) = of_rules.get(rule.id.as_str()) {
                self.tell(row, rules::Column::CapPerMember, detail.to_owned());
            }
        }
    }

    fn long_names(&mut self) {
        let long = |cell: &str| {
            let length = cell.chars().count();
            let detail = || format!("has {}; other systems show {NAME_CHARS}", counted(length, "character"));
            (length > NAME_CHARS).then(detail)
        };
        self.each(|cells| cells == Cells::Name, |_, cell| long(cell).into_iter().collect());
    }

    fn tiers_that_are_worn(&mut self) {
        for (tier, members) in &self.known.worn {
            if self.programme.tier(tier).is_none() {
                let who = counted(members, "member");
                let detail = format!("`{tier}` is gone, worn by {who}, who will have what is earned");
                let table = tiers::Column::TABLE.to_owned();
                self.found.push(Problem { table, row: String::new(), column: String::new(), detail });
            }
        }
    }
}

/// Rows by what stands in their column of ids.
fn by_id<C: Columns>(rows: &[Row], ids: C) -> BTreeMap<&str, &Row> {
    rows.iter().rev().filter_map(|row| Some((row.cell(ids)?, row))).collect()
}

/// The texts that the connector writes by itself, and what fills them; who asks for another text brings its facts along.
const OWN_TEXTS: [(&str, &[&str]); 3] = [
    ("thank_you", &["name", "points", "balance", "tier", "programme", "goods"]),
    ("claim_points", &["name", "points", "balance", "tier", "programme", "accept_by"]),
    ("points_expiring", &["name", "points", "balance", "tier", "programme", "expires_on"]),
];

fn facts_of(text: &str) -> Option<&'static [&'static str]> {
    OWN_TEXTS.iter().find(|(own, _)| *own == text).map(|(_, facts)| *facts)
}

#[cfg(test)]
mod tests;

//! Live, but look: what can go live and probably does not work, or is not meant. A warning keeps nothing from being published.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, tz::TimeZone};

use super::{
    Effect, Programme, Rule, Tables,
    names::{self, Kind},
    rows::{Problem, Row},
};
use crate::{
    programme::{BIRTHDAY, PURCHASE},
    values::{
        bounds::NAMES_KEPT,
        count::counted,
        money::{format_units, places},
        near::is_it_meant,
        span::Span,
    },
};

/// What is known besides the rows.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The rows that are live; none before the first version.
    pub live: Tables,
    /// The version that was live before, compiled.
    pub before: Option<Programme>,
    pub seen: Seen,
    /// Members by the tier they wear; only those of tiers that the draft no longer has.
    pub worn: BTreeMap<String, u64>,
}

/// Names that orders, events and members brought, as they were spelled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    names: BTreeMap<Kind, BTreeSet<String>>,
    orders: usize,
}

/// Before a shop has had so many orders, nobody knows what never comes; what looks like a slip is told at once.
pub const ORDERS_ENOUGH: usize = 100;

/// Points for one thing that pay this many whole units of the currency are probably a slip of the keyboard.
const WORTH: i64 = 1_000;
/// The same where points pay nothing.
const POINTS: i64 = 100_000;
const TIMES: i64 = 10;
const NAME_CHARS: usize = 200;
const DAY_SECONDS: i64 = 86_400;

/// What a person should look at, cell by cell.
pub fn look(tables: &Tables, programme: &Programme, known: &Known) -> Vec<Problem> {
    let mut look = Look { tables, programme, known, found: Vec::new() };
    look.names_never_seen();
    look.placeholders();
    look.expiries();
    look.currency();
    look.many_points();
    look.long_names();
    look.tiers_that_are_worn();
    look.found
}

struct Look<'a> {
    tables: &'a Tables,
    programme: &'a Programme,
    known: &'a Known,
    found: Vec<Problem>,
}

/// Cells that hold names, and of which kind.
const NAMES: [(&str, &str, Kind); 11] = [
    ("Rules", "Event", Kind::Event),
    ("Rules", "Categories", Kind::Category),
    ("Rules", "Spendable on", Kind::Category),
    ("Rules", "Segments", Kind::Segment),
    ("Codes", "Categories", Kind::Category),
    ("Codes", "Segments", Kind::Segment),
    ("Rewards", "Segments", Kind::Segment),
    ("Programme", "Excluded categories", Kind::Category),
    ("Programme", "Payable categories", Kind::Category),
    ("Programme", "Not payable categories", Kind::Category),
    ("Rules", "Waits", Kind::Event),
];

/// Cells that keep something out: that it has not come yet is what they are for.
const GUARDS: [&str; 2] = ["Excluded categories", "Not payable categories"];

impl<'a> Look<'a> {
    fn tell(&mut self, table: &str, row: &Row, column: &str, detail: String) {
        self.found.push(Problem { table: table.to_owned(), row: row.key.clone(), column: column.to_owned(), detail });
    }

    fn rows(&self, table: &str) -> &'a [Row] {
        self.tables.rows(table)
    }

    fn names_never_seen(&mut self) {
        for (table, column, kind) in NAMES {
            for row in self.rows(table) {
                let cell = row.cell(column).unwrap_or_default();
                for name in cell.split([',', ';', '\n']).map(str::trim).filter(|name| !name.is_empty()) {
                    let name = if column == "Waits" { name.strip_prefix("event:") } else { Some(name) };
                    let told = name.and_then(|name| self.known.seen.never((kind, column), name));
                    if let Some(detail) = told {
                        self.tell(table, row, column, detail);
                    }
                }
            }
        }
    }

    fn placeholders(&mut self) {
        let environment = minijinja::Environment::new();
        for row in self.rows("Texts") {
            let Some(facts) = row.cell("Text").and_then(facts_of) else { continue };
            for column in ["Subject", "Body"] {
                let text = row.cell(column).unwrap_or_default();
                let Ok(template) = environment.template_from_str(text) else { continue };
                let mut unknown: Vec<String> = template.undeclared_variables(false).into_iter().collect();
                unknown.retain(|name| !facts.contains(&name.as_str()));
                unknown.sort();
                for name in unknown {
                    let near = is_it_meant(&name, facts);
                    let facts = facts.join(", ");
                    self.tell(
                        "Texts",
                        row,
                        column,
                        format!("nothing fills `{{{{ {name} }}}}`{near} There are {facts}"),
                    );
                }
            }
        }
    }

    fn expiries(&mut self) {
        let cells = [("Rules", "Expires"), ("Programme", "Expires"), ("Programme", "Grace for expired points")];
        for (table, column) in cells {
            for row in self.rows(table) {
                let Some(Ok(span)) = row.cell(column).map(str::parse::<Span>) else { continue };
                let length = span.after(Timestamp::UNIX_EPOCH, &TimeZone::UTC).as_second();
                if length < DAY_SECONDS {
                    let cell = row.cell(column).unwrap_or_default();
                    self.tell(
                        table,
                        row,
                        column,
                        format!("`{cell}`: these points end within a day; M is months, m is minutes"),
                    );
                }
            }
        }
    }

    fn currency(&mut self) {
        let (Some(before), Some(row)) = (&self.known.before, self.rows("Programme").first()) else { return };
        let (was, is) = (&before.settings.currency, &self.programme.settings.currency);
        if was != is {
            let detail = format!(
                "was {was} and is {is} now: all amounts of the tables are read as {is}, and orders in {was} need an exchange rate"
            );
            self.tell("Programme", row, "Currency", detail);
        }
    }

    fn many_points(&mut self) {
        for rule in &self.programme.rules {
            let Some(detail) = self.many(rule) else { continue };
            let (table, id, column) = match (rule.id.strip_prefix("birthday-"), rule.id.strip_prefix("tier-")) {
                (Some(tier), _) => ("Tiers", tier, "Birthday points"),
                (_, Some(tier)) => ("Tiers", tier, "Multiplier"),
                _ if matches!(rule.effect, Effect::Multiply { .. }) => ("Rules", rule.id.as_str(), "Multiplier"),
                _ => ("Rules", rule.id.as_str(), "Points"),
            };
            let first = if table == "Tiers" { "Tier" } else { "Rule" };
            if let Some(row) = self.rows(table).iter().find(|row| row.cell(first) == Some(id)) {
                self.tell(table, row, column, detail);
            }
        }
    }

    /// What is unusual about what a rule gives.
    fn many(&self, rule: &Rule) -> Option<String> {
        let settings = &self.programme.settings;
        let worth = |points: i64| if settings.spending.allowed { settings.spending.worth(points) } else { 0 };
        let (decimals, currency) = (places(&settings.currency), &settings.currency);
        match rule.effect {
            Effect::Fixed { points } if worth(points) >= WORTH * 10_i64.pow(decimals) => {
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

    fn long_names(&mut self) {
        for table in ["Programme", "Rules", "Tiers", "Codes", "Rewards"] {
            for row in self.rows(table) {
                let length = row.cell("Name").map_or(0, |name| name.chars().count());
                if length > NAME_CHARS {
                    self.tell(
                        table,
                        row,
                        "Name",
                        format!("has {}; other systems show {NAME_CHARS}", counted(length, "character")),
                    );
                }
            }
        }
    }

    fn tiers_that_are_worn(&mut self) {
        for (tier, members) in &self.known.worn {
            if self.programme.tier(tier).is_none() {
                let who = counted(members, "member");
                let detail = format!("`{tier}` is gone, worn by {who}, who will have what is earned");
                let table = "Tiers".to_owned();
                self.found.push(Problem { table, row: String::new(), column: String::new(), detail });
            }
        }
    }
}

impl Seen {
    /// What so many orders, counted up to [`ORDERS_ENOUGH`], brought; their names are still to be added.
    pub fn after(orders: usize) -> Self {
        Self { orders, ..Self::default() }
    }

    /// Takes in a name.
    pub fn add(&mut self, kind: Kind, name: impl Into<String>) {
        self.names.entry(kind).or_default().insert(name.into());
    }

    /// What is to be said of a name in this column that nothing ever brought. While nothing of its kind came, nothing is known.
    fn never(&self, (kind, column): (Kind, &str), name: &str) -> Option<String> {
        let seen = self.names.get(&kind).filter(|seen| !seen.is_empty() && seen.len() < NAMES_KEPT)?;
        let ours = kind == Kind::Event && [PURCHASE, BIRTHDAY].iter().any(|own| names::same(own, name));
        let is_it = |told: &String| match kind {
            Kind::Category => names::within(told, name),
            _ => names::same(told, name),
        };
        if ours || seen.iter().any(is_it) {
            return None;
        }
        let mut known: Vec<&str> = seen.iter().map(String::as_str).collect();
        if kind == Kind::Category {
            known.extend(seen.iter().flat_map(|path| path.match_indices('/').map(|(at, _)| path[..at].trim())));
        }
        let near = is_it_meant(name, &known);
        let telling = !near.is_empty() || self.orders >= ORDERS_ENOUGH && !GUARDS.contains(&column);
        telling.then(|| format!("no {} `{name}` has ever come{near}", kind.name()))
    }
}

/// What fills the texts that the connector writes by itself; who asks for another text brings its facts along.
fn facts_of(text: &str) -> Option<&'static [&'static str]> {
    match text {
        "thank_you" => Some(&["name", "points", "balance", "tier", "programme", "goods"]),
        "points_expiring" => Some(&["name", "points", "balance", "tier", "programme", "expires_on"]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programme::{check, sample};

    /// What is said of the sample after these cells were changed: `(table, row, column, text)`.
    fn said(cells: &[(&str, usize, &str, &str)], known: &Known) -> Vec<String> {
        let mut tables = sample::tables();
        for (table, row, column, text) in cells {
            let row = &mut tables.0.get_mut(*table).unwrap()[*row];
            row.cells.insert((*column).to_owned(), (*text).to_owned());
        }
        let programme = check(&tables).unwrap();
        look(&tables, &programme, known).iter().map(ToString::to_string).collect()
    }

    fn seen() -> Known {
        let mut seen = Seen::after(ORDERS_ENOUGH);
        for (kind, name) in [
            (Kind::Category, "Sport / Shoes / Running"),
            (Kind::Category, "gift-cards"),
            (Kind::Event, "Review"),
            (Kind::Segment, "VIP buyers"),
        ] {
            seen.add(kind, name);
        }
        Known { seen, ..Known::default() }
    }

    #[test]
    fn the_sample_has_nothing_to_look_at() {
        assert_eq!(said(&[], &Known::default()), Vec::<String>::new(), "nothing came yet, so nothing is known");
        assert_eq!(said(&[], &seen()), Vec::<String>::new());
    }

    #[test]
    fn what_never_comes_is_known_after_some_orders_and_a_slip_at_once() {
        let after = |orders: usize| {
            let mut seen = Seen::after(orders);
            seen.add(Kind::Category, "sport/shoes/running");
            seen.add(Kind::Event, "visit");
            Known { seen, ..Known::default() }
        };
        assert_eq!(said(&[], &after(1)), Vec::<String>::new(), "a first purchase says nothing about the sample");
        let told = said(&[], &after(ORDERS_ENOUGH));
        assert!(told.len() == 1 && told[0].contains("no event of type `review` has ever come"), "{told:?}");
        let (garden, shoe) = ("garden", "sport/shoe");
        for (column, table, name, orders, expected) in [
            ("Categories", "Rules", garden, ORDERS_ENOUGH - 1, false),
            ("Categories", "Rules", garden, ORDERS_ENOUGH, true),
            ("Excluded categories", "Programme", garden, ORDERS_ENOUGH, false),
            ("Categories", "Rules", shoe, 1, true),
            ("Excluded categories", "Programme", shoe, 1, true),
        ] {
            let told = said(&[(table, 0, column, name)], &after(orders));
            assert_eq!(told.iter().any(|told| told.contains(name)), expected, "{column} {name} {orders}: {told:?}");
        }
    }

    #[test]
    fn what_probably_does_not_work_or_is_not_meant_is_said_in_its_cell() {
        for (table, row, column, text, told) in [
            (
                "Rules",
                1,
                "Categories",
                "sport/shoe",
                "no category `sport/shoe` has ever come; is `Sport / Shoes` meant?",
            ),
            ("Rules", 1, "Categories", "SPORT/shoes, garden", "no category `garden` has ever come"),
            ("Rules", 3, "Event", "reviews", "no event of type `reviews` has ever come; is `Review` meant?"),
            ("Rules", 0, "Waits", "event:reveiw", "no event of type `reveiw` has ever come; is `Review` meant?"),
            ("Rules", 0, "Segments", "vip buyer", "no segment `vip buyer` has ever come; is `VIP buyers` meant?"),
            ("Programme", 0, "Excluded categories", "gift-card", "is `gift-cards` meant?"),
            ("Codes", 0, "Categories", "toys", "no category `toys` has ever come"),
            ("Texts", 0, "Body", "{{ name }}, {{ point }}", "nothing fills `{{ point }}`; is `points` meant?"),
            ("Rules", 0, "Expires", "12m", "`12m`: these points end within a day; M is months, m is minutes"),
            ("Programme", 0, "Expires", "23h", "these points end within a day"),
            ("Rules", 2, "Points", "100000", "100000 points worth 1000.00 EUR"),
            ("Rules", 0, "Points", "100", "for 1.00 EUR it gives points that pay 1.00 EUR"),
            ("Rules", 1, "Multiplier", "20", "more than 10 times the points"),
            ("Tiers", 2, "Birthday points", "200000", "200000 points worth 2000.00 EUR"),
        ] {
            let said = said(&[(table, row, column, text)], &seen());
            let key = sample::tables().rows(table)[row].key.clone();
            let place = format!("{table}, row {key}, {column}: ");
            assert!(
                said.len() == 1 && said[0].starts_with(&place) && said[0].contains(told),
                "{table} {text}: {said:?}"
            );
        }
        let long = "x".repeat(201);
        let told = said(&[("Rules", 0, "Name", &long)], &seen());
        assert!(told.len() == 1 && told[0].contains("has 201 characters"), "{told:?}");
    }

    #[test]
    fn another_currency_and_a_tier_that_is_worn_are_said() {
        let before = Some(check(&sample::tables()).unwrap());
        let worn = BTreeMap::from([("platinum".to_owned(), 3)]);
        let told = said(&[("Programme", 0, "Currency", "USD")], &Known { before, worn, ..seen() });
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("was EUR and is USD now"), "{told:?}");
        assert_eq!(told[1], "Tiers: `platinum` is gone, worn by 3 members, who will have what is earned");
    }
}

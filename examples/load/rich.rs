//! Programmes larger than six rules: with a thousand rules, a hundred challenges and fifty segments, and with a hundred budgets.

use std::fmt::Write;

use clap::ValueEnum;

use crate::orders;

/// What is live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Live {
    /// Six rules
    Six,
    /// 1000 rules, 100 challenges, 50 segments
    Rich,
    /// The six rules and 94 others, each with a budget of its own
    Budgets,
}

impl Live {
    pub fn name(self) -> &'static str {
        match self {
            Self::Six => "six",
            Self::Rich => "rich",
            Self::Budgets => "budgets",
        }
    }

    /// The programme's tables as CSV files.
    pub fn tables(self, thank_you: &str) -> Vec<(&'static str, String)> {
        let six = || {
            orders::programme(thank_you)
                .filter(|(table, _)| *table == "Rules")
                .map(|(_, text)| text)
                .collect::<String>()
        };
        let made = |table: &str| match (self, table) {
            (Self::Rich, "Rules") => Some(rules(&six(), 1_000)),
            (Self::Rich, "Challenges") => Some(challenges()),
            (Self::Rich, "Segments") => Some(segments()),
            (Self::Budgets, "Rules") => Some(budgets(&six())),
            _ => None,
        };
        orders::programme(thank_you).map(|(table, text)| (table, made(table).unwrap_or(text))).collect()
    }
}

/// Cells by the titles of their columns, under the header of the six.
struct Sheet {
    header: Vec<String>,
    text: String,
}

impl Sheet {
    fn of(first: &str, more: &[&str]) -> Self {
        let mut lines = first.lines();
        let mut header: Vec<String> = lines.next().unwrap_or_default().split(',').map(str::to_owned).collect();
        let missing: Vec<String> = more
            .iter()
            .filter(|title| !header.iter().any(|known| known == *title))
            .map(|title| (*title).to_owned())
            .collect();
        let commas = ",".repeat(missing.len());
        header.extend(missing);
        let mut text = header.join(",") + "\n";
        lines.for_each(|line| _ = writeln!(text, "{line}{commas}"));
        Self { header, text }
    }

    fn row(&mut self, cells: &[(&str, &str)]) {
        let cell = |title: &String| cells.iter().find(|(known, _)| known == title).map_or("", |(_, text)| text);
        let row: Vec<&str> = self.header.iter().map(cell).collect();
        self.text.push_str(&row.join(","));
        self.text.push('\n');
    }
}

/// Of ten rules seven are for something that few orders have; one is of other dates, one asks for a large order, one has a condition.
fn rules(six: &str, many: usize) -> String {
    let more = ["Products", "Stores", "Smallest order", "Weekdays", "Condition"];
    let mut sheet = Sheet::of(six, &more);
    for number in 6..many {
        let (id, n) = (format!("r-{number}"), number.to_string());
        let own: Vec<(&str, String)> = match number % 10 {
            0..=2 => vec![("Categories", format!("garden/kind-{n}")), ("Multiplier", "2".to_owned())],
            3 => vec![("Products", format!("SKU-{n}")), ("Points", "5".to_owned())],
            4 => vec![("Stores", format!("store-{n}")), ("Points", "5".to_owned())],
            5 => vec![
                ("Segments", format!("seg-{}", number % 50)),
                ("Points", "1".to_owned()),
                ("Smallest order", "5000".to_owned()),
            ],
            6 => {
                vec![("From", "2030-01-01".to_owned()), ("Until", "2030-02-01".to_owned()), ("Points", "5".to_owned())]
            }
            7 => vec![("Event", format!("visit-{n}")), ("Points", "5".to_owned())],
            8 => vec![
                ("Smallest order", "5000".to_owned()),
                ("Weekdays", "Monday".to_owned()),
                ("Points", "5".to_owned()),
            ],
            _ => {
                vec![("Condition", "order.total >= 5000 and member.orders >= 3".to_owned()), ("Points", "5".to_owned())]
            }
        };
        let cells: Vec<(&str, &str)> = [("Rule", id.as_str()), ("Name", id.as_str())]
            .into_iter()
            .chain(own.iter().map(|(title, text)| (*title, text.as_str())))
            .collect();
        sheet.row(&cells);
    }
    sheet.text
}

fn budgets(six: &str) -> String {
    let mut sheet = Sheet::of(six, &["Budget"]);
    for number in 6..100 {
        let (id, category) = (format!("r-{number}"), format!("garden/kind-{number}"));
        let of_some =
            [("Rule", id.as_str()), ("Points", "5"), ("Budget", "1000000"), ("Categories", category.as_str())];
        let of_all = [("Rule", id.as_str()), ("Points", "1"), ("Budget", "1000000000")];
        if number < 16 { sheet.row(&of_all) } else { sheet.row(&of_some) }
    }
    sheet.text
}

/// Of five one counts what these orders have.
fn challenges() -> String {
    let mut sheet = Sheet::of("Challenge,Name,Active,Counts,Categories,Goal,Within,Points\n", &[]);
    for number in 0..100 {
        let (id, other) = (format!("c-{number}"), format!("garden/kind-{number}"));
        let counts = ["orders", "quantity", "amount", "different products"][number % 4];
        let category = match number % 5 {
            0 => ["sport/shoes", "outdoor/tents"][number / 5 % 2],
            _ => other.as_str(),
        };
        let within = ["month", "year", ""][number / 10 % 3];
        sheet.row(&[
            ("Challenge", &id),
            ("Name", &id),
            ("Active", "yes"),
            ("Counts", counts),
            ("Categories", category),
            ("Goal", "1000000"),
            ("Within", within),
            ("Points", "100"),
        ]);
    }
    sheet.text
}

fn segments() -> String {
    let columns =
        "Segment,Name,Active,Orders at least,In the last,Last order within,Spent at least,Bought,Joined within,Tiers\n";
    let mut sheet = Sheet::of(columns, &[]);
    for number in 0..50 {
        let (id, n) = (format!("seg-{number}"), (number + 1).to_string());
        let (category, days) = (format!("garden/kind-{number}"), format!("{}D", 30 + number));
        let own = match number % 5 {
            0 => vec![("Orders at least", n.as_str()), ("In the last", days.as_str())],
            1 => vec![("Last order within", days.as_str())],
            2 => vec![("Spent at least", n.as_str())],
            3 => vec![("Bought", category.as_str())],
            _ => vec![("Joined within", days.as_str()), ("Tiers", "gold")],
        };
        sheet.row(&[&[("Segment", id.as_str()), ("Name", id.as_str()), ("Active", "yes")], own.as_slice()].concat());
    }
    sheet.text
}

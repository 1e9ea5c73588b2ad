//! Beginning from a template: what it would fill in for a shop, what it gives back, and filling the marketer's empty tables.

use std::{fmt::Write, sync::Arc};

use jiff::Timestamp;

use super::App;
use crate::{
    delivery::Sending,
    intake::{fields::Unread, problem::Problem},
    loyalty::programme::check,
    programme::{
        self, Row, Tables, settings_rows, tables,
        templates::{self, Shop, Template},
    },
    simulation::generosity::Generosity,
    values::{
        count::counted,
        money::{AmountError, format_units, parse_within, places, plain_decimal},
        typed::plain_number,
        unit::Unit,
    },
    writer::known,
};

/// An average order comes to so many times the round amount at most; and to this in any currency.
const MOST: i64 = 10_000;
const MOST_OF_ALL: i64 = 1_000_000_000_000;

/// Where a marketer's tables are.
pub trait Sheet: Send + Sync {
    /// Puts rows there when there are none.
    fn fill<'a>(&'a self, tables: &'a Tables) -> Sending<'a, Result<Filled, String>>;
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filled {
    /// So many rows are there now.
    Rows(usize),
    /// These tables have rows already; nothing was done.
    NotEmpty(Vec<String>),
}

/// The four questions, as somebody answered them.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    pub kind: String,
    pub currency: String,
    pub average_order: String,
    /// Percent.
    pub margin: String,
}

/// A template for a shop, in words.
#[derive(Debug)]
pub struct Shown {
    pub kind: &'static str,
    pub title: &'static str,
    pub meaning: &'static str,
    pub currency: String,
    pub average_order: String,
    pub margin: i64,
    /// What an ordinary purchase gives, what that is of sales, and what is given beside.
    pub gives: Vec<String>,
    /// Table, and what its rows say.
    pub rows: Vec<(String, Vec<String>)>,
}

/// What can be chosen: name and title.
pub fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    templates::all().iter().map(|template| (template.name.as_str(), template.title.as_str()))
}

/// Currencies that need no average order.
pub fn currencies() -> impl Iterator<Item = &'static str> {
    templates::currencies()
}

impl Answers {
    /// The template and the shop; the usual one where nothing is said.
    fn read(&self) -> Result<(&'static Template, Shop), Problem> {
        let kind = if self.kind.is_empty() { templates::all().first() } else { templates::named(&self.kind) };
        let template = kind.ok_or_else(|| {
            let known: Vec<&str> = kinds().map(|(name, _)| name).collect();
            refused("kind", format!("is none of {}", known.join(", ")))
        })?;
        let currency = self.currency.trim().to_uppercase();
        let currency = if currency.is_empty() { "EUR" } else { &currency };
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(refused("currency", format!("`{currency}` is not a currency code like EUR")));
        }
        let mut shop = template.usual_in(currency, self.average(currency)?).ok_or_else(|| {
            refused("average_order", format!("is needed: how large amounts are in {currency} is not known here"))
        })?;
        let bounds = [shop.unit, shop.unit * MOST];
        if !(bounds[0]..=bounds[1]).contains(&shop.average_order) {
            let [least, most] = bounds.map(|bound| format_units(bound, places(currency)));
            return Err(refused("average_order", format!("must be an amount between {least} and {most} {currency}")));
        }
        let margin = Unit::Percent.number(self.margin.trim()).unwrap_or(&self.margin);
        if !margin.is_empty() {
            let read = margin.parse().ok().filter(|percent| (1..100).contains(percent));
            let wrong = || refused("margin", "must be a whole percentage between 1 and 99".to_owned());
            shop.margin = read.ok_or_else(wrong)?;
        }
        Ok((template, shop))
    }

    /// The average order in minor units, where it is said.
    fn average(&self, currency: &str) -> Result<Option<i64>, Problem> {
        let text = self.average_order.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let number = Unit::Money(currency).number(text).and_then(plain_number);
        let read = number.and_then(|number| {
            let wrong = |error: AmountError| format!("`{text}` {error}");
            parse_within(&number, places(currency), MOST_OF_ALL).map_err(wrong)
        });
        read.map(Some).map_err(|detail| refused("average_order", detail))
    }

    /// The rows that it fills in.
    pub fn tables(&self) -> Result<Tables, Problem> {
        self.read().map(|(template, shop)| template.tables(&shop))
    }

    /// What it would fill in, and what that gives back.
    pub fn shown(&self, at: Timestamp) -> Result<Shown, Problem> {
        let (template, shop) = self.read()?;
        let tables = template.tables(&shop);
        Ok(Shown {
            kind: &template.name,
            title: &template.title,
            meaning: &template.meaning,
            average_order: format_units(shop.average_order, places(&shop.currency)),
            margin: shop.margin,
            gives: says(template, &tables, &shop, at),
            rows: rows(&tables),
            currency: shop.currency,
        })
    }
}

fn refused(field: &str, detail: String) -> Problem {
    Unread::field(format!("/{field}"), detail).into()
}

/// What an ordinary purchase gives, a sentence each.
fn says(template: &Template, tables: &Tables, shop: &Shop, at: Timestamp) -> Vec<String> {
    let Ok(programme) = check(tables) else { return Vec::new() }; // each is checked by a test
    let programme = Arc::new(programme);
    let gives = Generosity::of(&programme, Some(shop.average_order), at);
    let (order, worth) = (shop.average_order, programme.settings.spending.worth(gives.points));
    let amount = |minor: i64| format!("{} {}", format_units(minor, places(&shop.currency)), shop.currency);
    let mut says = vec![
        format!(
            "An order of {} gives {}, which pay {}: {} % of sales, of the {} % that goods leave.",
            amount(order),
            counted(gives.points, "point"),
            amount(worth),
            plain_decimal(gives.share, 1),
            shop.margin
        ),
        template.also(shop),
    ];
    if let Some(after) = gives.first_reward_after {
        says.insert(1, format!("The first reward is within reach after {}.", counted(after, "purchase")));
    }
    says
}

/// The rows of each table, in words.
fn rows(tables: &Tables) -> Vec<(String, Vec<String>)> {
    let apart = settings_rows::unfolded(tables);
    let of_table = |table: &tables::Table| {
        let rows = apart.rows(&table.title).iter().filter_map(|row| row_in_words(table, row));
        (table.title.clone(), rows.collect::<Vec<String>>())
    };
    let shown = tables::of_marketers().filter(|table| table.title != programme::TEXTS).map(of_table);
    shown.filter(|(_, rows)| !rows.is_empty()).collect()
}

fn row_in_words(table: &tables::Table, row: &Row) -> Option<String> {
    let mut cells = table.marketers().filter_map(|column| Some((column.title.as_str(), row.cell(&column.title)?)));
    let (_, first) = cells.next()?;
    if table.holds == tables::Holds::Settings {
        return cells.next().map(|(_, value)| format!("{first}: {value}"));
    }
    let mut said = first.to_owned();
    for (at, (title, cell)) in cells.enumerate() {
        let _ = write!(said, "{}{title} {cell}", if at == 0 { ": " } else { ", " });
    }
    Some(said)
}

/// Fills the tables when they are empty; how many rows that made. Nothing counts until somebody publishes.
pub async fn fill(app: &App, brand: &str, answers: &Answers) -> Result<usize, Problem> {
    let sheet = app.sheet.as_ref().ok_or_else(no_sheet)?;
    let number = app.programmes.of(brand).map_or(0, |programmes| programmes.live().number);
    let live = known::published_tables(&app.store, brand, number).await?;
    let tables = programme::meaning_fewer(answers.tables()?, &live);
    match sheet.fill(&tables).await {
        Ok(Filled::Rows(rows)) => Ok(rows),
        Ok(Filled::NotEmpty(tables)) => Err(Problem::new(
            409,
            "not-empty",
            "The tables are not empty",
            format!(
                "A template fills empty tables only, and these have rows: {}. Nothing was changed. Delete the rows in NocoDB, or \
                 take another base (setting nocodb.base).",
                tables.join(", ")
            ),
        )),
        Err(problem) => Err(Problem::unavailable(problem)),
    }
}

fn no_sheet() -> Problem {
    Problem::unavailable(
        "No NocoDB is connected (setting nocodb.url): the programme's tables are the files of its folder",
    )
}

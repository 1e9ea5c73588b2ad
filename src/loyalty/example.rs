//! The table `Examples`: what a purchase of somebody must earn. And what a purchase earns for somebody of whom a few facts are known:
//! decided as any other, by one programme alone, with all budgets untouched.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;

use super::{
    Event, Fact, Member, Programme, Programmes, Refusal, Version,
    counters::Counts,
    decide,
    line::Line,
    order::{OrderState, Revision},
};
use crate::{
    programme::{
        Problem, Row, Tables,
        check::{no_tier, unique},
        names,
        reading::Reading,
        tables::{Columns, columns::columns},
    },
    values::{
        money::{self, Quantity},
        unit::Unit,
    },
};

columns! {
    pub(in crate::loyalty) enum Column of "Examples" {
        Example = "Example",
        ExpectPoints = "Expect points",
        Cart = "Cart",
        At = "At",
        Tier = "Tier",
        Segments = "Segments",
        OrdersBefore = "Orders before",
        Channel = "Channel",
        Store = "Store",
        Active = "Active",
    }
}

/// The table's title.
pub const TABLE: &str = Column::TABLE;
/// Of one article in a cart.
const MOST_OF_ONE: i64 = 10_000;

/// Who buys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Buyer {
    /// The lowest where none is said.
    pub tier: Option<String>,
    pub segments: BTreeSet<String>,
    /// Purchases that stand already.
    pub orders: i64,
}

/// What a purchase earns by the rules of this programme.
pub fn earns(programme: &Arc<Programme>, buyer: &Buyer, state: OrderState) -> Result<i64, Refusal> {
    let (version, now) =
        (Version { number: 1, effective_at: Timestamp::MIN, programme: Arc::clone(programme) }, state.placed_at);
    let Some(programmes) = Programmes::new(vec![version]) else { return Ok(0) };
    let mut member = Member::new("example".to_owned(), now);
    let lowest = programme.tiers.first().map(|tier| tier.id.clone());
    member.tier.id = buyer.tier.clone().or(lowest).unwrap_or_default();
    member.segments.clone_from(&buyer.segments);
    member.progress.orders = buyer.orders;
    if buyer.orders > 0 {
        member.progress.places_before = Some(buyer.orders);
        member.progress.first_purchase = Some("before".to_owned());
    }
    let id = "example".to_owned();
    let fact = Fact::Order { order_id: id.clone(), state: Box::new(state) };
    let event = Event { brand: String::new(), source: id.clone(), id, occurred_at: now, fact };
    decide(&programmes, &member, None, &event, &Counts::new(), now).map(|decision| decision.receipt.points.earned)
}

/// The cells of an example that holds today: a purchase that was made, and what it earns by this programme. None where a cart cannot say
/// what was bought.
pub fn proposed(
    id: &str,
    state: &OrderState,
    buyer: &Buyer,
    programme: &Arc<Programme>,
) -> Option<BTreeMap<String, String>> {
    let places = money::places(&programme.settings.currency);
    let lines: Vec<String> = state.lines.iter().map(|line| cart_line(line, places)).collect::<Option<_>>()?;
    let orders = buyer.orders.to_string();
    let segments: Vec<&str> = buyer.segments.iter().map(String::as_str).collect();
    let cells = [
        (Column::Example, id),
        (Column::Cart, &lines.join("\n")),
        (Column::At, &state.placed_at.to_string()),
        (Column::Tier, buyer.tier.as_deref().unwrap_or_default()),
        (Column::Segments, &segments.join(", ")),
        (Column::OrdersBefore, &orders),
        (Column::Channel, state.channel.as_deref().unwrap_or_default()),
        (Column::Store, state.store.as_deref().unwrap_or_default()),
        (Column::ExpectPoints, "0"),
    ];
    let cells = cells.into_iter().filter(|(_, text)| !text.is_empty());
    let mut row = Row {
        cells: cells.map(|(column, text)| (column.title().to_owned(), text.to_owned())).collect(),
        ..Row::default()
    };
    let mut problems = Vec::new();
    let Example { buyer, state, .. } = example(&mut Reading::of(&row, &mut problems), programme)?;
    let points = earns(programme, &buyer, state).ok().filter(|_| problems.is_empty())?;
    row.cells.insert(Column::ExpectPoints.title().to_owned(), points.to_string());
    Some(row.cells)
}

/// Whole pieces alone, at their price.
fn cart_line(line: &Line, places: u32) -> Option<String> {
    let count = line.quantity.0 / 1000;
    if line.quantity.0 % 1000 != 0 || !(1..=MOST_OF_ONE).contains(&count) {
        return None;
    }
    let count = if count == 1 { String::new() } else { format!("{count} x ") };
    let sku = line.sku.as_ref().unwrap_or(&line.id);
    let price = money::format_units(line.unit_price, places);
    let (category, brand) =
        (line.category.as_deref().unwrap_or_default(), line.product_brand.as_deref().unwrap_or_default());
    let text = format!("{count}{sku}, {price}, {category}, {brand}");
    Some(text.trim_end_matches([',', ' ']).to_owned())
}

/// What is wrong with the examples of a draft: a cell that cannot be read, or other points than are expected.
pub(super) fn problems(tables: &Tables, programme: &Programme) -> Vec<Problem> {
    let rows = tables.rows(TABLE);
    let mut problems = Vec::new();
    if rows.is_empty() {
        return problems;
    }
    let programme = Arc::new(programme.clone());
    for row in rows {
        of_row(row, &programme, &mut problems);
    }
    unique(Column::Example, rows, &mut problems);
    problems
}

/// One row, read.
struct Example {
    buyer: Buyer,
    state: OrderState,
    expected: i64,
}

fn of_row(row: &Row, programme: &Arc<Programme>, problems: &mut Vec<Problem>) {
    let before = problems.len();
    let mut reading = Reading::of(row, problems);
    let is_active = reading.tick(Column::Active, true);
    let example = example(&mut reading, programme);
    let Some(Example { buyer, state, expected }) = example.filter(|_| is_active && problems.len() == before) else {
        return;
    };
    let detail = match earns(programme, &buyer, state) {
        Ok(earned) if earned == expected => return,
        Ok(earned) => format!("gave {earned}, expected {expected}"),
        Err(refusal) => format!("such a purchase is refused: {refusal}"),
    };
    Reading::of(row, problems).problem(Column::ExpectPoints, detail);
}

/// Nothing where a cell is missing that it cannot do without; which is a problem of that cell.
fn example(row: &mut Reading<'_, Column>, programme: &Programme) -> Option<Example> {
    let settings = &programme.settings;
    row.id(Column::Example);
    let tier = row.text(Column::Tier).map(|name| {
        let known = programme.tiers.iter().find(|tier| names::same(&tier.id, name));
        if known.is_none() {
            row.problem(Column::Tier, no_tier(name, &programme.tiers));
        }
        known.map(|tier| tier.id.clone()).unwrap_or_default()
    });
    let segments = row.list(Column::Segments).into_iter().collect();
    let orders = row.points(Column::OrdersBefore).unwrap_or(1);
    let lines = lines(row, &settings.currency);
    row.required(Column::At);
    row.required(Column::ExpectPoints);
    let (at, expected) = (row.from(Column::At, &settings.zone), row.points(Column::ExpectPoints));
    let text = |column: Column| row.text(column).map(str::to_owned);
    let (channel, store) = (text(Column::Channel), text(Column::Store));
    let state = OrderState { channel, store, ..OrderState::paid(Revision::Number(1), at?, &settings.currency, lines) };
    Some(Example { buyer: Buyer { tier, segments, orders }, state, expected: expected? })
}

/// `2 x RUN-42, 89.90, sport/shoes/running, Acme`, one a line.
fn lines(row: &mut Reading<'_, Column>, currency: &str) -> Vec<Line> {
    let cart = row.required(Column::Cart);
    let mut lines = Vec::new();
    for (index, text) in cart.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
        match line(text, index, currency) {
            Ok(line) => lines.push(line),
            Err(detail) => row.problem(Column::Cart, detail),
        }
    }
    lines
}

fn line(text: &str, index: usize, currency: &str) -> Result<Line, String> {
    let wrong = |detail: &str| format!("`{text}`: {detail}; write it like 2 x RUN-42, 89.90, sport/shoes, Acme");
    let mut parts = text.split(',').map(str::trim);
    let (goods, price) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let (count, sku) = match goods.split_once(" x ") {
        Some((count, sku)) if count.parse::<u32>().is_ok() => (count, sku.trim()),
        _ => ("1", goods),
    };
    let count = count
        .parse()
        .ok()
        .filter(|count| (1..=MOST_OF_ONE).contains(count))
        .ok_or_else(|| wrong("so many is not possible"))?;
    let unit_price = Unit::Money(currency).number(price).map_err(|detail| wrong(&detail))?;
    let unit_price = money::parse_units(unit_price, money::places(currency))
        .map_err(|error| wrong(&format!("the price `{price}` {error}")))?;
    let mut named = || parts.next().filter(|part| !part.is_empty()).map(str::to_owned);
    let (category, product_brand) = (named(), named());
    if sku.is_empty() || unit_price < 0 || parts.next().is_some() {
        return Err(wrong("it has an article, its price, and at most its category and its brand"));
    }
    Ok(Line {
        id: (index + 1).to_string(),
        sku: Some(sku.to_owned()),
        category,
        product_brand,
        quantity: Quantity(count * 1000),
        unit_price,
        ..Line::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programme::sample;

    fn problems_of(cells: &[(&str, &str)]) -> Vec<String> {
        let mut tables = sample::tables();
        let given = [("Example", "e"), ("Cart", "RUN-42, 89.90, sport/shoes/running"), ("At", "2026-11-20")];
        let cells = given.iter().chain(cells).map(|(column, text)| ((*column).to_owned(), (*text).to_owned()));
        tables.0.insert(TABLE.to_owned(), vec![Row { key: "1".to_owned(), cells: cells.collect() }]);
        let problems = crate::loyalty::programme::check(&tables).err().unwrap_or_default();
        problems.iter().map(|problem| format!("{}: {}", problem.column, problem.detail)).collect()
    }

    /// The sample: a point per euro, twice for sport shoes, 100 for the first purchase.
    #[test]
    fn an_example_holds_the_programme_to_the_points_that_a_purchase_earns() {
        for (cells, expected) in [
            (&[][..], 178),
            (&[("Orders before", "0")], 278),
            (&[("Cart", "2 x RUN-42, 89.90, sport/shoes\nMUG, 10.00, home\n")], 189 + 179),
            (&[("Cart", "GIFT, 50.00, gift-cards")], 0),
            (&[("Tier", "gold"), ("Segments", "regular"), ("Channel", "web"), ("Store", "tartu-1")], 178),
        ] {
            let right = expected.to_string();
            let wrong = (expected + 2).to_string();
            assert_eq!(problems_of(&[cells, &[("Expect points", &right)]].concat()), Vec::<String>::new(), "{cells:?}");
            let said = format!("Expect points: gave {expected}, expected {}", expected + 2);
            assert_eq!(problems_of(&[cells, &[("Expect points", &wrong)]].concat()), [said], "{cells:?}");
            let idle = [cells, &[("Expect points", wrong.as_str()), ("Active", "no")]].concat();
            assert_eq!(problems_of(&idle), Vec::<String>::new(), "switched off");
        }
    }

    #[test]
    fn what_cannot_be_read_of_an_example_is_a_problem_of_its_cell() {
        for (column, text, said) in [
            ("At", "", "At: is empty"),
            ("At", "tomorrow", "At: `tomorrow` is not a date"),
            ("Cart", "", "Cart: is empty"),
            ("Cart", "RUN-42", "Cart: `RUN-42`: the price ``"),
            ("Cart", "RUN-42, 89.905", "Cart: `RUN-42, 89.905`: the price `89.905`"),
            ("Cart", "0 x RUN-42, 1.00", "Cart: `0 x RUN-42, 1.00`: so many is not possible"),
            ("Cart", "RUN-42, 1.00, a, b, c", "Cart: `RUN-42, 1.00, a, b, c`: it has an article"),
            ("Tier", "platinum", "Tier: there is no tier `platinum`"),
            ("Expect points", "many", "Expect points: "),
            ("Example", "with blanks", "Example: `with blanks` may only have"),
        ] {
            let problems = problems_of(&[("Expect points", "178"), (column, text)]);
            assert!(problems.len() == 1 && problems[0].starts_with(said), "{column} {text}: {problems:?}");
        }
    }
}

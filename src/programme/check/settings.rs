//! The one row of the table `Programme`.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::{known, known_language, rules, tiers, whole};
use crate::{
    programme::{
        Problem, Row, Settings,
        reading::Reading,
        settings::{PointsOn, RefundPolicy, Sender, Spending},
    },
    values::{bounds::RATE, exchange::PLACES, money, span::Span},
};

pub(super) fn settings(rows: &[Row], problems: &mut Vec<Problem>) -> Settings {
    if rows.len() != 1 {
        problems.push(whole("Programme", &format!("needs exactly one row, has {}", rows.len())));
    }
    let empty = Row::default();
    let row = if rows.len() == 1 { &rows[0] } else { &empty };
    let mut row = Reading::of("Programme", row, problems);
    let currency = row.text("Currency").unwrap_or("EUR").to_owned();
    if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
        row.problem("Currency", format!("`{currency}` is not a currency code like EUR"));
    }
    let zone_name = row.text("Time zone").unwrap_or("UTC");
    let zone = TimeZone::get(zone_name).unwrap_or_else(|_| {
        row.problem("Time zone", format!("`{zone_name}` is not a time zone like Europe/Tallinn"));
        TimeZone::UTC
    });
    let language = row.text("Language").unwrap_or("en").to_owned();
    known_language(&mut row, &language);
    let senders = [Sender::Connector, Sender::N8n, Sender::Nobody].map(|sender| (sender.name(), sender));
    let on = [("amounts with tax", PointsOn::WithTax), ("amounts without tax", PointsOn::WithoutTax)];
    let one = 10_i64.pow(money::places(&currency));
    let refunds = [
        ("debt", RefundPolicy::Debt),
        ("within balance", RefundPolicy::WithinBalance),
        ("forgive", RefundPolicy::Forgive),
    ];
    Settings {
        name: row.text("Name").unwrap_or("Loyalty").to_owned(),
        spending: spending(&mut row, &currency),
        rates: rates(&mut row, &currency),
        zone,
        language,
        expires: row.parsed("Expires"),
        wait: rules::wait(&mut row, "Points wait").unwrap_or_default(),
        slide: slide(&mut row),
        remind: remind(&mut row),
        excluded: row.list("Excluded categories"),
        points_on: known(&mut row, "Points on", &on),
        refund_tolerance: row.decimal("Refund tolerance", money::places(&currency)).unwrap_or(one),
        join: row.tick("Unknown members join", true),
        thank_you: known(&mut row, "Thank-you by", &senders),
        tier: tiers::settings(&mut row),
        after_refund: known(&mut row, "Spent points of a refund", &refunds),
        grace: row.parsed("Grace for expired points"),
        converts_to: row.text("Converts to").map(str::to_owned),
        cap: rules::cap(&mut row),
        late_after: row.parsed("Late after"),
        second_key_above: row.points("Second key above"),
        orders_a_day: row.points("Orders a day"),
        currency,
    }
}

/// `USD 0.92, SEK 0.088`.
fn rates(row: &mut Reading<'_>, ours: &str) -> BTreeMap<String, i64> {
    let mut rates = BTreeMap::new();
    for text in row.list("Exchange rates") {
        let (currency, rate) = text.split_once(' ').unwrap_or((&text, ""));
        let is_code = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
        match money::parse_within(rate.trim(), PLACES, RATE) {
            Ok(rate) if rate > 0 && is_code && currency != ours => drop(rates.insert(currency.to_owned(), rate)),
            _ => row.problem(
                "Exchange rates",
                format!("`{text}`: write what 1 of it is in {ours}, like `USD 0.92, SEK 0.088`"),
            ),
        }
    }
    rates
}

fn spending(row: &mut Reading<'_>, currency: &str) -> Spending {
    let points = row.points("Points that pay").unwrap_or(100);
    let amount = row.decimal("Paid amount", money::places(currency)).unwrap_or(10_i64.pow(money::places(currency)));
    if points == 0 || amount == 0 {
        row.problem("Points that pay", "must be more than 0, and Paid amount too: 100 points pay 1.00");
    }
    let share_percent = row.points("Largest share").unwrap_or(100);
    if share_percent > 100 {
        row.problem("Largest share", "is a percentage: at most 100");
    }
    Spending {
        allowed: row.tick("Spending", true),
        points: points.max(1),
        amount: amount.max(1),
        smallest: row.points("Smallest payment").unwrap_or(1).max(1),
        step: row.points("Payment step").unwrap_or(1).max(1),
        share_percent,
        goods: row.list("Payable categories"),
        excluded: row.list("Not payable categories"),
        a_day: row.points("Spent a day"),
        hold: row.parsed("Hold time").unwrap_or_else(quarter_of_an_hour),
    }
}

fn quarter_of_an_hour() -> Span {
    "15m".parse().unwrap_or_else(|_| unreachable!("a constant of the grammar"))
}

fn slide(row: &mut Reading<'_>) -> Option<(Span, Span)> {
    let (by, most) = (row.parsed("Activity extends by"), row.parsed("Extends at most"));
    match (by, most) {
        (None, None) => None,
        (Some(by), Some(most)) => Some((by, most)),
        _ => {
            row.problem("Extends at most", "and Activity extends by go together: fill both, or none");
            None
        }
    }
}

/// Longest first.
fn remind(row: &mut Reading<'_>) -> Vec<Span> {
    let mut spans = Vec::new();
    for text in row.list("Remind before expiry") {
        match text.parse::<Span>() {
            Ok(span) => spans.push(span),
            Err(error) => row.problem("Remind before expiry", error.to_string()),
        }
    }
    spans
}

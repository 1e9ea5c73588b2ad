//! Rows -> `Programme`, or every problem there is, each naming its cell.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use super::{
    Effect, Programme, Rule, Sender, Settings, Text, Tier,
    reading::Reading,
    rows::{Problem, Row, Tables},
};
use crate::loyalty::{earn::PURCHASE, money};

/// The languages a member can be written to.
pub const LANGUAGES: [&str; 4] = ["en", "et", "ru", "uk"];

/// Checks a whole draft. A programme comes out only when there is no problem at all.
pub fn check(tables: &Tables) -> Result<Programme, Vec<Problem>> {
    let mut problems = Vec::new();
    let settings = settings(tables.rows("Programme"), &mut problems);
    let tiers = tiers(tables.rows("Tiers"), &mut problems);
    let rules = rules(tables.rows("Rules"), &settings, &tiers, &mut problems);
    let texts = texts(tables.rows("Texts"), &mut problems);
    if problems.is_empty() { Ok(Programme { settings, rules, tiers, texts }) } else { Err(problems) }
}

fn whole(table: &str, detail: &str) -> Problem {
    Problem { table: table.to_owned(), row: String::new(), column: String::new(), detail: detail.to_owned() }
}

fn settings(rows: &[Row], problems: &mut Vec<Problem>) -> Settings {
    if rows.len() != 1 {
        problems.push(whole("Programme", &format!("needs exactly one row, has {}", rows.len())));
    }
    let empty = Row::default();
    let mut row = Reading::of("Programme", rows.first().unwrap_or(&empty), problems);
    if rows.len() != 1 {
        row = Reading::of("Programme", &empty, problems);
    }
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
    let thank_you = match row.text("Thank-you by").map(str::to_lowercase).as_deref() {
        None | Some("connector") => Sender::Connector,
        Some("n8n") => Sender::N8n,
        Some("nobody") => Sender::Nobody,
        Some(other) => {
            row.problem("Thank-you by", format!("`{other}` is none of connector, n8n, nobody"));
            Sender::Nobody
        }
    };
    Settings {
        name: row.text("Name").unwrap_or("Loyalty").to_owned(),
        currency,
        zone,
        language,
        expires: row.parsed("Expires"),
        tier_window: row.parsed("Tier window").unwrap_or_else(year),
        excluded: row.list("Excluded categories"),
        join: row.tick("Unknown members join", true),
        thank_you,
    }
}

fn year() -> crate::loyalty::span::Span {
    "12M".parse().unwrap_or_else(|_| unreachable!("a constant of the grammar"))
}

fn known_language(row: &mut Reading<'_>, language: &str) {
    if !LANGUAGES.contains(&language) {
        row.problem("Language", format!("`{language}` is none of {}", LANGUAGES.join(", ")));
    }
}

fn tiers(rows: &[Row], problems: &mut Vec<Problem>) -> Vec<Tier> {
    let mut seen = BTreeSet::new();
    let mut tiers: Vec<Tier> = Vec::new();
    for row in rows {
        let mut row = Reading::of("Tiers", row, problems);
        let id = row.id("Tier");
        if !seen.insert(id.clone()) {
            row.problem("Tier", format!("`{id}` is there twice"));
        }
        let threshold = row.points("Qualifying points").unwrap_or_else(|| {
            if row.text("Qualifying points").is_none() {
                row.problem("Qualifying points", "is empty; write 0 for the first tier");
            }
            0
        });
        if tiers.iter().any(|tier| tier.threshold == threshold) {
            row.problem("Qualifying points", format!("another tier starts at {threshold} too"));
        }
        tiers.push(Tier { name: row.text("Name").unwrap_or(&id).to_owned(), id, threshold });
    }
    tiers.sort_by_key(|tier| tier.threshold);
    match tiers.first() {
        None => tiers.push(Tier { id: "member".to_owned(), name: "Member".to_owned(), threshold: 0 }),
        Some(first) if first.threshold != 0 => {
            problems.push(whole("Tiers", "one tier must start at 0 qualifying points"));
        }
        Some(_) => {}
    }
    tiers
}

fn rules(rows: &[Row], settings: &Settings, tiers: &[Tier], problems: &mut Vec<Problem>) -> Vec<Rule> {
    let mut seen = BTreeSet::new();
    let mut rules = Vec::new();
    for row in rows {
        let mut row = Reading::of("Rules", row, problems);
        let active = row.tick("Active", true);
        let rule = rule(&mut row, settings, tiers);
        if !seen.insert(rule.id.clone()) {
            row.problem("Rule", format!("`{}` is there twice", rule.id));
        }
        if active {
            rules.push(rule);
        }
    }
    rules
}

fn rule(row: &mut Reading<'_>, settings: &Settings, tiers: &[Tier]) -> Rule {
    let id = row.id("Rule");
    let event = row.text("Event").unwrap_or(PURCHASE).to_owned();
    let (from, until) = (row.from("From", &settings.zone), row.until("Until", &settings.zone));
    if let (Some(from), Some(until)) = (from, until)
        && until <= from
    {
        row.problem("Until", "lies before From");
    }
    let wanted_tiers = row.list("Tiers");
    for tier in wanted_tiers.iter().filter(|wanted| tiers.iter().all(|tier| tier.id != **wanted)) {
        row.problem("Tiers", format!("there is no tier `{tier}`"));
    }
    let first_purchase = row.tick("First purchase", false);
    let categories = row.list("Categories");
    if event != PURCHASE && (first_purchase || !categories.is_empty()) {
        row.problem(
            "Event",
            format!("`{event}` has no goods: leave Categories and First purchase empty, or use {PURCHASE}"),
        );
    }
    Rule {
        name: row.text("Name").unwrap_or(&id).to_owned(),
        effect: effect(row, settings, &event),
        id,
        event,
        categories,
        segments: row.list("Segments"),
        tiers: wanted_tiers,
        from,
        until,
        first_purchase,
        expires: row.parsed("Expires"),
        qualifying: row.tick("Qualifying", true),
    }
}

/// Points (with or without an amount) or a multiplier, never both, never neither.
fn effect(row: &mut Reading<'_>, settings: &Settings, event: &str) -> Effect {
    let points = row.points("Points");
    let per = row.decimal("Per amount", money::places(&settings.currency));
    let multiplier = row.decimal("Multiplier", 3);
    match (points, per, multiplier) {
        (Some(_), _, Some(_)) => {
            row.problem("Multiplier", "the rule gives points already; make a second rule for the multiplier");
        }
        (None, Some(_), _) => row.problem("Points", "is empty; how many points per amount?"),
        (None, None, None) if row.text("Points").or(row.text("Multiplier")).is_none() => {
            row.problem("Points", "the rule gives nothing: fill Points, Points and Per amount, or Multiplier");
        }
        (_, Some(0), _) => row.problem("Per amount", "must be more than 0"),
        (None, None, Some(thousandths)) if !(1000..=100_000).contains(&thousandths) => {
            row.problem("Multiplier", "must lie between 1 and 100");
        }
        (_, _, Some(_)) | (_, Some(_), _) if event != PURCHASE => {
            row.problem("Event", format!("`{event}` has no amount: give fixed Points"));
        }
        _ => {}
    }
    match (points, per, multiplier) {
        (_, _, Some(thousandths)) => Effect::Multiply { thousandths },
        (Some(points), Some(per), _) => Effect::PerAmount { points, per: per.max(1) },
        (points, ..) => Effect::Fixed { points: points.unwrap_or(0) },
    }
}

fn texts(rows: &[Row], problems: &mut Vec<Problem>) -> Vec<Text> {
    let mut seen = BTreeSet::new();
    let mut texts = Vec::new();
    for row in rows {
        let mut row = Reading::of("Texts", row, problems);
        let (id, language) = (row.id("Text"), row.text("Language").unwrap_or("en").to_owned());
        known_language(&mut row, &language);
        if !seen.insert((id.clone(), language.clone())) {
            row.problem("Text", format!("`{id}` is there twice in {language}"));
        }
        for column in ["Subject", "Body"] {
            let text = row.required(column);
            if let Err(error) = minijinja::Environment::new().template_from_str(&text) {
                row.problem(column, format!("is not a valid template: {error}"));
            }
        }
        let cell = |column: &str| row.text(column).unwrap_or_default().to_owned();
        texts.push(Text { subject: cell("Subject"), body: cell("Body"), prompt: cell("Prompt"), id, language });
    }
    texts
}

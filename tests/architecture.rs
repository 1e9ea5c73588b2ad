//! The house keeps its shape: the pure heart stays pure, imports point one way, rooms stay small.

#[path = "architecture/dependencies.rs"]
mod dependencies;
#[path = "architecture/promises.rs"]
mod promises;
#[path = "architecture/rooms.rs"]
mod rooms;

use std::{collections::BTreeSet, fs, path::Path};

use loyalty_connector::programme::tables;
use rooms::room;

/// What the pure heart must not name.
const IMPURE: &[&str] = &[
    "tokio",
    "sqlx",
    "rusqlite",
    "axum",
    "reqwest",
    "std::fs",
    "std::net",
    "std::env",
    "std::time",
    "Timestamp::now",
    "Zoned::now",
    "rand::",
    "now_v7",
    "new_v4",
    "HashMap",
    "HashSet",
    "f32",
    "f64",
    "tracing::",
    "println!",
];

fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
    files
}

/// The code without its tests and comments.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or(text);
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_heart_is_pure() {
    for name in ["values", "intake", "loyalty", "programme", "simulation", "words"] {
        for (file, text) in room(name) {
            let code = code(&text);
            for word in IMPURE {
                assert!(!code.contains(word), "{file} names {word}");
            }
        }
    }
}

#[test]
fn rooms_have_one_subject_and_say_it() {
    for (file, text) in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let lines = text.lines().count();
        assert!(lines <= 400, "{file} has {lines} lines");
        let header = text.lines().take_while(|line| line.starts_with("//!")).count();
        assert!((1..=6).contains(&header), "{file} must say in 1 to 6 lines what it is; has {header}");
    }
}

/// What a list of columns is of, and a column in one: `of "Rules" {`, `Tiers = "Tiers",`.
fn is_a_list_of_columns(line: &str) -> bool {
    line.contains(" of \"")
        || line.ends_with("\",") && line.split_once(" = \"").is_some_and(|(name, _)| !name.contains(' '))
}

#[test]
fn a_table_is_named_once_and_cells_are_read_by_its_list_of_columns() {
    let mut lists = Vec::new();
    for (file, text) in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let code = if file.ends_with("tests.rs") { String::new() } else { code(&text) };
        for line in code.lines().map(str::trim) {
            lists.extend(tables::all().iter().filter(|table| line.contains(&format!(" of \"{}\" {{", table.title))));
            let by_hand = [".cell(\"", ".rows(\""].iter().any(|read| line.contains(read)) && !line.contains("SELECT");
            let named = tables::all().iter().any(|table| line.contains(&format!("\"{}\"", table.title)));
            assert!(is_a_list_of_columns(line) || !by_hand && !named, "{file}: {line}: use its list of columns");
        }
    }
    let lists: Vec<&str> = lists.iter().map(|table| table.title.as_str()).collect();
    for table in tables::all() {
        let times = lists.iter().filter(|title| **title == table.title).count();
        assert_eq!(times, 1, "{} has {times} lists of columns in src", table.title);
    }
}

/// Fields of bodies that hold an id as it came, without the one type that reads ids.
fn bare_ids(code: &str) -> Vec<String> {
    let bodies = code.split("#[derive(").skip(1).filter_map(|item| {
        let (derived, rest) = item.split_once(")]")?;
        let fields = rest.split("\n}").next().unwrap_or_default();
        (derived.contains("Deserialize") && derived.contains("ToSchema")).then_some(fields)
    });
    let fields = bodies.flat_map(str::lines).filter_map(|line| {
        let (name, kind) = line.trim().trim_start_matches("pub ").trim_end_matches(',').split_once(": ")?;
        let is_id = name == "id" || name.ends_with("_id");
        (is_id && kind.contains("String")).then(|| format!("{name}: {kind}"))
    });
    fields.collect()
}

#[test]
fn every_id_that_comes_in_is_read_as_one() {
    for name in ["http", "service", "intake"] {
        for (file, text) in room(name) {
            assert_eq!(bare_ids(&code(&text)), [""; 0], "{file}: take them as GivenId");
        }
    }
}

/// Statements on rows of a brand that are for all brands alike, and why nobody reads another brand's rows through them.
const OF_ALL_BRANDS: &[(&str, &str)] = &[
    (
        "SELECT COALESCE(MIN(seq), 0), COALESCE(MAX(seq), -1) FROM event",
        "where the file begins and ends: no row is read",
    ),
    (
        "SELECT recorded_at FROM event WHERE seq >= ?1 ORDER BY seq LIMIT 1",
        "the instant of a place in the file, to begin there",
    ),
    ("SELECT COUNT(*) FROM event", "whether a backup holds anything"),
    ("WITH late AS MATERIALIZED (SELECT id FROM intent", "the courier lets go of what is too late"),
    ("UPDATE intent SET state = 'expired'", "the courier lets go of what is too late"),
    ("UPDATE intent SET state = ", "the courier settles what it leased, by ids that are made of the brand"),
    ("UPDATE feed SET due_at = $1 WHERE due_at > $1", "a start takes up what this connector held"),
    ("UPDATE intent SET due_at = $1 WHERE due_at > $1", "a start takes up what this connector held"),
    (
        "SELECT MIN(due_at) FROM ( SELECT MIN(due_at) AS due_at FROM feed WHERE destination = $1 AND due_at IS NOT NULL UNION",
        "when the courier looks again",
    ),
    ("DELETE FROM feed WHERE destination =", "a destination lost everything"),
    ("SELECT 1 FROM message WHERE id =", "ids of messages are made of the brand"),
    ("SELECT sent_at FROM message WHERE id =", "ids of messages are made of the brand"),
    ("DELETE FROM message WHERE id =", "ids of messages are made of the brand"),
    ("SELECT state FROM intent WHERE id =", "ids of intents are made of the brand"),
    ("UPDATE api_key SET revoked_at =", "by an operator, on the machine itself"),
];

/// Tables whose rows belong to a brand.
fn tables_of_brands() -> BTreeSet<String> {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut tables = BTreeSet::new();
    for folder in fs::read_dir(migrations).unwrap() {
        for file in fs::read_dir(folder.unwrap().path()).unwrap() {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            for table in text.split("CREATE TABLE ").skip(1) {
                let (name, rest) = table.split_once('(').unwrap();
                let columns = rest.split("\n)").next().unwrap();
                if columns.lines().any(|line| line.trim_start().starts_with("brand ")) {
                    tables.insert(name.trim().trim_matches('"').to_owned());
                }
            }
        }
    }
    tables
}

/// The texts of a source, each on one line.
fn literals(code: &str) -> Vec<String> {
    let (mut all, mut text, mut inside, mut escaped) = (Vec::new(), String::new(), false, false);
    for c in code.chars() {
        match (inside, escaped, c) {
            (_, true, _) => {
                escaped = false;
                if c == '"' {
                    text.push(c);
                }
            }
            (true, false, '\\') => escaped = true,
            (_, false, '"') => {
                if inside {
                    all.push(text.split_whitespace().collect::<Vec<_>>().join(" "));
                    text.clear();
                }
                inside = !inside;
            }
            (true, false, _) => text.push(c),
            (false, false, _) => {}
        }
    }
    all
}

/// The tables that a statement reads or writes.
fn tables_in(statement: &str) -> BTreeSet<String> {
    let words: Vec<&str> = statement.split([' ', '(', ')', ',']).filter(|word| !word.is_empty()).collect();
    let named = words.windows(2).filter(|pair| ["FROM", "INTO", "UPDATE", "JOIN"].contains(&pair[0]));
    named.map(|pair| pair[1].trim_matches('"').to_owned()).collect()
}

#[test]
fn every_statement_on_rows_of_a_brand_names_the_brand() {
    let tables = tables_of_brands();
    assert!(tables.len() >= 13, "{tables:?}");
    let (mut statements, mut used) = (0, BTreeSet::new());
    for (file, text) in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let code = code(&text).replace("'\"'", "");
        for statement in literals(&code).iter().filter(|text| !tables_in(text).is_disjoint(&tables)) {
            statements += 1;
            let excepted = OF_ALL_BRANDS.iter().find(|(begin, _)| statement.starts_with(begin));
            used.extend(excepted.map(|(begin, _)| *begin));
            assert!(statement.contains("brand") || excepted.is_some(), "{file} names no brand: {statement}");
        }
    }
    assert!(statements > 100, "{statements}");
    let unused: Vec<_> = OF_ALL_BRANDS.iter().filter(|(begin, _)| !used.contains(begin)).collect();
    assert!(unused.is_empty(), "no longer there: {unused:?}");
}

/// What texts count. A text that has one of these after a number that may be 1 says it by `counted`.
const COUNTED: [&str; 40] = [
    "points",
    "orders",
    "members",
    "events",
    "files",
    "findings",
    "differences",
    "rows",
    "cells",
    "columns",
    "lines",
    "characters",
    "entries",
    "deliveries",
    "keys",
    "tries",
    "attempts",
    "pages",
    "problems",
    "bytes",
    "names",
    "facts",
    "hashes",
    "days",
    "hours",
    "minutes",
    "seconds",
    "months",
    "places",
    "letters",
    "messages",
    "texts",
    "codes",
    "rules",
    "lots",
    "brands",
    "models",
    "connections",
    "people",
    "times",
];
/// Texts that are part of what was decided: rows hold them, and stay as they are.
const RECORDED: [&str; 2] = [
    "goods of order {} came back, which had earned {earned} points in another programme",
    "the member can spend {available} points, {wanted} are needed",
];
/// What may stand between a number and what it counts.
const BETWEEN: [&str; 8] = ["more", "active", "programme", "decimal", "open", "dead", "available", "other"];

/// Numbers in a text that are followed by a plural, whatever they are: `{} orders`, `{{ n }} points`. A constant is never 1.
fn fixed_plurals(text: &str) -> Vec<&str> {
    let numbers = text.match_indices('}').filter_map(|(at, _)| {
        let name = text[..at].rsplit('{').next()?.split(':').next()?.trim();
        let constant = !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        let rest = text[at + 1..].strip_prefix([' ', '-'])?;
        let mut words = rest.split(|c: char| !c.is_ascii_lowercase()).filter(|word| !BETWEEN.contains(word));
        let counted = words.next().is_some_and(|word| COUNTED.contains(&word));
        (!constant && counted).then(|| text[..at].rsplit_once('{').map_or(text, |(before, _)| &text[before.len()..]))
    });
    numbers.collect()
}

#[test]
fn what_is_counted_is_one_or_many() {
    let mut found = Vec::new();
    for (file, text) in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let recorded = |text: &&String| !RECORDED.iter().any(|kept| text.starts_with(kept));
        for text in literals(&code(&text).replace("'\"'", "")).iter().filter(recorded) {
            found.extend(fixed_plurals(text).into_iter().map(|text| format!("{file}: {text}")));
            if text.contains("(s)") {
                found.push(format!("{file}: {text}"));
            }
        }
    }
    for page in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages/templates")).unwrap() {
        let page = page.unwrap().path();
        let text = fs::read_to_string(&page).unwrap();
        found.extend(fixed_plurals(&text).into_iter().map(|text| format!("{}: {text:.80}", page.display())));
    }
    assert!(found.is_empty(), "say it by values::count::counted:\n{}", found.join("\n"));
}

#[test]
fn the_checks_above_can_fail() {
    assert_eq!(literals("f(\"a\\\"b\", \"c \\\n  d\")"), ["a\"b", "c d"]);
    assert_eq!(tables_in("SELECT x FROM \"order\" o JOIN event e"), ["event", "order"].map(str::to_owned).into());
    let body = "#[derive(Debug, Deserialize, utoipa::ToSchema)]\npub struct B {\n    pub order_id: Option<String>,\n    id: GivenId,\n}";
    assert_eq!(bare_ids(body), ["order_id: Option<String>"]);
    assert!(code("let x = 1; // f64\n// f64\n").contains("f64") && !code("    // f64").contains("f64"));
}

//! The house keeps its shape: the pure heart stays pure, imports point one way, rooms stay small.

use std::{collections::BTreeSet, fs, path::Path};

/// Which `crate::` rooms each room may name. A new edge is a decision: make it here, on purpose.
const ALLOWED: &[(&str, &[&str])] = &[
    ("loyalty", &["loyalty", "programme"]),
    ("programme", &["loyalty", "programme"]),
    ("store", &["clock", "fault", "ids", "loyalty", "programme", "store"]),
    ("delivery", &["clock", "delivery", "fault", "loyalty", "store"]),
    (
        "systems",
        &["clock", "config", "delivery", "ids", "loyalty", "programme", "signature", "store", "systems", "words"],
    ),
    ("words", &["loyalty", "programme", "words"]),
    (
        "inbound",
        &["app", "clock", "ids", "inbound", "loyalty", "pages", "programme", "signature", "store", "systems", "words"],
    ),
    ("pages", &["app", "clock", "delivery", "ids", "inbound", "loyalty", "pages", "programme", "store"]),
];

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

fn room(name: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(name);
    let files = if folder.is_dir() { sources(&folder) } else { Vec::new() };
    assert!(name == "words" || !files.is_empty(), "src/{name} has no files");
    files
}

/// The code without its tests and comments.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or(text);
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// First segments named after `crate::`, also inside `use crate::{...}`.
fn named_rooms(code: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let (mut depth, mut name) = (0, String::new());
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => rooms.extend(first_segment(&std::mem::take(&mut name))),
                    _ => {}
                }
                if depth == 0 && c != ',' {
                    name.push(c);
                }
            }
            rooms.extend(first_segment(&name));
        } else {
            rooms.extend(first_segment(rest));
        }
    }
    rooms
}

fn first_segment(path: &str) -> Option<String> {
    let name: String = path.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}

#[test]
fn imports_point_one_way() {
    for (name, allowed) in ALLOWED {
        for (file, text) in room(name) {
            for named in named_rooms(&code(&text)) {
                assert!(allowed.contains(&named.as_str()), "{file} names crate::{named}; {name}/ may name {allowed:?}");
            }
        }
    }
}

#[test]
fn the_heart_is_pure() {
    for name in ["loyalty", "programme"] {
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

#[test]
fn the_checks_above_can_fail() {
    assert_eq!(named_rooms("use crate::{a, b::{c, d}, e};\ncrate::f::g").into_iter().collect::<String>(), "abef");
    assert!(code("let x = 1; // f64\n// f64\n").contains("f64") && !code("    // f64").contains("f64"));
}

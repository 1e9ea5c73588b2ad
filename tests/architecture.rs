//! The house keeps its shape: the pure heart stays pure, imports point one way, rooms stay small.

use std::{collections::BTreeSet, fs, path::Path};

/// Which `crate::` rooms each room may name. A new edge is a decision: make it here, on purpose.
const ALLOWED: &[(&str, &[&str])] = &[
    ("values", &["values"]),
    ("intake", &["intake", "loyalty", "programme", "values"]),
    ("loyalty", &["loyalty", "programme", "values"]),
    ("programme", &["loyalty", "programme", "values"]),
    ("store", &["clock", "fault", "ids", "intake", "loyalty", "programme", "store", "values"]),
    ("access", &["access", "clock", "ids", "store"]),
    ("delivery", &["clock", "delivery", "fault", "loyalty", "store"]),
    (
        "systems",
        &[
            "clock",
            "config",
            "delivery",
            "ids",
            "loyalty",
            "programme",
            "signature",
            "store",
            "systems",
            "values",
            "words",
        ],
    ),
    ("words", &["loyalty", "programme", "words"]),
    (
        "inbound",
        &[
            "access",
            "app",
            "clock",
            "ids",
            "inbound",
            "intake",
            "loyalty",
            "pages",
            "programme",
            "signature",
            "store",
            "systems",
            "values",
            "verify",
            "words",
        ],
    ),
    (
        "pages",
        &["access", "app", "clock", "delivery", "ids", "inbound", "intake", "loyalty", "pages", "programme", "store"],
    ),
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
    for name in ["values", "intake", "loyalty", "programme"] {
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

/// The tests that a text names: `file.rs::function` in backticks.
fn named_tests(text: &str) -> Vec<(&str, &str)> {
    text.split('`').skip(1).step_by(2).filter_map(|code| code.split_once("::")).collect()
}

/// Whether this file has a function of this name that is run as a test.
fn has_test(code: &str, name: &str) -> bool {
    let Some((before, _)) = code.split_once(&format!("fn {name}(")) else { return false };
    let attributes = before.rsplit('\n').skip(1).map(str::trim).take_while(|line| line.starts_with("#["));
    attributes.into_iter().any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
}

#[test]
fn every_guarantee_is_proved_by_tests_that_exist_and_its_command_runs_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/GUARANTEES.md")).unwrap();
    let guarantees: Vec<&str> = page.split("\n## ").skip(1).collect();
    assert!(guarantees.len() > 9);
    for guarantee in guarantees {
        let title = guarantee.lines().next().unwrap();
        let tests = named_tests(guarantee);
        assert!(!tests.is_empty(), "`{title}` names no test");
        for (file, name) in tests {
            let code = fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{title}: {file}: {error}"));
            assert!(has_test(&code, name), "`{title}`: {file} has no test `{name}`");
            let binary = file.strip_prefix("tests/").and_then(|path| path.split(['/', '.']).next());
            let argument = binary.map_or("--lib".to_owned(), |binary| format!("--test {binary}"));
            assert!(binary == Some("stack") || guarantee.contains(&argument), "`{title}` runs no `{argument}`");
        }
    }
}

#[test]
fn the_checks_above_can_fail() {
    assert_eq!(named_tests("a `x.rs::y` b `c`"), [("x.rs", "y")]);
    assert!(has_test("#[test]\n#[ignore]\nfn a() {}", "a") && !has_test("#[test]\nfn b() {}\n\nfn a() {}", "a"));
    assert_eq!(named_rooms("use crate::{a, b::{c, d}, e};\ncrate::f::g").into_iter().collect::<String>(), "abef");
    assert!(code("let x = 1; // f64\n// f64\n").contains("f64") && !code("    // f64").contains("f64"));
}

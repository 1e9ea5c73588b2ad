//! Each crate that Cargo.toml names is used: those of the program by the program, those of the tests by tests or examples.

use std::path::Path;

use super::{code, sources};

/// Whether a source names a crate: as the first part of a path, or whole in a `use`.
fn uses(code: &str, name: &str) -> bool {
    let part_of_a_word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    code.match_indices(name).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + name.len()..]);
        !before.ends_with(part_of_a_word) && (after.starts_with("::") || before.ends_with("use "))
    })
}

/// The names of the crates of a table of Cargo.toml, as sources spell them.
fn crates(table: &str) -> Vec<String> {
    let manifest: toml::Table = include_str!("../../Cargo.toml").parse().unwrap();
    let names: Vec<String> = manifest[table].as_table().unwrap().keys().map(|name| name.replace('-', "_")).collect();
    assert!(names.len() > 3, "{table}: {names:?}");
    names
}

#[test]
fn every_dependency_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let all = |folder: &str| sources(&root.join(folder)).into_iter().map(|(_, text)| text);
    let program: Vec<String> = all("src").map(|text| code(&text)).collect();
    let tests: Vec<String> = all("src").chain(all("tests")).chain(all("examples")).collect();
    for (table, sources) in [("dependencies", program), ("dev-dependencies", tests)] {
        for name in crates(table) {
            assert!(sources.iter().any(|source| uses(source, &name)), "{table}: nobody uses {name}: take it out");
        }
    }
}

#[test]
fn a_name_alone_is_no_use() {
    assert!(uses("use csv;", "csv") && uses("a(csv::Reader)", "csv") && uses("use toml::Table;", "toml"));
    assert!(!uses("the csv", "csv") && !uses("crate::config::Settings", "config") && !uses("my_csv::a", "csv"));
}

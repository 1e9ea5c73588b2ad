//! What the store promises, method by method, on SQLite and on PostgreSQL alike: order, limits, guards, counts, what is not there,
//! texts of any kind, numbers and instants at their ends. Where PostgreSQL's programs are not on the machine, that is said.

#[path = "../support/books.rs"]
mod books;
#[path = "../support/mod.rs"]
mod support;

mod codes;
mod counting;
mod deliveries;
mod events;
mod ground;
mod members;
mod messages;
mod reads;
mod settings;
mod window;

use std::{collections::BTreeSet, fs, path::Path};

/// The sources below a folder, as one text each.
fn sources(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            texts.push(fs::read_to_string(path).unwrap());
        }
    }
    texts
}

/// The names of the public functions in the blocks `impl Store` of a source.
fn methods(source: &str) -> Vec<String> {
    let blocks = source.split("\nimpl Store {").skip(1).map(|rest| rest.split("\n}").next().unwrap_or_default());
    let lines = blocks.flat_map(str::lines).filter_map(|line| line.trim().strip_prefix("pub "));
    let names = lines.filter_map(|line| line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn ")));
    names.filter_map(|line| Some(line.split(['(', '<']).next()?.to_owned())).collect()
}

#[test]
fn every_method_of_the_store_has_a_contract() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let methods: BTreeSet<String> = sources(&root.join("src")).iter().flat_map(|text| methods(text)).collect();
    let contract = sources(&root.join("tests/store")).concat();
    let asked =
        |name: &&String| contract.contains(&format!(".{name}(")) || contract.contains(&format!("Store::{name}("));
    let without: Vec<_> = methods.iter().filter(|name| !asked(name)).collect();
    assert!(methods.len() > 70, "{methods:?}");
    assert!(without.is_empty(), "no test in tests/store asks {without:?}");
    assert_eq!(self::methods("\nimpl Store {\n    pub async fn a<T>(&self) {}\n    fn b() {}\n}\nfn c() {}"), ["a"]);
}

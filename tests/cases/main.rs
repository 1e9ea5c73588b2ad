//! The ledger's rules as cases that a person can read: events in, entries and balances out. One file per clause of the rules,
//! and one for the ways in which other systems lost or doubled points. README.md beside them explains the form.

#[path = "../support/books.rs"]
mod books;
mod cart;
mod edits;
mod form;
mod mistakes;
mod step;

use std::path::Path;

/// As many as there must be at least, so that a file that is not read is noticed.
const AT_LEAST: usize = 600;

#[test]
fn every_case_ends_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let files = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|kind| kind == "toml")).collect();
    files.sort();
    let (mut count, mut wrong) = (0, Vec::new());
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let file = form::File::read(&std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        for case in &file.case {
            count += 1;
            if let Err(difference) = case.run(&file) {
                wrong.push(format!("{name}: {}: {difference}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} cases:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= AT_LEAST, "{count} cases");
}

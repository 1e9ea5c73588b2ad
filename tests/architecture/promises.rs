//! What docs/GUARANTEES.md promises is proved: by tests that exist, that `cargo test` runs, and that its commands name. A test that
//! needs the real systems proves nothing here; it may be named where it is said that `tests/stack` runs it.

use std::{fs, path::Path};

/// The tests that a text names: `file.rs::function` in backticks.
fn named_tests(text: &str) -> Vec<(&str, &str)> {
    text.split('`').skip(1).step_by(2).filter_map(|code| code.split_once("::")).collect()
}

/// The points and paragraphs of a text.
fn points(text: &str) -> Vec<String> {
    text.replace("\n- ", "\n\n- ").split("\n\n").map(str::to_owned).collect()
}

/// How a function of a file is run.
#[derive(Debug, PartialEq, Eq)]
enum Runs {
    Always,
    /// Only where somebody asks for it.
    Ignored,
    /// There is no such function, or it is no test.
    Never,
}

fn runs(code: &str, name: &str) -> Runs {
    let Some((before, _)) = code.split_once(&format!("fn {name}(")) else { return Runs::Never };
    let above = before.rsplit('\n').skip(1).map(str::trim);
    let attributes: Vec<&str> = above.take_while(|line| line.starts_with("#[")).collect();
    let is = |word: &str| attributes.iter().any(|line| line.starts_with(word));
    match is("#[test]") || is("#[tokio::test") {
        true if is("#[ignore") => Runs::Ignored,
        true => Runs::Always,
        false => Runs::Never,
    }
}

#[test]
fn every_guarantee_is_proved_by_tests_that_run_and_its_command_runs_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/GUARANTEES.md")).unwrap();
    let guarantees: Vec<&str> = page.split("\n## ").skip(1).collect();
    assert!(guarantees.len() > 9);
    for guarantee in guarantees {
        let title = guarantee.lines().next().unwrap();
        let mut proofs = 0;
        for point in points(guarantee) {
            for (file, name) in named_tests(&point) {
                let code =
                    fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{title}: {file}: {error}"));
                match runs(&code, name) {
                    Runs::Never => panic!("`{title}`: {file} has no test `{name}`"),
                    Runs::Ignored => {
                        assert!(point.contains("`tests/stack/"), "`{title}`: `cargo test` does not run {file}::{name}");
                    }
                    Runs::Always => proofs += 1,
                }
                let binary = file.strip_prefix("tests/").and_then(|path| path.split(['/', '.']).next());
                let argument = binary.map_or("--lib".to_owned(), |binary| format!("--test {binary}"));
                assert!(binary == Some("stack") || guarantee.contains(&argument), "`{title}` runs no `{argument}`");
            }
        }
        assert!(proofs > 0 || title.ends_with("on the real systems"), "`{title}`: `cargo test` proves nothing of it");
    }
}

#[test]
fn what_is_ignored_is_no_proof() {
    assert_eq!(named_tests("a `x.rs::y` b `c`"), [("x.rs", "y")]);
    assert_eq!(points("a\nb\n- c\n  d\n- e\n\nf"), ["a\nb", "- c\n  d", "- e", "f"]);
    assert_eq!(runs("#[tokio::test]\nasync fn a() {}", "a"), Runs::Always);
    assert_eq!(runs("#[ignore = \"why\"]\n#[test]\nfn a() {}", "a"), Runs::Ignored);
    assert_eq!(runs("#[test]\nfn b() {}\n\nfn a() {}", "a"), Runs::Never);
}

/// Settings are rows of `Settings`: a message or page that sends somebody to the row of the programme sends them astray.
#[test]
fn no_message_and_no_page_calls_a_setting_a_column_of_the_programmes_row() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let settings: Vec<String> =
        loyalty_connector::programme::settings_rows::all().iter().map(|setting| setting.title.clone()).collect();
    let mut folders = ["src", "docs", "nocodb-schema/tables"].map(|folder| root.join(folder)).to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            let words: Vec<&str> =
                text.split_whitespace().filter(|word| !["\\", "///", "//!"].contains(word)).collect();
            let text = words.join(" ");
            for setting in &settings {
                for astray in ["of Programme", "in Programme", "of `Programme`", "in `Programme`"] {
                    let wrong = format!("`{setting}` {astray}");
                    assert!(!text.contains(&wrong), "{}: {wrong}", path.display());
                }
            }
        }
    }
}

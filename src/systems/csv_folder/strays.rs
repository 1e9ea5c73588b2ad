//! Files of the folder that look like tables and are none: a copy that a browser numbered, a spreadsheet's own file, a name in small
//! letters. Guarantees: nothing of what is hidden or an editor's own for a while is named.

use std::{collections::BTreeSet, ffi::OsString, fs, path::Path};

use super::file_name;
use crate::{programme::tables, values::near::Near};

/// Endings of what holds rows, and of copies.
const OF_SHEETS: [&str; 10] = ["csv", "tsv", "txt", "xlsx", "xlsm", "xls", "ods", "numbers", "bak", "old"];

/// Each such file, with what to do.
pub fn strays(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let names: BTreeSet<OsString> = files.filter(|file| !file.path().is_dir()).map(|file| file.file_name()).collect();
    names.iter().filter_map(|name| stray(&name.to_string_lossy())).collect()
}

/// What is to be said of a file of this name.
fn stray(name: &str) -> Option<String> {
    if name.starts_with(['.', '~', '#'])
        || name.ends_with('~')
        || tables::of_marketers().any(|table| file_name(table) == name)
    {
        return None;
    }
    let (stem, ending) = name.split_once('.').unwrap_or((name, ""));
    let last = ending.rsplit('.').next().unwrap_or_default().to_lowercase();
    let titles = || tables::of_marketers().map(|table| table.title.as_str());
    let word = stem.trim().to_lowercase();
    let begins = titles().find(|title| {
        let rest = word.strip_prefix(&title.to_lowercase());
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    });
    let table = begins.or_else(|| Near::of(titles()).slip(stem.trim()));
    if !OF_SHEETS.contains(&last.as_str()) {
        return None;
    }
    Some(match table {
        Some(table) if ["xlsx", "xlsm", "xls", "ods", "numbers"].contains(&last.as_str()) => format!(
            "the file `{name}` is not read: save it in the spreadsheet as CSV UTF-8 by the name `{table}.csv`, or take it out of \
             the folder"
        ),
        Some(table) => format!(
            "the file `{name}` is not read: the table {table} is in `{table}.csv` alone. If this one is meant, give it that name; \
             if not, take it out of the folder"
        ),
        None => format!(
            "the file `{name}` is not read: no table is called so. There are {}",
            titles().map(|title| format!("{title}.csv")).collect::<Vec<_>>().join(", ")
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_looks_like_a_table_and_is_none_is_named_with_what_to_do() {
        for (name, said) in [
            ("Rules (1).csv", "the table Rules is in `Rules.csv` alone"),
            ("rules.csv", "the table Rules is in `Rules.csv` alone"),
            ("Rules.csv.bak", "the table Rules is in `Rules.csv` alone"),
            ("Rules - copy.csv", "the table Rules is in `Rules.csv` alone"),
            ("Ruls.csv", "the table Rules is in `Rules.csv` alone"),
            ("Rules.xlsx", "as CSV UTF-8 by the name `Rules.csv`"),
            ("Tiers 2026.ods", "as CSV UTF-8 by the name `Tiers.csv`"),
            ("customers.csv", "no table is called so. There are Programme.csv"),
        ] {
            let told = stray(name).unwrap_or_default();
            assert!(told.starts_with(&format!("the file `{name}` is not read: ")) && told.contains(said), "{told}");
        }
        for name in [
            "Rules.csv",
            "Settings.csv",
            ".Rules.csv.swp",
            ".~lock.Rules.csv#",
            "~$Rules.xlsx",
            "Rules.csv~",
            "README.md",
        ] {
            assert_eq!(stray(name), None, "{name}");
        }
    }
}

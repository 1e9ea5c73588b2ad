//! Which room may name which: a room names only what stands above its line in src/lib.rs, so there is no circle, and of that
//! only what is listed here.

use std::{collections::BTreeSet, fs, path::Path};

use super::{code, sources};

/// The rooms from the ground up, each with those that it names. A new edge is a decision: make it here, on purpose.
const ROOMS: &[(&str, &str)] = &[
    ("values", ""),
    ("fault", ""),
    ("clock", "fault"),
    ("config", ""),
    ("ids", ""),
    ("lifecycle", ""),
    ("signature", ""),
    ("telemetry", "values config"),
    ("programme", "values"),
    ("loyalty", "values programme"),
    ("simulation", "values programme loyalty"),
    ("words", "values programme loyalty"),
    ("intake", "values programme loyalty words"),
    ("store", "values fault clock ids loyalty"),
    ("data_folder", "config ids store"),
    ("access", "ids store"),
    ("writer", "values fault clock ids programme loyalty intake store"),
    ("delivery", "values fault clock store"),
    ("workers", "values clock programme loyalty intake store writer delivery"),
    ("forecast", "clock lifecycle programme loyalty simulation store writer"),
    ("audit", "values clock ids loyalty words store writer"),
    ("messages", "values clock programme loyalty words intake store writer delivery"),
    (
        "systems",
        "values clock config ids signature programme loyalty simulation words intake store writer delivery forecast messages",
    ),
    (
        "service",
        "values clock config ids lifecycle signature telemetry programme loyalty simulation words intake store access writer delivery workers forecast audit messages",
    ),
    ("web", "values intake service"),
    ("http", "values signature telemetry loyalty intake access service web"),
    ("pages", "values loyalty simulation intake store access delivery forecast service web"),
    (
        "cli",
        "values clock config programme loyalty simulation words intake store data_folder access writer forecast audit systems service",
    ),
];
/// Names everybody below it, and nobody names it but the command line.
const WIRING: &str = "serve";
/// What the command line itself names.
const MAIN: &str = "config telemetry http cli serve";

pub fn room(name: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(name);
    let mut files = if folder.is_dir() { sources(&folder) } else { Vec::new() };
    let beside = folder.with_extension("rs");
    if let Ok(text) = fs::read_to_string(&beside) {
        files.push((beside.display().to_string(), text));
    }
    assert!(!files.is_empty(), "src/{name} has no files");
    files
}

/// First segments named after `crate::` (or the crate's own name), also inside `use crate::{...}`.
fn named_rooms(code: &str, root: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for (at, _) in code.match_indices(root) {
        let rest = &code[at + root.len()..];
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

fn in_lib() -> Vec<String> {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let named = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.split(';').next().map(str::to_owned));
    named.collect()
}

fn named_by(name: &str) -> BTreeSet<String> {
    let mut named: BTreeSet<String> =
        room(name).iter().flat_map(|(_, text)| named_rooms(&code(text), "crate::")).collect();
    named.remove(name);
    named
}

#[test]
fn every_room_is_listed_in_the_order_of_the_house() {
    let listed: Vec<&str> = ROOMS.iter().map(|(name, _)| *name).chain([WIRING]).collect();
    assert_eq!(in_lib(), listed);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(listed.contains(&name.as_str()) || ["lib", "main"].contains(&name.as_str()), "src/{name} is no room");
    }
}

#[test]
fn imports_point_one_way() {
    for (at, (name, allowed)) in ROOMS.iter().enumerate() {
        let allowed: BTreeSet<String> = allowed.split_whitespace().map(str::to_owned).collect();
        let below: Vec<&str> = ROOMS[..at].iter().map(|(name, _)| *name).collect();
        assert!(allowed.iter().all(|name| below.contains(&name.as_str())), "{name}/ may name no room above it");
        for (file, text) in room(name) {
            for named in named_rooms(&code(&text), "crate::") {
                assert!(
                    named == *name || allowed.contains(&named),
                    "{file} names crate::{named}; {name}/ may name {allowed:?}"
                );
            }
        }
        assert_eq!(named_by(name), allowed, "{name}/ no longer names all that it may");
    }
}

/// Else the programme needs the mechanics' rows, the rows the programme, and nothing could be read by itself.
#[test]
fn what_a_mechanic_reads_and_keeps_names_no_decision() {
    let may = |file: &str| match file {
        "rows.rs" => Some(
            ["crate::programme", "crate::values", "crate::loyalty::mechanics", "crate::loyalty::measures"].as_slice(),
        ),
        "state.rs" => Some(
            ["crate::values", "crate::loyalty::mechanics", "crate::loyalty::lot", "crate::loyalty::order::Award"]
                .as_slice(),
        ),
        _ => None,
    };
    let mut looked_at = 0;
    for (path, text) in room("loyalty").iter().filter(|(path, _)| path.contains("/mechanics/")) {
        let Some(may) = may(path.rsplit('/').next().unwrap()) else { continue };
        looked_at += 1;
        for named in full_names(&code(text)) {
            assert!(may.iter().any(|room| named.starts_with(room)), "{path} names {named}; it may name {may:?}");
        }
    }
    assert!(looked_at >= 7, "{looked_at}");
}

/// Every path from `crate::` that `use` brings in, with its braces opened.
fn full_names(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for used in code.split("use crate::").skip(1) {
        let tree: String = used.split(';').next().unwrap_or_default().split_whitespace().collect();
        open("crate::", &tree, &mut names);
    }
    names
}

fn open(before: &str, tree: &str, names: &mut Vec<String>) {
    let Some((path, rest)) = tree.split_once('{') else {
        names.push(format!("{before}{tree}"));
        return;
    };
    let (mut depth, mut part) = (0, String::new());
    for letter in rest.strip_suffix('}').unwrap_or(rest).chars().chain([',']) {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        if letter == ',' && depth == 0 {
            if !part.is_empty() {
                open(&format!("{before}{path}"), &part, names);
            }
            part.clear();
        } else {
            part.push(letter);
        }
    }
}

#[test]
fn only_the_wiring_names_everybody_and_only_the_command_line_names_the_wiring() {
    let below: BTreeSet<String> = ROOMS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert!(named_by(WIRING).is_subset(&below) && !named_by(WIRING).contains("cli"), "{:?}", named_by(WIRING));
    let main = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/main.rs")).unwrap();
    let wanted: BTreeSet<String> = MAIN.split_whitespace().map(str::to_owned).collect();
    assert_eq!(named_rooms(&code(&main), "loyalty_connector::"), wanted);
}

/// Rooms that know HTTP. Whatever is below them can be asked by a command, a page or a chat.
const OF_HTTP: &[&str] = &["web", "http", "pages"];

#[test]
fn only_what_serves_http_names_axum() {
    let others = ROOMS.iter().filter(|(name, _)| !OF_HTTP.contains(name));
    for (file, text) in others.flat_map(|(name, _)| room(name)) {
        assert!(!code(&text).contains("axum"), "{file} names axum");
    }
}

#[test]
fn the_checks_of_rooms_can_fail() {
    let named = full_names("use crate::{loyalty::{Order, lot::{Lot, Part}}, values};\nuse crate::programme::Core;");
    let wanted = ["loyalty::Order", "loyalty::lot::Lot", "loyalty::lot::Part", "values", "programme::Core"];
    assert_eq!(named, wanted.map(|name| format!("crate::{name}")));

    let named = |code: &str| named_rooms(code, "crate::").into_iter().collect::<String>();
    assert_eq!(named("use crate::{a, b::{c, d}, e};\ncrate::f::g"), "abef");
}

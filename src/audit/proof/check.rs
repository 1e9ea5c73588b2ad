//! Checking a statement without a database: every finding names its line. Line 1 is about the member, line 2 the first event.

use std::collections::{BTreeMap, BTreeSet};

use super::{FORMAT, Head, Line, ShownEntry};
use crate::{
    audit::anchor::Anchor,
    clock::from_micros,
    loyalty::{
        chain::GENESIS,
        entry::{Account, Entry},
        member::Balance,
        receipt::StoredReceipt,
    },
    values::count::counted,
};

/// What a statement says, and everything that is wrong with it.
pub struct Checked {
    pub head: Head,
    pub events: usize,
    pub findings: Vec<String>,
}

/// Checks the text of a file, and its anchor against `anchors` where a copy was kept. An error when it is no statement.
pub fn check(text: &str, anchors: Option<&[Anchor]>) -> Result<Checked, String> {
    let mut numbered = (1_usize..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let head = numbered.next().and_then(|(_, line)| serde_json::from_str::<Head>(line).ok());
    let head = head.filter(|head| head.format == FORMAT).ok_or("line 1: is not the head of a statement")?;
    let (mut lines, mut findings) = (Vec::new(), Vec::new());
    for (number, text) in numbered {
        match serde_json::from_str::<Line>(text) {
            Ok(line) => lines.push((number, line)),
            Err(error) => findings.push(format!("line {number}: is unreadable: {error}")),
        }
    }
    order(&head, &lines, &mut findings);
    contents(&head, &lines, &mut findings);
    ends(&head, &lines, &mut findings);
    cover(&head, &lines, anchors, &mut findings);
    findings.sort_by_key(|finding| line_of(finding));
    Ok(Checked { events: lines.len(), head, findings })
}

/// Each version once, in order, up to the head's.
fn order(head: &Head, lines: &[(usize, Line)], findings: &mut Vec<String>) {
    let (mut seen, mut last) = (BTreeMap::new(), 0);
    let all: BTreeSet<u64> = lines.iter().map(|(_, line)| line.version).collect();
    for (number, line) in lines {
        let version = line.version;
        if let Some(first) = seen.insert(version, number) {
            findings.push(format!("line {number}: event {version} stands here again (first in line {first})"));
        } else if version < last {
            findings.push(format!("line {number}: event {version} stands after event {last}: lines were reordered"));
        } else if let Some(missing) = (last + 1..version).find(|missing| !all.contains(missing)) {
            findings.push(format!("line {number}: event {version} follows event {last}: event {missing} is missing"));
        }
        last = last.max(version);
    }
    let end = lines.last().map_or(1, |(number, _)| *number);
    if last < head.version {
        findings.push(format!(
            "line {end}: the end is missing: the statement has {}, the last one here is event {last}",
            counted(head.version, "event")
        ));
    } else if last > head.version {
        findings.push(format!("line {end}: event {last} comes after the statement's last one, event {}", head.version));
    }
}

/// Each line says what its hash was made of, and follows the one before.
fn contents(head: &Head, lines: &[(usize, Line)], findings: &mut Vec<String>) {
    let hashes: BTreeMap<u64, &str> = lines.iter().map(|(_, line)| (line.version, line.chain.as_str())).collect();
    let mut sums = Balance::default();
    for (number, line) in lines {
        if line.row(head).link(&line.previous) != line.chain {
            findings.push(format!("line {number}: its hash does not fit: what is recorded was changed"));
        }
        let before = if line.version == 1 { Some(&GENESIS) } else { hashes.get(&line.version.wrapping_sub(1)) };
        if before.is_some_and(|before| *before != line.previous) {
            findings.push(format!(
                "line {number}: does not follow event {}: their hashes differ",
                line.version.saturating_sub(1)
            ));
        }
        match recorded(line) {
            Ok((entries, balance)) => {
                findings.extend(differences(*number, line, &entries));
                for entry in &entries {
                    sums.apply(entry.credit, entry.points);
                    sums.apply(entry.debit, -entry.points);
                }
                if line.balance != balance {
                    findings.push(format!(
                        "line {number}: says {}, recorded is {}",
                        words(line.balance),
                        words(balance)
                    ));
                } else if sums != balance {
                    let (sums_of, says) = (words(sums), words(balance));
                    findings.push(format!("line {number}: all entries so far make {sums_of}, it says {says}"));
                    sums = balance;
                }
            }
            Err(error) => findings.push(format!("line {number}: its record is unreadable: {error}")),
        }
        if line.recorded_at != from_micros(line.record.recorded_at) {
            findings.push(format!("line {number}: says {}, recorded is another instant", line.recorded_at));
        }
    }
}

fn recorded(line: &Line) -> Result<(Vec<Entry>, Balance), serde_json::Error> {
    let receipt: StoredReceipt<'_> = serde_json::from_str(&line.record.receipt)?;
    Ok((serde_json::from_str(&line.record.entries)?, receipt.balance))
}

/// What is told of each entry is what is recorded of it.
fn differences(number: usize, line: &Line, entries: &[Entry]) -> Vec<String> {
    if line.entries.len() != entries.len() {
        return vec![format!(
            "line {number}: tells of {}, recorded: {}",
            counted(line.entries.len(), "entry"),
            entries.len()
        )];
    }
    let pairs = line.entries.iter().zip(entries.iter().map(|entry| ShownEntry::of(entry, String::new())));
    let wrong = pairs.filter(|(says, is)| (&says.id, says.points, &says.account) != (&is.id, is.points, &is.account));
    wrong
        .map(|(says, is)| {
            format!(
                "line {number}: says {:+} {} ({}), recorded is {:+} {} ({})",
                says.points, says.account, says.id, is.points, is.account, is.id
            )
        })
        .collect()
}

/// The head's hash and balance are those of the last event.
fn ends(head: &Head, lines: &[(usize, Line)], findings: &mut Vec<String>) {
    let Some((_, last)) = lines.iter().find(|(_, line)| line.version == head.version) else { return };
    if last.chain != head.chain {
        findings.push("line 1: its hash is not that of the last event".to_owned());
    }
    if last.balance != head.balance {
        findings.push(format!("line 1: says {}, the last event leaves {}", words(head.balance), words(last.balance)));
    }
}

/// The anchor covers the statement, and is one that was kept elsewhere.
fn cover(head: &Head, lines: &[(usize, Line)], anchors: Option<&[Anchor]>, findings: &mut Vec<String>) {
    let Some(covered) = &head.covered else {
        if anchors.is_some() {
            findings.push(
                "line 1: no anchor covers the statement, so there is nothing to compare with --anchors".to_owned(),
            );
        }
        return;
    };
    let at = lines.iter().find(|(_, line)| line.version == covered.version);
    if !at.is_some_and(|(_, line)| covered.proves(&head.member, &line.chain)) {
        let (version, at) = (covered.version, covered.anchor.at);
        findings.push(format!("line 1: the anchor of {at} does not cover event {version} as it stands here"));
    }
    if anchors.is_some_and(|kept| !kept.contains(&covered.anchor)) {
        findings.push(format!("line 1: the anchor `{}` is not in the copy of anchors.log", covered.anchor));
    }
}

fn words(balance: Balance) -> String {
    let Balance { available, pending, reserved, debt } = balance;
    let all = [
        (Account::Available, available),
        (Account::Pending, pending),
        (Account::Reserved, reserved),
        (Account::Debt, debt),
    ];
    let named = all.iter().filter(|(account, points)| *points != 0 || *account == Account::Available);
    named.map(|(account, points)| format!("{points} {}", account.name())).collect::<Vec<_>>().join(", ")
}

fn line_of(finding: &str) -> usize {
    let number = finding.strip_prefix("line ").and_then(|rest| rest.split(':').next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

//! Of which members rows were missing and are sent again, so that what NocoDB refuses is not sent for ever.
//! Guarantees: the same missing rows of a member are sent once, as far as it is among the last [`MOST`] of whom some were missing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::ids;

const MOST: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Again {
    /// What was missing, by its hash.
    missing: BTreeMap<String, String>,
    /// Those members, who was first among them first.
    members: VecDeque<String>,
}

impl Again {
    /// Whether these rows are to be sent, which they are once.
    pub fn take(&mut self, member: &str, missing: &BTreeSet<String>) -> bool {
        let rows: Vec<&str> = missing.iter().map(String::as_str).collect();
        let hash = ids::sha256_hex(rows.join("\n").as_bytes())[..16].to_owned();
        if let Some(known) = self.missing.insert(member.to_owned(), hash.clone()) {
            return known != hash;
        }
        self.members.push_back(member.to_owned());
        while self.members.len() > MOST {
            self.members.pop_front().map(|first| self.missing.remove(&first));
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_rows_are_sent_once_and_what_is_remembered_stays_bounded() {
        let rows = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>();
        let mut again = Again::default();
        let sent = [&["a"][..], &["a"], &["a", "b"], &["a", "b"]].map(|names| again.take("mem_1", &rows(names)));
        assert_eq!(sent, [true, false, true, false]);
        for number in 0..MOST {
            assert!(again.take(&format!("other_{number}"), &rows(&["a"])));
        }
        assert_eq!((again.missing.len(), again.members.len()), (MOST, MOST));
        assert!(again.take("mem_1", &rows(&["a", "b"])), "it was forgotten");
    }
}

//! A tree of hashes over all members' heads: its root stands for all of them, and a path of a few hashes proves that one of
//! them is in it, without the others. Pure.

use serde::{Deserialize, Serialize};

use crate::{ids::sha256_hex, store::audit::Head};

/// The neighbour on the way up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Beside {
    Left(String),
    Right(String),
}

/// The root over heads in order of member.
pub fn root(heads: &[Head]) -> String {
    let mut level: Vec<String> = heads.iter().map(leaf).collect();
    while level.len() > 1 {
        level = above(&level);
    }
    level.pop().unwrap_or_else(|| sha256_hex(b""))
}

/// The neighbours from the head at `place` up to the root.
pub fn path(heads: &[Head], mut place: usize) -> Vec<Beside> {
    let mut level: Vec<String> = heads.iter().map(leaf).collect();
    let mut path = Vec::new();
    while level.len() > 1 {
        if place % 2 == 1 {
            path.push(Beside::Left(level[place - 1].clone()));
        } else if let Some(right) = level.get(place + 1) {
            path.push(Beside::Right(right.clone()));
        }
        (level, place) = (above(&level), place / 2);
    }
    path
}

/// The root that a head and its path lead to.
pub fn root_over(head: &Head, path: &[Beside]) -> String {
    path.iter().fold(leaf(head), |hash, beside| match beside {
        Beside::Left(left) => node(left, &hash),
        Beside::Right(right) => node(&hash, right),
    })
}

/// The level above: two by two; the last one of an odd number stands for itself.
fn above(level: &[String]) -> Vec<String> {
    level.chunks(2).map(|pair| if let [left, right] = pair { node(left, right) } else { pair[0].clone() }).collect()
}

/// Leaves and nodes start differently, so that none can pass for the other.
fn leaf(head: &Head) -> String {
    sha256_hex(format!("leaf {} {} {}", head.member, head.version, head.chain).as_bytes())
}

fn node(left: &str, right: &str) -> String {
    sha256_hex(format!("node {left} {right}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_head_has_a_path_to_the_root_and_no_other_one_fits_it() {
        let head =
            |number: u64| Head { member: format!("mem_{number}"), version: number, chain: format!("hash {number}") };
        for size in 1..20 {
            let heads: Vec<Head> = (0..size).map(head).collect();
            let root = root(&heads);
            for (place, head) in heads.iter().enumerate() {
                let path = path(&heads, place);
                assert_eq!(root_over(head, &path), root, "{place} of {size}");
                let other = Head { version: head.version + 1, ..head.clone() };
                assert_ne!(root_over(&other, &path), root);
            }
        }
    }
}

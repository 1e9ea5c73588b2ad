//! The hash chain of a member: each event row carries the hash of the previous one and of its own content.

use sha2::{Digest, Sha256};

use crate::values::hash::in_hex;

/// The hash before a member's first event.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// SHA-256 over the previous hash and the row's parts, each preceded by its length so that no two rows look alike.
pub fn link(previous: &str, parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    hash.update(previous.as_bytes());
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    in_hex(hash.finalize())
}

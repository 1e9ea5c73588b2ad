//! Ids and secrets that are new: the only place with randomness. (Derived ids are `loyalty::id`.)

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A new time-ordered id like `mem_0193...`.
pub fn fresh(prefix: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "the one place that makes new ids")]
    let id = Uuid::now_v7();
    format!("{prefix}_{}", id.simple())
}

/// 32 bytes nobody can guess, from the operating system.
pub fn secret() -> [u8; 32] {
    use chacha20poly1305::aead::{Generate, Key};
    Key::<chacha20poly1305::XChaCha20Poly1305>::generate().into()
}

/// A coupon's code: 60 bits nobody can guess, without letters and digits that people mix up.
pub fn code() -> String {
    const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    secret()[..12].iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}

/// SHA-256 in hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

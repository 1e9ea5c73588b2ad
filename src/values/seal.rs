//! Personal text at rest, and identities that can be looked up but not read.
//! A sealed text opens only with its member's key; erasing the key makes it unreadable everywhere, backups included.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use super::hash::in_hex;

const MARK: &str = "sealed:1:";

/// Encrypts one text for `identity` and `field`.
pub fn seal_text(key: &[u8; 32], identity: &str, field: &str, text: &str) -> String {
    let nonce = Sha256::new().chain_update(identity).chain_update([0x1f]).chain_update(field).finalize();
    let Ok(nonce) = XNonce::try_from(&nonce[..24]) else { return String::new() };
    let payload = Payload { msg: text.as_bytes(), aad: field.as_bytes() };
    let mut sealed = nonce.to_vec();
    match XChaCha20Poly1305::new(key.into()).encrypt(&nonce, payload) {
        Ok(ciphertext) => sealed.extend(ciphertext),
        Err(_) => return String::new(), // only for texts beyond 256 GB
    }
    format!("{MARK}{}", STANDARD_NO_PAD.encode(sealed))
}

/// Opens a sealed text; `None` when the key is gone or wrong. A text that was never sealed is returned as it is.
pub fn open(text: &str, key: Option<&[u8; 32]>, field: &str) -> Option<String> {
    let Some(sealed) = text.strip_prefix(MARK) else { return Some(text.to_owned()) };
    let sealed = STANDARD_NO_PAD.decode(sealed).ok()?;
    let (nonce, ciphertext) = sealed.split_at_checked(24)?;
    let payload = Payload { msg: ciphertext, aad: field.as_bytes() };
    let opened = XChaCha20Poly1305::new(key?.into()).decrypt(&XNonce::try_from(nonce).ok()?, payload).ok()?;
    String::from_utf8(opened).ok()
}

/// Keyed hash in hex: the same text gives the same hash on this installation only.
pub fn keyed_hash(secret: &[u8], parts: &[&str]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return String::new() };
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    in_hex(mac.finalize().into_bytes())
}

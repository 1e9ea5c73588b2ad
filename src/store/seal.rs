//! Personal text at rest, and identities that can be looked up but not read.
//! A sealed text opens only with its member's key; erasing the key makes it unreadable everywhere, backups included.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::loyalty::{
    Fact,
    event::{Adjustment, Membership, Merged, Reactivated, Restricted, TierGranted, Unmerged},
};

const MARK: &str = "sealed:1:";

/// Top-level fields of an event's data that hold free text or personal facts.
const PERSONAL: [&str; 6] = ["text", "comment", "message", "reason", "birthday", "name"];

/// Encrypts the personal parts of a fact with the member's key. `identity` names the event: with the field it makes the
/// nonce, so the same event always seals to the same bytes and no nonce is used for two texts.
pub fn seal(fact: &mut Fact, key: &[u8; 32], identity: &str) {
    match fact {
        Fact::Adjustment(Adjustment { reason, .. })
        | Fact::Reactivated(Reactivated { reason, .. })
        | Fact::TierGranted(TierGranted { reason, .. })
        | Fact::Merged(Merged { reason, .. })
        | Fact::Unmerged(Unmerged { reason, .. })
        | Fact::Membership(Membership { reason, .. })
        | Fact::Restricted(Restricted { reason, .. }) => *reason = seal_text(key, identity, "reason", reason),
        Fact::Other { data: Value::Object(data), .. } => {
            for field in PERSONAL {
                if let Some(Value::String(text)) = data.get_mut(field) {
                    *text = seal_text(key, identity, field, text);
                }
            }
        }
        _ => {}
    }
}

/// Whether a fact has anything to seal.
pub fn is_personal(fact: &Fact) -> bool {
    match fact {
        Fact::Adjustment(_)
        | Fact::Reactivated(_)
        | Fact::TierGranted(_)
        | Fact::Merged(_)
        | Fact::Unmerged(_)
        | Fact::Membership(_)
        | Fact::Restricted(_) => true,
        Fact::Other { data, .. } => PERSONAL.iter().any(|field| data.get(field).is_some_and(Value::is_string)),
        _ => false,
    }
}

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
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_text_opens_only_with_its_key() {
        let data = serde_json::json!({ "rating": 5, "text": "lovely shoes" });
        let mut fact = Fact::Other { kind: "review".into(), data };
        seal(&mut fact, &[7; 32], "main/shop/rev-1");
        let Fact::Other { data, .. } = &fact else { panic!("still a review") };
        let sealed = data["text"].as_str().unwrap();
        assert!(sealed.starts_with(MARK) && !sealed.contains("lovely"));
        assert_eq!(data["rating"], 5);
        assert_eq!(open(sealed, Some(&[7; 32]), "text").as_deref(), Some("lovely shoes"));
        assert_eq!(open(sealed, Some(&[8; 32]), "text"), None);
        assert_eq!(open(sealed, None, "text"), None);
        assert_eq!(open(sealed, Some(&[7; 32]), "comment"), None);
    }
}

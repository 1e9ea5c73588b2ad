//! Ids that are derived from what they belong to, so that deciding twice names things the same.

use uuid::Uuid;

/// Namespace of every derived id of the ledger (a fixed random UUID; changing it would rename history).
const NAMESPACE: Uuid = Uuid::from_u128(0x6c6f_7961_6c74_4a79_8c6f_6e6e_6563_7431);

/// UUID v5 over the parts. Parts are joined by a unit separator, so `["a", "bc"]` and `["ab", "c"]` differ.
pub fn derived_uuid(parts: &[&str]) -> Uuid {
    Uuid::new_v5(&NAMESPACE, parts.join("\u{1f}").as_bytes())
}

/// `prefix_` followed by the 32 hex digits of [`derived_uuid`].
pub fn derived(prefix: &str, parts: &[&str]) -> String {
    format!("{prefix}_{}", derived_uuid(parts).simple())
}

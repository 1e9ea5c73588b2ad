//! Ids that are derived from what they belong to, so that deciding twice names things the same.

use uuid::Uuid;

/// Namespace of every derived id of the ledger (a fixed random UUID; changing it would rename history).
const NAMESPACE: Uuid = Uuid::from_u128(0x6c6f_7961_6c74_4a79_8c6f_6e6e_6563_7431);

/// UUID v5 over the parts. Parts are joined by a unit separator, so `["a", "bc"]` and `["ab", "c"]` differ.
pub fn derived_uuid(parts: &[&str]) -> Uuid {
    Uuid::new_v5(&NAMESPACE, parts.join("\u{1f}").as_bytes())
}

/// An entry's id tells where it stands: the member, the event's version, and its number within the event.
pub fn entry_id(member: &str, version: u64, number: usize) -> String {
    let member = member.strip_prefix("mem_").unwrap_or(member);
    ["ent_", member, "_", &version.to_string(), "_", &number.to_string()].concat()
}

/// The member and the version of the event that an entry's id names.
pub fn entry_place(id: &str) -> Option<(String, u64)> {
    let mut parts = id.strip_prefix("ent_")?.rsplitn(3, '_');
    let (_number, version, member) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
    Some((format!("mem_{member}"), version))
}

/// `prefix_` followed by the 32 hex digits of [`derived_uuid`].
pub fn derived(prefix: &str, parts: &[&str]) -> String {
    [prefix, "_", derived_uuid(parts).simple().encode_lower(&mut Uuid::encode_buffer())].concat()
}

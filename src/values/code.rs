//! Codes of vouchers and coupons.

/// Codes are compared without case and spaces, as people type them.
pub fn normal(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}

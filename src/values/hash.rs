//! How a hash is written.

/// In hex.
pub fn in_hex(hash: impl Into<[u8; 32]>) -> String {
    let mut text = vec![0; 64];
    let _ = hex::encode_to_slice(hash.into(), &mut text); // as long as it has to be
    String::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::in_hex;

    #[test]
    fn all_bytes_of_a_hash_are_written() {
        let hash: [u8; 32] = std::array::from_fn(|at| u8::try_from(at * 8).unwrap());
        assert_eq!(in_hex(hash), hex::encode(hash));
    }
}

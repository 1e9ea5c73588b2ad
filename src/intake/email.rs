//! E-mail addresses as people and systems write them -> one form.

use unicode_normalization::UnicodeNormalization;

/// Characters of an address, the longest that a mail server must take.
pub const CHARS_MAX: usize = 254;

/// `Anna <Anna@Example.com>`, `mailto:anna@example.com` and `anna@example.com` are one address; letters are small and composed.
pub fn read(text: &str) -> Result<String, String> {
    let text = text.trim();
    let inner =
        text.strip_suffix('>').and_then(|text| text.rsplit_once('<')).map_or(text, |(_, address)| address).trim();
    let bare = match inner.get(..7) {
        Some(start) if start.eq_ignore_ascii_case("mailto:") => inner[7..].split('?').next().unwrap_or_default().trim(),
        _ => inner,
    };
    let composed = || bare.nfc().collect::<String>().to_lowercase();
    let address = if bare.is_ascii() { bare.to_ascii_lowercase() } else { composed() };
    let Some((local, domain)) = address.split_once('@') else {
        return Err("is not an e-mail address like anna@example.com".to_owned());
    };
    let is_local = |c: char| !c.is_whitespace() && !c.is_control() && !"()<>[]\\,;:\"@".contains(c);
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let fine = !local.is_empty()
        && local.chars().count() <= 64
        && local.chars().all(is_local)
        && domain.contains('.')
        && domain.split('.').all(is_label)
        && address.chars().count() <= CHARS_MAX;
    if fine { Ok(address) } else { Err("is not one e-mail address like anna@example.com".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_one_form_however_it_was_written() {
        let wanted = Ok("anna@example.com".to_owned());
        for text in [
            " Anna@Example.COM ",
            "Anna Tamm <anna@example.com>",
            "mailto:anna@example.com?subject=Hi",
            "MAILTO:ANNA@example.com",
            "<anna@example.com>",
        ] {
            assert_eq!(read(text), wanted, "{text}");
        }
        assert_eq!(read("o\u{303}nne@po\u{303}ld.ee"), Ok("õnne@põld.ee".to_owned()), "composed letters");
        for text in [
            "",
            "n/a",
            "anna",
            "a@b",
            "a b@c.ee",
            "a@b.ee, c@d.ee",
            "a@b.ee;c@d.ee",
            "a@@b.ee",
            "@b.ee",
            "a@.ee",
            "a@b..ee",
            "a\r\nbcc:x@y.ee",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}

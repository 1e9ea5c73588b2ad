//! Names that are typed in two places: in a cell of the programme, and by whoever tells of an order, an event or a segment.
//! Guarantees: everything that compares such names (categories, event types, segments, tiers, stores, channels) does it here,
//! without regard to case, outer blanks and blanks around slashes. What is kept and shown is spelled as it was told.

/// What a name is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Category,
    Event,
    Segment,
    Store,
    Channel,
    ProductBrand,
}

impl Kind {
    const WORDS: [(Self, &str, &str); 6] = [
        (Self::Category, "category", "category"),
        (Self::Event, "event", "event of type"),
        (Self::Segment, "segment", "segment"),
        (Self::Store, "store", "store"),
        (Self::Channel, "channel", "channel"),
        (Self::ProductBrand, "product_brand", "brand of goods"),
    ];

    /// By what the store keeps it.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(kind, ..)| *kind == self).map_or("", |(_, word, _)| word)
    }

    pub fn of(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known, _)| *known == word).map(|(kind, ..)| *kind)
    }

    /// As a person reads it: `no category x`, `no event of type x`.
    pub fn name(self) -> &'static str {
        Self::WORDS.iter().find(|(kind, ..)| *kind == self).map_or("", |(.., name)| name)
    }
}

/// The letters that count.
fn letters(name: &str) -> impl Iterator<Item = char> {
    let parts = name.split('/').map(str::trim).filter(|part| !part.is_empty());
    parts.enumerate().flat_map(|(at, part)| {
        let slash = (at > 0).then_some('/');
        slash.into_iter().chain(part.chars().flat_map(char::to_lowercase))
    })
}

/// A byte that is a letter of its own wherever it stands.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// How many bytes two names have in common before they part, as far as these are plain ones with single slashes between them.
/// Nearly all names say here already whether they mean the same.
fn in_common(one: &[u8], other: &[u8]) -> usize {
    let plain = |name: &[u8], at: usize| name.get(at).is_some_and(|byte| is_plain(*byte));
    let mut at = 0;
    loop {
        match (one.get(at), other.get(at)) {
            (Some(a), Some(b)) if is_plain(*a) && a.eq_ignore_ascii_case(b) => at += 1,
            (Some(b'/'), Some(b'/')) if at > 0 && plain(one, at + 1) && plain(other, at + 1) => at += 1,
            _ => return at,
        }
    }
}

/// Whether two names mean the same.
pub fn same(one: &str, other: &str) -> bool {
    let at = in_common(one.as_bytes(), other.as_bytes());
    match (one.as_bytes().get(at), other.as_bytes().get(at)) {
        (None, None) => true,
        (Some(a), None) | (None, Some(a)) if is_plain(*a) => false,
        (Some(a), Some(b)) if is_plain(*a) && is_plain(*b) => false,
        _ => letters(one).eq(letters(other)),
    }
}

/// Whether one of `names` means the same as `told`.
pub fn any_is<'a>(names: impl IntoIterator<Item = &'a String>, given: &str) -> bool {
    names.into_iter().any(|name| same(name, given))
}

/// Whether `path` lies at or below `prefix`, by whole segments: `sport/shoes` holds `Sport / Shoes / Running`, and not
/// `sport/shoeshine`.
pub fn within(path: &str, prefix: &str) -> bool {
    let at = in_common(path.as_bytes(), prefix.as_bytes());
    match (path.as_bytes().get(at), prefix.as_bytes().get(at)) {
        (None | Some(b'/'), None) if at > 0 => true,
        (Some(a), None) | (None, Some(a)) if is_plain(*a) => false,
        (Some(a), Some(b)) if is_plain(*a) && is_plain(*b) => false,
        _ => lies_within(path, prefix),
    }
}

/// The same, letter by letter.
fn lies_within(path: &str, prefix: &str) -> bool {
    let (mut path, mut prefix) = (letters(path), letters(prefix));
    loop {
        match (prefix.next(), path.next()) {
            (None, rest) => return rest.is_none_or(|letter| letter == '/'),
            (Some(wanted), given) if given != Some(wanted) => return false,
            _ => {}
        }
    }
}

/// The form by which a name is found again.
pub fn key(name: &str) -> String {
    letters(name).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_outer_blanks_and_blanks_around_slashes_do_not_count() {
        for (one, other, expected) in [
            ("Gift-Cards", "gift-cards", true),
            (" Sport / Shoes ", "sport/shoes", true),
            ("/sport/shoes/", "sport/shoes", true),
            ("Взуття/Кросівки", "взуття / кросівки", true),
            ("Õnne", "õnne", true),
            ("sport shoes", "sport/shoes", false),
            ("sport", "sports", false),
        ] {
            assert_eq!(same(one, other), expected, "{one}, {other}");
            assert_eq!(key(one) == key(other), expected, "{one}, {other}");
        }
    }

    #[test]
    fn a_path_lies_within_by_whole_segments() {
        for (path, prefix, expected) in [
            ("Sport / Shoes / Running", "sport/shoes", true),
            ("sport/shoes", "Sport/Shoes/", true),
            ("sport/shoeshine", "sport/shoes", false),
            ("sport", "sport/shoes", false),
            ("sport/shoes", "/", false),
        ] {
            assert_eq!(within(path, prefix), expected, "{path} in {prefix}");
        }
    }

    proptest! {
        #[test]
        fn the_short_way_says_what_the_letters_say(one in "[aAbõ/ -]{0,6}", other in "[aAbõ/ -]{0,6}") {
            prop_assert_eq!(same(&one, &other), key(&one) == key(&other));
            prop_assert_eq!(within(&one, &other), lies_within(&one, &other));
        }

        #[test]
        fn however_it_is_typed_it_is_the_same(
            parts in proptest::collection::vec("[a-zäõščł0-9_.-]{1,8}", 1..4), blanks in proptest::collection::vec("[ \t]{0,2}", 8),
        ) {
            let plain = parts.join("/");
            let typed: Vec<String> = parts.iter().zip(blanks.chunks(2)).map(|(part, blank)| {
                format!("{}{}{}", blank[0], part.to_uppercase(), blank[1])
            }).collect();
            let typed = typed.join("/");
            prop_assert!(same(&plain, &typed) && key(&plain) == key(&typed));
            prop_assert!(within(&typed, &parts[0]) && within(&plain, &typed));
            prop_assert_eq!(within(&typed, &format!("{plain}/more")), false);
        }
    }
}

//! How many of what, in English: `1 order`, `2 orders`. Every text that counts something outside of `locales/` says it by this.

use std::fmt::{self, Display};

/// A number with its noun.
#[derive(Debug, Clone, Copy)]
pub struct Counted<N>(N, &'static str);

/// `one` is what one of them is called, like `order` or `active key`; its last word is put into the plural.
pub fn counted<N: Display>(count: N, one: &'static str) -> Counted<N> {
    Counted(count, one)
}

impl<N: Display> Display for Counted<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(count, one) = self;
        write!(f, "{count} {}", noun(count, one))
    }
}

/// What so many of them are called.
pub fn noun(count: impl Display, one: &str) -> String {
    if count.to_string().trim_start_matches(['-', '+', '−']) == "1" { one.to_owned() } else { plural(one) }
}

fn plural(one: &str) -> String {
    match one.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if one.ends_with(['s', 'x']) || one.ends_with("ch") || one.ends_with("sh") => format!("{one}es"),
        _ => format!("{one}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one_and_all_others_are_many() {
        for (count, one, said) in [
            (0, "order", "0 orders"),
            (1, "order", "1 order"),
            (-1, "point", "-1 point"),
            (2, "point", "2 points"),
            (11, "entry", "11 entries"),
            (21, "active key", "21 active keys"),
            (3, "delivery", "3 deliveries"),
            (4, "day", "4 days"),
            (5, "hash", "5 hashes"),
            (1, "try", "1 try"),
        ] {
            assert_eq!(counted(count, one).to_string(), said);
        }
        assert_eq!(format!("{} and {}", noun("1", "file"), noun(7_usize, "file")), "file and files");
    }
}
